--- What ends hard for one plugin waits for a person, who has it handled again or forgets it.

local host = require "moondock.host"
local stage = require "moondock.stage"

local BOT, TALKER, GROUP = "gatekeeper", "tina", "demo"

-- More memory at once than there may be: the instance is stopped hard.
local BROKEN = [[
local bot = ...
bot.hear("^work (%S+)$", function(msg, id)
  msg:reply("begins " .. id)
  local part, parts = ("x"):rep(1 << 16), {}
  for place = 1, 1600 do
    parts[place] = part
  end
  table.concat(parts)
end)
bot.hear("^plan (%S+)$", function(_, id)
  bot.schedule("1m", "job", id)
end)
bot.on("schedule.job", function(event)
  event:reply("begins " .. event.data)
  local part, parts = ("x"):rep(1 << 16), {}
  for place = 1, 1600 do
    parts[place] = part
  end
  table.concat(parts)
end)
bot.hear("^nap (%S+)$", function(msg, id)
  msg:reply("begins " .. id)
  bot.sleep("1h")
  msg:reply("rested " .. id)
end)
]]

local MENDED = [[
local bot = ...
bot.hear("^%a+ (%S+)$", function(msg, id)
  msg:reply(("done %s %s %s"):format(id, msg.id, msg.redelivered))
end)
bot.on("schedule.job", function(event)
  event:reply("done " .. event.data)
end)
]]

local NEIGHBOUR = [[
local bot = ...
bot.hear("^%a+ (%S+)$", function(msg, id)
  if id:find("slow", 1, true) then
    bot.sleep("10m")
  end
  msg:reply("neighbour " .. id)
end)
]]

