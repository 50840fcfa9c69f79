--- What the sandbox posts besides messages and who is online, and what bots hear of it: clerk,
--- who has no socket, and desk, who has one.

local host = require "moondock.host"
local stage = require "moondock.stage"
local screenplay = require "moondock.screenplay"

local KINDS = { "operations", "audits", "groups", "rooms", "users", "bots" }

local CONFIG = [[
local function bot(name, hooks)
  HOOKS
  return {
    account = { app_key = "demo", user = name, secret = env("RC_SECRET"), api = { env("SANDBOX") },
      navi = { env("SANDBOX") }, token = { from = "server_api" }, webhooks = hooks },
    plugins = { ears = { grants = { "room.join" } } },
  }
end
return {
  state = "var", plugin_path = { "plugins" },
  listen = { http = "127.0.0.1:0" },
  bots = { clerk = bot("clerk", { route = "/rc/route" }), desk = bot("desk", {}) },
}
]]

local EARS = [[
local bot = ...
local heard = {}
bot.on("webhook", function(event)
  local data = event.data
  local now = math.abs(event.time - bot.now()) < 600000
  heard[#heard + 1] = table.concat({ event.kind, data.eventType or data.type or data.result,
    now and "now" or "then", table.unpack(data.userIds or {}) }, " ")
end)
bot.on("message.recalled", function(event)
  heard[#heard + 1] = ("recalled %s by %s"):format(event.id, event.operator.id)
end)
function next_heard()
  return table.remove(heard, 1) or ""
end
]]

describe("what else RongCloud posts", function()
  local on

  setup(function()
    on = stage.open {}
    on:start_sandbox()
    on:control("POST", "/limits", { hosting = true })
    screenplay.perform(on, [[
      alice joins demo
      clerk joins demo
      desk joins demo
    ]])
    on.env.SANDBOX = on.server
    local hooks = {}
    for i, kind in ipairs(KINDS) do
      hooks[i] = ("hooks.%s = '/rc/%s'"):format(kind, kind)
    end
    on:write("moondock.lua", (CONFIG:gsub("HOOKS", table.concat(hooks, "\n  "))))
    assert(host.make_folder(on:path("plugins/ears")))
    on:write("plugins/ears/plugin.lua", [[return { name = "ears", version = "1.0.0",
      summary = "Hears", needs = { "room.join" } }]])
    on:write("plugins/ears/init.lua", EARS)
    on:start_host()
    on:await_state("online")
    local address = "http://" .. assert(assert(on:ask { ["do"] = "status" }).http)
    local urls = { route = address .. "/rc/route" }
    for _, kind in ipairs(KINDS) do
      urls[kind] = address .. "/rc/" .. kind
    end
    on:control("POST", "/hooks", urls)
    screenplay.perform(on, "alice comes online")
  end)

  teardown(function()
    assert.equal(0, on:close())
  end)

  local function eval(bot, code)
    local out = on:ask({ ["do"] = "eval", bot = bot, plugin = "ears", code = code }).text
    return out:match('^"(.*)"%s*$') or out
  end

  -- The next thing a bot heard.
  local function heard(bot)
    local what
    assert(on:wait(function()
      what = eval(bot, "return next_heard()")
      return what ~= ""
    end))
    return what
  end

  local function both_hear(what)
    assert.equal(what, heard("clerk"))
    assert.equal(what, heard("desk"))
  end

  local function recall(text)
    screenplay.perform(on, ('alice says "%s" in demo'):format(text))
    local said = on:member("alice").last
    on:must_api("/message/recall.json", { fromUserId = "alice", conversationType = 3,
      targetId = "demo", messageUID = said.uid, sentTime = said.sent_ms })
    return said.uid
  end

  it("is the recall of a message, once, however often it is told", function()
    on:fault { when = "hook", path = "operations", ["do"] = { duplicate = 2 } }
    local first = recall("a slip")
    assert.equal("recalled " .. first .. " by alice", heard("clerk"))
    -- Over the socket, and as an operation, in any order.
    local told = { heard("desk"), heard("desk") }
    table.sort(told)
    assert.same({ "operations 1 now", "recalled " .. first .. " by alice" }, told)
    on:control("POST", "/hooks", { route_server = true })
    local second = recall("another")
    assert.equal("recalled " .. second .. " by alice", heard("clerk"))
    on:control("POST", "/hooks", { route_server = false })
    local third = recall("the last")
    assert.equal("recalled " .. third .. " by alice", heard("clerk"))
    for _ = 1, 4 do
      heard("desk")
    end
  end)

  it("is what becomes of hosted groups", function()
    on:must_api("/entrust/group/create.json", { groupId = "h", name = "H", owner = "alice" })
    both_hear "groups 1 now"
    on:must_api("/entrust/group/join.json", { groupId = "h", userIds = "bob" })
    both_hear "groups 2 now bob"
    on:must_api("/entrust/group/quit.json", { groupId = "h", userIds = "bob" })
    both_hear "groups 4 now bob"
    on:must_api("/entrust/group/dismiss.json", { groupId = "h" })
    both_hear "groups 5 now"
  end)

  it("is who comes to a chatroom, and its end", function()
    assert.equal("true", eval("desk", [[return tostring(bot.room("hall"):join() ~= nil)]]))
    local came = { heard("clerk"), heard("clerk") }
    table.sort(came) -- nothing promises an order
    assert.same({ "rooms 0 now", "rooms 1 now desk" }, came)
    on:must_api("/chatroom/destroy.json", { chatroomId = "hall" })
    assert.equal("rooms 3 now", heard("clerk"))
    for _ = 1, 3 do
      heard("desk")
    end
  end)

  it("is that people are friends", function()
    on:must_api("/friend/add.json", { userId = "alice", targetId = "bob", optType = 2 })
    both_hear "users 1 now"
  end)

  it("is that somebody has left the app", function()
    on:must_api("/user/deactivate.json", { userId = "carol" })
    both_hear "users 0 now"
  end)

  it("is posted by hand where nothing here makes it happen", function()
    -- Its signature is in headers.
    on:control("POST", "/hook", { hook = "audits", body = {
      msgUID = "6ABC", result = 10001, serviceProvider = "demo", content = "{}", time = host.now(),
    } })
    both_hear "audits 10001 now"
    on:control("POST", "/hook", { hook = "bots", body = {
      type = "group:bot_join", timestamp = host.now(), bot = { userId = "dice" }, data = {},
    } })
    both_hear "bots group:bot_join now"
    assert.equal(0, on:control("GET", "/state").hooks.lost)
  end)
end)
