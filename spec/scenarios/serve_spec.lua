local screenplay = require "moondock.screenplay"
local host = require "moondock.host"
local stage = require "moondock.stage"

local CONFIG = [[
return {
  state = "var", plugin_path = { "plugins" },
  listen = { http = "127.0.0.1:0" },
  bots = { gatekeeper = {
    account = { app_key = "demo", user = "gatekeeper", secret = env("RC_SECRET"),
      navi = { env("SANDBOX") }, api = { env("SANDBOX") }, token = { from = "server_api" } },
    plugins = { web = { grants = { "http.serve", "send", "http:127.0.0.1:PORT" } } },
  } },
}
]]

local PLUGIN = [[
local bot = ...
local VERSION = 1
assert(bot.http.serve("hook", function(request)
  if request.query.key ~= "open" then
    return { status = 403, body = "no" }
  end
  local sent, err = bot.send(bot.group("demo"), "{what}", { what = request.body })
  return sent and { json = { version = VERSION } } or { status = 502, body = err.code }
end))
bot.command { "fetch <port:integer> <path>", run = function(msg, args)
  local response, err = bot.http.get(("http://127.0.0.1:%d%s"):format(args.port, args.path))
  msg:reply("{what}", { what = response and response.status .. " " .. response.body or err.code })
end }
]]

describe("a plugin on the web", function()
  local on, address

  -- A request to what the host serves.
  local function ask(method, path, body)
    return assert(host.http { method = method, url = "http://" .. address .. path, body = body })
  end

  setup(function()
    on = stage.open {}
    screenplay.perform(on, [[
      the sandbox starts
      alice joins demo
      gatekeeper joins demo
    ]])
    on.env.SANDBOX = on.server
    on:write("moondock.lua", (CONFIG:gsub("PORT", on.server:match("%d+$"))))
    host.make_folder(on:path("plugins/web"))
    on:write("plugins/web/plugin.lua", [[return { name = "web", version = "1.0.0",
      summary = "Takes hooks", needs = { "http.serve", "send" } }]])
    on:write("plugins/web/init.lua", PLUGIN)
    screenplay.perform(on, [[
      the host starts
      alice comes online
    ]])
    address = assert(assert(on:ask { ["do"] = "status" }).http)
  end)

  teardown(function()
    assert.equal(0, on:close())
  end)

  it("passes a hook on to a group", function()
    local answer = ask("POST", "/gatekeeper/web/hook?key=open", "deployed")
    assert.equal(200, answer.status)
    assert.equal('{"version":1}', answer.body)
    screenplay.perform(on, [[alice sees gatekeeper: "deployed"]])
  end)

  it("answers for itself and for nobody else", function()
    assert.equal(403, ask("POST", "/gatekeeper/web/hook?key=shut", "x").status)
    assert.equal(404, ask("GET", "/gatekeeper/web/other").status)
    assert.equal(404, ask("GET", "/gatekeeper/other/hook").status)
    assert.equal(404, ask("GET", "/other/web/hook").status)
    assert.equal(404, ask("GET", "/").status)
    screenplay.perform(on, "alice has seen nothing else from gatekeeper")
  end)

  it("serves the new version from a reload on, and the old one when the new is broken", function()
    on:edit("plugins/web/init.lua", "VERSION = 1", "VERSION = 2")
    assert.equal(0, (on:ctl("reload", "web")))
    assert.equal('{"version":2}', ask("POST", "/gatekeeper/web/hook?key=open", "two").body)
    screenplay.perform(on, [[alice sees gatekeeper: "two"]])
    on:edit("plugins/web/init.lua", "VERSION = 2", "VERSION = = 3")
    assert.equal(1, (on:ctl("reload", "web")))
    assert.equal('{"version":2}', ask("POST", "/gatekeeper/web/hook?key=open", "three").body)
    screenplay.perform(on, [[alice sees gatekeeper: "three"]])
  end)

  it("fetches what it was granted", function()
    local port = on.server:match("%d+$")
    screenplay.perform(on, (([[
      alice says "/fetch PORT /nowhere" in demo
      alice sees gatekeeper: "404 *"
      alice says "/fetch 1 /nowhere" in demo
      alice sees gatekeeper: "denied"
    ]]):gsub("PORT", port)))
  end)
end)
