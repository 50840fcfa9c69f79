local screenplay = require "moondock.screenplay"
local host = require "moondock.host"
local stage = require "moondock.stage"

local SET = [[
  the sandbox starts
  alice joins demo
  bob joins demo
  gatekeeper joins demo
  the plugin hello is copied to be edited
  the host starts
  alice comes online
  bob comes online
]]

describe("a reload", function()
  local on

  before_each(function()
    on = stage.open { config = "examples/group/moondock.lua" }
    screenplay.perform(on, SET)
  end)

  after_each(function()
    assert.equal(0, on:close())
  end)

  it("keeps answering", function()
    screenplay.perform(on, [[
      in plugins/hello/plugin.lua, "1.0.0" becomes "1.0.1"
      in plugins/hello/init.lua, ""pong"" becomes ""pang""
      bob says "/ping" in demo
      reload hello begins
      alice says "/ping" in demo
      alice sees gatekeeper: "pong"
      alice sees gatekeeper: "p*ng"
      reload hello ends: "reloaded hello 1.0.0 -> 1.0.1 generation 2"
      alice says "/ping" in demo
      alice sees gatekeeper: "pang"
      alice has seen nothing else from gatekeeper
    ]])
  end)

  it("never lets a broken version in", function()
    screenplay.perform(on, [[
      Scene: a syntax error
      in plugins/hello/init.lua, "local bot = ..." becomes "local local bot = ..."
      reload hello, refused: "*init.lua:2:*still running 1.0.0*"
      alice says "/ping" in demo
      alice sees gatekeeper: "pong"

      Scene: an error while it starts
      in plugins/hello/init.lua, "local local bot = ..." becomes "local bot = nothing.at_all"
      reload hello, refused: "*init.lua:2:*still running 1.0.0*"
      alice says "/ping" in demo
      alice sees gatekeeper: "pong"

      Scene: an endless loop
      in plugins/hello/init.lua, "local bot = nothing.at_all" becomes "while true do end"
      reload hello, refused: "*still running 1.0.0*"
      alice says "/ping" in demo
      alice sees gatekeeper: "pong"

      Scene: a broken manifest
      in plugins/hello/init.lua, "while true do end" becomes "local bot = ..."
      in plugins/hello/plugin.lua, "version = "1.0.0"" becomes "version = 5"
      reload hello, refused: "*plugin.lua:3:*version*still running 1.0.0*"
      alice says "/ping" in demo
      alice sees gatekeeper: "pong"

      Scene: mended
      in plugins/hello/plugin.lua, "version = 5" becomes "version = "1.0.0""
      reload hello: "hello 1.0.0 has not changed"
      alice says "/ping" in demo
      alice sees gatekeeper: "pong"
      alice has seen nothing else from gatekeeper
    ]])
  end)

  it("of a plugin nobody loaded says so", function()
    local status, _, err = on:ctl("reload", "nonsense")
    assert.equal(1, status)
    assert.truthy(err:find("nonsense", 1, true))
  end)

  it("of a plugin that failed loads it; until then status says why", function()
    local function hello()
      for _, plugin in ipairs(on:status().plugins) do
        if plugin.name == "hello" then
          return plugin
        end
      end
    end

    assert.equal(0, (on:ctl("unload", "hello")))
    screenplay.perform(on, [[
      in plugins/hello/init.lua, "local bot = ..." becomes "local local bot = ..."
    ]])
    for _, order in ipairs { "load", "load", "reload" } do
      assert.equal(1, (on:ctl(order, "hello")))
      assert.equal("failed", hello().state)
      assert.truthy(hello().error:find("init.lua:2:", 1, true), hello().error)
    end
    assert.equal(1, (on:ctl("load", "nonsense")))
    assert.equal(3, #on:status().plugins)
    screenplay.perform(on, [[
      in plugins/hello/init.lua, "local local bot = ..." becomes "local bot = ..."
    ]])
    assert.equal(0, (on:ctl("reload", "hello")))
    assert.equal("running", hello().state)
  end)

  it("has top beside it: every plugin, the busiest first", function()
    local status, out = on:ctl("top")
    assert.equal(0, status)
    assert.truthy(out:find("^%s*CPU/MIN%s+MEMORY%s+ERRORS%s+TASKS%s+STATE%s+PLUGIN\n"), out)
    local last = math.huge
    for cpu in out:gmatch("(%d+)ms") do
      assert.is_true(tonumber(cpu) <= last)
      last = tonumber(cpu)
    end
    assert.truthy((out .. "\n"):find("running%s+gatekeeper/hello\n"), out) -- it may be the last
    assert.equal(2, (on:ctl("top", "hello")))
  end)

  it("is one of several things ctl does", function()
    local status, out = on:ctl("unload", "hello")
    assert.equal(0, status, out)
    local bot = on:status()
    for _, plugin in ipairs(bot.plugins) do
      assert.not_equal("hello", plugin.name)
    end
    assert.equal(1, (on:ctl("unload", "hello")))
    assert.equal(0, (on:ctl("load", "hello")))
    assert.equal(1, (on:ctl("load", "hello")))
    screenplay.perform(on, [[
      alice says "/ping" in demo
      alice sees gatekeeper: "pong"
    ]])
    status, out = on:ctl("eval", "return 6 * 7")
    assert.equal(0, status)
    assert.equal("42", out)
    assert.equal(1, (on:ctl("eval", "return +")))
  end)
end)

describe("what a plugin saves", function()
  it("outlives the host, with or without a goodbye", function()
    local on = stage.open { config = "examples/group/moondock.lua" }
    screenplay.perform(on, [[
      the sandbox starts
      alice joins demo
      gatekeeper joins demo
      the plugin hello is copied to be edited
    ]])
    on:write("plugins/hello/init.lua", [[
local bot = ...
local count = 0
bot.on_save(function() return count end)
bot.on_load(function(saved) count = saved end)
bot.command { "count", run = function(msg) count = count + 1 msg:reply("it is " .. count) end }
]])
    screenplay.perform(on, [[
      the host starts
      alice comes online
      alice says "/count" in demo
      alice sees gatekeeper: "it is 1"
    ]])
    assert.equal(0, on:stop_host())
    screenplay.perform(on, [[
      the host starts
      alice says "/count" in demo
      alice sees gatekeeper: "it is 2"
    ]])
    on:move_clock("60s")
    on:status()
    on:kill_host()
    screenplay.perform(on, [[
      the host starts
      alice says "/count" in demo
      alice sees gatekeeper: "it is 3"
    ]])
    assert.equal(0, on:close())
  end)
end)

describe("with --watch", function()
  local on

  before_each(function()
    on = stage.open { config = "examples/group/moondock.lua" }
    screenplay.perform(on, [[
      the sandbox starts
      the plugin hello is copied to be edited
    ]])
    on:start_host { watch = true }
  end)

  after_each(function()
    assert.equal(0, on:close())
  end)

  -- Waits until the watched plugin says about itself what `matches` wants.
  local function await(matches)
    local deadline = host.real_ms() + stage.PATIENCE * 1000
    local seen
    repeat
      for _, plugin in ipairs(on:status().plugins) do
        if plugin.name == "hello" then
          seen = plugin
        end
      end
      if matches(seen) then
        return
      end
      host.turn(0.02)
    until host.real_ms() > deadline
    error("not seen: " .. host.json.encode(seen))
  end

  it("files are let settle, and have to differ", function()
    local function look(generation)
      on:ask { ["do"] = "clock", add_ms = 500 }
      for _, plugin in ipairs(on:status().plugins) do
        assert.equal(plugin.name == "hello" and generation or 1, plugin.generation)
      end
    end

    on:ask { ["do"] = "clock", freeze = true }
    on:edit("plugins/hello/init.lua", "local bot = ...", "local local bot = ...")
    look(1)
    on:edit("plugins/hello/init.lua", "local local bot = ...", "local bot = ... -- edited")
    look(1)
    on:ask { ["do"] = "clock", add_ms = 500 }
    await(function(plugin)
      return plugin.generation == 2
    end)
    look(2)
    on:edit("plugins/hello/init.lua", "-- edited", "-- edited") -- only its time changes
    for _ = 1, 4 do
      look(2)
    end
    on:ask { ["do"] = "clock", freeze = false }
  end)

  it("an edited plugin is reloaded, a broken one is not", function()
    on:edit("plugins/hello/init.lua", "local bot = ...", "local bot = ... -- edited")
    await(function(plugin)
      return plugin.generation == 2
    end)
    on:edit("plugins/hello/init.lua", "local bot = ... -- edited", "local local")
    on:edit("plugins/hello/plugin.lua", "1.0.0", "1.0.1")
    on:edit("plugins/hello/init.lua", "local local", "local bot = ...")
    await(function(plugin)
      return plugin.version == "1.0.1" and plugin.state == "running"
    end)
  end)
end)
