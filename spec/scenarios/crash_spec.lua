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
]]

-- What each must have said, and a look at all of it together.
local handlers = {
  count = { "count ID seen 0" },
  two = { "two ID a 1", "two ID b 1" },
  dice = { "dice ID 1: ANY", "dice ID 2: ANY", same = true },
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
    on:write("plugins/probe/init.lua", code)
  end

  before_each(function()
    on = stage.open { config = "examples/group/moondock.lua" }
    on.env.MOONDOCK_DIE_FILE = on:path("die")
    on:edit("moondock.lua", "hello = {},", "probe = {},")
    on:edit("moondock.lua", "flood_messages = 8", "flood_messages = 0")
    write_plugin(CODE)
    on:start_sandbox()
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

  -- What the bot said about `id`, in order.
  local function heard(id)
    local lines = {}
    for _, message in ipairs(talker.inbox) do
      if message.sender == BOT and message.text and message.text:find(" " .. id, 1, true) then
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

  local function probe(kind, point)
    local id = kind .. died .. point:gsub(" ", "")
    local what = kind .. " at " .. point
    arm(point)
    assert(talker:say({ group = GROUP }, kind .. " " .. id))
    local dead = await_death()
    assert(dead or not point:find("1$"), what .. ": it did not come there")
    assert(on:wait(function()
      return settled() and #heard(id) >= #handlers[kind]
    end), what .. ": not answered: " .. table.concat(heard(id), ", "))
    died = died + (dead and 1 or 0)
    check(kind, id, what)
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
end)
