--- A hundred forced disconnects while somebody talks all the time, with pushes dropped,
--- doubled and reordered: nothing is lost, nothing is answered twice.

local host = require "moondock.host"
local stage = require "moondock.stage"

local BOT, TALKER, GROUP = "gatekeeper", "tina", "demo"
-- Each way so often, and then each of `anything` once.
local TIMES = 5

local ECHO = [[
local bot = ...
bot.on("message", function(msg)
  if msg.sender.id == "tina" and msg.text then
    msg:reply("echo {text}", { text = msg.text })
  end
end)
]]

-- Ways to lose a connection. Each orders its faults and then makes sure that the connection
-- is in fact lost; what refuses is met on the way back.
local function fault(on, when, what, more)
  local order = { when = when, user = BOT, times = 1, ["do"] = what }
  for name, value in pairs(more or {}) do
    order[name] = value
  end
  on.orders[on:fault(order)] = true
end

local function cut_push(at)
  return function(on)
    fault(on, "push", { cut_at_byte = at })
  end
end

-- Loses the connection and meets a refusal when it comes back.
local function refused_with(connack)
  return function(on)
    fault(on, "connect", { connack = connack })
    fault(on, "push", { close = true })
  end
end

local function thrown_out_with(status)
  return function(on)
    fault(on, "push", { disconnect = status })
  end
end

-- The server stops answering pings; only time shows it.
local function silence(on)
  fault(on, "query", { drop = true }, { topic = "ping", times = 3 })
  for _ = 1, 4 do
    on:move_clock("15s")
  end
  on:move_clock("30s")
end

local closing = { "a push that closes", function(on)
  fault(on, "push", { close = true })
end }

local ways = {
  { "a push cut in its header", cut_push(1) },
  { "a push cut in the middle", cut_push(20) },
  { "a push cut near its end", cut_push(60) },
  { "a send whose answer is cut", function(on)
    fault(on, "publish", { cut_at_byte = 0 })
  end },
  { "a send whose answer is cut in the middle", function(on)
    fault(on, "publish", { cut_at_byte = 9 })
  end },
  { "a send that closes", function(on)
    fault(on, "publish", { close = true })
  end },
  closing,
  { "a pull whose answer is cut", function(on)
    fault(on, "query", { cut_at_byte = 12 }, { topic = "pullMsg" })
  end },
  { "refused, server unavailable", refused_with(3) },
  { "refused, try again", refused_with(16) },
  { "refused, ask navi (6)", refused_with(6) },
  { "refused, ask navi (15)", refused_with(15) },
  { "refused, token (4)", refused_with(4) },
  { "refused, token expired", refused_with(10) },
  { "refused, token used up", refused_with(17) },
  { "thrown out, retry", thrown_out_with(2) },
  { "thrown out, ask navi", thrown_out_with(6) },
  { "thrown out, new token", thrown_out_with(7) },
  { "silent pings", silence },
  { "no answer to the connection", function(on)
    fault(on, "connect", { drop = true })
    fault(on, "push", { close = true })
  end },
  { "navi answers 500", function(on)
    fault(on, "navi", { http_status = 500 })
    fault(on, "push", { disconnect = 6 })
  end },
}

-- What goes wrong besides: pushes lost, doubled and reordered, and then anything that can go
-- wrong anywhere. What would need a person, or a wait of minutes, has specs of its own.
local besides = {
  { when = "push", ["do"] = { drop = true } },
  { when = "push", ["do"] = { duplicate = 2 } },
  { when = "push", ["do"] = { reorder = 2 } },
  { when = "push", ["do"] = { delay_ms = 20 } },
}