describe("what ends hard for one plugin", function()
  local on, talker

  local function write_plugin(name, code)
    assert(host.make_folder(on:path("plugins/" .. name)))
    on:write(("plugins/%s/plugin.lua"):format(name),
      ('return { name = "%s", version = "1.0.0", summary = "Probes", needs = {} }'):format(name))
    on:write(("plugins/%s/init.lua"):format(name), code)
  end

  before_each(function()
    on = stage.open { config = "examples/group/moondock.lua" }
    on:edit("moondock.lua", "hello = {},", "probe = {}, neighbour = {},")
    on:edit("moondock.lua", "flood_messages = 8", "flood_messages = 0")
    on:start_sandbox()
    write_plugin("probe", BROKEN)
    write_plugin("neighbour", NEIGHBOUR)
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

  local function restart()
    on:kill_host()
    on:start_host()
  end

  -- Gives the UID.
  local function say(text)
    return assert(talker:say({ group = GROUP }, text)).uid
  end

  -- What the bot said about `id`, in the order of the alphabet.
  local function heard(id)
    local lines = {}
    for _, message in ipairs(talker.inbox) do
      if message.sender == BOT and message.text and message.text:find(" " .. id, 1, true) then
        lines[#lines + 1] = message.text
      end
    end
    table.sort(lines)
    return lines
  end

  -- Waits until that was said, and nothing is under way; then there is nothing else.
  local function hears(id, wanted)
    on:wait(function()
      local status = on:status()
      return #heard(id) >= #wanted and status.outbox == 0 and status.journal == 0
    end)
    assert.same(wanted, heard(id))
  end

  -- Waits for so many; gives the first one's row.
  local function aside(why, count)
    local status
    assert(on:wait(function()
      status = on:status()
      return status[why] == count and #status.set_aside == count -- committed
    end), ("%s is not %d"):format(why, count))
    return status.set_aside[1]
  end

  -- As an operator does it; once is enough.
  local function order(word, row)
    local code, _, err = on:ctl(word, tostring(row.id))
    assert.equal(0, code, err)
    assert.equal(1, (on:ctl(word, tostring(row.id))), "a second time")
  end

  local function mend()
    write_plugin("probe", MENDED)
    local code, _, err = on:ctl("reload", "probe")
    assert.equal(0, code, err)
  end

  it("is handled again when the plugin is mended, by nobody else", function()
    local uid = say "work a"
    hears("a", { "begins a", "neighbour a" })
    local row = aside("stopped", 1)
    assert.same({ "stopped", "probe", uid }, { row.why, row.plugin, row.message })
    local _, text = on:ctl("status")
    assert.truthy(text:find(("\n  set aside id=%d stopped plugin=probe message=%s since=")
      :format(row.id, uid), 1, true), text)
    restart()
    row = aside("stopped", 1)
    mend()
    assert.same({ "begins a", "neighbour a" }, heard("a"))
    order("retry", row)
    hears("a", { "begins a", ("done a %s true"):format(uid), "neighbour a" })
    aside("stopped", 0)
    restart()
    hears("a", { "begins a", ("done a %s true"):format(uid), "neighbour a" })
  end)

  it("is a new event each time", function()
    say "work b"
    local first = aside("stopped", 1)
    hears("b", { "begins b", "neighbour b" })
    order("retry", first)
    hears("b", { "begins b", "begins b", "neighbour b" })
    local second = aside("stopped", 1)
    assert(second.id > first.id)
    assert.equal(first.message, second.message)
    order("retry", second)
    hears("b", { "begins b", "begins b", "begins b", "neighbour b" })
    order("drop", aside("stopped", 1))
    aside("stopped", 0)
  end)

  it("goes on for the others, also after a crash", function()
    say "work slow"
    aside("stopped", 1)
    on:kill_host()
    write_plugin("probe", MENDED)
    on:start_host()
    on:move_clock("10m")
    hears("slow", { "begins slow", "neighbour slow" })
    aside("stopped", 1)
  end)

  it("was interrupted when its code changed in a crash", function()
    local uid = say "nap c"
    assert(on:wait(function()
      return #heard("c") == 2 and on:status().outbox == 0
    end))
    on:kill_host()
    write_plugin("probe", MENDED)
    on:start_host()
    local row = aside("interrupted", 1)
    assert.same({ "interrupted", "probe", uid }, { row.why, row.plugin, row.message })
    hears("c", { "begins c", "neighbour c" })
    order("retry", row)
    hears("c", { "begins c", ("done c %s true"):format(uid), "neighbour c" })
    aside("interrupted", 0)
  end)

  it("is forgotten when it is dropped", function()
    say "work d"
    order("drop", aside("stopped", 1))
    aside("stopped", 0)
    mend()
    restart()
    hears("d", { "begins d", "neighbour d" })
  end)

  it("may be what a time brought", function()
    for _, word in ipairs { "retry", "drop" } do
      write_plugin("probe", BROKEN)
      on:ctl("reload", "probe")
      say("plan " .. word)
      hears(word, { "neighbour " .. word })
      on:move_clock("61s")
      local row = aside("stopped", 1)
      assert.same({ "stopped", "probe" }, { row.why, row.plugin })
      assert.truthy(row.message:find("^timer/"), row.message)
      hears(word, { "begins " .. word, "neighbour " .. word })
      restart()
      mend()
      order(word, row)
      aside("stopped", 0)
      restart()
      hears(word, word == "drop" and { "begins drop", "neighbour drop" }
        or { "begins retry", "done retry", "neighbour retry" })
    end
  end)

  it("waits for its plugin, which may be gone", function()
    say "work e"
    local row = aside("stopped", 1)
    assert.equal(0, (on:ctl("unload", "probe")))
    local code, _, err = on:ctl("retry", tostring(row.id))
    assert.equal(1, code)
    assert.truthy(err:find("for the plugin probe, which does not run", 1, true), err)
    aside("stopped", 1)
    write_plugin("probe", MENDED)
    assert.equal(0, (on:ctl("load", "probe")))
    order("retry", row)
    aside("stopped", 0)
    assert(on:wait(function()
      return #heard("e") == 3
    end))
  end)

  it("is not lost when its plugin is gone after a crash", function()
    local uid = say "work f"
    local row = aside("stopped", 1)
    write_plugin("probe", 'local bot = ... bot.on("message", function() bot.sleep("1h") end)')
    assert.equal(0, (on:ctl("reload", "probe")))
    order("retry", row)
    assert(on:wait(function()
      return on:status().journal == 1
    end))
    on:kill_host()
    write_plugin("probe", "this does not load")
    on:start_host()
    row = aside("interrupted", 1)
    assert.same({ "probe", uid }, { row.plugin, row.message })
    assert.equal(1, (on:ctl("retry", tostring(row.id))))
    write_plugin("probe", MENDED)
    assert.equal(0, (on:ctl("load", "probe")))
    order("retry", row)
    hears("f", { "begins f", ("done f %s true"):format(uid), "neighbour f" })
    aside("interrupted", 0)
  end)
end)
