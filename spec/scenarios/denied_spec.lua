local screenplay = require "moondock.screenplay"
local stage = require "moondock.stage"

describe("a plugin without a grant", function()
  it("is told which one, and does nothing", function()
    local on = stage.open { config = "examples/group/moondock.lua" }
    finally(function()
      on:close()
    end)
    on:edit("moondock.lua", "hello = {},", "hello = {}, nosy = {},")
    assert(require("moondock.host").make_folder(on:path("plugins/nosy")))
    on:write("plugins/nosy/plugin.lua", [[
      return { name = "nosy", version = "1.0.0", summary = "Tries what it may not", needs = {} }
    ]])
    on:write("plugins/nosy/init.lua", [[
      local bot = ...
      bot.command { "try", run = function(msg)
        for _, act in ipairs {
          function() return bot.send(bot.group("other"), "psst") end,
          function() return msg.group:mute(msg.sender, "10m") end,
          function() return msg.group:kick(msg.sender) end,
          function() return msg:recall() end,
        } do
          local fine, ok, err = pcall(act)
          local why = fine and err or ok
          msg:reply("{why}", { why = tostring(why) })
        end
      end }
    ]])
    screenplay.perform(on, [[
      the sandbox starts
      alice joins demo
      alice joins other
      gatekeeper joins demo
      gatekeeper joins other
      the host starts
      alice comes online
      alice says "/try" in demo
      alice sees gatekeeper: "*send*"
      alice sees gatekeeper: "*group.mute*"
      alice sees gatekeeper: "*group.kick*"
      alice sees gatekeeper: "*recall*"
      alice says "still here" in demo
      alice says "/ping" in demo
      alice sees gatekeeper: "pong"
      alice has seen nothing else from gatekeeper
    ]])
  end)
end)