local anything = {}
for when, whats in pairs {
  navi = { { http_status = 503 }, { drop = true }, { close = true }, { delay_ms = 50 } },
  connect = { { connack = 13 }, { connack = 14 }, { close = true }, { delay_ms = 50 } },
  publish = {
    { disconnect = 2 }, { drop = true }, { delay_ms = 50 }, { duplicate = 2 }, { reorder = 1 },
    { cut_at_byte = 3 },
  },
  query = {
    { status = 33003 }, { disconnect = 5 }, { drop = true }, { delay_ms = 50 },
    { duplicate = 2 }, { reorder = 1 }, { cut_at_byte = 1 }, { close = true },
  },
  push = { { disconnect = 200 }, { cut_at_byte = 0 }, { duplicate = 3 }, { reorder = 3 } },
  http = { { http_status = 500 }, { http_status = 429 }, { drop = true }, { close = true } },
} do
  for _, what in ipairs(whats) do
    anything[#anything + 1] = { when = when, ["do"] = what }
  end
end
table.sort(anything, function(a, b)
  return host.json.encode(a) < host.json.encode(b)
end)

describe("a storm", function()
  local on, talker, said -- `on.orders`: ids of the faults of this round

  before_each(function()
    on = stage.open { config = "examples/group/moondock.lua" }
    on:edit("moondock.lua", "hello = {},", "echo = {},")
    on:edit("moondock.lua", "flood_messages = 8", "flood_messages = 0")
    assert(host.make_folder(on:path("plugins/echo")))
    on:write("plugins/echo/plugin.lua",
      'return { name = "echo", version = "1.0.0", summary = "Answers everything", needs = {} }')
    on:write("plugins/echo/init.lua", ECHO)
    on:start_sandbox()
    for _, user in ipairs { BOT, TALKER } do
      on:join(user, GROUP)
    end
    on:start_host()
    talker = on:member(TALKER)
    talker:enter()
    said = 0
  end)

  after_each(function()
    on:close()
  end)

  local function talk()
    said = said + 1
    assert(talker:say({ group = GROUP }, "line " .. said))
    on:pump()
  end

  -- How often the bot has connected, as the sandbox counts.
  local function logins(state)
    for _, user in ipairs((state or on:control("GET", "/state")).users) do
      if user.user_id == BOT then
        return user.connects
      end
    end
    return 0
  end

  -- Talks, and lets time pass for the host, until what was ordered has happened and the bot
  -- has come back.
  local function until_back(before, orders, what)
    local deadline = host.real_ms() + stage.PATIENCE * 1000
    local status, left
    repeat
      talk()
      status = on:status()
      local state = on:control("GET", "/state")
      left = {}
      for _, order in ipairs(state.faults) do
        left[#left + 1] = orders[order.id] and order or nil
      end
      if status.state == "online" and #left == 0 and logins(state) > before then
        return
      end
      on:move_clock("1s")
    until host.real_ms() > deadline
    error(("%s: did not come back: %s (%s), still ordered: %s"):format(what, status.state,
      status.detail, host.json.encode(left)))
  end

  -- How often each line was answered, as the cloud remembers. "Newest" would be measured by
  -- the talker's clock, so the end of time is named.
  local function count_answers()
    local answers, before = {}, 4102444800000
    while true do
      local page = assert(talker.client:history({ group = GROUP }, 100, before))
      for _, message in ipairs(page) do
        local number = message.sender == BOT and message.text:match("^echo line (%d+)$")
        if number then
          number = tonumber(number)
          answers[number] = (answers[number] or 0) + 1
        end
        before = message.sent_ms
      end
      if #page < 100 then
        return answers
      end
    end
  end

  -- Waits for every line to be answered, and counts.
  local function settle()
    for _, order in ipairs(on:control("GET", "/state").faults) do
      on:control("DELETE", "/fault/" .. order.id)
    end
    -- The regular pull finds what dropped pushes left behind.
    on:move_clock("180s")
    local answers
    host.sleep_until(function()
      on:pump()
      answers = count_answers()
      for number = 1, said do
        if not answers[number] then
          return false
        end
      end
      local status = on:status()
      return status.outbox == 0 and status.journal == 0
    end, stage.PATIENCE)
    local lost, twice = {}, {}
    for number = 1, said do
      local count = answers[number] or 0
      table.insert(count == 0 and lost or count > 1 and twice or {}, number)
    end
    print(("  %d lines said, %d lost, %d answered twice"):format(said, #lost, #twice))
    assert.same({}, lost)
    assert.same({}, twice)
    local status = on:status()
    assert.equal(0, status.outbox)
    assert.equal(0, status.journal)
    assert.equal(0, status.poison)
  end

  -- One lost connection in the way of `way`, with `extra` going wrong besides.
  local function blow(way, extra)
    local before = logins()
    extra.user, extra.times = BOT, 1
    on:fault(extra)
    on.orders = {}
    way[2](on)
    until_back(before, on.orders, way[1])
  end

  it("loses nothing and answers nothing twice", function()
    local first = logins()
    for _, way in ipairs(ways) do
      for time = 1, TIMES do
        blow(way, besides[time % #besides + 1])
      end
      print(("  %3d x %s"):format(TIMES, way[1]))
    end
    for _, extra in ipairs(anything) do
      blow(closing, extra)
    end
    print(("  %3d x anything else besides"):format(#anything))
    local again = logins() - first
    print(("  %d connections lost"):format(again))
    assert.is_true(again >= TIMES * #ways + #anything)
    settle()
  end)

  it("of power cuts loses nothing and answers nothing twice", function()
    for cut = 1, 10 do
      for _ = 1, cut do
        talk()
      end
      on:kill_host()
      talk()
      on:start_host()
    end
    settle()
  end)
end)
