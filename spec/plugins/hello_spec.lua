local test = require "moondock.test"

describe("hello", function()
  local world, group

  local function open(options)
    options = options or {}
    options.plugin = "plugins/hello"
    world = test.world(options)
    group = world:group("demo", { "alice", "bob" })
  end

  after_each(function()
    world:close()
  end)

  it("greets by name", function()
    open()
    group.alice:says("/hello", { name = "Alice" })
    assert.same({ "Hello, Alice!" }, world:replies())
  end)

  it("answers in private, and with the wide prefix", function()
    open()
    world:person("bob"):says("！ping")
    local sent = world:acts("send")
    assert.equal(1, #sent)
    assert.equal("private", sent[1].type)
    assert.equal("bob", sent[1].target)
    assert.equal("pong", sent[1].content.content)
  end)

  it("speaks Chinese, with Chinese names for its commands", function()
    open { language = "zh-CN" }
    group.alice:says("/你好")
    group.alice:says("/帮助")
    assert.same({
      "你好，alice！",
      "你可以说：\n/hello  打个招呼\n/help [命令...]  说说机器人会做什么\n/ping  看看机器人在不在",
    }, world:replies())
  end)

  it("says the help its operator wrote", function()
    open { config = { help = "Ask {me}" } }
    group.alice:says("/help")
    assert.same({ "Ask {me}" }, world:replies())
  end)

  it("lists the commands of all plugins that one may use", function()
    open {
      moderators = { "alice" },
      plugins = { moderation = {
        folder = "plugins/moderation", grants = { "recall", "group.mute", "group.kick" },
      } },
    }
    group.bob:says("/help")
    group.alice:says("/help")
    world:person("alice"):says("/help")
    local bobs, alices, private = table.unpack(world:replies())
    assert.truthy(bobs:find("\n/warns [who]  How many", 1, true))
    assert.is_nil(bobs:find("/kick", 1, true))
    assert.truthy(alices:find("\n/mute <who> [time] [reason...]  Mute somebody", 1, true))
    assert.is_nil(private:find("/mute", 1, true))
    assert.truthy(private:find("/ping", 1, true))
  end)

  it("says how one command is used", function()
    open {
      moderators = { "alice" },
      language = "zh-CN",
      plugins = { moderation = {
        folder = "plugins/moderation", grants = { "recall", "group.mute", "group.kick" },
      } },
    }
    group.alice:says("/help warn")
    group.alice:says("/help /警告")
    group.bob:says("/help warn")
    group.alice:says("/help nothing at all")
    local warn = "用法：\n/warn <谁> [原因...]  警告某人；最后一次警告会禁言"
    assert.same({
      warn, warn, "这里没有你能用的命令 warn。", "这里没有你能用的命令 nothing at all。",
    }, world:replies())
  end)

  it("never fills in what people are called", function()
    open()
    group.alice:says("/hello", { name = "{name}%1" })
    assert.same({ "Hello, {name}%1!" }, world:replies())
  end)

  it("leaves talk alone", function()
    open()
    group.alice:says("hello everybody, ping me")
    assert.same({}, world:acts())
    assert.equal(1, world.instance:done())
  end)
end)
