--- Groups, users, friends and history through a real bot: with the app secret, over the socket
--- alone, and where it may do neither.

local stage = require "moondock.stage"

local CONFIG = [[
local server = env("MOONDOCK_SERVER")
return {
  state = "var", plugin_path = { "plugins" },
  bots = {
    desk = {
      account = {
        app_key = "demo", user = "desk", secret = env("RC_SECRET"),
        token = TOKEN, navi = { server }, api = { server },
      },
      notices = { from = { "@cloud" } },
      plugins = {
        desk = {
          grants = {
            "send", "recall", "history", "friends", "group.read", "group.manage",
            "group.kick", "group.mute", "user.read", "user.block", "user.ban", "profile",
          },
        },
      },
    },
  },
}
]]

local MANIFEST = [[return {
  name = "desk", version = "1.0.0", summary = "does as it is told",
  needs = {
    "send", "recall", "history", "friends", "group.read", "group.manage", "group.kick",
    "group.mute", "user.read", "user.block", "user.ban", "profile",
  },
}]]

local INIT = [[
local bot = ...

local function note(name)
  return function(event)
    local seen = bot.store():get("seen", "")
    bot.store():set("seen", seen .. name .. ":" .. (event.user and event.user.id or "") .. " ")
  end
end

bot.on("member.joined", note "joined")
bot.on("member.kicked", note "kicked")
bot.on("member.left", note "left")
bot.on("friend.added", note "friend")
bot.on("friend.declined", note "no_friend")
bot.on("friend.removed", note "parted")

bot.on("friend.requested", function(request)
  bot.store():set("asked", request.user.id .. ": " .. tostring(request.text))
  if request.text == "please" then
    assert(request:accept())
    assert(request:reply("Hello, friend!"))
  else
    assert(request:decline())
  end
end)
]]

