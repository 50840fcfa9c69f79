-- A bot that takes hooks and asks a server. The first lines of examples/hello/moondock.lua say
-- how to start the sandbox and to talk to a bot; this one is `builder`, in the group `dev`.
return {
  state = "var",
  plugin_path = { "." },
  listen = { http = "127.0.0.1:7801" },
  bots = {
    builder = {
      account = {
        app_key = "demo", user = "builder", secret = env("RC_SECRET"),
        navi = { "http://127.0.0.1:7800" }, api = { "http://127.0.0.1:7800" },
        token = { from = "server_api" },
      },
      plugins = {
        builds = {
          -- A name is enough for servers everybody can reach; an address of this machine or of
          -- a private network has to be named as a number, or as http.private:NAME.
          grants = { "http.serve", "send", "http:builds.example.org" },
          config = { group = "dev", key = env("BUILDS_KEY") or "secret" },
        },
      },
    },
  },
}
