local host = require "moondock.host"
local screenplay = require "moondock.screenplay"
local stage = require "moondock.stage"

-- With the sandbox at the other end.
describe("the bot's conversations", function()
  local on

  before_each(function()
    on = stage.open { config = "examples/group/moondock.lua" }
    assert(host.make_folder(on:path("plugins/desk")))
    on:write("plugins/desk/plugin.lua", [[
      return { name = "desk", version = "1.0.0", summary = "x",
        needs = { "conversations", "conversations.change", "history", "history.clear", "send" } }
    ]])
    on:write("plugins/desk/init.lua", [[
      local bot = ...
      bot.on("conversation.changed", function(event)
        local seen = bot.store():get("seen", "")
        bot.store():set("seen", ("%s%s %s %s; "):format(seen, (event.group or event.user).id,
          event.pinned, event.level))
      end)
      function list()
        local rows = {}
        for c in bot.conversations() do
          rows[#rows + 1] = ("%s %s %s %s %s"):format(c.kind, c.chat.id,
            c.last.content.content, c.pinned, c.level)
        end
        return table.concat(rows, "; ")
      end
    ]])
    on:edit("moondock.lua", "        hello = {},", [[
        hello = {},
        desk = { grants = { "conversations", "conversations.change", "history", "history.clear",
          "send" } },]])
    screenplay.perform(on, [[
      the sandbox starts
      gatekeeper joins demo
      alice joins demo
      the host starts
      alice comes online
    ]])
  end)

  after_each(function()
    assert.equal(0, on:close())
  end)

  local function eval(code)
    local status, out, err = on:ctl("eval", "--plugin", "desk", code)
    assert.equal(0, status, err)
    return out
  end

  it("are listed, pinned, silenced, hidden, counted and read", function()
    screenplay.perform(on, [[
      alice says "one" in demo
      alice says "two" to gatekeeper
    ]])
    on:wait(function()
      return eval("list()") == '"user alice two false default; group demo one false default"'
    end)
    assert.equal('"user alice two false default; group demo one false default"', eval("list()"))
    eval("assert(bot.conversation(bot.group('demo')):pin())")
    eval("assert(bot.conversation(bot.user('alice')):notify('none'))")
    assert.equal('"user alice two false none; group demo one true default"', eval("list()"))
    eval("assert(bot.conversation(bot.user('alice')):hide())")
    assert.equal('"group demo one true default"', eval("list()"))
    screenplay.perform(on, 'alice says "three" to gatekeeper')
    assert.equal("2", eval("bot.conversation(bot.user('alice')):unread()"))
    eval("assert(bot.conversation(bot.user('alice')):read())")
    assert.equal("0", eval("bot.conversation(bot.user('alice')):unread()"))
    screenplay.perform(on, 'alice says "four" to gatekeeper')
    assert.equal("1", eval("bot.conversation(bot.user('alice')):unread()"))
    local texts = [[(function()
      local texts = {}
      for m in bot.history(bot.user("alice")) do texts[#texts + 1] = m.text end
      return table.concat(texts, " ")
    end)()]]
    assert.equal('"four three two"', eval(texts))
    eval([[for m in bot.history(bot.user("alice")) do
      if m.text == "three" then assert(m:forget()) end
    end]])
    assert.equal('"four two"', eval(texts))
  end)

  it("tell what other devices change, once each, also when the host was away", function()
    local function change(kind, target, set, value)
      on:must_api(("/conversation/%s/set.json"):format(set), {
        conversationType = kind, targetId = target, [value[1]] = "gatekeeper",
        [value[2]] = value[3],
      })
    end
    local function seen(want)
      on:wait(function()
        return eval("bot.store():get('seen', '')") == '"' .. want .. '"'
      end)
      assert.equal('"' .. want .. '"', eval("bot.store():get('seen', '')"))
    end
    change(3, "demo", "notification", { "requestId", "isMuted", 1 })
    seen "demo nil none; "
    on:kill_host()
    change(1, "alice", "top", { "userId", "setTop", "true" })
    on:start_host()
    seen "demo nil none; alice true nil; "
  end)
end)
