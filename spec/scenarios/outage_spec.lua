--- An hour without a connection while people talk on: what waited is handled once, in the order
--- it was said, nobody is punished for it, and commands too old are left alone.

local host = require "moondock.host"
local stage = require "moondock.stage"

local BOT, GROUP = "gatekeeper", "demo"
local TALKERS, STEPS, EACH = 10, 240, 4 -- in a step of 15 s each of them says so many lines
local WAITING = TALKERS * STEPS * EACH + 400

local COUNT = [[
local bot = ...
local seen, order, last, old = {}, "in order", {}, 0
bot.on("message", function(msg)
  local number = tonumber(msg.text and msg.text:match("^line (%d+)$"))
  if number then
    seen[number] = (seen[number] or 0) + 1
    if number <= (last[msg.sender.id] or 0) then order = "mixed up" end
    last[msg.sender.id] = number
    if msg.age > 600 then old = old + 1 end
    if msg.backlog ~= (msg.age > 600) then order = "ages are wrong" end
  end
end)
function counted()
  local once, more = 0, 0
  for _, count in pairs(seen) do
    once, more = once + 1, more + (count > 1 and 1 or 0)
  end
  return ("%d seen, %d twice, %s, old: %s"):format(once, more, order, tostring(old > 5000))
end
local ran = {}
local function note(name)
  return function(msg)
    ran[#ran + 1] = name
    msg:reply(name .. " {age}", { age = msg.age > 600 and "late" or "in time" })
  end
end
bot.command { "now", run = note("now") }
bot.command { "ever", since = "1d", run = note("ever") }
bot.command { "soon", since = "1m", run = note("soon") }
function commands() return table.concat(ran, " ") end
]]

describe("an hour of outage", function()
  local on

  before_each(function()
    on = stage.open { config = "examples/group/moondock.lua" }
    on:edit("moondock.lua", "hello = {},", "count = {},")
    assert(host.make_folder(on:path("plugins/count")))
    on:write("plugins/count/plugin.lua",
      'return { name = "count", version = "1.0.0", summary = "Counts lines", needs = {} }')
    on:write("plugins/count/init.lua", COUNT)
    on:start_sandbox()
    on:join(BOT, GROUP)
    for i = 1, TALKERS do
      on:join("talker" .. i, GROUP)
    end
    on:start_host()
  end)

  after_each(function()
    on:close()
  end)

  local function eval(code)
    return on:ask { ["do"] = "eval", plugin = "count", code = code }.text
  end

  it("loses nothing, punishes nobody, answers no old command, and is no tight loop", function()
    local talkers, said, times = {}, 0, 1000000
    for i = 1, TALKERS do
      talkers[i] = on:member("talker" .. i)
      talkers[i]:enter()
    end
    local function say(talker, text)
      assert(talker.client:send({ group = GROUP }, text))
    end
    on:await_state("online")
    on:fault { when = "connect", user = BOT, times = times, ["do"] = { close = true } }
    on:fault { when = "push", user = BOT, times = 1, ["do"] = { close = true } }
    say(talkers[1], "/now") -- meets the second fault
    on:await_state("offline")

    for step = 1, STEPS do
      for _ = 1, EACH do
        for _, talker in ipairs(talkers) do
          said = said + 1
          say(talker, "line " .. said)
        end
      end
      if step == 120 then
        say(talkers[1], "/now")
        say(talkers[1], "/ever")
      end
      on:move_clock("15s")
      on:pump()
    end
    for i = 1, 400 do -- and some more in the last minutes
      said = said + 1
      say(talkers[i % TALKERS + 1], "line " .. said)
      if i % 40 == 0 then
        on:move_clock("15s")
      end
    end
    say(talkers[2], "/now")
    assert.equal(WAITING, said)
    on:await_state("offline") -- or it tries at this very moment

    local left
    for _, order in ipairs(on:control("GET", "/state").faults) do
      left = order.times
      on:control("DELETE", "/fault/" .. order.id)
    end
    local attempts = times - left
    print(("  %d attempts to connect in an hour"):format(attempts))
    assert.is_true(attempts >= 30 and attempts <= 150)

    on:move_clock("60s")
    on:await_state("online")
    local want = ('"%d seen, 0 twice, in order, old: true"'):format(WAITING)
    host.sleep_until(function()
      on:pump()
      return eval("counted()") == want and on:status().journal == 0
    end, stage.PATIENCE)
    assert.equal(want, eval("counted()"))
    host.sleep_until(function()
      return on:status().outbox == 0
    end, stage.PATIENCE)
    assert.equal('"ever now"', eval("commands()"))
    local group = on:must_api("/group/user/gag/list.json", { groupId = GROUP })
    assert.same({}, group.users)
  end)
end)
