--- A bot without a socket: what is said comes by message routing, answers leave by the
--- Server API.

local screenplay = require "moondock.screenplay"
local host = require "moondock.host"
local stage = require "moondock.stage"

local CONFIG = [[
return {
  state = "var", plugin_path = { "plugins" },
  listen = { http = "127.0.0.1:PORT" },
  bots = { clerk = {
    account = { app_key = "demo", user = "clerk", secret = env("RC_SECRET"),
      api = { env("SANDBOX") },
      webhooks = { route = "/rc/route", chats = { "demo" } } },
    plugins = { clerk = {} },
  } },
}
]]

local CLERK = [[
local bot = ...
local store = bot.store("count")
bot.command { "count", run = function(msg)
  for i = 1, 3 do
    msg:reply("{n}", { n = i })
  end
end }
bot.hear("^hello (%w+)$", function(msg, word)
  msg:reply("{word} {n}", { word = word, n = store:add("n", 1) })
end)
bot.command { "oops", run = function(msg)
  local sent = assert(msg:reply("a mistake"))
  assert(sent:recall())
end }
bot.on("message", function(msg)
  if msg.text and msg.text:find("echo") then
    msg:reply("echo of {what}", { what = msg.text })
  end
end)
]]

describe("a bot without a socket", function()
  local on, route

  setup(function()
    on = stage.open {}
    screenplay.perform(on, [[
      the sandbox starts
      alice joins demo
      clerk joins demo
      alice joins den
    ]])
    on.env.SANDBOX = on.server
    on:write("moondock.lua", (CONFIG:gsub("PORT", "0")))
    assert(host.make_folder(on:path("plugins/clerk")))
    on:write("plugins/clerk/plugin.lua", [[return { name = "clerk", version = "1.0.0",
      summary = "Counts", needs = {} }]])
    on:write("plugins/clerk/init.lua", CLERK)
    screenplay.perform(on, "the host starts")
    local address = assert(assert(on:ask { ["do"] = "status" }).http)
    on:write("moondock.lua", (CONFIG:gsub("PORT", address:match("%d+$"))))
    route = "http://" .. address .. "/rc/route"
    on:control("POST", "/hooks", { route = route, route_server = true })
    screenplay.perform(on, "alice comes online")
  end)

  teardown(function()
    assert.equal(0, on:close())
  end)

  it("is online without ever connecting", function()
    assert.equal("online", on:status().state)
    for _, user in ipairs(on:control("GET", "/state").users) do
      assert.equal(user.user_id == "clerk" and 0 or user.connects, user.connects)
    end
  end)

  it("answers in groups and in private, in order", function()
    screenplay.perform(on, [[
      alice says "/count" in demo
      alice sees clerk: "1"
      alice sees clerk: "2"
      alice sees clerk: "3"
      alice says "hello private" to clerk
      alice sees clerk: "private 1"
      alice says "hello elsewhere" in den
      alice says "hello again" in demo
      alice sees clerk: "again 2"
      alice has seen nothing else from clerk
    ]])
  end)

  it("hears what is posted twice once, and never itself", function()
    on:fault { when = "hook", path = "route", ["do"] = { duplicate = 3 } }
    screenplay.perform(on, [[
      alice says "hello thrice" in demo
      alice sees clerk: "thrice 3"
      alice says "echo" in demo
      alice sees clerk: "echo of echo"
      alice says "hello at last" in demo
      alice says "hello last" in demo
      alice sees clerk: "last 4"
      alice has seen nothing else from clerk
    ]])
  end)

  it("recalls what it said", function()
    screenplay.perform(on, [[
      alice says "/oops" in demo
      alice sees clerk: "a mistake"
    ]])
    assert(on:member("alice"):take(function(message)
      return message.sender == "clerk" and message.object_name == "RC:RcCmd"
    end))
  end)

  it("refuses what is not signed", function()
    local answer = assert(host.http { method = "POST", url = route .. "?appKey=demo",
      body = "fromUserId=alice&toUserId=demo" })
    assert.equal(403, answer.status)
  end)

  it("gets what was said while it was away, once", function()
    on:kill_host()
    screenplay.perform(on, [[alice says "hello later" in demo]])
    on:start_host()
    on:control("POST", "/clock", { add_ms = 5000 })
    screenplay.perform(on, [[
      alice sees clerk: "later 5"
      alice says "hello now" in demo
      alice sees clerk: "now 6"
      alice has seen nothing else from clerk
    ]])
    assert.equal(0, on:control("GET", "/state").hooks.lost)
  end)

  it("sends once what the Server API answers late, or not at all", function()
    on:fault { when = "http", path = "/message/group/publish.json", ["do"] = { cut_at_byte = 0 },
      times = 2 }
    screenplay.perform(on, [[
      alice says "hello lost" in demo
      alice sees clerk: "lost 7"
      alice has seen nothing else from clerk
    ]])
  end)
end)
