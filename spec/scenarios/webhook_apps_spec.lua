--- Webhooks of two apps at one host, posted by hand: who is believed, and what is answered
--- when.

local host = require "moondock.host"
local stage = require "moondock.stage"

local CONFIG = [[
return {
  state = "var", plugin_path = { "plugins" },
  listen = { http = "127.0.0.1:0" },
  bots = {
    one = {
      account = { app_key = "app-1", user = "one", secret = "secret-1", api = { env("SANDBOX") },
        webhooks = { route = "/rc/one", precheck = "/rc/precheck", deadline = 0.3,
          from = { "192.0.2.7", "127.0.0.0/8" }, operations = "/rc/operations",
          audits = "/rc/audits", groups = "/rc/groups", rooms = "/rc/rooms",
          users = "/rc/users", bots = "/rc/bots" } },
      plugins = { judge = { grants = { "intercept" } } },
    },
    two = {
      account = { app_key = "app-2", user = "two", secret = "secret-2", api = { env("SANDBOX") },
        webhooks = { route = "/rc/two", precheck = "/rc/precheck", deadline = 0.3,
          otherwise = "deny", window = 0 } },
      plugins = { judge = { grants = { "intercept" } } },
    },
    far = {
      account = { app_key = "app-1", user = "far", secret = "secret-1", api = { env("SANDBOX") },
        webhooks = { route = "/rc/far", precheck = "/rc/precheck",
          from = { "192.0.2.0/24", "2001:db8::/32" }, proxies = { "127.0.0.1" } } },
      plugins = { judge = { grants = { "intercept" } } },
    },
  },
}
]]