-- What the eval code of the specs uses.
local HELP = [[
local function ids(iterator, err)
  if not iterator then return tostring(err and err.code) end
  local list = {}
  for one in iterator do list[#list + 1] = one.id .. (one.role and "/" .. one.role or "") end
  table.sort(list)
  return table.concat(list, " ")
end
local function said(...)
  local done, err = ...
  return done and "done" or err.code .. (err.status and " " .. err.status or "")
end
]]

describe("the cloud's half of the API", function()
  local on

  -- `how`: "secret" or "socket"; `hosting`: RongCloud keeps groups and friends for the app.
  local function open(how, hosting)
    on = stage.open()
    on:start_sandbox()
    on:control("POST", "/limits", { hosting = hosting })
    assert(os.execute("mkdir " .. on:path("plugins/desk")))
    on:write("plugins/desk/plugin.lua", MANIFEST)
    on:write("plugins/desk/init.lua", INIT)
    local token = '{ from = "server_api" }'
    for _, user in ipairs { "desk", "alice", "bob", "carol" } do
      local answer = on:must_api("/user/getToken.json", { userId = user, name = user:upper() })
      if user == "desk" and how == "socket" then
        token = ('{ from = "static", value = %q }'):format(answer.token)
      end
    end
    local config = CONFIG:gsub("TOKEN", function() return token end)
    if how == "socket" then
      config = config:gsub('secret = env%("RC_SECRET"%),', "")
    end
    on:write("moondock.lua", config)
    on:start_host()
    on:await_state("online")
  end

  after_each(function()
    on:close()
  end)

  local function eval(code)
    local out = on:ask({ ["do"] = "eval", plugin = "desk", code = HELP .. code }).text
    return (out:match('^"(.*)"%s*$') or out)
  end

  local function plain_group()
    on:must_api("/group/create.json", { userId = "alice", groupId = "g", groupName = "Garden" })
    on:join("bob", "g")
    on:join("desk", "g")
  end

  it("manages plain groups with the secret", function()
    open("secret", false)
    plain_group()
    assert.equal("Garden 3 nil", eval [[
      local info = assert(bot.group("g"):info())
      return info.name .. " " .. info.count .. " " .. tostring(info.owner)]])
    assert.equal("alice bob desk | g", eval [[
      return ids(bot.group("g"):members()) .. " | " .. ids(bot.groups())]])
    assert.equal("done", eval [[return said(bot.group("g"):invite("carol"))]])
    assert.equal("done", eval [[return said(bot.group("g"):kick("bob", "spam"))]])
    assert.equal("done", eval [[return said(bot.group("g"):rename("Orchard"))]])
    assert.equal("done", eval [[return said(bot.group("g"):mute_all(true))]])
    assert.equal("Orchard 3 true", eval [[
      local info = bot.group("g"):info()
      return info.name .. " " .. info.count .. " " .. tostring(info.muted)]])
    assert.equal("limit", eval [[return said(bot.group("g"):mute("alice", "31d"))]])
    local alice = on:member("alice")
    alice:enter()
    assert.equal("done", eval [[return said(bot.group("g"):announce("Tea at five"))]])
    local notice = assert(alice.client:next(10, function(message)
      return message.object_name == "RC:GrpNtf" and message.content:find("Bulletin", 1, true)
    end))
    assert.truthy(notice.content:find("Tea at five", 1, true))
    assert.equal("done", eval [[return said(bot.group("g"):leave())]])
    assert.equal("", eval [[return ids(bot.groups())]])
  end)

  it("knows users with the secret, and shuts them out", function()
    open("secret", false)
    assert.equal("ALICE true", eval [[
      local info = assert(bot.user("alice"):info())
      return info.name .. " " .. tostring(info.created > 1700000000000)]])
    assert.equal("refused 400", eval [[return said(bot.user("nobody"):info())]])
    assert.equal("done", eval [[return said(bot.user("bob"):block())]])
    assert.equal("bob", eval [[return ids(bot.blocked())]])
    assert.equal("false", eval [[return tostring(bot.user("bob"):online())]])
    local bob = on:member("bob")
    bob:enter()
    assert.equal("true", eval [[return tostring(bot.user("bob"):online())]])
    local _, err = bob.client:send({ user = "desk" }, "hi")
    assert.equal(405, err.status)
    assert.equal("done", eval [[return said(bot.user("bob"):unblock())]])
    assert(bob.client:send({ user = "desk" }, "hi"))
    assert.equal("done", eval [[return said(bot.user("bob"):ban("1h"))]])
    bob.client:wait_state("blocked")
    assert.equal("done", eval [[return said(bot.user("bob"):unban())]])
    assert.equal("refused 1009", eval [[return said(bot.friends())]])
    assert.equal("refused 1009", eval [[return said(bot.user("bob"):befriend())]])
    assert.equal("done", eval [[return said(bot.set_profile { name = "Help desk" })]])
    assert.equal("Help desk", eval [[return assert(bot.profile()).name]])
    assert.equal("denied", eval [[return said(bot.set_profile { email = "d@example.org" })]])
  end)

  it("is denied what only the secret can do", function()
    open("socket", false)
    plain_group()
    for _, call in ipairs {
      "bot.group('g'):info()", "bot.group('g'):members()", "bot.groups()",
      "bot.group('g'):kick('bob')", "bot.group('g'):mute('bob')", "bot.group('g'):leave()",
      "bot.group('g'):rename('x')", "bot.user('bob'):info()", "bot.user('bob'):ban(60)",
      "bot.friends()", "bot.user('bob'):befriend()", "bot.user('bob'):unfriend()",
      "bot.user('bob'):set_remark('B')", "bot.user('bob'):online()", "bot.profile()",
      "bot.set_profile{ name = 'D' }",
    } do
      assert.equal("denied", eval("return said(" .. call .. ")"), call)
    end
    -- One's own black list needs no secret.
    assert.equal("done", eval [[return said(bot.user("bob"):block())]])
    assert.equal("bob", eval [[return ids(bot.blocked())]])
    local bob = on:member("bob")
    bob:enter()
    assert.equal(405, select(2, bob.client:send({ user = "desk" }, "hi")).status)
    assert.equal("done", eval [[return said(bot.user("bob"):unblock())]])
    assert(bob.client:send({ user = "desk" }, "hi"))
  end)

  for _, how in ipairs { "secret", "socket" } do
    it("manages hosted groups, having " .. how, function()
      open(how, true)
      on:must_api("/entrust/group/create.json", {
        groupId = "h", name = "Hall", owner = "desk", userIds = "alice,bob",
      })
      assert.equal("Hall 3 desk", eval [[
        local info = assert(bot.group("h"):info())
        return info.name .. " " .. info.count .. " " .. info.owner.id]])
      assert.equal("alice/member bob/member desk/owner | h", eval [[
        return ids(bot.group("h"):members()) .. " | " .. ids(bot.groups())]])
      assert.equal("done", eval [[return said(bot.group("h"):invite("carol"))]])
      assert.equal("done", eval [[return said(bot.group("h"):kick("bob"))]])
      assert.equal("done", eval [[return said(bot.group("h"):rename("Barn"))]])
      assert.equal("done", eval [[return said(bot.group("h"):announce("Tea"))]])
      assert.equal("Barn Tea alice/member carol/member desk/owner", eval [[
        local info = assert(bot.group("h"):info())
        return info.name .. " " .. info.announcement .. " " .. ids(bot.group("h"):members())]])
      assert.equal("ALICE", eval [[return bot.user("alice"):info().name]])
    end)
  end

  it("makes, fills and ends a plain group with the secret", function()
    open("secret", false)
    assert.equal("club", eval [[return assert(bot.create_group("club", "Book club")).id]])
    assert.equal("done", eval [[return said(bot.group("club"):invite("alice"))]])
    assert.equal("done", eval [[return said(bot.group("club"):invite("bob"))]])
    assert.equal("Book club 3", eval [[
      local info = assert(bot.group("club"):info())
      return info.name .. " " .. info.count]])
    assert.equal("done", eval [[return said(bot.group("club"):mute("bob", "10m"))]])
    assert.equal("done", eval [[return said(bot.group("club"):mute("alice"))]])
    assert.equal("alice false, bob true", eval [[
      local list = {}
      for user in bot.group("club"):muted() do
        list[#list + 1] = user.id .. " " .. tostring(user.until_ == nil and user["until"] ~= nil
          and user["until"] < bot.now() + 11 * 60000)
      end
      table.sort(list)
      return table.concat(list, ", ")]])
    assert.equal("done", eval [[return said(bot.group("club"):unmute("alice"))]])
    assert.equal("done", eval [[return said(bot.group("club"):mute_all(true))]])
    local alice = on:member("alice")
    alice:enter()
    assert.equal(22408, select(2, alice.client:send({ group = "club" }, "hi")).status)
    assert.equal("done", eval [[return said(bot.group("club"):allow("alice"))]])
    assert.equal("alice", eval [[return ids(bot.group("club"):allowed())]])
    assert(alice.client:send({ group = "club" }, "hi"))
    assert.equal("done", eval [[return said(bot.group("club"):disallow("alice"))]])
    assert.equal("", eval [[return ids(bot.group("club"):allowed())]])
    assert.equal("denied", eval [[return said(bot.group("club"):promote("alice"))]])
    assert.equal("done", eval [[return said(bot.group("club"):leave())]])
    assert.equal("done", eval [[return said(bot.group("club"):join())]])
    assert.equal("done", eval [[return said(bot.group("club"):dismiss())]])
    assert.equal("", eval [[return ids(bot.groups())]])
    assert(alice.client:next(10, function(message)
      return message.object_name == "RC:GrpNtf" and message.content:find("Dismiss", 1, true)
    end))
  end)

  for _, how in ipairs { "secret", "socket" } do
    it("makes, hands over and ends hosted groups, having " .. how, function()
      open(how, true)
      assert.equal("hall", eval [[return assert(bot.create_group("hall", "Hall")).id]])
      on:must_api("/entrust/group/join.json", { groupId = "hall", userIds = "alice,bob" })
      assert.equal("done", eval [[return said(bot.group("hall"):promote("bob"))]])
      assert.equal("alice/member bob/manager desk/owner", eval [[
        return ids(bot.group("hall"):members())]])
      assert.equal("done", eval [[
        return said(bot.group("hall"):set_member("bob", { nickname = "Bobby", extra = "tall" }))]])
      assert.equal("done", eval [[
        return said(bot.group("hall"):set_member("bob", { nickname = "Rob" }))]])
      assert.equal("bob Rob tall manager true", eval [[
        local one = assert(bot.group("hall"):member("bob"))
        return table.concat({ one.id, one.nickname, one.extra, one.role,
          tostring(one.joined > 0) }, " ")]])
      assert.equal("nil", eval [[return tostring(bot.group("hall"):member("zoe"))]])
      assert.equal("done", eval [[return said(bot.group("hall"):demote("bob"))]])
      assert.equal("done", eval [[return said(bot.group("hall"):transfer("alice"))]])
      assert.equal("alice/owner bob/member desk/member", eval [[
        return ids(bot.group("hall"):members())]])
      assert.equal("done", eval [[return said(bot.group("hall"):leave())]])
      -- The group's settings want a manager's consent, which the Server API has.
      assert.equal(how == "secret" and "done" or "refused 25424", eval [[
        return said(bot.group("hall"):join())]])
      assert.equal("own", eval [[return assert(bot.create_group("own", "Own")).id]])
      assert.equal("done", eval [[return said(bot.group("own"):dismiss())]])
      assert.equal(how == "secret" and "hall" or "", eval [[return ids(bot.groups())]])
    end)
  end

  it("says that plain groups have no managers, where others are hosted", function()
    open("secret", true)
    plain_group()
    assert.equal("unsupported", eval [[return said(bot.group("g"):promote("bob"))]])
    assert.equal("unsupported", eval [[return said(bot.group("g"):transfer("bob"))]])
  end)

  it("tells what the group's rules refuse over the socket", function()
    open("socket", true)
    on:must_api("/entrust/group/create.json", {
      groupId = "h", name = "Hall", owner = "alice", userIds = "desk,bob",
    })
    assert.equal("refused 25405", eval [[return said(bot.group("h"):kick("bob"))]])
    assert.equal("refused 25405", eval [[return said(bot.group("h"):rename("x"))]])
    assert.equal("refused 25426", eval [[return said(bot.group("h"):invite("carol"))]])
    assert.equal("denied", eval [[return said(bot.group("h"):mute("bob"))]])
    assert.equal("not_found", eval [[return said(bot.group("none"):info())]])
    assert.equal("done", eval [[return said(bot.group("h"):leave())]])
    assert.equal("refused 25418", eval [[return said(bot.group("h"):members())]])
  end)

  it("hears who joins and leaves hosted groups", function()
    open("socket", true)
    on:must_api("/entrust/group/create.json", {
      groupId = "h", name = "Hall", owner = "desk", userIds = "alice",
    })
    on:must_api("/entrust/group/join.json", { groupId = "h", userIds = "bob,carol" })
    on:must_api("/entrust/group/quit.json", { groupId = "h", userIds = "carol" })
    assert.equal("done", eval [[return said(bot.group("h"):kick("bob"))]])
    assert.equal("joined:bob joined:carol left:carol kicked:bob ", eval [[
      for _ = 1, 100 do
        if bot.store():get("seen", ""):find("kicked") then break end
        bot.sleep(0.05)
      end
      return bot.store():get("seen")]])
  end)

  it("still finds plain groups where others are hosted", function()
    open("secret", true)
    plain_group()
    assert.equal("Garden 3", eval [[
      local info = assert(bot.group("g"):info())
      return info.name .. " " .. info.count]])
    assert.equal("done", eval [[return said(bot.group("g"):kick("bob"))]])
    assert.equal("alice desk", eval [[return ids(bot.group("g"):members())]])
  end)

  for _, how in ipairs { "secret", "socket" } do
    it("answers who wants to be a friend, having " .. how, function()
      open(how, true)
      local alice = on:member("alice")
      alice:enter()
      on:must_api("/friend/add.json", { userId = "alice", targetId = "desk", extra = "please" })
      assert(alice.client:next(10, function(message)
        return message.text == "Hello, friend!"
      end))
      assert.equal("alice", eval [[return ids(bot.friends())]])
      -- Asked while it is away, and asked once.
      on:stop_host()
      on:must_api("/friend/add.json", { userId = "bob", targetId = "desk", extra = "or else" })
      on:start_host()
      on:await_state("online")
      assert.equal("bob: or else", eval [[
        for _ = 1, 100 do
          if bot.store():get("asked"):find("bob") then break end
          bot.sleep(0.05)
        end
        return bot.store():get("asked")]])
      assert.equal("alice", eval [[return ids(bot.friends())]])
    end)
  end

  for _, how in ipairs { "secret", "socket" } do
    it("makes, names, sees and leaves friends, having " .. how, function()
      open(how, true)
      assert.equal("done", eval [[return said(bot.user("alice"):befriend("It's the desk"))]])
      assert.equal("", eval [[return ids(bot.friends())]])
      on:must_api("/friend/add.json", { userId = "alice", targetId = "desk" }) -- she agrees
      assert.equal("alice", eval [[return ids(bot.friends())]])
      assert.equal("refused 25460", eval [[return said(bot.user("alice"):befriend())]])
      assert.equal("done", eval [[return said(bot.user("alice"):set_remark("Al from the shop"))]])
      assert.equal("Al from the shop", eval [[return bot.friends()().remark]])
      assert.equal("false", eval [[return tostring(bot.user("alice"):online())]])
      on:member("alice"):enter()
      assert.equal("true", eval [[return tostring(bot.user("alice"):online())]])
      -- Of others only the Server API tells.
      assert.equal(how == "secret" and "false nil" or "nil not_found", eval [[
        local online, err = bot.user("bob"):online()
        return tostring(online) .. " " .. tostring(err and err.code)]])
      assert.equal("done", eval [[return said(bot.user("alice"):set_remark())]])
      assert.equal("nil", eval [[return tostring(bot.friends()().remark)]])
      assert.equal("done", eval [[return said(bot.user("alice"):unfriend())]])
      assert.equal("", eval [[return ids(bot.friends())]])
      assert.equal("refused 25469", eval [[return said(bot.user("bob"):set_remark("B"))]])
      assert.equal("done", eval [[return said(bot.user("bob"):befriend())]])
      on:must_api("/friend/add.json", { userId = "desk", targetId = "bob", optType = 2 })
      on:must_api("/friend/delete.json", { userId = "bob", targetIds = "desk" })
      assert.equal("friend:alice parted:alice friend:bob parted:bob ", eval [[
        for _ = 1, 100 do
          if bot.store():get("seen", ""):find("parted:bob") then break end
          bot.sleep(0.05)
        end
        return bot.store():get("seen")]])
    end)

    it("has a profile of its own, having " .. how, function()
      open(how, true)
      assert.equal("done", eval [[
        return said(bot.set_profile { name = "Desk", level = 3, extra = { shift = "night" } })]])
      assert.equal("done", eval [[return said(bot.set_profile { email = "d@example.org" })]])
      assert.equal("desk Desk 3 d@example.org night", eval [[
        local own = assert(bot.profile())
        return table.concat({ own.id, own.name, own.level, own.email, own.extra.shift }, " ")]])
      assert.equal("refused 24368", eval [[return said(bot.set_profile { gender = 3 })]])
      assert.equal("Desk", eval [[return bot.user("desk"):info().name]])
    end)
  end

  it("reads history page by page, and forwards", function()
    open("socket", false)
    plain_group()
    local alice = on:member("alice")
    alice:enter()
    for i = 1, 130 do
      assert(alice.client:send({ group = "g" }, "line " .. i))
    end
    assert.equal("130 line 130 line 1", eval [[
      local texts = {}
      for msg in bot.history(bot.group("g")) do texts[#texts + 1] = msg.text end
      return #texts .. " " .. texts[1] .. " " .. texts[#texts] ]])
    assert.equal("line 130 line 129", eval [[
      local texts, times = {}, {}
      for msg in bot.history(bot.group("g"), { limit = 3 }) do
        texts[#texts + 1], times[#times + 1] = msg.text, msg.time
      end
      texts = {}
      for msg in bot.history(bot.group("g"), { after = times[3] }) do
        texts[#texts + 1] = msg.text
      end
      return table.concat(texts, " ")]])
    on:member("carol"):enter()
    assert.equal("done", eval [[
      for msg in bot.history(bot.group("g"), { limit = 1 }) do
        return said(msg:forward(bot.user("carol")))
      end]])
    assert.equal("line 130", on:member("carol").client:next(10).text)
    on:control("POST", "/limits", { history = false })
    assert.equal("refused 25102", eval [[return said(bot.history(bot.group("g")))]])
  end)
end)
