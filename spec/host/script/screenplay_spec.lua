--- The player of plays: what fails must say where and why.

local screenplay = require "moondock.screenplay"
local stage = require "moondock.stage"

describe("a play", function()
  local on, told, patience

  before_each(function()
    told = {}
    on = stage.open {
      tell = function(text)
        told[#told + 1] = text
      end,
    }
    on:start_sandbox { "--notices" }
    patience = stage.PATIENCE
  end)

  after_each(function()
    stage.PATIENCE = patience
    on:close()
  end)

  local function failure(text)
    stage.PATIENCE = 0.2
    local fine, why = pcall(screenplay.perform, on, text)
    assert.is_false(fine)
    return why
  end

  it("counts its scenes and steps, and tells each message once", function()
    local names = {}
    local scenes, steps = screenplay.perform(on, [[
      Scene: the first
      -- a remark
      alice joins g
      bob joins g
      carol joins g
      bob comes online
      carol comes online

      Scene: the second
      alice says "what a (nice) day" in g
      bob sees alice: "what a (nice) day"
      carol sees alice: "what * day"
      alice says "psst" to bob
      bob sees alice: "psst"
      carol has seen nothing else from alice
    ]], { on_scene = function(name)
      names[#names + 1] = name
    end })
    assert.equal(2, scenes)
    assert.equal(11, steps)
    assert.same({ "the first", "the second" }, names)
    local lines = table.concat(told, "\n")
    assert.truthy(lines:find("g  * bob joined", 1, true))
    local _, count = lines:gsub("g  alice: what a %(nice%) day", "")
    assert.equal(1, count)
    assert.truthy(lines:find("private  alice: psst", 1, true))
  end)

  it("ends with scene, line and what was seen instead", function()
    local why = failure [[
      alice joins g
      bob joins g
      bob comes online
      Scene: a quarrel
      alice says "yes" in g
      bob sees alice: "no"
    ]]
    assert.truthy(why:find('scene "a quarrel", line 6: bob sees alice: "no"', 1, true), why)
    assert.truthy(why:find("alice: yes", 1, true), why)
  end)

  it("ends when something was said that should not have been", function()
    assert.truthy(failure([[
      alice joins g
      bob joins g
      bob comes online
      alice says "one" in g
      alice says "two" in g
      bob sees alice: "two"
      bob has seen nothing else from alice
    ]]):find("bob also saw: one", 1, true))
  end)

  it("ends when a refusal is missing, or another", function()
    assert.truthy(failure([[
      alice joins g
      alice comes online
      alice says "hello" in g, refused 22408
    ]]):find("it was sent", 1, true))
    assert.truthy(failure([[
      bob comes online
      bob says "hello" in g, refused 22408
    ]]):find("refused with 22406", 1, true))
    assert.truthy(failure('bob says "hello" in g'):find("not sent: ", 1, true))
  end)

  it("knows its sentences", function()
    assert.equal("line 1 is no sentence: alice dances", failure "alice dances")
    assert.truthy(failure("in nowhere.lua, \"a\" becomes \"b\""):find("nowhere.lua", 1, true))
  end)
end)
