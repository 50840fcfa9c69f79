local test = require "moondock.test"

describe("welcome", function()
  local world, group

  local function open(options)
    options = options or {}
    options.plugin = "plugins/welcome"
    world = test.world(options)
    group = world:group("demo", { "alice" })
  end

  after_each(function()
    world:close()
  end)

  it("greets who joined, by mention, in the group", function()
    open()
    group:joins("carol")
    local sent = world:acts("send")
    assert.equal(1, #sent)
    assert.equal("group", sent[1].type)
    assert.equal("demo", sent[1].target)
    assert.truthy(sent[1].content.content:find("^Welcome, @carol"))
    assert.same({ "carol" }, sent[1].content.mentionedInfo.userIdList)
  end)

  it("greets each of several", function()
    open()
    group:notice("Add", { "carol", "dave" }, "alice")
    assert.equal(2, #world:replies())
  end)

  it("speaks Chinese", function()
    open { language = "zh-CN" }
    group:joins("carol")
    assert.truthy(world:replies()[1]:find("^欢迎，@carol"))
  end)

  it("uses the operator's words", function()
    open { config = { text = "Hi {user}, this is {group}." } }
    group:joins("carol")
    local text = world:replies()[1]
    assert.truthy(text:find("^Hi @carol"))
    assert.truthy(text:find("this is demo.", 1, true))
  end)

  it("does not believe a notice from just anybody", function()
    open()
    group:notice("Add", { "mallory" }, "mallory", "mallory")
    assert.same({}, world:acts())
  end)

  it("does not welcome the bot itself", function()
    open()
    group:joins("bot")
    assert.same({}, world:acts())
  end)

  it("says nothing when people leave", function()
    open()
    group:notice("Quit", { "alice" })
    group:notice("Kicked", { "alice" }, "mod")
    assert.same({}, world:acts())
  end)
end)
