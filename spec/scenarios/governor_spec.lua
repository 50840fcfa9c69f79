--- A server that takes five messages a second from a connection.

local host = require "moondock.host"
local stage = require "moondock.stage"

local ECHO = [[
local bot = ...
local errors = 0
bot.on("message", function(msg)
  local sent, err = msg:reply("re: {text}", { text = msg.text })
  if not sent then errors = errors + 1 bot.log.warn("%s", tostring(err)) end
end)
function waiting() return bot.outbox() .. " wait, " .. errors .. " errors" end
]]

describe("a server that takes five messages a second", function()
  local on

  before_each(function()
    on = stage.open { config = "examples/group/moondock.lua" }
    on:edit("moondock.lua", "hello = {},", "echo = {},")
    on:edit("moondock.lua", "flood_messages = 8", "flood_messages = 0")
    assert(host.make_folder(on:path("plugins/echo")))
    on:write("plugins/echo/plugin.lua",
      'return { name = "echo", version = "1.0.0", summary = "Answers", needs = {} }')
    on:write("plugins/echo/init.lua", ECHO)
    on:start_sandbox()
    on:control("POST", "/limits", { messages_per_second = 5 })
    on:join("gatekeeper", "demo")
    on:join("tina", "demo")
    on:join("otto", "demo")
  end)

  after_each(function()
    on:close()
  end)

  local function eval(code)
    return on:ask { ["do"] = "eval", plugin = "echo", code = code }.text
  end

  -- Tina says so much in the group, Otto one thing in private. Gives what Tina and Otto heard,
  -- and how many of Tina's answers there were before Otto's.
  local function talk(lines)
    local tina, otto = on:member("tina"), on:member("otto")
    tina:enter()
    otto:enter()
    local heard, before = {}, nil
    -- By the Server API, which may be faster than they are.
    for i = 1, lines do
      on:must_api("/message/group/publish.json", {
        fromUserId = "tina", toGroupId = "demo", objectName = "RC:TxtMsg",
        content = host.json.encode { content = "line " .. i },
      })
    end
    on:must_api("/message/private/publish.json", {
      fromUserId = "otto", toUserId = "gatekeeper", objectName = "RC:TxtMsg",
      content = host.json.encode { content = "hello" },
    })
    host.sleep_until(function()
      on:move_clock("1s")
      local message = tina.client:next(0)
      while message do
        if message.sender == "gatekeeper" then
          heard[#heard + 1] = message.text
        end
        message = tina.client:next(0)
      end
      message = otto.client:next(0)
      while message do
        if message.text == "re: hello" then
          before = before or #heard
        end
        message = otto.client:next(0)
      end
      return #heard >= lines and before and eval("waiting()") == '"0 wait, 0 errors"'
    end, stage.PATIENCE)
    assert.equal('"0 wait, 0 errors"', eval("waiting()"))
    assert.equal(lines, #heard)
    assert.is_true(before < lines / 2, "Otto waited for " .. tostring(before))
    return heard
  end

  it("is found out; nothing is lost, nothing said twice, nobody starves", function()
    on:start_host()
    on:await_state("online")
    local heard, seen = talk(60), {}
    for _, text in ipairs(heard) do
      assert.is_nil(seen[text])
      seen[text] = true
    end
  end)

  it("never complains of a bot that keeps to the quota, whose answers come in order", function()
    on:edit("moondock.lua", "-- quotas = { connection = 5, group = 20, calls = 100 },",
      "quotas = { connection = 5 },")
    on:start_host()
    on:await_state("online")
    for i, text in ipairs(talk(40)) do
      assert.equal("re: line " .. i, text)
    end
  end)
end)
