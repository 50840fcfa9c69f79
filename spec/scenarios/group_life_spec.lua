local screenplay = require "moondock.screenplay"

local GROUP = "examples/group/moondock.lua"

describe("life in a group", function()
  it("has welcomes, answers, order and rest", function()
    screenplay.play(GROUP, [[
      Scene: the stage is set
      the sandbox starts
      alice joins demo
      bob joins demo
      mod joins demo
      gatekeeper joins demo
      the host starts
      gatekeeper is online
      alice comes online
      bob comes online
      mod comes online

      Scene: a newcomer is welcomed
      carol comes online
      carol joins demo
      alice sees gatekeeper: "Welcome, @carol!"
      carol sees gatekeeper: "Welcome, @carol!"
      bob sees gatekeeper: "Welcome, @carol!"

      Scene: commands are answered, talk is not
      alice says "hello everybody" in demo
      alice says "/hello" in demo
      bob sees alice: "hello everybody"
      bob sees gatekeeper: "Hello, alice!"
      alice sees gatekeeper: "Hello, alice!"
      bob says "！ping" to gatekeeper
      bob sees gatekeeper: "pong"
      bob has seen nothing else from gatekeeper

      Scene: a forbidden word is recalled, its author warned
      bob says "to the casino!" in demo
      alice sees bob: "to the casino!"
      alice sees the recall of what bob said
      alice sees gatekeeper: "@bob has been warned (1/3): forbidden word"

      Scene: a flooder is muted
      carol says 8 times "shoes" in demo
      alice sees gatekeeper: "@carol sends too many messages and is muted for 10m."
      carol says "hats" in demo, refused 22408
      alice says "/ping" in demo
      alice sees gatekeeper: "pong"

      Scene: a moderator acts
      mod says "/unmute carol" in demo
      alice sees gatekeeper: "@carol may talk again."
      carol says "sorry" in demo
      alice sees carol: "sorry"
      mod says "/kick bob he went to the casino" in demo
      alice sees gatekeeper: "bob was removed: he went to the casino"
      bob says "what?" in demo, refused 22406
      bob says "/kick alice" to gatekeeper
      alice says "/kick carol" in demo
      alice says "/ping" in demo
      alice sees gatekeeper: "pong"
      carol says "still here" in demo
      alice sees carol: "still here"

      Scene: the curtain falls
      the host stops
    ]])
  end)

  it("does not care for being answered by itself, from another device", function()
    local stage = require "moondock.stage"
    local on = stage.open { config = GROUP }
    finally(function()
      on:close()
    end)
    on:start_sandbox()
    on:control("POST", "/user", { user_id = "gatekeeper", multi_device = true })
    screenplay.perform(on, [[
      alice joins demo
      gatekeeper joins demo
      the host starts
      alice comes online
      gatekeeper comes online
      gatekeeper says "/hello" in demo
      alice sees gatekeeper: "/hello"
      alice says "/ping" in demo
      alice sees gatekeeper: "pong"
      alice has seen nothing else from gatekeeper
      gatekeeper is online
    ]])
  end)

  it("answers what was said while the host was away, once", function()
    screenplay.play(GROUP, [[
      the sandbox starts
      alice joins demo
      gatekeeper joins demo
      the host starts
      alice comes online
      alice says "/ping" in demo
      alice sees gatekeeper: "pong"
      the host stops
      alice says "/hello" in demo
      the host starts
      alice sees gatekeeper: "Hello, alice!"
      the host is killed
      alice says "/help" in demo
      the host starts
      alice sees gatekeeper: "You can say:*/ping*"
      alice says "/ping" in demo
      alice sees gatekeeper: "pong"
      alice has seen nothing else from gatekeeper
    ]])
  end)
end)
