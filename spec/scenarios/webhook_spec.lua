--- The sandbox posts what RongCloud posts, the host takes it.

local screenplay = require "moondock.screenplay"
local host = require "moondock.host"
local stage = require "moondock.stage"

local CONFIG = [[
return {
  state = "var", plugin_path = { "plugins" },
  listen = { http = "127.0.0.1:0" },
  bots = { referee = {
    account = { app_key = "demo", user = "referee", secret = env("RC_SECRET"),
      navi = { env("SANDBOX") }, api = { env("SANDBOX") }, token = { from = "server_api" },
      webhooks = { precheck = "/rc/precheck", online = "/rc/online", deadline = 2 } },
    plugins = { referee = { grants = { "intercept" } }, door = { grants = { "send" } } },
  } },
}
]]

local DOOR = [[
local bot = ...
bot.on("user.online", function(event)
  bot.send(bot.group("demo"), "{who} came by {os}", { who = event.user.id, os = event.os })
end)
bot.on("user.offline", function(event)
  bot.send(bot.group("demo"), "{who} went", { who = event.user.id })
end)
]]

describe("a bot with webhooks", function()
  local on, address

  local function read(path)
    local file <close> = assert(io.open(path, "rb"))
    return file:read("a")
  end

  local function hooks()
    return on:control("GET", "/state").hooks
  end

  setup(function()
    on = stage.open {}
    screenplay.perform(on, [[
      the sandbox starts
      alice joins demo
      carol joins demo
      referee joins demo
    ]])
    on.env.SANDBOX = on.server
    on:write("moondock.lua", CONFIG)
    assert(host.make_folder(on:path("plugins/referee")))
    assert(host.make_folder(on:path("plugins/door")))
    for _, name in ipairs { "plugin.lua", "init.lua" } do
      on:write("plugins/referee/" .. name, read("examples/webhooks/referee/" .. name))
    end
    on:write("plugins/door/plugin.lua", [[return { name = "door", version = "1.0.0",
      summary = "Says who comes", needs = { "send" } }]])
    on:write("plugins/door/init.lua", DOOR)
    screenplay.perform(on, "the host starts")
    address = "http://" .. assert(assert(on:ask { ["do"] = "status" }).http)
    on:control("POST", "/hooks", {
      precheck = address .. "/rc/precheck", online = address .. "/rc/online",
    })
    screenplay.perform(on, [[
      alice comes online
      carol comes online
    ]])
  end)

  teardown(function()
    assert.equal(0, on:close())
  end)

  it("hears who comes online, but not of itself", function()
    screenplay.perform(on, [[alice sees referee: "alice came by Websocket"]])
    screenplay.perform(on, [[
      alice sees referee: "carol came by Websocket"
      alice has seen nothing else from referee
    ]])
  end)

  it("judges before a message is delivered", function()
    screenplay.perform(on, [[
      alice says "buy followers, darn" in demo, refused 21501
      alice says "darn, still nobody?" in demo
      carol sees alice: "****, still nobody?"
      carol has seen nothing else from alice
    ]])
  end)

  it("refuses what nobody signed", function()
    -- What is refused is no verdict, so RongCloud delivers it.
    local forged = { when = "hook", path = "precheck", ["do"] = { forge = true } }
    on:fault(forged)
    screenplay.perform(on, [[
      alice says "buy followers, unasked" in demo
      carol sees alice: "buy followers, unasked"
    ]])
    local answer = assert(host.http { method = "POST", body = "",
      url = address .. "/rc/precheck?appKey=demo&timestamp=1&nonce=2&signature=3" })
    assert.equal(403, answer.status)
    assert.equal(405, assert(host.http { method = "GET", url = address .. "/rc/online" }).status)
  end)

  it("loses no event that is posted twice or late", function()
    on:fault { when = "hook", path = "online", ["do"] = { duplicate = 2 } }
    screenplay.perform(on, [[
      bob comes online
      alice sees referee: "bob came by Websocket"
      alice has seen nothing else from referee
    ]])
    assert.equal(0, hooks().lost)
  end)
end)
