--- Chatrooms, with two bots in them: desk, which writes down what happens, and guest.

local stage = require "moondock.stage"

local CONFIG = [[
local server = env("MOONDOCK_SERVER")
local function bot(user, api)
  return {
    account = {
      app_key = "demo", user = user, secret = api and env("RC_SECRET") or nil,
      token = api and { from = "server_api" } or { from = "static", value = "TOKEN" },
      navi = { server }, api = { server },
    },
    plugins = { sitter = { grants = {
      "send", "history", "room.join", "room.read", "room.entries", "room.mute", "room.block",
    } } },
  }
end
return {
  state = "var", plugin_path = { "plugins" },
  bots = { desk = bot("desk", true), guest = bot("guest", GUEST) },
}
]]

local MANIFEST = [[return {
  name = "sitter", version = "1.0.0", summary = "sits in rooms",
  needs = { "send", "history", "room.join", "room.read", "room.entries", "room.mute",
    "room.block" },
}]]

local INIT = [[
local bot = ...
local function note(text)
  bot.store():set("seen", bot.store():get("seen", "") .. text .. "; ")
end

bot.on("message", function(msg)
  note(msg.room.id .. " " .. msg.chat.kind .. " " .. msg.sender.id .. ": " .. msg.text)
end)

bot.on("room.entry", function(event)
  note(event.user.id .. " " .. event.key .. "=" .. tostring(event.value))
end)

bot.on("room.lost", function(event)
  note(event.room.id .. " lost: " .. event.reason)
end)

function said(done, err)
  return done and "done" or err.code .. (err.status and " " .. err.status or "")
end

function ids(iterator, err)
  if not iterator then return err.code end
  local list = {}
  for one in iterator do list[#list + 1] = one.id .. (one["until"] and "!" or "") end
  return table.concat(list, " ")
end
]]

describe("chatrooms", function()
  local on

  -- `api`: whether guest has the app secret.
  local function open(api)
    on = stage.open()
    on:start_sandbox()
    assert(os.execute("mkdir " .. on:path("plugins/sitter")))
    on:write("plugins/sitter/plugin.lua", MANIFEST)
    on:write("plugins/sitter/init.lua", INIT)
    local token = on:must_api("/user/getToken.json", { userId = "guest", name = "Guest" }).token
    local config = CONFIG:gsub("TOKEN", function() return token end)
    on:write("moondock.lua", (config:gsub("GUEST", tostring(api))))
    on:start_host()
    on:await_state("online")
  end

  after_each(function()
    assert.equal(0, on:close())
  end)

  local function eval(bot, code)
    local out = on:ask({ ["do"] = "eval", bot = bot, plugin = "sitter", code = code }).text
    return out:match('^"(.*)"%s*$') or out
  end

  local function seen(want)
    local text
    on:wait(function()
      text = eval("desk", 'bot.store():get("seen", "")')
      return text:find(want, 1, true)
    end)
    assert.truthy(text:find(want, 1, true), text)
    return text
  end

  local function both_join()
    assert.equal("1 false false", eval("desk", [[
      local info = assert(bot.room("hall"):join())
      return info.count .. " " .. tostring(info.muted) .. " " .. tostring(info.silenced)]]))
    assert.equal("2", eval("guest", [[return tostring(assert(bot.room("hall"):join()).count)]]))
  end

  it("are joined, heard, answered, asked about and left", function()
    open(true)
    both_join()
    assert.equal("done", eval("guest", [[return said(bot.send(bot.room("hall"), "hello"))]]))
    seen "hall chatroom guest: hello; "
    assert.equal("hall 2", eval("desk", [[
      local info = assert(bot.room("hall"):info())
      return info.id .. " " .. info.count]]))
    assert.equal("desk guest", eval("desk", [[return ids(bot.room("hall"):members())]]))
    assert.equal("true", eval("desk", [[
      for user in bot.room("hall"):members() do
        return tostring(math.abs(user.joined - bot.now()) < 600000)
      end]]))
    assert.equal("hello", eval("desk", [[
      local texts = {}
      for msg in bot.history(bot.room("hall")) do texts[#texts + 1] = msg.text end
      return table.concat(texts, " ")]]))
    assert.equal("done", eval("guest", [[return said(bot.room("hall"):leave())]]))
    assert.equal("desk", eval("desk", [[return ids(bot.room("hall"):members())]]))
    assert.equal("refused 23406", eval("guest", [[
      return said(bot.send(bot.room("hall"), "gone"))]]))
  end)

  it("give the last messages to whoever wants them", function()
    open(true)
    eval("guest", [[
      local room = bot.room("hall")
      assert(room:join())
      for i = 1, 3 do assert(bot.send(room, "old " .. i)) end]])
    eval("desk", [[assert(bot.room("hall"):join { old = 2 })]])
    local text = seen "old 3; "
    assert.truthy(text:find("old 2", 1, true))
    assert.falsy(text:find("old 1", 1, true))
  end)

  it("keep entries, and tell of their changes once", function()
    open(true)
    both_join()
    assert.equal("done", eval("guest", [[return said(bot.room("hall"):set("topic", "tea"))]]))
    seen "guest topic=tea; "
    assert.equal("tea guest", eval("desk", [[
      local one = assert(bot.room("hall"):entries()).topic
      return bot.room("hall"):get("topic") .. " " .. one.user]]))
    assert.equal("refused 23424", eval("desk", [[
      return said(bot.room("hall"):set("topic", "coffee"))]]))
    assert.equal("done", eval("desk", [[
      return said(bot.room("hall"):set("topic", "coffee", { force = true }))]]))
    assert.equal("done", eval("guest", [[
      return said(bot.room("hall"):drop("topic", { force = true }))]]))
    seen "guest topic=nil; "
    assert.equal("nil", eval("desk", [[return tostring(bot.room("hall"):get("topic"))]]))
    eval("guest", [[assert(bot.room("hall"):set("here", "yes", { brief = true }))]])
    seen "guest here=yes; "
    eval("guest", [[assert(bot.room("hall"):leave())]])
    local text = seen "guest here=nil; "
    assert.equal("guest topic=tea; guest topic=nil; guest here=yes; guest here=nil; ", text)
  end)

  it("are stayed in over lost connections and hard ends of the host", function()
    open(true)
    both_join()
    on:fault { when = "push", user = "desk", times = 1, ["do"] = { close = true } }
    assert.equal("done", eval("guest", [[return said(bot.send(bot.room("hall"), "one"))]]))
    seen "guest: one; "
    on:kill_host()
    on:must_api("/message/chatroom/publish.json", {
      fromUserId = "dora", toChatroomId = "hall", objectName = "RC:TxtMsg",
      content = [[{"content":"meanwhile"}]],
    })
    on:start_host()
    on:await_state("online")
    seen "dora: meanwhile; "
    assert.equal("done", eval("guest", [[return said(bot.send(bot.room("hall"), "two"))]]))
    assert.equal("hall chatroom guest: one; hall chatroom dora: meanwhile; "
      .. "hall chatroom guest: two; ", seen "guest: two; ")
  end)

  it("are lost when they are closed, or when the bot is kept out", function()
    open(true)
    both_join()
    assert.equal("done", eval("guest", [[return said(bot.room("hall"):block("desk", "1h"))]]))
    assert.equal("desk!", eval("guest", [[return ids(bot.room("hall"):blocked())]]))
    seen "hall lost: refused; "
    assert.equal("refused 23409", eval("desk", [[return said(bot.room("hall"):join())]]))
    assert.equal("done", eval("guest", [[return said(bot.room("hall"):unblock("desk"))]]))
    assert.equal("done", eval("desk", [[return said(bot.room("hall"):join())]]))
    on:must_api("/chatroom/destroy.json", { chatroomId = "hall" })
    seen "hall lost: closed; "
  end)

  it("can be muted with the secret", function()
    open(true)
    both_join()
    local hi = [[return said(bot.send(bot.room("hall"), "hi"))]]
    assert.equal("done", eval("desk", [[return said(bot.room("hall"):mute("guest", "10m"))]]))
    assert.equal("guest!", eval("desk", [[return ids(bot.room("hall"):muted())]]))
    assert.equal("refused 23408", eval("guest", hi))
    assert.equal("done", eval("desk", [[return said(bot.room("hall"):unmute("guest"))]]))
    assert.equal("done", eval("guest", hi))
    assert.equal("done", eval("desk", [[return said(bot.room("hall"):mute_all(true))]]))
    assert.equal("refused 23408", eval("guest", hi))
    assert.equal("true", eval("desk", [[return tostring(bot.room("hall"):info().muted)]]))
    assert.equal("done", eval("desk", [[return said(bot.room("hall"):mute_all(false))]]))
    assert.equal("done", eval("guest", hi))
  end)

  it("are used over the socket alone but for muting", function()
    open(false)
    both_join()
    assert.equal("2", eval("guest", [[return tostring(bot.room("hall"):info().count)]]))
    assert.equal("desk guest", eval("guest", [[return ids(bot.room("hall"):members())]]))
    assert.equal("denied", eval("guest", [[return said(bot.room("hall"):mute("desk", "1h"))]]))
    assert.equal("denied", eval("guest", [[return said(bot.room("hall"):block("desk", "1h"))]]))
    assert.equal("denied", eval("guest", [[return ids(bot.room("hall"):muted())]]))
  end)
end)
