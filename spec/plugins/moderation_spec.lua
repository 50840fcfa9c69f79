local test = require "moondock.test"

describe("moderation", function()
  local world, group

  local function open(config, options)
    options = options or {}
    options.plugin = "plugins/moderation"
    options.grants = options.grants or { "recall", "group.mute", "group.kick" }
    options.config = config
    options.owners = { "olivia" }
    options.moderators = { "mod", "mod2" }
    world = test.world(options)
    group = world:group("demo", { "alice", "bob", "mod", "mod2", "olivia" })
  end

  after_each(function()
    world:close()
  end)

  local function kinds(calls)
    local names = {}
    for _, call in ipairs(calls) do
      names[#names + 1] = call.kind
    end
    return names
  end

  local function only_reply()
    local replies = world:replies()
    assert.equal(1, #replies)
    return replies[1]
  end

  it("takes the author of the message a command answers to", function()
    open { warn_limit = 3 }
    group.mod:says("/warn too loud", { answers = "bob" })
    assert.truthy(only_reply():find("^@bob has been warned %(1/3%): too loud$"))
  end)

  describe("warnings", function()
    it("count, and the last one mutes and starts anew", function()
      open { warn_limit = 2, warn_mute = "3h" }
      group.mod:says("/warn bob too loud")
      assert.truthy(only_reply():find("has been warned %(1/2%): too loud$"))
      group.alice:says("/warns")
      assert.equal("alice has 0 of 2 warnings.", only_reply())
      group.bob:says("/warns")
      assert.equal("bob has 1 of 2 warnings.", only_reply())

      group.mod:says("/warn bob")
      local acts = world:acts()
      assert.same({ "send", "mute", "send" }, kinds(acts))
      assert.truthy(acts[1].content.content:find("(2/2): no reason given", 1, true))
      assert.equal("bob", acts[2].user)
      assert.equal("demo", acts[2].group)
      assert.equal(180, acts[2].minutes)
      assert.truthy(acts[3].content.content:find("muted for 3h", 1, true))
      group.bob:says("/warns")
      assert.equal("bob has 0 of 2 warnings.", only_reply())
    end)

    it("are forgotten on request", function()
      open()
      group.mod:says("/warn bob")
      group.mod:says("/unwarn bob")
      world:acts()
      group.mod:says("/warns bob")
      assert.equal("bob has 0 of 3 warnings.", only_reply())
    end)

    it("of others are shown to moderators only", function()
      open()
      group.alice:says("/warns bob")
      assert.truthy(only_reply():find("^You may not do that to @bob"))
    end)

    it("survive a reload", function()
      open()
      group.mod:says("/warn bob")
      world:acts()
      assert.truthy(world:reload())
      group.bob:says("/warns")
      assert.equal("bob has 1 of 3 warnings.", only_reply())
    end)
  end)

  describe("commands", function()
    it("mute for a time, or until unmuted", function()
      open()
      group.mod:says("/mute @bob 1d12h spam", { mentions = { "bob" } })
      group.mod:says("/禁言 bob")
      group.mod:says("/unmute bob")
      local acts = world:acts()
      assert.same({ "mute", "send", "mute", "send", "unmute", "send" }, kinds(acts))
      assert.equal(2160, acts[1].minutes)
      assert.truthy(acts[2].content.content:find("is muted for 1d12h: spam", 1, true))
      assert.equal(0, acts[3].minutes)
      assert.truthy(acts[6].content.content:find("may talk again", 1, true))
    end)

    it("say so when a mute would be longer than the cloud can do", function()
      open()
      group.mod:says("/mute @bob 60d", { mentions = { "bob" } })
      local acts = world:acts()
      assert.same({ "send" }, kinds(acts))
      assert.equal("That did not work: a mute lasts at most 30 days", acts[1].content.content)
    end)

    it("kick, with a reason", function()
      open()
      group.mod:says("/kick bob selling shoes")
      local acts = world:acts()
      assert.same({ "kick", "send" }, kinds(acts))
      assert.equal("bob", acts[1].user)
      assert.equal("selling shoes", acts[1].reason)
      assert.equal("bob was removed: selling shoes", acts[2].content.content)
    end)

    it("ban keeps out until unban", function()
      open()
      group.mod:says("/ban bob selling shoes")
      local acts = world:acts()
      assert.same({ "kick", "send" }, kinds(acts))
      assert.equal("bob is banned: selling shoes", acts[2].content.content)
      group.mod:says("/banned")
      assert.equal("Banned here: bob", only_reply())
      group:joins("bob")
      acts = world:acts()
      assert.same({ "kick", "send" }, kinds(acts))
      assert.same({ "bob", "selling shoes" }, { acts[1].user, acts[1].reason })
      assert.equal("bob is banned: selling shoes", acts[2].content.content)
      group.mod:says("/unban bob")
      assert.equal("bob may come back.", only_reply())
      group:joins("bob")
      assert.same({}, world:acts())
      group.mod:says("/banned")
      assert.equal("Nobody is banned here.", only_reply())
    end)

    it("ban for a time ends by itself, and is of one group", function()
      open()
      local other = world:group("other", { "mod" })
      group.mod:says("/ban bob 1h")
      local acts = world:acts()
      assert.same({ "kick", "send" }, kinds(acts))
      assert.equal("bob is banned for 1h: no reason given", acts[2].content.content)
      other:joins("bob")
      assert.same({}, world:acts())
      world:advance("59m")
      group:joins("bob")
      assert.same({ "kick", "send" }, kinds(world:acts()))
      world:advance("2m")
      group:joins("bob")
      assert.same({}, world:acts())
    end)

    it("are for moderators", function()
      open()
      for _, command in ipairs {
        "/warn bob", "/mute bob", "/unmute bob", "/kick bob", "/ban bob", "/unban bob", "/banned",
      } do
        group.alice:says(command)
      end
      for _, call in ipairs(world:acts()) do
        assert.equal("send", call.kind)
      end
    end)

    it("never touch an equal or a higher role", function()
      open()
      group.mod:says("/kick mod2")
      group.mod:says("/mute olivia")
      group.mod:says("/warn mod")
      local acts = world:acts()
      assert.same({ "send", "send", "send" }, kinds(acts))
      group.olivia:says("/kick mod")
      assert.same({ "kick", "send" }, kinds(world:acts()))
    end)

    it("say what the cloud refused", function()
      open()
      world:fail("kick", "denied", "no secret")
      group.mod:says("/kick bob")
      assert.equal("That did not work: no secret", only_reply())
    end)

    it("work in groups only", function()
      open()
      world:person("mod"):says("/kick bob")
      for _, call in ipairs(world:acts()) do
        assert.equal("send", call.kind)
      end
    end)
  end)

  describe("the word filter", function()
    it("recalls the message and warns its author", function()
      open { words = { "casino", "赌博" } }
      local said = group.bob:says("come to the CASINO tonight")
      local acts = world:acts()
      assert.same({ "recall", "send" }, kinds(acts))
      assert.equal(said.uid, acts[1].uid)
      assert.equal("bob", acts[1].sender)
      assert.equal(said.sent_ms, acts[1].sent_ms)
      local text = acts[2].content.content
      assert.truthy(text:find("(1/3): forbidden word", 1, true))
      assert.is_nil(text:lower():find("casino", 1, true))
    end)

    it("looks at what a message is edited into", function()
      open { words = { "c.sino", "赌博" } }
      local said = group.bob:says("a fine evening")
      group.bob:edits(said, "a fine CASINO, a c.sinos")
      assert.same({}, world:acts())
      group.bob:edits(said, "a C.SINO")
      local acts = world:acts()
      assert.same({ "recall", "send" }, kinds(acts))
      assert.equal(said.uid, acts[1].uid)
      group.bob:edits(group.bob:says("x"), "来赌博吧")
      assert.same({ "recall", "send" }, kinds(world:acts()))
      group.mod:edits(group.mod:says("x"), "赌博")
      assert.same({}, world:acts())
    end)

    it("finds Chinese words", function()
      open { words = { "赌博" } }
      group.bob:says("来赌博吧")
      assert.same({ "recall", "send" }, kinds(world:acts()))
    end)

    it("warns even when the recall fails", function()
      open { words = { "casino" } }
      world:fail("recall", "refused", "no such message", 1, 1002)
      group.bob:says("casino")
      assert.same({ "recall", "send" }, kinds(world:acts()))
    end)

    it("leaves moderators and private chats alone", function()
      open { words = { "casino" } }
      group.mod:says("the casino is forbidden")
      group.olivia:says("casino")
      world:person("bob"):says("casino")
      assert.same({}, world:acts())
    end)

    it("is off without words", function()
      open()
      group.bob:says("casino")
      assert.same({}, world:acts())
    end)
  end)

  describe("the flood limit", function()
    local function flood(member, count, options)
      for i = 1, count do
        member:says("line " .. i, options)
      end
    end

    it("mutes, and says so once", function()
      open()
      flood(group.bob, 7)
      assert.same({}, world:acts())
      flood(group.bob, 5)
      local acts = world:acts()
      assert.same({ "mute", "send" }, kinds(acts))
      assert.equal(10, acts[1].minutes)
      assert.truthy(acts[2].content.content:find("is muted for 10m", 1, true))
    end)

    it("counts by the time they were sent", function()
      open()
      for i = 1, 20 do
        group.bob:says("slowly " .. i)
        world:advance("1s")
      end
      assert.same({}, world:acts())
    end)

    it("never punishes for a backlog", function()
      open()
      local long_ago = require("moondock.host").now() - 3600000
      for i = 1, 20 do
        group.bob:says("line " .. i, { sent_ms = long_ago + i, offline = true })
      end
      assert.same({}, world:acts())
    end)

    it("leaves moderators alone", function()
      open()
      flood(group.mod, 20)
      flood(group.olivia, 20)
      assert.same({}, world:acts())
    end)

    it("can be set, and turned off", function()
      open { flood_messages = 2, flood_within = 60, flood_mute = "1h" }
      group.bob:says("one")
      world:advance("50s")
      group.bob:says("two")
      assert.equal(60, world:acts("mute")[1].minutes)
      world:close()
      open { flood_messages = 0 }
      flood(group.bob, 50)
      assert.same({}, world:acts())
    end)

    it("tries again when the mute failed", function()
      open()
      world:fail("mute", "network", "gone")
      flood(group.bob, 8)
      assert.same({ "mute" }, kinds(world:acts()))
      flood(group.bob, 8)
      assert.same({ "mute", "send" }, kinds(world:acts()))
    end)
  end)

  it("keeps every place of its sentences in Chinese", function()
    open(nil, { language = "zh-CN" })
    local i18n = require "moondock.i18n"
    local known = dofile("plugins/moderation/locale/zh-CN.lua")
    for english, chinese in pairs(known) do
      assert.same(i18n.places(english), i18n.places(chinese), english)
    end
    group.mod:says("/警告 bob 太吵")
    assert.truthy(only_reply():find("收到警告（1/3）：太吵", 1, true))
  end)

  it("does nothing it was not granted", function()
    open({ words = { "casino" } }, { grants = { "group.mute" } })
    group.bob:says("casino")
    assert.same({}, world:acts("recall"))
  end)
end)
