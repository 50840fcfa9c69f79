--- What the bot says about itself when the cloud will not have it.

local screenplay = require "moondock.screenplay"
local stage = require "moondock.stage"

local GROUP = "examples/group/moondock.lua"

describe("the state of a bot", function()
  local on

  before_each(function()
    on = stage.open { config = GROUP }
    on:start_sandbox()
  end)

  after_each(function()
    on:close()
  end)

  it("says that the secret is wrong", function()
    on.env.RC_SECRET = "not the secret"
    on:start_host()
    local status = on:await_state("token_refused")
    assert.truthy(status.detail:find("1004 Signature wrong", 1, true), status.detail)
    assert.is_nil(status.detail:find("not the secret", 1, true))
  end)

  it("says that another login has kicked it, and stays away", function()
    screenplay.perform(on, [[
      the host starts
      gatekeeper is online
      gatekeeper comes online
      gatekeeper is kicked, because "*connected elsewhere*"
      the clock moves 1h
      gatekeeper is kicked, because "*connected elsewhere*"
    ]])
    -- The other login was not kicked in its turn.
    assert.equal("online", (on:member("gatekeeper").client:state()))
  end)

  it("waits out a block", function()
    on:start_host()
    on:await_state("online")
    on:fault { when = "connect", user = "gatekeeper", times = 1, ["do"] = { connack = 9 } }
    on:fault { when = "query", user = "gatekeeper", times = 1, ["do"] = { close = true } }
    on:move_clock("180s") -- the regular pull meets the second fault
    local status = on:await_state("blocked")
    assert.truthy(status.detail:find("block", 1, true), status.detail)
    on:move_clock("9m")
    assert.equal("blocked", on:status().state)
    on:move_clock("1m")
    on:await_state("online")
  end)

  for _, code in ipairs { 1, 2, 5, 7, 8, 12, 18, 19, 20 } do
    it("needs a person after CONNACK " .. code, function()
      on:fault { when = "connect", user = "gatekeeper", ["do"] = { connack = code } }
      on:start_host()
      local status = on:await_state("refused")
      assert.is_true(#status.detail > 10)
      assert.truthy(status.detail:find(tostring(code), 1, true), status.detail)
    end)
  end

  for code, state in pairs { [1] = "kicked", [8] = "refused", [9] = "refused" } do
    it("needs a person after DISCONNECT " .. code, function()
      on:fault { when = "query", user = "gatekeeper", times = 1, ["do"] = { disconnect = code } }
      on:start_host()
      local status = on:await_state(state)
      assert.is_true(#status.detail > 10)
    end)
  end
end)
