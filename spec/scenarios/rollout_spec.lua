local host = require "moondock.host"
local stage = require "moondock.stage"

-- One plugin in three bots; the reload is asked for without a bot's name.
local CONFIG = [[
local function bot(user)
  return {
    account = {
      app_key = "demo", user = user, secret = env("RC_SECRET"),
      navi = { env("MOONDOCK_SERVER") }, api = { env("MOONDOCK_SERVER") },
      token = { from = "server_api" },
    },
    plugins = user == "last" and {} or { note = { config = { broken = user == "two" } } },
  }
end
return {
  state = "var", plugin_path = { "plugins" },
  bots = { one = bot "one", two = bot "two", three = bot "three", last = bot "last" },
}
]]

local MANIFEST = [[return { name = "note", version = "%s", summary = "Notes", needs = {},
  options = { broken = { type = "boolean", default = false } } }]]

describe("a reload without a bot's name", function()
  local on

  before_each(function()
    on = stage.open {}
    on:write("moondock.lua", CONFIG)
    assert(host.make_folder(on:path("plugins/note")))
    on:write("plugins/note/plugin.lua", MANIFEST:format("1.0.0"))
    on:write("plugins/note/init.lua", "local bot = ...")
    on:start_sandbox()
    on:start_host()
  end)

  after_each(function()
    assert.equal(0, on:close())
  end)

  it("reaches every bot that has the plugin, and so does a rollback", function()
    on:write("plugins/note/plugin.lua", MANIFEST:format("1.0.1"))
    local status, out = on:ctl("reload", "note")
    assert.equal(0, status)
    assert.equal([[
one: reloaded note 1.0.0 -> 1.0.1 generation 2
two: reloaded note 1.0.0 -> 1.0.1 generation 2
three: reloaded note 1.0.0 -> 1.0.1 generation 2]], out)
    local _, back = on:ctl("rollback", "note")
    assert.equal([[
one: rolled back note 1.0.1 -> 1.0.0 generation 3
two: rolled back note 1.0.1 -> 1.0.0 generation 3
three: rolled back note 1.0.1 -> 1.0.0 generation 3]], back)
  end)

  it("ends at the first failure", function()
    on:write("plugins/note/plugin.lua", MANIFEST:format("1.0.1"))
    on:write("plugins/note/init.lua", "local bot = ...\nassert(not bot.config.broken, 'no')")
    local status, _, err = on:ctl("reload", "note")
    assert.equal(1, status)
    assert.truthy(err:find("note/init.lua:2: no", 1, true), err)
    assert.truthy(err:find("one: reloaded note 1.0.0 -> 1.0.1 generation 2\ntwo: still running "
      .. "1.0.0", 1, true), err)
    assert.falsy(err:find("three", 1, true))
  end)

  it("says so when no bot has it", function()
    local status, _, err = on:ctl("reload", "nobody")
    assert.equal(1, status)
    assert.truthy(err:find("nobody is not loaded", 1, true))
  end)
end)
