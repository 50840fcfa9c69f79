--- The fake cloud of moondock.test: what it knows, what orders do to it, failing on request.

local host = require "moondock.host"
local test = require "moondock.test"

local grants = {
  "send", "history", "group.read", "group.manage", "group.kick", "group.mute", "friends",
  "user.read", "user.block", "user.ban", "profile",
}

describe("the fake cloud", function()
  local world, folder

  local function write(name, text)
    local file = assert(io.open(folder .. "/p/" .. name, "w"))
    file:write(text)
    file:close()
  end

  -- A plugin whose handler of "message" is `code`, with `m` and a function `say`.
  local function open(code)
    folder = host.temp_folder()
    assert(os.execute("mkdir " .. folder .. "/p"))
    write("plugin.lua", [[return { name = "p", version = "1.0.0", summary = "x" }]])
    write("init.lua", ([[
      local bot = ...
      local function ids(iterator)
        local list = {}
        for one in iterator do
          list[#list + 1] = one.id
        end
        return table.concat(list, " ")
      end
      bot.on("message", function(m)
        if m.text ~= "go" then
          return
        end
        local function say(...)
          bot.send(bot.user("spec"), table.concat({ ... }, ", "))
        end
        %s
      end)]]):format(code))
    world = test.world { plugin = folder .. "/p", grants = grants }
    return world:group("g", { "alice", "bob" }, { name = "Garden", owner = "alice" })
  end

  after_each(function()
    world:close()
    host.remove_folder(folder)
  end)

  it("knows groups, and what was done to them", function()
    local group = open [[
      local g = m.group
      local info = g:info()
      say(info.name, info.owner.id, tostring(info.count), ids(g:members()))
      g:kick("bob")
      g:invite("carol")
      g:rename("Orchard")
      g:announce("Tea")
      info = g:info()
      say(info.name, info.announcement, tostring(info.count), ids(g:members()))
      g:leave()
      say(ids(bot.groups()), "gone")]]
    group.alice:says("go")
    assert.same({
      "Garden, alice, 2, alice bob", "Orchard, Tea, 2, alice carol", ", gone",
    }, world:replies())
    assert.same({ "g", "bob", "" }, (function(call)
      return { call.group, call.user, call.reason }
    end)(world:acts("kick")[1]))
  end)

  it("knows users and friends", function()
    local group = open [[
      local info = m.sender:info()
      say(info.name, info.portrait, ids(bot.friends()))
      for friend in bot.friends() do
        say(friend.name, friend.remark)
      end
      m.sender:ban("2h")]]
    world:user("alice", { name = "Alice", portrait = "http://a/p.png" })
    world:friend("zoe", { name = "Zoe", remark = "Z." })
    group.alice:says("go")
    assert.same({ "Alice, http://a/p.png, zoe", "Zoe, Z." }, world:replies())
    local ban = world:acts("ban")[1]
    assert.same({ "alice", 120 }, { ban.user, ban.minutes })
  end)

  it("keeps friends, the black list and the bot's profile as they are left", function()
    local group = open [[
      local zoe = bot.user("zoe")
      zoe:befriend("hello")
      zoe:set_remark("Z.")
      say(bot.friends()().remark, tostring(zoe:online()), tostring(m.sender:online()))
      zoe:unfriend()
      zoe:block()
      say("friends", ids(bot.friends()), "blocked", ids(bot.blocked()))
      zoe:unblock()
      say("blocked", ids(bot.blocked()), tostring(bot.profile().name))
      bot.set_profile { name = "Robbie" }
      bot.set_profile { level = 3 }
      say(bot.profile().name, tostring(bot.profile().level))]]
    world:user("alice", { online = true })
    world:friend("zoe")
    group.alice:says("go")
    assert.same({
      "Z., false, true", "friends, , blocked, zoe", "blocked, , nil", "Robbie, 3",
    }, world:replies())
    assert.equal("hello", world:acts("befriend")[1].words)
    assert.same({ level = 3 }, world:acts("set_profile")[2].profile)
  end)

  it("plays what people answer, and how a friendship ends", function()
    local group = open [[
      for _, event in ipairs { "friend.added", "friend.declined", "friend.removed" } do
        bot.on(event, function(e)
          say(event, e.user.id, e.chat.kind, ids(bot.friends()))
        end)
      end
      m.sender:befriend()]]
    group.alice:says("go")
    group.alice:answers_friendship(false)
    group.alice:answers_friendship(true)
    group.alice:ends_friendship()
    assert.same({
      "friend.declined, alice, private, ", "friend.added, alice, private, alice",
      "friend.removed, alice, private, ",
    }, world:replies())
  end)

  it("remembers what was said", function()
    local group = open [[
      bot.send(m.group, "three")
      local texts = {}
      for old in bot.history(m.group, { limit = 3 }) do
        texts[#texts + 1] = old.sender.id .. ":" .. old.text
      end
      say(table.concat(texts, " "))]]
    group.alice:says("one")
    group.bob:says("two")
    world:person("zoe"):says("elsewhere")
    group.alice:says("go")
    assert.same({ "three", "bot:three alice:go bob:two" }, world:replies())
  end)

  it("lets people ask for friendship", function()
    open("")
    world:close()
    write("init.lua", [[
      local bot = ...
      bot.on("friend.requested", function(request)
        if request.text == "please" then
          request:accept()
          request:reply("Hello, " .. request.user.id)
        else
          request:decline()
        end
      end)
      bot.on("message", function()
        for friend in bot.friends() do
          bot.send(friend, "still friends")
        end
      end)]])
    world = test.world { plugin = folder .. "/p", grants = grants }
    world:person("zoe"):asks_for_friendship("please")
    world:person("yan"):asks_for_friendship()
    assert.same({ "Hello, zoe" }, world:replies())
    assert.same({ "yan" }, { world:acts("decline")[1].user })
    world:person("zoe"):says("x")
    assert.same({ "still friends" }, world:replies())
  end)

  it("has people who want into a group, or the bot in theirs", function()
    open("")
    world:close()
    write("init.lua", [[
      local bot = ...
      bot.on("member.requested", function(request)
        if request.inviter then
          assert(request:accept())
        else
          assert(request:decline("nobody knows you"))
          assert(request:reply("Sorry, {name}", { name = request.user.name }))
        end
      end)
      bot.on("group.invited", function(request)
        if request.group.id == "hall" then
          assert(request:accept())
        else
          assert(request:decline())
        end
      end)]])
    world = test.world { plugin = folder .. "/p", grants = grants }
    local yan = world:person("yan")
    yan:asks_to_join("hall")
    yan:asks_to_join("hall", world:person("zoe"))
    assert.same({ "Sorry, yan" }, world:replies())
    local refused, admitted = world:acts("refuse")[1], world:acts("admit")[1]
    assert.same({ "hall", "yan", "nobody knows you" },
      { refused.group, refused.user, refused.reason })
    assert.same({ "hall", "yan", "zoe" }, { admitted.group, admitted.user, admitted.key })
    yan:invites_bot("hall")
    yan:invites_bot("club")
    local accepted = world:acts("accept_invite")[1]
    assert.same({ "hall", "yan" }, { accepted.group, accepted.user })
    assert.equal("club", world:acts("refuse_invite")[1].group)
  end)

  it("fails when the spec says so", function()
    local group = open [[
      local done, err = m.group:rename("x")
      say(tostring(done), err.code, tostring(err.status))
      say(tostring(m.group:rename("x")))]]
    world:fail("rename", "refused", "no", 1, 1002)
    group.alice:says("go")
    assert.same({ "nil, refused, 1002", "true" }, world:replies())
  end)

  it("asks whether a message may be delivered", function()
    local group = open ""
    assert.equal("otherwise", group.alice:intercepts("nobody is asked"))
    world:close()
    write("plugin.lua", [[return { name = "p", version = "1.0.0", summary = "x",
      needs = { "intercept" } }]])
    write("init.lua", [[
      local bot = ...
      assert(bot.on("message.intercept", function(m)
        if m.text == "wait" or m.text == "dither" then
          bot.sleep(m.text == "wait" and 0.5 or 20)
        elseif m.text == "fail" then
          error("on purpose")
        elseif m.text == "buy" then
          return { deny = "no trade in " .. m.group.id }
        elseif m.text == "hush" then
          return "deny"
        elseif m.text == "darn" then
          return { replace = "****, " .. m.sender.id }
        end
      end))
      bot.on("message", function(m) m:reply(m.text) end)]])
    world = test.world { plugin = folder .. "/p", grants = { "intercept" } }
    group = world:group("g", { "alice" })
    for text, answer in pairs {
      fine = { "allow" }, buy = { "deny", "no trade in g" }, hush = { "deny" },
      darn = { "replace", "****, alice" }, fail = { "otherwise" }, wait = { "allow" },
      dither = { "otherwise" },
    } do
      assert.same(answer, { group.alice:intercepts(text) })
    end
    assert.equal("otherwise", group.alice:intercepts("wait", { deadline = 0.4 }))
    assert.equal("allow", world:person("bob"):intercepts("fine"))
    -- What is asked about has not arrived.
    assert.same({}, world:replies())
  end)

  -- With a pattern that tries all ways to split them, the plugin was stopped.
  it("refuses a number of many digits at once", function()
    local group = open [[ bot.command { "roll <n:number>", run = function() end } ]]
    group.alice:says("go")
    group.alice:says("/roll " .. ("1"):rep(3000) .. "y")
    assert.matches("^1+… is not a number%.\n", world:replies()[1])
  end)

  -- os.clock is the CPU time of the plugin; the host would stop this after 20 ms.
  it("is patient with slow builds", function()
    local group = open [[
      local start = os.clock()
      repeat until os.clock() - start > 0.05
      say("done")]]
    group.alice:says("go")
    assert.same({ "done" }, world:replies())
  end)
end)
