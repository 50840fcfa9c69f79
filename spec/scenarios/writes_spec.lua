-- What a message costs the disk: rows written, counted by SQLite, in real programs.
local stage = require "moondock.stage"

local BOT, TALKER, GROUP, COUNT = "gatekeeper", "tina", "demo", 100

local CODE = [[
local bot = ...
bot.hear("^echo ", function(msg) msg:reply(msg.text) end)
bot.hear("^look ", function(msg) local _ = msg.text end)
bot.hear("^nap ", function(msg) bot.sleep(0.01) msg:reply(msg.text) end)
]]

describe("a message", function()
  local on, talker

  before_each(function()
    on = stage.open { config = "examples/group/moondock.lua" }
    on:edit("moondock.lua", "hello = {},", "probe = {},")
    on:edit("moondock.lua", "flood_messages = 8", "flood_messages = 0")
    on:start_sandbox()
    assert(require("moondock.host").make_folder(on:path("plugins/probe")))
    on:write("plugins/probe/plugin.lua",
      'return { name = "probe", version = "1.0.0", summary = "Probes", needs = {} }')
    on:write("plugins/probe/init.lua", CODE)
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

  local function settle(handled)
    local status
    assert(on:wait(function()
      status = on:status()
      return status.outbox == 0 and status.journal == 0 and status.handled >= handled
    end))
    return status
  end

  -- Rows for each of COUNT messages, one at a time: the worst case, since nothing shares a turn.
  local function rows_for(word)
    local before = settle(0)
    for number = 1, COUNT do
      assert(talker:say({ group = GROUP }, word .. " " .. number))
      settle(before.handled + number)
    end
    local rows = (settle(before.handled + COUNT).written - before.written) / COUNT
    print(("  %s: %.2f rows"):format(word, rows))
    return rows
  end

  for word, most in pairs { nobody = 2, look = 2, echo = 4, nap = 6 } do
    it(("that %s reads costs at most %d rows"):format(word, most), function()
      assert(rows_for(word) <= most)
    end)
  end
end)
