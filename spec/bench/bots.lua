--- The echo bots that are compared.
local procs = require("spec.bench.procs")

local bots = {}

local unmatched = 20

-- A plugin that asks for much and gets nothing of what the sender says.
local function write_unmatched(folder, number)
  local name = ("idle%02d"):format(number)
  local at = folder .. "/plugins/" .. name
  procs.run { "mkdir", "-p", at }
  procs.write(at .. "/plugin.lua", ([[
return { name = %q, version = "1.0.0", summary = "Not asked", needs = {}, options = {} }
]]):format(name))
  procs.write(at .. "/init.lua", ([[
local bot = ...
local function answer(msg)
  msg:reply("not expected")
end
bot.command { "%s [what:text]", help = "Not asked", run = answer }
bot.hear("^%s (%%d+)$", answer)
bot.words({ "%s-word", "%s-other" }, answer)
bot.on("member.joined", function() end)
]]):format(name, name, name, name))
  return name
end

local function start_host(name, setup, unmatched_count, durable)
  local plugins = { "echo = {}" }
  for number = 1, unmatched_count do
    plugins[#plugins + 1] = write_unmatched(setup.folder, number) .. " = {}"
  end
  local file = setup.folder .. "/moondock.lua"
  procs.write(file, ([[
return {
  state = "var",
  plugin_path = { "plugins", %q },
  bots = {
    echo = {
      account = {
        app_key = %q, user = "echo", navi = { %q }, api = { %q },
        token = { from = "static", value = %q },
      },
      durable = %q,
      plugins = { %s },
    },
  },
}
]]):format(setup.root .. "/spec/bench/plugins", setup.app_key, setup.url, setup.url, setup.token,
    durable or "normal", table.concat(plugins, ", ")))
  local proc = procs.start(name, setup.folder, { setup.out .. "/moondock", "-q", "run", file })
  -- A plugin that is not there costs nothing, and says nothing about those that are.
  proc.check = function()
    local list = assert(procs.run {
      setup.out .. "/moondock", "ctl", "--state", setup.folder .. "/var", "plugins",
    })
    local _, running = list:gsub(" running ", "")
    assert(running == unmatched_count + 1, list)
  end
  return proc
end

-- `setup`: root, out, folder (a fresh one), url, app_key, token (of user "echo").
bots.list = {
  {
    key = "a",
    title = "C, without Lua",
    start = function(setup)
      return procs.start("bot", setup.folder, {
        setup.out .. "/spec/bench/echo", setup.url, setup.app_key, setup.token, "echo",
        setup.folder .. "/echo.db",
      })
    end,
  },
  {
    key = "b",
    title = "moondock, echo plugin",
    start = function(setup)
      return start_host("bot", setup, 0)
    end,
  },
  {
    key = "c",
    title = ("moondock, echo and %d plugins that do not match"):format(unmatched),
    start = function(setup)
      return start_host("bot", setup, unmatched)
    end,
  },
  {
    key = "d",
    title = "official Web SDK on Node",
    start = function(setup)
      return procs.start("bot", setup.folder, {
        "node", "spec/bench/sdk_echo.mjs", setup.url, setup.app_key, setup.token,
      })
    end,
  },
  {
    key = "e",
    title = "moondock, echo plugin, durable = off",
    begins_now = true, -- what waited for it is not answered
    start = function(setup)
      return start_host("bot", setup, 0, "off")
    end,
  },
  {
    key = "f",
    title = "moondock, echo plugin, durable = full",
    start = function(setup)
      return start_host("bot", setup, 0, "full")
    end,
  },
}

return bots
