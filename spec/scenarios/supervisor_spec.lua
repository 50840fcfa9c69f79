--- The supervisor: whatever ends a worker, the bots come back, and nothing outlives it.

local host = require "moondock.host"
local screenplay = require "moondock.screenplay"
local stage = require "moondock.stage"

-- Ends a process, or stops it, by its id.
local function signal(name, id)
  local kill <close> = assert(host.spawn { "kill", "-" .. name, tostring(id) })
  assert.equal(0, kill:wait(5))
end

-- Whether a process is there, and not only waiting to be reaped.
local function runs(id)
  local file = io.open(("/proc/%d/stat"):format(id), "rb")
  local text = file and file:read("a")
  if file then
    file:close()
  end
  return text ~= nil and not text:find("%) [ZX] ")
end

-- Looks until `found()` is true; for what no event of our own loop announces.
local function look_for(found)
  local deadline = host.real_ms() + stage.PATIENCE * 1000
  while not found() do
    assert(host.real_ms() < deadline, "waited in vain")
    host.turn(0.01)
  end
end

describe("the supervisor", function()
  local on

  before_each(function()
    -- A sanitizer would explain a fault at length, and exit.
    local options = (os.getenv("ASAN_OPTIONS") or "") .. ":handle_segv=0:handle_abort=0"
    on = stage.open {
      config = "examples/group/moondock.lua", env = { ASAN_OPTIONS = options },
    }
    screenplay.perform(on, [[
      the sandbox starts
      alice joins demo
      gatekeeper joins demo
    ]])
  end)

  after_each(function()
    on:close()
  end)

  local function alice_is_answered()
    screenplay.perform(on, [[
      alice says "/ping" in demo
      alice sees gatekeeper: "pong"
      alice has seen nothing else from gatekeeper
    ]])
  end

  local function start(options)
    on:start_host(options)
    screenplay.perform(on, "alice comes online")
    alice_is_answered()
  end

  -- Waits until another worker than `before` has its bots online.
  local function await_worker(before)
    look_for(function()
      local status, answer = pcall(on.ask, on, { ["do"] = "status" })
      return status and answer.worker.pid ~= before and answer.bots[1].state == "online"
    end)
  end

  it("starts a killed worker again, which answers what was said meanwhile", function()
    start()
    for kill = 1, 3 do
      local worker = on:worker().pid
      assert.not_equal(on.host:id(), worker)
      signal("KILL", worker)
      alice_is_answered()
      await_worker(worker)
      local now = on:worker()
      assert.equal(kill, now.restarts)
      assert.truthy(now.reason:find("signal 9", 1, true), now.reason)
    end
    assert.equal(0, on:stop_host())
  end)

  it("takes its worker along when it is killed, and the next host finds the state free", function()
    start()
    for _ = 1, 3 do
      local worker = on:worker().pid
      signal("STOP", worker) -- dead all the same, though it can do nothing itself
      on:kill_host()
      look_for(function()
        return not runs(worker)
      end)
      on:start_host()
      alice_is_answered()
      worker = on:worker().pid
      on:kill_host()
      on:start_host() -- at once: whoever still holds the lock is waited for
      alice_is_answered()
      assert.is_false(runs(worker))
    end
  end)

  it("kills a worker that hangs", function()
    on.host_options = { "--hang", "2s" }
    start()
    local worker = on:worker().pid
    signal("STOP", worker)
    alice_is_answered()
    local now = on:worker()
    assert.not_equal(worker, now.pid)
    assert.truthy(now.reason:find("2000 ms", 1, true), now.reason)
    assert.equal("running", on:status().plugins[1].state) -- it was outside of Lua
  end)

  local SEGV, STOP, ABRT = 11, 19, 6

  -- Has the worker die, or stop, inside a plugin.
  local function crash(plugin, number)
    local worker = on:worker().pid
    local order = { ["do"] = "crash", plugin = plugin, signal = number }
    local answer = assert(host.ask(on:path("var/ctl.sock"), order, stage.PATIENCE))
    assert.equal("closed", answer.code)
    await_worker(worker)
  end

  local function state_of(name)
    for _, plugin in ipairs(on:status().plugins) do
      if plugin.name == name then
        return plugin.state, plugin.error
      end
    end
  end

  describe("puts in quarantine", function()
    it("the plugin in which a worker died, until it is resumed", function()
      start()
      crash("hello", SEGV)
      local state, why = state_of("hello")
      assert.equal("quarantined", state)
      assert.equal(on:worker().reason, why)
      assert.equal("running", state_of("moderation"))
      screenplay.perform(on, [[
        alice says "/ping" in demo
        alice has seen nothing else from gatekeeper
      ]])
      local worker = on:worker().pid
      signal("KILL", worker)
      await_worker(worker)
      assert.equal("quarantined", state_of("hello")) -- it outlives a worker
      local status, text = on:ctl("resume", "hello")
      assert.equal(0, status)
      assert.equal("resumed hello", text)
      alice_is_answered()
      worker = on:worker().pid
      signal("KILL", worker)
      await_worker(worker)
      assert.equal("running", state_of("hello"))
      assert.equal(1, (on:ctl("resume", "hello")))
    end)

    it("and what it had begun then waits for it", function()
      on:copy_plugin("hello")
      on:edit("plugins/hello/init.lua", "local bot = ...", [[
        local bot = ...
        bot.on("message", function(msg)
          if msg.text == "later" then
            msg:reply("begun")
            bot.sleep("1h")
            msg:reply("done")
          end
        end)]])
      start()
      screenplay.perform(on, [[
        alice says "later" in demo
        alice sees gatekeeper: "begun"
      ]])
      crash("hello", SEGV)
      local aside
      look_for(function()
        aside = on:status().set_aside[1]
        return aside
      end)
      assert.same({ "interrupted", "hello" }, { aside.why, aside.plugin })
      assert.equal(1, (on:ctl("retry", tostring(aside.id)))) -- it does not run
      assert.equal(0, (on:ctl("resume", "hello")))
      assert.equal(0, (on:ctl("retry", tostring(aside.id))))
      screenplay.perform(on, 'alice sees gatekeeper: "begun"')
    end)

    it("that in which one hangs, until it is reloaded", function()
      on.host_options = { "--hang", "2s" }
      start()
      crash("hello", STOP)
      local state, why = state_of("hello")
      assert.equal("quarantined", state)
      assert.truthy(why:find("2000 ms", 1, true), why)
      assert.equal(0, (on:ctl("reload", "hello")))
      alice_is_answered()
    end)

    it("twice as long each time", function()
      start()
      crash("hello", ABRT)
      screenplay.perform(on, "the clock moves 61s")
      alice_is_answered()
      crash("hello", ABRT)
      screenplay.perform(on, "the clock moves 61s")
      assert.equal("quarantined", state_of("hello"))
      screenplay.perform(on, "the clock moves 61s")
      alice_is_answered()
    end)

    it("nobody, when it was killed or died outside of Lua", function()
      start()
      for _, name in ipairs { "SEGV", "ABRT", "KILL" } do
        local worker = on:worker().pid
        signal(name, worker)
        await_worker(worker)
        assert.equal("running", state_of("hello"))
      end
      crash("hello", 9)
      assert.equal("running", state_of("hello"))
    end)
  end)

  it("waits longer and longer for one that does not last", function()
    start()
    for _ = 1, 4 do
      local worker = on:worker().pid
      signal("KILL", worker)
      await_worker(worker)
    end
    local delays = {}
    for _, line in ipairs(on.host:lines("err")) do
      delays[#delays + 1] = tonumber(line:match("started again in (%d+) ms"))
    end
    assert.equal(4, #delays)
    assert.equal(0, delays[1])
    for number, longest in ipairs { 250, 500, 1000 } do
      local delay = delays[number + 1]
      assert.is_true(delay > longest / 2 and delay <= longest, delay)
    end
  end)

  it("starts at once again one that lasted", function()
    on.host_options = { "--calm", "0s" }
    start()
    for _ = 1, 3 do
      local worker = on:worker().pid
      signal("KILL", worker)
      await_worker(worker)
    end
    local _, count = table.concat(on.host:lines("err")):gsub("started again in 0 ms", "")
    assert.equal(3, count)
  end)

  it("answers between two workers", function()
    start()
    local path = on:path("var/gatekeeper.db")
    assert(os.rename(path, path .. ".kept"))
    assert(host.make_folder(path)) -- with which no worker can begin
    signal("KILL", on:worker().pid)
    look_for(function()
      return on:worker().reason:find("exit status 1", 1, true)
    end)
    look_for(function()
      return on:status().state == "offline"
    end)
    local status, text = on:ctl("status")
    assert.equal(0, status)
    assert.truthy(text:find("^worker restarts="), text)
    assert.truthy(text:find("gatekeeper user=gatekeeper offline worker 1 ", 1, true), text)
    assert.equal(1, (on:ctl("reload", "hello")))
    assert(os.remove(path))
    assert(os.rename(path .. ".kept", path))
    alice_is_answered()
  end)

  it("lets go of a worker that does not drain", function()
    start()
    signal("STOP", on:worker().pid)
    on.host:signal("TERM")
    on.host:signal("TERM")
    assert.equal(1, on.host:wait(stage.PATIENCE))
  end)

  it("does without", function()
    on.host_options = { "--foreground" }
    start()
    assert.equal(on.host:id(), on:worker().pid)
    assert.equal(0, on:stop_host())
  end)
end)
