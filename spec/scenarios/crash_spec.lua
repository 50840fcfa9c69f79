--- The host is killed at each step of a message's way (design.md 5), in handlers of each kind:
--- whatever they do, users see it once.

local host = require "moondock.host"
local stage = require "moondock.stage"

local BOT, TALKER, GROUP = "gatekeeper", "tina", "demo"

local CODE = [[
local bot = ...
local store = bot.store("probe")

bot.hear("^count (%S+)$", function(msg, id)
  local seen = store:get("seen/" .. id, 0)
  store:set("seen/" .. id, seen + 1)
  store:update("all", function(n) return (n or 0) + 1 end)
  msg:reply(("count %s seen %d"):format(id, seen))
end)

bot.hear("^two (%S+)$", function(msg, id)
  for _, name in ipairs { "a", "b" } do
    bot.spawn(function()
      local n = store:add("two/" .. id .. name, 1)
      bot.sleep(0.01)
      msg:reply(("two %s %s %d"):format(id, name, n))
    end)
  end
end)

bot.hear("^dice (%S+)$", function(msg, id)
  local number, time = math.random(0), bot.now()
  for place = 1, 2 do
    msg:reply(("dice %s %d: %d %d %s"):format(id, place, number, time, msg.sender.name))
  end
end)

bot.hear("^ask (%S+)$", function(msg, id)
  local n = store:add("ask/" .. id, 1)
  local answer = msg:ask(("ask %s: which?"):format(id))
  msg:reply(("ask %s: %s, asked %d times"):format(id, answer, n))
end)

-- Each request leaves something behind that can be counted.
bot.hear("^post(!?) (%S+)$", function(msg, retry, id)
  local answer, err = bot.http.post("SERVER/_sandbox/fault", nil, {
    json = { when = "push", user = id, times = 1, ["do"] = { drop = true } },
    retry = retry == "!",
  })
  msg:reply(("post %s: %s"):format(id, answer and answer.status or err.code))
end)

bot.hear("^get (%S+)$", function(msg, id)
  local n = store:add("get/" .. id, 1)
  local answer = assert(bot.http.get("SERVER/_sandbox/state", {
    headers = { ["Content-Type"] = "application/json" },
  }))
  msg:reply(("get %s: %s %d"):format(id, answer.status, n))
end)

bot.hear("^sure(!?) (%S+)$", function(msg, repeats, id)
  local opts = { unsure = repeats == "!" and "repeat" or nil }
  local sent, err = msg:reply("sure " .. id, nil, opts)
  store:set("sure/" .. id, sent and "sent" or err.code)
end)

bot.hear("^nap (%S+)$", function(msg, id)
  local n = store:add("nap/" .. id, 1)
  bot.sleep(1)
  msg:reply(("nap %s: %d"):format(id, n))
end)

bot.hear("^later (%S+)$", function(msg, id)
  local n, time = store:add("later/" .. id, 1), bot.now()
  bot.after(0.2, function()
    msg:reply(("later %s: %d %s"):format(id, n, time))
    bot.after(0.2, function()
      msg:reply(("much later %s: %d %s"):format(id, store:add("later/" .. id, 1), time))
    end)
  end)
end)

-- What it is told to do at the next beat.
bot.hear("^beat (%S+)$", function(msg, id)
  store:set("beat", id)
end)

bot.every(0.1, function()
  local id = store:get("beat")
  if id then
    store:del("beat")
    local group, n, time = bot.group("demo"), store:add("beat/" .. id, 1), bot.now()
    bot.send(group, ("beat %s: %d %s"):format(id, n, time))
    bot.sleep(0.01)
    n = store:add("beat/" .. id, 1)
    bot.send(group, ("off beat %s: %d %s"):format(id, n, time))
  end
end)

bot.hear("^plan (%S+)$", function(msg, id)
  bot.schedule("1s", "plan", id)
end)

bot.on("schedule.plan", function(event)
  local n = store:add("plan/" .. event.data, 1)
  local answer = assert(bot.http.get("SERVER/_sandbox/state", {
    headers = { ["Content-Type"] = "application/json" },
  }))
  event:reply(("plan %s: %s %d"):format(event.data, answer.status, n))
end)

-- More memory at once than there may be: the instance is stopped hard.
bot.hear("^burst (%S+)$", function(_, id)
  store:add("burst/" .. id, 1)
  local part, parts = ("x"):rep(1000000), {}
  for place = 1, 100 do
    parts[place] = part
  end
  table.concat(parts)
end)

bot.on("task.interrupted", function(what)
  store:set("interrupted/" .. what.event, what.plugin)
end)

bot.hear("^look (%S+)$", function(msg, key)
  msg:reply(("look %s: %s"):format(key, store:get(key)))
end)
]]

