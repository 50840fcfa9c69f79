-- A worker that gets no more memory: it ends and is started again, and the neighbours of the
-- plugin that took the memory answer each message once.

local host = require "moondock.host"
local stage = require "moondock.stage"

local BOT, TALKER, GROUP = "gatekeeper", "tina", "demo"

-- Each message takes another MiB or so, and keeps it.
local CODE = [[
local bot = ...
local kept = {}
bot.hear("^keep (%d+)$", function(msg, number)
  kept[#kept + 1] = ("x"):rep((1 << 20) - tonumber(number))
end)
]]

local NEIGHBOUR = [[
local bot = ...
bot.hear("^keep (%d+)$", function(msg, number)
  msg:reply("kept " .. number)
end)
]]

describe("a worker without memory", function()
  local on, talker

  before_each(function()
    -- A sanitizer would explain at length that it has no memory either.
    local options = (os.getenv("ASAN_OPTIONS") or "") .. ":handle_segv=0:handle_abort=0"
    on = stage.open {
      config = "examples/group/moondock.lua", env = { ASAN_OPTIONS = options },
    }
    on:edit("moondock.lua", "hello = {},", "hog = {}, neighbour = {},")
    on:edit("moondock.lua", "flood_messages = 8", "flood_messages = 0")
    on:start_sandbox()
    for name, code in pairs { hog = CODE, neighbour = NEIGHBOUR } do
      assert(host.make_folder(on:path("plugins/" .. name)))
      on:write("plugins/" .. name .. "/plugin.lua", ('return { name = %q, version = "1.0.0",'
        .. ' summary = "Probes", needs = {} }'):format(name))
      on:write("plugins/" .. name .. "/init.lua", code)
    end
    for _, user in ipairs { BOT, TALKER } do
      on:join(user, GROUP)
    end
    on:start_host()
    talker = on:member(TALKER)
    talker:enter()
  end)

  after_each(function()
    on:close()
  end)

  local function answers(number)
    local count = 0
    for _, message in ipairs(talker.inbox) do
      if message.sender == BOT and message.text == "kept " .. number then
        count = count + 1
      end
    end
    return count
  end

  local function keep(from, to)
    for number = from, to do
      assert(talker:say({ group = GROUP }, "keep " .. number))
    end
    for number = from, to do
      assert(on:wait(function()
        return answers(number) > 0
      end), number .. " is not answered")
    end
  end

  -- The process may not map one page more.
  local function starve(worker)
    local program <close> = assert(host.spawn {
      "prlimit", "--pid", tostring(worker), "--as=4096:unlimited",
    })
    assert.equal(0, program:wait(5))
  end

  local function state_of(plugin)
    for _, row in ipairs(on:status().plugins) do
      if row.name == plugin then
        return row.state
      end
    end
  end

  it("is started again, and each message is answered once", function()
    keep(1, 2)
    for life = 1, 3 do
      local before = on:worker()
      starve(before.pid)
      keep(3 * life, 3 * life + 2)
      local now = on:worker()
      assert.equal(before.restarts + 1, now.restarts)
      assert.not_equal(before.pid, now.pid)
      -- Nearly always it is the plugin that asked for what there was not; else it is not blamed.
      if state_of("hog") == "quarantined" then
        assert.equal(0, (on:ctl("resume", "hog")))
      end
      assert.equal("running", state_of("hog"))
    end
    on:pump()
    for number = 1, 11 do
      assert.equal(1, answers(number))
    end
    local status = on:status()
    assert.equal(0, status.poison + status.journal + status.outbox)
  end)
end)
