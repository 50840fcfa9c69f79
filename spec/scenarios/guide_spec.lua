--- The flows of RongCloud's integration guide, with a bot among the members: the App Server makes
--- accounts and groups, clients talk to RongCloud. Log-in, wrong and expired tokens with the App
--- Server as their source are in token_spec.

local host = require "moondock.host"
local stage = require "moondock.stage"

local CONFIG = [[
local server = env("MOONDOCK_SERVER")
return {
  state = "var", plugin_path = { "plugins" },
  bots = { helper = {
    account = {
      app_key = "demo", user = "helper", token = { from = "app_server" },
      app_server = { url = server, account = "helper", password = "pw" }, navi = { server },
    },
    notices = { from = { "ann", "ben" } },
    plugins = { helper = { grants = { "send", "history", "conversations" } } },
  } },
}
]]

local INIT = [[
local bot = ...
bot.on("group.created", function(event) event:reply("Hello, {name}!", { name = event.name }) end)
bot.on("member.joined", function(event) event:reply("Hi, {who}!", { who = event.user }) end)
bot.on("message", function(msg)
  if msg.sender.id == "ben" then msg:reply("A {kind}.", { kind = msg.kind }) end
end)
]]

-- What the bot's own lists say, with names.
local LIST = [[
  local said = {}
  for c in bot.conversations() do
    said[#said + 1] = c.chat.name .. ": " .. c.last.sender.name
  end
  for msg in bot.history(bot.user("ben")) do
    said[#said + 1] = msg.sender.name .. " " .. msg.text
  end
  return table.concat(said, ", ")
]]

describe("the integration guide", function()
  local on

  before_each(function()
    on = stage.open()
    on:start_sandbox()
    for _, name in ipairs { "ann", "ben", "helper" } do
      on:must_app(name, "POST", "/user/register",
        { account = name, password = "pw", nickname = name:upper() })
    end
    assert(os.execute("mkdir " .. on:path("plugins/helper")))
    on:write("plugins/helper/plugin.lua", [[
      return { name = "helper", version = "1.0.0", summary = "x",
        needs = { "send", "history", "conversations" } }
    ]])
    on:write("plugins/helper/init.lua", INIT)
    on:write("moondock.lua", CONFIG)
    on:start_host()
    on:await_state("online")
  end)

  after_each(function()
    assert.equal(0, on:close())
  end)

  local function sees(member, text)
    assert.truthy(member:take(function(message)
      return message.content:find(text, 1, true)
    end), text)
  end

  it("makes, joins, leaves and ends groups", function()
    local ann, ben = on:member("ann"), on:member("ben")
    ann:enter()
    local group = on:must_app("ann", "POST", "/group/create",
      { name = "Tea", memberIds = { "helper" } }).id
    sees(ann, "Hello, Tea!")
    ben:enter()
    local _, err = ben.client:send({ group = group }, "hm")
    assert.equal(22406, err.status)
    on:must_app("ben", "POST", "/group/join", { groupId = group })
    sees(ann, "Hi, ")
    assert(ben.client:send({ group = group }, "hm"))
    sees(ann, "A text.")
    on:must_app("ben", "POST", "/group/quit", { groupId = group })
    _, err = ben.client:send({ group = group }, "hm")
    assert.equal(22406, err.status)
    assert.equal(1006, on:app("ben", "POST", "/group/dismiss", { groupId = group }).code)
    on:must_app("ann", "POST", "/group/dismiss", { groupId = group })
    _, err = ann.client:send({ group = group }, "hm")
    assert.equal(22406, err.status)
  end)

  it("lists conversations and history with names", function()
    local ben = on:member("ben")
    ben:enter() -- which names him anew
    on:must_app("ben", "POST", "/user/updateUser", { nickname = "BEN" })
    assert(ben.client:send({ user = "helper" }, "one"))
    sees(ben, "A text.")
    assert(ben.client:send({ user = "ann" }, "two"))
    local list = on:must_app("ben", "GET", "/conversation/list")
    assert.equal("ANN BEN two", ("%s %s %s"):format(list[1].name, list[1].last.senderName,
      host.json.decode(list[1].last.content).content))
    assert.equal("HELPER HELPER", list[2].name .. " " .. list[2].last.senderName)
    local past = "/conversation/history?conversationType=1&targetId=helper"
    local page = on:must_app("ben", "GET", past .. "&count=1")
    assert.equal("HELPER", page.messages[1].senderName)
    assert.is_true(page.hasMore)
    page = on:must_app("ben", "GET",
      past .. "&before=" .. math.tointeger(page.messages[1].sentTime))
    assert.equal("BEN", page.messages[1].senderName)
    assert.is_false(page.hasMore)
  end)

  it("gives the bot's lists names, and loses nothing without them", function()
    on:must_app("ann", "POST", "/group/create", { name = "Tea", memberIds = { "helper" } })
    local ben = on:member("ben")
    ben:enter()
    on:must_app("ben", "POST", "/user/updateUser", { nickname = "BEN" })
    assert(ben.client:send({ user = "helper" }, "one"))
    sees(ben, "A text.")
    local function list()
      return on:ask({ ["do"] = "eval", plugin = "helper", code = LIST }).text
    end
    on:fault { when = "http", path = "/user/batch", times = 1, ["do"] = { http_status = 503 } }
    assert.equal('"ben: helper, Tea: helper, helper A text., ben one"', list())
    on:move_clock("2m") -- what failed is asked again after a minute
    assert.equal('"BEN: HELPER, Tea: HELPER, HELPER A text., BEN one"', list())
  end)

  it("carries texts, emoji, images, files and types of its own", function()
    local ben = on:member("ben")
    ben:enter()
    for kind, message in pairs {
      text = { object_name = "RC:TxtMsg", content = { content = "世界 😀" } },
      image = {
        object_name = "RC:ImgMsg", content = { content = "aGk=", imageUri = "http://x/i" },
      },
      file = { object_name = "RC:FileMsg",
        content = { name = "f.txt", size = 3, type = "txt", fileUrl = "http://x/f" } },
      ["app:card"] = { object_name = "app:card", content = { title = "Tea" } },
    } do
      assert(ben.client:send({ user = "helper" }, message))
      sees(ben, ("A %s."):format(kind))
    end
  end)
end)