local JUDGE = [[
local bot = ...
local asked, heard = 0, {}
bot.on("webhook", function(event)
  heard[#heard + 1] = event
end)
bot.on("message.recalled", function(event)
  heard[#heard + 1] = { kind = "recalled", id = event.id, by = event.operator.id,
    claimed = event.claimed }
end)
assert(bot.on("message.intercept", function(msg)
  asked = asked + 1
  if msg.text == "slow" then
    bot.sleep(20)
  elseif msg.text == "broken" then
    error("on purpose")
  elseif msg.text == "heard" then
    return { deny = bot.json.encode(table.remove(heard, 1)) }
  elseif msg.text == "count" then
    return { deny = tostring(asked) }
  end
  return { replace = msg.text .. "!" }
end))
]]

local MINUTE = 60000

describe("a host of two apps", function()
  local on, address

  setup(function()
    on = stage.open {}
    on:start_sandbox {}
    on.env.SANDBOX = on.server
    on:write("moondock.lua", CONFIG)
    assert(host.make_folder(on:path("plugins/judge")))
    on:write("plugins/judge/plugin.lua", [[return { name = "judge", version = "1.0.0",
      summary = "Judges", needs = { "intercept" } }]])
    on:write("plugins/judge/init.lua", JUDGE)
    on:start_host()
    address = "http://" .. assert(assert(on:ask { ["do"] = "status" }).http)
  end)

  teardown(function()
    assert.equal(0, on:close())
  end)

  local function escape(text)
    return (text:gsub("[^%w]", function(c) return ("%%%02X"):format(c:byte()) end))
  end

  local function query(app, secret, time)
    time = tostring(time or host.now())
    return ("?appKey=%s&timestamp=%s&nonce=7&signature=%s"):format(app, time,
      host.digest.sha1(secret .. "7" .. time))
  end

  local function post(path, body, by)
    return assert(host.http { method = "POST", url = address .. path, body = body,
      headers = { ["Content-Type"] = "application/x-www-form-urlencoded",
        ["X-Forwarded-For"] = by } })
  end

  local function question(id, text, sender)
    return ("fromUserId=%s&targetId=g&msgType=RC%%3ATxtMsg&content=%s&channelType=GROUP"
      .. "&msgTimeStamp=%d&messageId=%s&os=iOS"):format(sender or "mallory",
      escape(host.json.encode { content = text }), host.now(), id)
  end

  local function judged(app, id, text, sender)
    local answer = post("/rc/precheck" .. query("app-" .. app, "secret-" .. app),
      question(id, text, sender))
    assert.equal(200, answer.status)
    return assert(host.json.decode(answer.body))
  end

  it("knows the apps apart by their signatures, on one path", function()
    assert.same({ pass = 0, extra = "1" }, judged(1, "a-1", "count"))
    assert.same({ pass = 0, extra = "1" }, judged(2, "a-1", "count"))
    assert.same({ pass = 0, extra = "2" }, judged(2, "a-2", "count"))
    for _, wrong in ipairs {
      query("app-1", "secret-2"), query("app-3", "secret-1"), "", "?appKey=app-1",
      (query("app-1", "secret-1"):gsub("timestamp=1", "timestamp=2")),
    } do
      assert.equal(403, post("/rc/precheck" .. wrong, question("b", "count")).status)
    end
  end)

  it("finds the app key in the form when the query has none", function()
    local bare = query("x", "secret-1"):gsub("appKey=x&", "")
    local body = "appKey=app-1&" .. question("c-1", "fine")
    assert.match('"pass":1', post("/rc/precheck" .. bare, body).body)
    assert.equal(403, post("/rc/precheck" .. bare, "appKey=app-2&" .. body).status)
  end)

  it("refuses old signatures, unless it shall not", function()
    local old = host.now() - 11 * MINUTE
    assert.equal(403,
      post("/rc/precheck" .. query("app-1", "secret-1", old), question("d", "x")).status)
    assert.equal(200,
      post("/rc/precheck" .. query("app-2", "secret-2", old), question("d", "x")).status)
  end)

  it("refuses who posts from elsewhere, unless a proxy vouches", function()
    local good = query("app-1", "secret-1")
    for by, status in pairs {
      [""] = 403, ["198.51.100.1"] = 403, ["192.0.2.1, 198.51.100.1"] = 403, ["x"] = 403,
      ["127.0.0.1"] = 403, ["192.0.2.1"] = 400, ["198.51.100.1,192.0.2.200"] = 400,
      ["2001:db8::7"] = 400,
    } do
      assert.equal(status, post("/rc/far" .. good, "x=y", by).status, by)
      -- There anybody may say so: it is not asked.
      assert.equal(400, post("/rc/one" .. good, "x=y", by).status, by)
    end
    -- On a path of both, each is asked about what may come to it.
    local function shown(id, by)
      local answer = post("/rc/precheck" .. good, question(id, "hi"), by)
      return assert(host.json.decode(answer.body)).replaceContent
    end
    assert.equal('{"content":"hi!"}', shown("far-1"))
    assert.equal('{"content":"hi!!"}', shown("far-2", "192.0.2.1"))
  end)

  it("gives the same answer to the same question", function()
    local first = judged(1, "e-1", "count")
    assert.same(first, judged(1, "e-1", "count"))
    assert.are_not.same(first, judged(1, "e-2", "count"))
  end)

  it("replaces", function()
    assert.same({ pass = 1, replaceContent = '{"content":"hi!"}' }, judged(1, "f", "hi"))
  end)

  it("answers in time, as the configuration says", function()
    assert.same({ pass = 1 }, judged(1, "g-1", "slow"))
    assert.same({ pass = 0 }, judged(2, "g-1", "slow"))
    assert.same({ pass = 1 }, judged(1, "g-2", "broken"))
    assert.same({ pass = 0 }, judged(2, "g-2", "broken"))
  end)

  it("does not judge its own bots", function()
    assert.same({ pass = 1 }, judged(2, "h", "count", "two"))
  end)

  it("says what makes no sense", function()
    assert.equal(400, post("/rc/precheck" .. query("app-1", "secret-1"), "content=x").status)
    assert.equal(400, post("/rc/one" .. query("app-1", "secret-1"), "content=x").status)
    assert.equal(403, post("/rc/one" .. query("app-2", "secret-2"), "content=x").status)
  end)

  it("hears what else is posted, once", function()
    local good, next_id = query("app-1", "secret-1"), 0
    local function heard()
      next_id = next_id + 1
      return host.json.decode(judged(1, "heard-" .. next_id, "heard").extra)
    end
    local function tell(kind, body)
      body = type(body) == "table" and host.json.encode(body) or body
      for _ = 1, 2 do
        assert.equal(200, post("/rc/" .. kind .. good, body).status)
      end
    end
    local joined = { groupId = "g", eventType = 2, time = 1700000000123, userIds = { "bob" } }
    local gone = { groupId = "h", eventType = 5, time = 1700000000130, optUserId = "dave" }
    tell("groups", { joined, gone })
    assert.same({ kind = "groups", time = joined.time, data = joined }, heard())
    assert.same({ kind = "groups", time = gone.time, data = gone }, heard())
    tell("users", "userId=bob&operateId=BQ7N&type=0&code=0")
    assert.same({ kind = "users",
      data = { userId = "bob", operateId = "BQ7N", type = "0", code = "0" } }, heard())
    tell("audits", { result = 10001, msgUID = "6ABC", content = '{"fromUserId":"mallory"}' })
    assert.same("mallory", heard().data.content.fromUserId)
    local room = { chatRoomId = "r-7", userIds = { "alice" }, status = 0, type = 1, time = 5 }
    tell("rooms", { room })
    assert.same(room, heard().data)
    tell("bots", { type = "group:bot_join", timestamp = 9, bot = { userId = "d" }, data = {} })
    assert.equal(9, heard().time)
    local function operation(what, id)
      return { eventType = what, fromUserId = "alice", optTime = 1700000009000,
        conversationInfo = { conversationType = 3, targetId = "g" },
        originalMsgInfo = { messageId = id, messageTime = 1700000000101 } }
    end
    tell("operations", operation(2, "D-1"))
    assert.equal(2, heard().data.eventType)
    tell("operations", operation(1, "R-1"))
    -- The same one, routed.
    local text = "fromUserId=alice&toUserId=g&objectName=RC:RcCmd&channelType=GROUP"
      .. "&msgTimestamp=1700000009000&msgUID=U-recall&content="
      .. escape('{"messageUId":"R-1","conversationType":3,"targetId":"g","sentTime":1}')
    assert.equal(200, post("/rc/one" .. good, text).status)
    local recalled = heard()
    assert.same({ kind = "recalled", id = "R-1", by = "alice", claimed = true }, recalled)
    tell("groups", { joined, { groupId = "h", eventType = 5, time = 6 } })
    assert.equal(6, heard().time)
    assert.equal(400, post("/rc/groups" .. good, '[{"groupId":"g","time":7},{}]').status)
    assert.equal(403, post("/rc/groups" .. query("app-1", "secret-2"), "[]").status)
    tell("groups", { { groupId = "h", time = 8 } })
    assert.equal(8, heard().time)
  end)

  -- Each in its reason, each in its webhook.
  it("counts what is refused and what comes twice", function()
    local function counts()
      local page = assert(host.http { url = address .. "/metrics" }).body
      local found = {}
      for key, word, value in page:gmatch(
        '\nmoondock_webhook_posts_(%l+)_total{%l+="(%l+)"} (%d+)') do
        found[key .. " " .. word] = tonumber(value)
      end
      return found
    end
    local before = counts()
    local good, old = query("app-1", "secret-1"), host.now() - 11 * MINUTE
    local text = "fromUserId=alice&toUserId=g&objectName=RC:TxtMsg&content=%7B%7D&channelType=GROUP"
      .. "&msgTimestamp=1700000000101&msgUID=U-twice"
    for _ = 1, 3 do
      post("/rc/one" .. good, text)
      judged(1, "twice", "fine")
    end
    post("/rc/one" .. good, "x=y")
    post("/rc/far" .. good, text)
    post("/rc/one" .. query("app-1", "secret-2"), text)
    post("/rc/one", text)
    post("/rc/one" .. query("app-1", "secret-1", old), text)
    assert(host.http { method = "GET", url = address .. "/rc/one" .. good })
    local more = {}
    for key, value in pairs(counts()) do
      if value ~= before[key] then
        more[key] = value - before[key]
      end
    end
    assert.same({
      ["refused address"] = 1, ["refused signature"] = 2, ["refused age"] = 1,
      ["refused method"] = 1, ["refused body"] = 1,
      ["doubled route"] = 2, ["doubled precheck"] = 2,
    }, more)
  end)

  it("takes in what is of no interest", function()
    local body = "fromUserId=%s&toUserId=%s&objectName=RC:TxtMsg&content=%%7B%%7D&channelType=%s"
      .. "&msgTimestamp=1700000000101&msgUID=%s"
    local good = query("app-1", "secret-1")
    for i, case in ipairs {
      { "alice", "bob", "PERSON" }, { "alice", "u", "ULTRAGROUP" }, { "one", "g", "GROUP" },
    } do
      local answer = post("/rc/one" .. good, body:format(case[1], case[2], case[3], "U-" .. i))
      assert.equal(200, answer.status)
    end
    local before = on:status().received
    assert.equal(200, post("/rc/one" .. good, body:format("alice", "g", "GROUP", "U-9")).status)
    assert.equal(200, post("/rc/one" .. good, body:format("alice", "g", "GROUP", "U-9")).status)
    assert.equal(before + 1, on:status().received)
  end)
end)
