--- Navi names another server: the bot goes there when it is told to, and nothing is lost or
--- said twice; and sent away again and again it takes its time. Two ports lead to one sandbox;
--- navi names one of them at a time.

local host = require "moondock.host"
local stage = require "moondock.stage"
local wires = require "spec.chaos.wires"

local BOT, GROUP = "gatekeeper", "demo"

local ECHO = [[
local bot = ...
bot.on("message", function(msg)
  if msg.sender.id == "tina" and msg.text then
    msg:reply("echo {text}", { text = msg.text })
  end
end)
]]

describe("navi", function()
  local on, net, talker, said

  before_each(function()
    on = stage.open { config = "examples/group/moondock.lua" }
    on:edit("moondock.lua", "hello = {},", "echo = {},")
    on:edit("moondock.lua", "flood_messages = 8", "flood_messages = 0")
    assert(host.make_folder(on:path("plugins/echo")))
    on:write("plugins/echo/plugin.lua",
      'return { name = "echo", version = "1.0.0", summary = "Answers everything", needs = {} }')
    on:write("plugins/echo/init.lua", ECHO)
    on:start_sandbox()
    on:join(BOT, GROUP)
    on:join("tina", GROUP)
    net = wires.new(math.tointeger(tonumber(on.server:match(":(%d+)$"))), function() end)
    on.env = { MOONDOCK_SERVER = net:url() }
    talker, said = on:member("tina"), 0
    talker:enter()
    on:start_host { wait = false }
  end)

  after_each(function()
    on:close()
    net:close()
  end)

  -- Lets bytes pass until `found()` gives something.
  local function await(what, found)
    assert(host.sleep_until(function()
      net:pump()
      on:pump()
      return found()
    end, stage.PATIENCE), what)
  end

  -- How many WebSockets go through a port, as the wires see them.
  local function sockets(index)
    local count = 0
    for _, link in pairs(net.links[index]) do
      count = count + (link.is_socket and 1 or 0)
    end
    return count
  end

  local function talk()
    said = said + 1
    assert(talker:say({ group = GROUP }, "line " .. said))
  end

  local function echoed()
    local times, count = {}, 0
    for _, message in ipairs(talker.inbox) do
      local line = message.text and message.text:match("^echo line (%d+)$")
      if line then
        count = count + 1
        times[tonumber(line)] = (times[tonumber(line)] or 0) + 1
      end
    end
    return times, count
  end

  it("moves the bot to another server, and nothing is lost", function()
    await("the bot is not at the first server", function()
      return sockets(1) == 1
    end)
    talk()
    await("no answer at the first server", function()
      return select(2, echoed()) == 1
    end)

    local links = net.counts.links
    net:move()
    on:fault { when = "push", user = BOT, times = 1, ["do"] = { disconnect = 6 } }
    for _ = 1, 20 do
      talk()
    end
    local moved = 0
    await("the bot did not move", function()
      if moved < 10 and sockets(2) == 0 then -- what it waits before it tries again
        on:move_clock("1s")
        moved = moved + 1
      end
      return sockets(2) == 1 and sockets(1) == 0
    end)
    for _ = 1, 5 do
      talk()
    end
    await("answers are missing", function()
      return select(2, echoed()) >= said
    end)

    local times, count = echoed()
    assert.equal(said, count)
    for line = 1, said do
      assert.equal(1, times[line], "line " .. line)
    end
    local more = net.counts.links - links
    assert.is_true(more <= 6, more .. " connections for one move")
  end)

  it("asks again and again where to go, but takes its time", function()
    await("the bot is not at the first server", function()
      return sockets(1) == 1
    end)
    local links, began, moved = net.counts.links, host.real_ms(), 0
    on:fault { when = "connect", user = BOT, times = 5, ["do"] = { connack = 6 } }
    on:fault { when = "connect", user = BOT, times = 4, ["do"] = { connack = 15 } }
    net:move()
    on:fault { when = "push", user = BOT, times = 1, ["do"] = { disconnect = 6 } }
    talk()
    await("the bot did not come to the other server", function()
      -- Slowly, or who does not wait at all would not be found out.
      if host.real_ms() - began > moved * 100 then
        on:move_clock("1s")
        moved = moved + 1
      end
      return select(2, echoed()) == 1
    end)
    -- Five at once, then 1 s, 2 s, 4 s, 8 s and 16 s, each shortened by up to a half.
    local seconds = moved + (host.real_ms() - began) / 1000
    assert.is_true(seconds >= 15, "sent away ten times in " .. seconds .. " s")
    local more = net.counts.links - links
    assert.is_true(more <= 10 * 4, more .. " connections for ten attempts")
    assert.equal(1, sockets(2))
    assert.equal(0, sockets(1))
  end)
end)
