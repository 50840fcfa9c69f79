-- A bot that sends and keeps pictures. The first lines of examples/hello/moondock.lua say how to
-- start the sandbox and to talk to a bot; this one is `album`, in the group `demo`.
local server = env("MOONDOCK_SERVER") or "http://127.0.0.1:7800"

return {
  state = "var",
  plugin_path = { "." },
  bots = {
    album = {
      account = {
        app_key = "demo", user = "album", secret = env("RC_SECRET"),
        navi = { server }, api = { server },
        token = { from = "server_api" },
      },
      plugins = {
        -- `media` lets a plugin upload its own files and download what messages carry, in memory;
        -- the folder, relative to this file, is where it may keep them.
        pictures = { grants = { "media:var/kept" } },
      },
    },
  },
}
