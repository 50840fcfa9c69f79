-- A bot that judges messages before they are delivered. It is online over its socket; RongCloud
-- (here the sandbox) asks it at the path below, by its pre-send callback:
--
--   moondock sandbox --listen 127.0.0.1:7800 --app-key demo --app-secret "$RC_SECRET" \
--     --precheck http://127.0.0.1:7801/rc/precheck --online http://127.0.0.1:7801/rc/online
--
-- At RongCloud, name https://YOUR.HOST/rc/precheck in the console. README.md here has all keys.
return {
  state = "var",
  plugin_path = { "." },
  listen = { http = "127.0.0.1:7801" },
  bots = {
    referee = {
      account = {
        app_key = "demo", user = "referee", secret = env("RC_SECRET"),
        navi = { "http://127.0.0.1:7800" }, api = { "http://127.0.0.1:7800" },
        token = { from = "server_api" },
        webhooks = {
          precheck = "/rc/precheck", online = "/rc/online",
          deadline = "1s", otherwise = "allow", window = "10m",
        },
      },
      plugins = { referee = { grants = { "intercept" } } },
    },
  },
}
