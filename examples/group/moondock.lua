-- A bot that lives in a group: it welcomes, answers and moderates. `make run` plays with this
-- very file against the sandbox. For RongCloud's own cloud, see README.md ("the real
-- RongCloud") for where each value is found.
--
-- This file is Lua, read as data: only env("NAME") and file("path") exist. Paths are relative
-- to the file.

-- The sandbox's address; leave `navi` and `api` out for RongCloud's own servers.
local server = env("MOONDOCK_SERVER") or "http://127.0.0.1:7800"

return {
  -- One database per bot, the control socket and the lock live here. Keep it private: it holds
  -- the token.
  state = "var",

  -- How many processes the bots are dealt out to, 1 to 16: one loop carries thousands of bots,
  -- several use several cores. A bot may name its own: worker = 2.
  -- workers = 1,

  -- Folders with your own plugins, looked in before the bundled ones.
  plugin_path = { "plugins" },

  bots = {
    gatekeeper = {
      account = {
        app_key = env("RC_APP_KEY") or "demo",
        user = "gatekeeper",

        -- With the app secret the bot may call the Server API: get its own token, mute, kick
        -- and recall other people's messages. Without it, it can only talk and listen.
        secret = env("RC_SECRET"),
        token = { from = "server_api" },
        -- Without the secret, a program prints it: one line, or JSON with "token" and
        -- "expires". It is run without a shell, sees no variables of ours but PATH, HOME and
        -- the like and those named, and has 30 seconds:
        -- token = { from = "command", argv = { "./get-token", "--for", "gatekeeper" },
        --           env = { "VAULT_ADDR" } },
        -- Or the App Server has it, and the bot logs in there:
        -- token = { from = "app_server" },
        -- app_server = { url = "https://app.example.org", account = "gatekeeper",
        --                password = env("APP_PASSWORD") },
        -- Or it is written here: token = { from = "static", value = file("token") },

        navi = { server },
        api = { server },

        -- How fast the bot may be: messages a second, messages a second into one group (of
        -- all bots of this app), calls a second of each kind. 0: no limit. RongCloud allows 5,
        -- 20 and 100, and so these are set for its own servers; for others nothing is. When
        -- a server complains, the bot gets slower all the same, and faster again later.
        -- quotas = { connection = 5, group = 20, calls = 100 },
      },

      -- Who the automatic rules leave alone, and who may use the moderators' commands.
      owners = { "olivia" },
      moderators = { "mod" },

      -- Any client can send a group notice, so only these ids may announce joins and leaves.
      -- "@cloud" is RongCloud itself, of groups that it hosts for the app; "@feed" what your App
      -- Server posts to `account.webhooks.feed`; "@poll" asks who is in a group and compares.
      -- Name one source of the same news.
      notices = { from = { "__system__" } },

      -- Commands older than this when the bot sees them (after an outage) are not answered.
      command_max_age = "10m",

      -- What could not be sent for so long is given up; the plugin is told "timeout".
      send_max_age = "1h",

      -- What survives. "normal": all, whenever the host dies. "full": also when the machine
      -- loses its power; every step then waits for the disk. "off": nothing that is under
      -- way; after a restart the bot begins with what comes then.
      durable = "normal",

      -- "en" or "zh-CN": what the plugins' sentences are translated into.
      language = env("MOONDOCK_LANGUAGE") or "en",
      -- time_zone = "Asia/Shanghai", -- of crons and dates; without it the machine's

      plugins = {
        -- /hello, /ping, /help. No grants needed: answering is free.
        hello = {},

        -- Greets everyone who joins.
        welcome = {
          config = { text = "Welcome, {user}!" },
        },

        -- `grants` is what you allow the plugin to do; a plugin that was not granted something
        -- gets an error that names it.
        moderation = {
          grants = { "recall", "group.mute", "group.kick" },
          config = {
            words = { "casino", "赌博" },
            warn_limit = 3, warn_mute = "1d",
            flood_messages = 8, flood_within = "5s", flood_mute = "10m",
          },
        },
      },
    },
  },
}
