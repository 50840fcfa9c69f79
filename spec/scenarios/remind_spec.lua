--- A reminder outlives the host, and arrives once.

local host = require "moondock.host"
local screenplay = require "moondock.screenplay"
local stage = require "moondock.stage"

describe("a schedule", function()
  it("arrives after the host was killed", function()
    local on = stage.open { config = "examples/group/moondock.lua" }
    finally(function()
      on:close()
    end)
    on:edit("moondock.lua", "hello = {},", "hello = {}, remind = {},")
    assert(host.make_folder(on:path("plugins/remind")))
    on:write("plugins/remind/plugin.lua", [[
      return { name = "remind", version = "1.0.0", summary = "Reminds people" }
    ]])
    on:write("plugins/remind/init.lua", [[
      local bot = ...
      bot.command { "remind <time:duration> <text...>", run = function(msg, args)
        local due = bot.date(bot.now() + args.time * 1000)
        assert(bot.schedule(due, "remind", { who = msg.sender.id, text = args.text }))
        msg:reply("Noted")
      end }
      bot.on("schedule.remind", function(event)
        event:reply("{who}: {text}", event.data)
      end)
    ]])
    screenplay.perform(on, [[
      the sandbox starts
      alice joins demo
      gatekeeper joins demo
      the host starts
      alice comes online
      alice says "/remind 1h tea" in demo
      alice sees gatekeeper: "Noted"
      alice says "/remind 2h cake" in demo
      alice sees gatekeeper: "Noted"
      -- Once this is answered the command before it is done with, and not run again.
      alice says "/ping" in demo
      alice sees gatekeeper: "pong"
      the host is killed
      the host starts
      the clock moves 3600s
      alice sees gatekeeper: "alice: tea"
      the host is killed
      the host starts
      the clock moves 7200s
      alice sees gatekeeper: "alice: cake"
      alice has seen nothing else from gatekeeper
    ]])
  end)
end)
