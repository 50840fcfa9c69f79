--- Dialogs in a world of moondock.test: `says` answers a question.

local host = require "moondock.host"
local test = require "moondock.test"

describe("a dialog under test", function()
  local folder, world

  before_each(function()
    folder = host.temp_folder()
    assert(os.execute("mkdir " .. folder .. "/p"))
    local function write(name, text)
      local file <close> = assert(io.open(folder .. "/p/" .. name, "w"))
      file:write(text)
    end
    write("plugin.lua", [[return { name = "p", version = "1.0.0", summary = "x" }]])
    write("init.lua", [[
      local bot = ...
      bot.command { "name", run = function(msg)
        local name, err = msg:ask("Your name?", nil, { timeout = "1m" })
        msg:reply(name and "Hello, {name}!" or "Too late: {code}",
          { name = name, code = err and err.code })
      end }]])
    world = test.world { plugin = folder .. "/p" }
  end)

  after_each(function()
    world:close()
    host.remove_folder(folder)
  end)

  it("takes what the person says next", function()
    local group = world:group("g", { "alice", "bob" })
    group.alice:says("/name")
    assert.same({ "Your name?" }, world:replies())
    group.bob:says("Bob")
    assert.same({}, world:replies())
    group.alice:says("Alice")
    assert.same({ "Hello, Alice!" }, world:replies())
  end)

  it("ends when nobody answers", function()
    world:person("alice"):says("/name")
    world:advance("59s")
    assert.same({ "Your name?" }, world:replies())
    world:advance("1s")
    assert.same({ "Too late: timeout" }, world:replies())
  end)
end)
