--- Who joins and leaves plain groups, where nobody tells: the bot compares.

local stage = require "moondock.stage"

local CONFIG = [[
local server = env("MOONDOCK_SERVER")
return {
  state = "var", plugin_path = { "plugins" },
  bots = { desk = {
    account = {
      app_key = "demo", user = "desk", secret = env("RC_SECRET"), navi = { server },
      api = { server }, token = { from = "server_api" },
    },
    notices = { from = { "@poll" } }, plugins = { desk = {} },
  } },
}
]]

local INIT = [[
local bot = ...
for _, name in ipairs { "member.joined", "member.left" } do
  bot.on(name, function(event)
    local seen = bot.store():get("seen", "")
    bot.store():set("seen", seen .. name .. " " .. event.user.id .. "; ")
  end)
end
]]

describe("the members of a plain group", function()
  local on, alice

  before_each(function()
    on = stage.open()
    on:start_sandbox()
    assert(os.execute("mkdir -p " .. on:path("plugins/desk")))
    on:write("plugins/desk/plugin.lua",
      'return { name = "desk", version = "1.0.0", summary = "x" }')
    on:write("plugins/desk/init.lua", INIT)
    on:write("moondock.lua", CONFIG)
    for _, user in ipairs { "desk", "alice" } do
      on:join(user, "g")
    end
    on:start_host()
    on:await_state("online")
    alice = on:member("alice")
    alice:enter()
  end)

  after_each(function()
    assert.equal(0, on:close())
  end)

  -- How many calls of the Server API there were; the bot makes no others now.
  local function calls()
    return on:control("GET", "/state").counts.rest
  end

  local function seen(want)
    local text
    on:wait(function()
      text = on:ask({ ["do"] = "eval", plugin = "desk",
        code = 'return bot.store():get("seen", "")' }).text:match('^"(.*)"')
      return #text >= #want
    end)
    assert.equal(want, text)
  end

  it("are compared while somebody talks there, also over a hard end", function()
    local before = calls()
    alice:say({ group = "g" }, "hello")
    assert(on:wait(function() return calls() > before end))
    on:join("bob", "g")
    on:join("carol", "g")
    on:move_clock("76s")
    seen "member.joined bob; member.joined carol; "
    on:quit("carol", "g")
    on:kill_host()
    on:join("dora", "g")
    on:start_host()
    on:await_state("online")
    alice:say({ group = "g" }, "still here")
    seen "member.joined bob; member.joined carol; member.joined dora; member.left carol; "
    -- Ten minutes of silence later nobody asks any more.
    on:move_clock("11m")
    local count = calls()
    on:move_clock("2m")
    alice:say({ user = "desk" }, "in private")
    seen "member.joined bob; member.joined carol; member.joined dora; member.left carol; "
    assert.equal(count, calls())
  end)
end)
