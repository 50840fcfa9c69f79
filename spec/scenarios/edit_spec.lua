--- Messages that are edited: the bot's own, and those of others as its plugins see them.

local screenplay = require "moondock.screenplay"
local stage = require "moondock.stage"

describe("edits", function()
  local on

  before_each(function()
    on = stage.open { config = "examples/group/moondock.lua" }
    assert(os.execute("mkdir -p " .. on:path("plugins/pen")))
    on:write("plugins/pen/plugin.lua", [[
      return { name = "pen", version = "1.0.0", summary = "x", needs = { "history", "send" } }
    ]])
    on:write("plugins/pen/init.lua", [[
      local bot = ...
      bot.on("message.edited", function(msg)
        local seen = bot.store():get("seen", "")
        bot.store():set("seen", seen .. msg.id .. " " .. msg.sender.id .. " " .. msg.text .. "; ")
        assert(msg:reply("I saw that."))
      end)
      bot.command { "count", help = "x", run = function(msg)
        local sent = assert(msg:reply("one"))
        assert(sent:edit("two and {n}", { n = 3 }))
      end }
      function said(done, err)
        return done and "done" or err.code .. " " .. tostring(err.status)
      end
    ]])
    on:edit("moondock.lua", "        hello = {},",
      '        hello = {},\n        pen = { grants = { "history", "send" } },')
    screenplay.perform(on, [[
      the sandbox starts
      gatekeeper joins demo
      alice joins demo
      the host starts
      alice comes online
      alice sees gatekeeper: "Welcome, @alice!"
    ]])
  end)

  after_each(function()
    assert.equal(0, on:close())
  end)

  local function eval(code)
    local out = on:ask({ ["do"] = "eval", plugin = "pen", code = code }).text
    return out:match('^"(.*)"%s*$') or out
  end

  local function texts(member)
    local list = {}
    for i, message in ipairs(assert(member.client:history({ group = "demo" }))) do
      list[i] = message.content:match('"content":"(.-)"')
    end
    return table.concat(list, ", ")
  end

  it("of the bot are what others read then", function()
    local alice = on:member("alice")
    screenplay.perform(on, 'alice says "/count" in demo')
    on:wait(function() return texts(alice):find("two and 3", 1, true) end)
    assert.equal("two and 3, /count, Welcome, @alice!", texts(alice))
    assert.equal("refused 25107", eval([[
      for msg in bot.history(bot.group("demo")) do
        if msg.text == "/count" then return said(msg:edit("no")) end
      end]]))
  end)

  it("by others are handled once each, also when the host was away", function()
    local alice = on:member("alice")
    local sent = assert(alice.client:send({ group = "demo" }, "tee"))
    local function edit(content)
      on:must_api("/message/group/modify.json", {
        fromUserId = "alice", groupId = "demo", msgUID = sent.uid, content = content,
      })
    end
    local function seen(want)
      local text
      on:wait(function()
        text = eval('bot.store():get("seen", "")')
        return text:find(want, 1, true)
      end)
      return text
    end
    edit('{"content":"tea"}')
    assert.equal(sent.uid .. " alice tea; ", seen "tea")
    screenplay.perform(on, 'alice sees gatekeeper: "I saw that."')
    on:kill_host()
    edit('{"content":"coffee"}')
    on:start_host()
    assert.equal(("%s alice tea; %s alice coffee; "):format(sent.uid, sent.uid), seen "coffee")
    screenplay.perform(on, [[
      alice sees gatekeeper: "I saw that."
      alice has seen nothing else from gatekeeper
    ]])
  end)
end)
