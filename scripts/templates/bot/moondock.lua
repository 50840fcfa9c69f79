-- The bot bot_name, in the local sandbox. RongCloud's own servers are used when `navi` and `api`
-- are left out. This file is Lua, read as data: only env("NAME") and file("path") exist.

-- Where the sandbox listens.
local server = env("MOONDOCK_SERVER") or "http://127.0.0.1:7800"

return {
  state = "var",               -- the bot's database, the control socket, the lock
  plugin_path = { "plugins" }, -- your own plugins, looked in before the bundled ones
  bots = {
    ["bot_name"] = {
      account = {
        app_key = env("RC_APP_KEY") or "demo",
        user = "bot_name",
        secret = env("RC_SECRET"), -- with it: mute, kick, recall what others wrote
        token = { from = "server_api" },
        navi = { server },
        api = { server },
      },
      owners = {},       -- user ids
      language = "en",   -- or "zh-CN"
      plugins = {
        hello = {},      -- bundled: /hello, /ping, /help
      },
    },
  },
}
