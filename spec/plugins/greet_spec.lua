local test = require "moondock.test"

describe("the plugin of examples/hello", function()
  local world

  before_each(function()
    world = test.world { plugin = "examples/hello/greet" }
  end)

  after_each(function()
    world:close()
  end)

  it("says hi back, everywhere", function()
    local group = world:group("demo", { "alice" })
    group.alice:says("Hi there")
    world:person("bob"):says("hi")
    group.alice:says("history is long")
    assert.same({ "Hi, alice!", "Hi, bob!" }, world:replies())
  end)

  it("rolls a die", function()
    local bob = world:person("bob")
    for _ = 1, 20 do
      bob:says("/roll")
    end
    for _, text in ipairs(world:replies()) do
      assert.truthy(text:find("^You rolled [1-6]%.$"), text)
    end
  end)

  it("is ten lines", function()
    local count = 0
    for _ in io.lines("examples/hello/greet/init.lua") do
      count = count + 1
    end
    assert.equal(10, count)
  end)
end)
