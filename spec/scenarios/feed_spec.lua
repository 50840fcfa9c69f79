--- What the App Server tells of itself: events of the bot once each, though notices announce the
--- same, though it is posted again, and though the host was away for a while.

local host = require "moondock.host"
local stage = require "moondock.stage"

local CONFIG = [[
local server = env("MOONDOCK_SERVER")
return {
  state = "var", plugin_path = { "plugins" }, listen = { http = "127.0.0.1:0" },
  bots = { helper = {
    account = {
      app_key = "demo", user = "helper", secret = env("RC_SECRET"), navi = { server },
      api = { server }, token = { from = "server_api" }, webhooks = { feed = "/app/events" },
    },
    notices = { from = { "@feed" } },
    plugins = { helper = {} },
  } },
}
]]

local INIT = [[
local bot = ...
local function note(name, what)
  bot.on(name, function(event)
    local seen = bot.store():get("seen", "")
    bot.store():set("seen", ("%s%s %s %s; "):format(seen, name, what(event) or "",
      event.operator and event.operator.id or ""))
  end)
end
local function user(event) return event.user.id end
for _, name in ipairs { "member.joined", "member.left", "member.kicked", "member.unmuted" } do
  note(name, user)
end
note("member.muted", function(event)
  return event.user.id .. " " .. tostring(event.minutes)
end)
note("member.role", function(event) return event.user.id .. " " .. event.role end)
note("group.renamed", function(event) return event.name end)
note("group.announced", function(event) return event.text end)
for _, name in ipairs { "group.muted", "group.unmuted", "group.dismissed" } do
  note(name, function() end)
end
note("friend.added", user)
note("friend.removed", user)
]]

describe("the App Server's event feed", function()
  local on, group

  -- Where the host listens, anew at each start.
  local function feed_to_host()
    local address = assert(on:ask { ["do"] = "status" }).http
    on:control("POST", "/hooks", { feed = ("http://%s/app/events"):format(address) })
  end

  before_each(function()
    on = stage.open()
    on:start_sandbox()
    for _, name in ipairs { "ann", "ben", "helper" } do
      on:must_app(name, "POST", "/user/register",
        { account = name, password = "pw", nickname = name })
    end
    assert(os.execute("mkdir -p " .. on:path("plugins/helper")))
    on:write("plugins/helper/plugin.lua",
      'return { name = "helper", version = "1.0.0", summary = "x" }')
    on:write("plugins/helper/init.lua", INIT)
    on:write("moondock.lua", CONFIG)
    on:start_host()
    on:await_state("online")
    group = on:must_app("ann", "POST", "/group/create",
      { name = "Tea", memberIds = { "helper", "ben" } }).id
    feed_to_host()
  end)

  after_each(function()
    assert.equal(0, on:close())
  end)

  local function seen(want)
    local text
    on:wait(function()
      text = on:ask({ ["do"] = "eval", plugin = "helper",
        code = 'return bot.store():get("seen", "")' }).text:match('^"(.*)"')
      return #text >= #want
    end)
    assert.equal(want, text)
  end

  local function ann(path, body)
    body.groupId = group
    return on:must_app("ann", "POST", "/group/" .. path, body)
  end

  it("tells what becomes of groups, in its order", function()
    local want = ""
    for _, step in ipairs {
      { "rename", { name = "Chai" }, "group.renamed Chai ann; " },
      { "set_bulletin", { bulletin = "At five" }, "group.announced At five ann; " },
      { "set_manager", { memberIds = { "ben" } }, "member.role ben manager ann; " },
      { "remove_manager", { memberIds = { "ben" } }, "member.role ben member ann; " },
      { "mute", { memberIds = { "ben" }, minute = 10 }, "member.muted ben 10 ann; " },
      { "mute", { memberIds = { "ben" }, minute = 0 }, "member.muted ben nil ann; " },
      { "mute", { memberIds = { "ben" }, minute = -1 }, "member.unmuted ben ann; " },
      { "mute_all", { muteStatus = 1 }, "group.muted  ann; " },
      { "mute_all", { muteStatus = 0 }, "group.unmuted  ann; " },
      { "kick", { memberIds = { "ben" } }, "member.kicked ben ann; " },
      { "add", { memberIds = { "ben" } }, "member.joined ben ann; " },
      { "transfer", { userId = "ben" }, "member.role ben owner ann; " },
      { "quit", {}, "member.left ann ann; " },
    } do
      ann(step[1], step[2])
      want = want .. step[3]
      seen(want)
    end
    on:must_app("ben", "POST", "/group/dismiss", { groupId = group })
    seen(want .. "group.dismissed  ben; ")
  end)

  it("tells who is the bot's friend, and of nobody else's", function()
    on:must_app("ann", "POST", "/friendship/invite", { friendId = "ben", message = "" })
    on:must_app("ben", "POST", "/friendship/agree", { friendId = "ann" })
    on:must_app("ann", "POST", "/friendship/invite", { friendId = "helper", message = "" })
    on:must_app("helper", "POST", "/friendship/agree", { friendId = "ann" })
    seen "friend.added ann ; "
    on:must_app("ann", "POST", "/friendship/delete", { friendId = "helper" })
    seen "friend.added ann ; friend.removed ann ; "
  end)

  it("is heard once when it is posted again, and later when the host was away", function()
    on:fault { when = "hook", path = "feed", times = 1, ["do"] = { duplicate = 2 } }
    ann("rename", { name = "Chai" })
    ann("rename", { name = "Mate" })
    seen "group.renamed Chai ann; group.renamed Mate ann; "
    on:kill_host()
    ann("rename", { name = "Tea" })
    on:start_host()
    feed_to_host()
    on:move_clock("6s")
    seen "group.renamed Chai ann; group.renamed Mate ann; group.renamed Tea ann; "
  end)

  it("is heard of the chats that the configuration names, and of friends", function()
    local other = on:must_app("ann", "POST", "/group/create",
      { name = "Mah", memberIds = { "helper" } }).id
    on:kill_host()
    on:write("moondock.lua", (CONFIG:gsub("/app/events\"",
      ("%%0, chats = { %q }"):format(other))))
    on:start_host()
    feed_to_host()
    ann("rename", { name = "Chai" })
    on:must_app("ann", "POST", "/friendship/invite", { friendId = "helper", message = "" })
    on:must_app("helper", "POST", "/friendship/agree", { friendId = "ann" })
    on:must_app("ann", "POST", "/group/rename", { groupId = other, name = "Jongg" })
    seen "friend.added ann ; group.renamed Jongg ann; "
  end)

  it("keeps all of a large post", function()
    local users, events = {}, {}
    for i = 1, 1000 do
      users[i] = "b"
    end
    for i = 1, 120 do
      events[i] = { id = "e" .. i, eventType = 22, time = 7, groupId = group, optUserId = "ann",
        userIds = users, data = { muteStatus = 1 } }
    end
    local time = tostring(host.now())
    local answer = assert(host.http {
      method = "POST", body = host.json.encode(events),
      url = ("http://%s/app/events?appKey=demo&timestamp=%s&nonce=7&signature=%s"):format(
        on:ask({ ["do"] = "status" }).http, time, host.digest.sha1(on.secret .. "7" .. time)),
    })
    assert.equal(200, answer.status, answer.body)
    seen(("group.muted  ann; "):rep(#events))
  end)
end)
