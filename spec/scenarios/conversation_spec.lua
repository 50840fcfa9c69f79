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
    eval("bot.sleep(0.2)")
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
end)
