local host = require "moondock.host"
local stage = require "moondock.stage"

local SAID = 1500 -- more than a plugin may have tasks

describe("a server that accepts answers slowly", function()
  local on

  before_each(function()
    on = stage.open { config = "examples/group/moondock.lua" }
    on:edit("moondock.lua", "hello = {},", "echo = {},")
    on:edit("moondock.lua", "flood_messages = 8", "flood_messages = 0")
    assert(host.make_folder(on:path("plugins/echo")))
    on:write("plugins/echo/plugin.lua",
      'return { name = "echo", version = "1.0.0", summary = "Answers everything", needs = {} }')
    on:write("plugins/echo/init.lua", [[
      local bot = ...
      local errors, answered = 0, 0
      bot.on_error(function() errors = errors + 1 end)
      bot.on("message", function(msg)
        if msg:reply("echo") then answered = answered + 1 end
      end)
      function counted() return errors .. " " .. answered end
    ]])
    on:start_sandbox()
    on:control("POST", "/limits", { messages_per_second = 100000 })
    on:join("gatekeeper", "demo")
    on:join("tina", "demo")
    on:start_host()
  end)

  after_each(function()
    on:close()
  end)

  it("is waited for, and every message is answered", function()
    local tina = on:member("tina")
    tina:enter()
    on:fault { when = "publish", user = "gatekeeper", times = SAID, ["do"] = { delay_ms = 6000 } }
    for i = 1, SAID do
      assert(tina.client:send({ group = "demo" }, "line " .. i))
    end
    local function counted()
      return on:ask { ["do"] = "eval", plugin = "echo", code = "counted()" }.text
    end
    host.sleep_until(function()
      return counted() == ('"0 %d"'):format(SAID)
    end, stage.PATIENCE)
    assert.equal(('"0 %d"'):format(SAID), counted())
    assert.equal(0, on:status().outbox)
  end)
end)
