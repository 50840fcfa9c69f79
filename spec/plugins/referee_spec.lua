local test = require "moondock.test"

describe("the plugin of examples/webhooks", function()
  it("denies, masks and allows", function()
    local world = test.world { plugin = "examples/webhooks/referee", grants = { "intercept" } }
    local alice = world:group("demo", { "alice" }).alice
    assert.same({ "deny", "advertising is not allowed here" },
      { alice:intercepts("Buy followers now") })
    assert.same({ "replace", "****, nobody?" }, { alice:intercepts("darn, nobody?") })
    assert.equal("allow", alice:intercepts("a darned sock"))
    world:close()
  end)
end)
