local test = require "moondock.test"

describe("plugin_name", function()
  local world, group

  -- A world with a cloud of its own, whose clock stands still. The plugin is the one this
  -- file belongs to.
  local function open(options)
    world = test.world(options)
    group = world:group("demo", { "alice", "bob" })
  end

  -- Fails when the plugin has left a task or a request behind.
  after_each(function()
    world:close()
  end)

  it("says hello, and knows who came before", function()
    open()
    world:play [[
      alice says "/plugin_name" in demo
      bot replies "Hello, alice!"
      alice says "/plugin_name" in demo
      bot replies "Welcome back, alice!"
      bob says "/plugin_name" in demo
      bot replies "Hello, bob!"
    ]]
  end)

  it("does not, if the operator says so", function()
    open { config = { again = false } }
    group.alice:says("/plugin_name")
    group.alice:says("/plugin_name")
    assert.same({ "Hello, alice!", "Hello, alice!" }, world:replies())
  end)

  it("speaks Chinese", function()
    open { language = "zh-CN" }
    group.alice:says("/plugin_name")
    assert.same({ "你好，alice！" }, world:replies())
  end)
end)
