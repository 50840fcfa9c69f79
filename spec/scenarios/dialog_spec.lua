local screenplay = require "moondock.screenplay"
local stage = require "moondock.stage"

local QUIZ = [[
local bot = ...
bot.command {
  "quiz",
  run = function(msg)
    local answers = bot.all {
      function() return msg:ask("First?") end,
      function() bot.sleep(0.05) return "slept" end,
    }
    local second, err = msg:ask("Second?", nil, { choices = { "yes", "no" } })
    msg:reply(("%s %s %s"):format(answers[1], answers[2], second or err.code))
  end,
}]]

describe("a dialog", function()
  local on

  before_each(function()
    on = stage.open { config = "examples/group/moondock.lua" }
    screenplay.perform(on, [[
      the sandbox starts
      alice joins demo
      bob joins demo
      gatekeeper joins demo
      the plugin hello is copied to be edited
    ]])
    on:edit("plugins/hello/init.lua", "local bot = ...", QUIZ)
    screenplay.perform(on, [[
      the host starts
      alice comes online
      bob comes online
    ]])
  end)

  after_each(function()
    assert.equal(0, on:close())
  end)

  it("goes through the cloud in order", function()
    screenplay.perform(on, [[
      alice says "/quiz" in demo
      alice sees gatekeeper: "First?"
      bob says "/ping" in demo
      bob sees gatekeeper: "pong"
      alice says "one" in demo
      alice sees gatekeeper: "Second?"
      alice says "perhaps" in demo
      alice sees gatekeeper: "Please answer with one of: yes, no"
      alice says "YES" in demo
      alice sees gatekeeper: "one slept yes"
    ]])
  end)

  it("ends when another command comes", function()
    screenplay.perform(on, [[
      alice says "/quiz" in demo
      alice sees gatekeeper: "First?"
      alice says "one" in demo
      alice sees gatekeeper: "Second?"
      alice says "/ping" in demo
      alice sees gatekeeper: "one slept cancelled"
      alice sees gatekeeper: "pong"
    ]])
  end)
end)
