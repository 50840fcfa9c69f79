-- One bot with one plugin, `greet` beside this file. Talk to it with:
--   moondock sandbox --listen 127.0.0.1:7800 --app-key demo --app-secret secret
--   RC_SECRET=secret moondock run examples/hello/moondock.lua
--   moondock chat --server http://127.0.0.1:7800 --app-key demo --secret secret \
--     --user alice --to greeter
return {
  state = "var",
  plugin_path = { "." },
  bots = {
    greeter = {
      account = {
        app_key = "demo", user = "greeter", secret = env("RC_SECRET"),
        navi = { "http://127.0.0.1:7800" }, api = { "http://127.0.0.1:7800" },
        token = { from = "server_api" },
      },
      plugins = { greet = {} },
    },
  },
}