-- What each must have said, and a look at all of it together.
local handlers = {
  count = { "count ID seen 0" },
  two = { "two ID a 1", "two ID b 1" },
  dice = { "dice ID 1: ANY", "dice ID 2: ANY", same = true },
  ask = { "ask ID: which?", "ask ID: blue, asked 1 times" },
  post = { "post ID: ANY" },
  get = { "get ID: 200 1" },
  later = { "later ID: 1 ANY", "much later ID: 2 ANY" },
  beat = { "beat ID: 1 ANY", "off beat ID: 2 ANY" },
}

-- Each for a message with one answer; those with more come to later ones again.
local points = {
  "taken 1", "journaled 1", "commit 1", "committed 1", "acked 1", "leaving 1", "left 1",
  "answer 1", "answered 1", "commit 2", "committed 2", "commit 3",
}

describe("a host that dies", function()
  local on, talker, died

  local function write_plugin(code)
    assert(host.make_folder(on:path("plugins/probe")))
    on:write("plugins/probe/plugin.lua",
      'return { name = "probe", version = "1.0.0", summary = "Probes", needs = {} }')
    on:write("plugins/probe/init.lua", (code:gsub("SERVER", on.server)))
    on.env.PROBE_GRANT = "http:" .. on.server:match("//(.*)$")
  end

  before_each(function()
    on = stage.open { config = "examples/group/moondock.lua" }
    on.env.MOONDOCK_DIE_FILE = on:path("die")
    on:edit("moondock.lua", "hello = {},", 'probe = { grants = { env("PROBE_GRANT"), "send" } },')
    on:edit("moondock.lua", "flood_messages = 8", "flood_messages = 0")
    on:start_sandbox()
    write_plugin(CODE)
    for _, user in ipairs { BOT, TALKER } do
      on:join(user, GROUP)
    end
    on:start_host()
    talker = on:member(TALKER)
    talker:enter()
    died = 0
  end)

  after_each(function()
    on:close()
  end)

  local function exists(name)
    local file = io.open(on:path(name))
    return file and file:close()
  end

  local function arm(point)
    on:write("die.new", point)
    os.rename(on:path("die.new"), on:path("die"))
  end

  -- The supervisor would do it, too, but later and later.
  local function restart()
    on:kill_host()
    if on.before_start then
      on.before_start()
    end
    on:start_host()
  end

  -- Waits until the host has died, and starts it again; or until it had nothing more to do.
  local function await_death()
    local quiet = host.real_ms() + 3000
    on:wait(function()
      return not exists("die") or host.real_ms() > quiet
    end)
    if exists("die") then
      os.remove(on:path("die"))
      return false
    end
    restart()
    return true
  end

  local function settled()
    local status = on:status()
    return status.state == "online" and status.outbox == 0 and status.journal == 0
  end

  -- The event of a question is not over before its answer.
  local function settled_but_one()
    local status = on:status()
    return status.outbox == 0 and status.journal == 1
  end

  -- What the bot said about `id`, in order.
  local function heard(id)
    local lines = {}
    for _, message in ipairs(talker.inbox) do
      if message.sender == BOT and message.text and message.text:find(" " .. id, 1, true)
        and not message.text:find("look", 1, true)
      then
        lines[#lines + 1] = message.text
      end
    end
    return lines
  end

  local function matches(line, wanted, id)
    return line:find("^" .. wanted:gsub("%p", "%%%0"):gsub("ID", id):gsub("ANY", ".+") .. "$")
  end

  local function check(kind, id, what)
    local handler, lines = handlers[kind], heard(id)
    for _, wanted in ipairs(handler) do
      local count = 0
      for _, line in ipairs(lines) do
        count = count + (matches(line, wanted, id) and 1 or 0)
      end
      assert(count == 1, ("%s: %q came %d times:\n  %s"):format(what, wanted, count,
        table.concat(lines, "\n  ")))
    end
    assert(#lines == #handler, what .. ":\n  " .. table.concat(lines, "\n  "))
    if handler.same then
      local first = lines[1]:match(": (.*)")
      for _, line in ipairs(lines) do
        assert.equal(first, line:match(": (.*)"), what)
      end
    end
  end

  local function say(text)
    assert(talker:say({ group = GROUP }, text))
  end

  -- Lets the host die at `point` after `word`, and waits until `count` answers are there.
  local function kill_at(point, word, id, count)
    arm(point)
    say(word .. " " .. id)
    local dead = await_death()
    died = died + (dead and 1 or 0)
    assert(on:wait(function()
      return settled() and #heard(id) >= (count or 1)
    end), ("%s at %s: not answered: %s"):format(word, point, table.concat(heard(id), ", ")))
    return dead
  end

  local function new_id(kind, point)
    return kind:gsub("%A", "x") .. died .. point:gsub(" ", "")
  end

  local function probe(kind, point)
    local id, what = new_id(kind, point), kind .. " at " .. point
    local dead = kill_at(point, kind, id, #handlers[kind])
    assert(dead or not point:find("1$"), what .. ": it did not come there")
    check(kind, id, what)
  end

  -- What the plugin's store says.
  local function look(key)
    local found
    say("look " .. key)
    assert(on:wait(function()
      on:pump()
      for _, message in ipairs(talker.inbox) do
        found = found or message.sender == BOT and message.text
          and message.text:match("^look " .. key:gsub("%p", "%%%0") .. ": (.*)")
      end
      return found
    end))
    return found
  end

  for _, kind in ipairs { "count", "two", "dice" } do
    it("in the handler " .. kind .. " does nothing twice", function()
      for _, point in ipairs(points) do
        probe(kind, point)
      end
      on:move_clock("10s")
      on:wait(settled)
      on:pump()
      print(("  %s: %d deaths"):format(kind, died))
    end)
  end

  it("reads from the web again", function()
    for _, point in ipairs { "committed 1", "requested 1", "returned 1", "left 1", "answer 1" } do
      probe("get", point)
    end
  end)

  it("tells when nobody can tell what a request did", function()
    for _, point in ipairs { "requested 1", "returned 1", "commit 2", "left 1", "answered 1" } do
      for _, word in ipairs { "post", "post!" } do
        local id = new_id(word, point)
        assert(kill_at(point, word, id), point)
        check("post", id, word .. " at " .. point)
        local count = 0
        for _, fault in ipairs(on:control("GET", "/state").faults) do
          count = count + (fault.user == id and 1 or 0)
        end
        local said = heard(id)[1]:match(": (.*)")
        if word == "post!" then
          assert(said == "200" and count >= 1, point)
        else
          assert(said == "200" and count == 1 or said == "unknown" and count <= 1, point)
        end
      end
    end
  end)

  it("goes on with a dialog at the question it was at", function()
    for _, point in ipairs { "committed 1", "left 1", "answer 1", "commit 2", "committed 2" } do
      for _, before in ipairs { true, false } do
        local id = new_id("ask", point .. (before and "q" or "a"))
        if before then
          arm(point)
          say("ask " .. id)
          died = died + (await_death() and 1 or 0)
          assert(on:wait(function()
            return settled_but_one() and #heard(id) == 1
          end), point .. ": " .. table.concat(heard(id), ", "))
          say("blue")
        else
          say("ask " .. id)
          assert(on:wait(function()
            return settled_but_one() and #heard(id) == 1
          end))
          arm(point)
          say("blue")
          died = died + (await_death() and 1 or 0)
        end
        assert(on:wait(function()
          return settled() and #heard(id) >= 2
        end), point .. ": " .. table.concat(heard(id), ", "))
        check("ask", id, "ask at " .. point)
      end
    end
  end)

  it("does not go on with other code", function()
    for time, point in ipairs { "commit 1", "committed 1", "left 1", "answer 1", "answered 1" } do
      local id = new_id("count", point)
      on.before_start = function()
        write_plugin(CODE .. "-- " .. time)
      end
      assert(kill_at(point, "count", id), point)
      check("count", id, "count at " .. point)
      assert.equal("1", look("seen/" .. id))
    end
  end)

  it("ends what it had begun with other code", function()
    local uid
    on.before_start = function()
      write_plugin(CODE .. "-- other")
    end
    arm("answer 1")
    uid = assert(talker:say({ group = GROUP }, "dice other")).uid
    assert(await_death())
    on.before_start = nil
    assert(on:wait(function()
      return settled() and #heard("other") >= 1
    end))
    assert.equal("probe", look("interrupted/" .. uid))
    assert.equal(1, #heard("other"))
  end)

  it("goes on with tasks of an instance that was stopped hard", function()
    say "nap stop"
    assert(on:wait(settled_but_one))
    say "burst stop"
    assert(on:wait(function()
      return settled() and #heard("stop") >= 1
    end))
    assert.same({ "nap stop: 1" }, heard("stop"))
    assert.equal("1", look("burst/stop"))
    say "later stopped"
    say "burst stopped"
    assert(on:wait(function()
      return settled() and #heard("stopped") >= 2
    end))
    check("later", "stopped", "later")
  end)

  it("does at a later time what a handler said", function()
    for _, point in ipairs {
      "commit 1", "committed 1", "acked 1", "leaving 1", "left 1", "answer 1", "answered 1",
      "commit 3", "leaving 2", "left 2", "answered 2",
    } do
      probe("later", point)
    end
  end)

  it("goes on with what a time brought", function()
    for _, point in ipairs {
      "commit 3", "commit 4", "committed 4", "leaving 1", "left 1", "answer 1", "answered 1",
      "commit 5", "leaving 2", "left 2", "answered 2",
    } do
      probe("beat", point)
    end
  end)

  for _, word in ipairs { "get", "plan" } do
    it("sets aside what kills it again and again: " .. word, function()
      for _, order in ipairs { "retry", "drop" } do
        local id = new_id(word, order)
        arm("requested 1 3") -- the supervisor starts it again meanwhile
        say(word .. " " .. id)
        assert(on:wait(function()
          return not exists("die")
        end), "the host lives")
        restart()
        assert(on:wait(settled))
        local status = on:status()
        assert.equal(1, status.poison)
        assert.equal(0, #heard(id))
        assert.equal(0, (on:ctl(order, tostring(status.set_aside[1].id))))
        assert.equal(1, (on:ctl(order, tostring(status.set_aside[1].id))))
        assert(on:wait(function()
          return settled() and on:status().poison == 0
            and #heard(id) == (order == "retry" and 1 or 0)
        end), order .. ": " .. table.concat(heard(id), ", "))
      end
    end)
  end

  it("does what the plugin wants when the cloud cannot tell", function()
    on:control("POST", "/limits", { history = false, pull_send = false })
    for _, point in ipairs { "leaving 1", "left 1", "answer 1", "answered 1" } do
      local id = new_id("sure", point)
      assert(kill_at(point, "sure", id, 0), point)
      local told = look("sure/" .. id)
      assert(#heard(id) == 1 and told == "sent" or #heard(id) <= 1 and told == "unknown",
        ("%s: %d answers, %s"):format(point, #heard(id), told))
      id = new_id("sure!", point)
      assert(kill_at(point, "sure!", id, 1), point)
      assert.equal("sent", look("sure/" .. id), point)
      assert(#heard(id) <= 2, point)
    end
  end)
end)
