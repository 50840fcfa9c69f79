local screenplay = require "moondock.screenplay"
local host = require "moondock.host"
local stage = require "moondock.stage"

describe("a script", function()
  local on

  before_each(function()
    on = stage.open { config = "examples/group/moondock.lua", log = "warn" }
    screenplay.perform(on, [[
      the sandbox starts
      gatekeeper joins demo
      alice joins demo
      bob joins demo
    ]])
  end)

  after_each(function()
    assert.equal(0, on:close())
  end)

  -- `moondock exec`, begun.
  local function begin(name, args)
    local words = {
      host.executable, "exec", name, "--config", on:path("moondock.lua"), env = on:host_env(),
    }
    table.move(args or {}, 1, #(args or {}), #words + 1, words)
    return assert(host.spawn(words))
  end

  -- What it printed, its exit status, and what it complained about.
  local function exec(name, args, input)
    local process <close> = begin(name, args)
    process:write(input or "")
    process:end_input()
    local status = assert(process:wait(stage.PATIENCE))
    return process:lines("out"), status, table.concat(process:lines("err"), "\n")
  end

  local function write(name, code)
    on:write(name, code)
    return on:path(name)
  end

  local function read(name)
    local file <close> = assert(io.open(on:path(name), "rb"))
    return file:read("a")
  end

  -- What both ways of running one have to give.
  local function shows_the_same()
    local path = write("say.lua", [[
      --- needs: send, group.read
      local bot, script = ...
      print("hello", 1, nil, script.name, table.concat(script.args, "|"))
      local sent = assert(bot.send(bot.group("demo"), "from a script"))
      print(#sent.id > 0)
      local names = {}
      for user in bot.group("demo"):members() do names[#names + 1] = user.id end
      table.sort(names)
      print(table.concat(names, " "))
      return 7
    ]])
    local out, status, err = exec(path, { "one", "two words" })
    assert.equal("", err)
    assert.same({ "hello\t1\tnil\tsay\tone|two words", "true", "alice bob gatekeeper" }, out)
    assert.equal("", err)
    assert.equal(7, status)
  end

  it("runs in the host that has the bot, beside its plugins", function()
    screenplay.perform(on, [[
      the host starts
      alice comes online
    ]])
    shows_the_same()
    screenplay.perform(on, [[
      alice sees gatekeeper: "from a script"
      alice says "/ping" in demo
      alice sees gatekeeper: "pong"
    ]])
  end)

  it("logs in where no host runs, and leaves messages to the host that comes", function()
    screenplay.perform(on, "alice comes online\nalice says \"/ping\" in demo")
    shows_the_same()
    screenplay.perform(on, [[
      alice sees gatekeeper: "from a script"
      the host starts
      alice sees gatekeeper: "pong"
    ]])
  end)

  it("may do what its head says it needs, and no more", function()
    screenplay.perform(on, "the host starts")
    local out = exec(write("denied.lua", [[
      local bot = ...
      print(select(2, bot.send(bot.group("demo"), "no")).code)
      print(select(2, bot.group("demo"):kick("alice")).code)
    ]]))
    assert.same({ "denied", "denied" }, out)
    local _, status, err = exec(write("wrong.lua", "--- usage: wrong\n--- needs: sned\n"))
    assert.equal(1, status)
    assert.truthy(err:find('script.wrong:2: there is no capability "sned"', 1, true), err)
  end)

  it("changes nothing in a dry run, and says what it would", function()
    screenplay.perform(on, "the host starts\nalice comes online")
    local path = write("dry.lua", [[
      --- needs: send, group.kick
      local bot, script = ...
      print(script.dry)
      local group = bot.group("demo")
      print(bot.send(group, "not said").id == "")
      print(group:kick("bob", "no reason"), group:rename("x"))
      local notes = bot.store "notes"
      print(notes:set("a", 1), notes:get("a"))
      assert(script.append("]] .. on:path("dry.txt") .. [[", "text"))
    ]])
    local out, status, err = exec(path, { "--dry-run" })
    assert.equal("", err)
    assert.same({ "true", 'would send_text(demo, "not said")', "true",
      'would kick(demo, "bob", "no reason")', out[5], "true\tnil" }, out)
    assert.truthy(out[5]:find("^true\tnil\t.*group.manage"), out[5])
    assert.equal("", err)
    assert.equal(0, status)
    assert.is_nil(io.open(on:path("dry.txt")))
    screenplay.perform(on, [[
      bob comes online
      bob says "still here" in demo
      alice sees bob: "still here"
    ]])
    for _, message in ipairs(on:member("alice").inbox) do
      assert.not_equal("not said", message.text)
    end
  end)

  it("has what its stubs say, no more and no less", function()
    screenplay.perform(on, "the host starts")
    local names = {}
    for line in io.lines("scripts/meta/scripts.lua") do
      names[#names + 1] = line:match("^function Script%.([%w_]+)")
        or line:match("^%-%-%-@field ([%w_]+)")
    end
    table.sort(names)
    local out = exec(write("names.lua", [[
      local _, script = ...
      local names = {}
      for name in pairs(script) do names[#names + 1] = name end
      table.sort(names)
      script.print(table.concat(names, " "))
    ]]))
    assert.same({ table.concat(names, " ") }, out)
  end)

  it("says where it failed, and what of it was wrong", function()
    screenplay.perform(on, "the host starts")
    local _, status, err = exec(write("fails.lua", "print 'so far'\nerror 'oops'"))
    assert.equal(1, status)
    assert.truthy(err:find("moondock: fails: fails:2: oops", 1, true), err)
    _, status, err = exec(write("syntax.lua", "print 'x"))
    assert.equal(1, status)
    assert.truthy(err:find("syntax:1: unfinished string", 1, true), err)
    _, status, err = exec("nowhere/at/all.lua")
    assert.equal(1, status)
    assert.truthy(err:find("nowhere/at/all.lua: No such file", 1, true), err)
    _, status, err = exec(write("endless.lua", "while true do end"))
    assert.equal(1, status)
    assert.truthy(err:find("CPU budget exceeded", 1, true), err)
    local out
    local usage = "--- usage: used A\nlocal _, script = ...\nscript.usage()"
    out, status = exec(write("used.lua", usage))
    assert.same({ "usage: moondock exec used A" }, out)
    assert.equal(2, status)
    local leaves = "local _, script = ...\nscript.exit(3)\nprint 'not said'"
    out, status = exec(write("leaves.lua", leaves))
    assert.same({}, out)
    assert.equal(3, status)
  end)

  it("reads and appends to files of whoever runs it", function()
    screenplay.perform(on, "the host starts")
    local long = ("月"):rep(40000) -- in several pieces, which must not cut a character
    write("in.txt", "one\r\n" .. long .. "\nlast")
    local path = write("files.lua", [[
      local _, script = ...
      for line in assert(script.lines(script.args[1])) do
        print(#line, line:sub(1, 3))
      end
      for line in script.lines("-") do print("input", line) end
      assert(script.append(script.args[2], "first\n"))
      assert(script.append(script.args[2], "second\n"))
      local lines, err = script.lines(script.args[1] .. ".none")
      print(lines, err.code)
      print(select(2, script.append("/nowhere/at/all", "x")).code)
    ]])
    local out, status, err = exec(path, { on:path("in.txt"), on:path("out.txt") }, "a\nb")
    assert.equal("", err)
    assert.equal(0, status)
    assert.same({ "3\tone", "120000\t月", "4\tlas", "input\ta", "input\tb", "nil\tnot_found",
      "not_found" }, out)
    assert.equal("first\nsecond\n", read("out.txt"))
  end)

  it("prints more than one answer holds, in order", function()
    screenplay.perform(on, "the host starts")
    local out, status = exec(write("much.lua", [[
      local bot = ...
      local text = ("x"):rep(1000)
      for i = 1, 2000 do print(i, text) end
      bot.sleep(0.01)
      print "done"
    ]]))
    assert.equal(0, status)
    assert.equal(2001, #out)
    assert.equal("2000\t" .. ("x"):rep(1000), out[2000])
    assert.equal("done", out[2001])
  end)

  it("ends when who began it is gone", function()
    screenplay.perform(on, "the host starts")
    local path = write("waits.lua", "local bot = ...\nprint 'begun'\nbot.sleep('1h')")
    do
      local process <close> = begin(path)
      assert(process:next_line(stage.PATIENCE, "^begun$"))
      process:signal("KILL")
      assert(process:wait(stage.PATIENCE))
    end
    on:move_clock("40s")
    assert(on.host:next_line(stage.PATIENCE, "script=script.waits is ended: who began it is gone"))
  end)

  it("is stopped by an interrupt, in a host and alone", function()
    local path = write("waits.lua", "local bot = ...\nprint 'begun'\nbot.sleep('1h')")
    local function interrupted()
      local process <close> = begin(path)
      assert(process:next_line(stage.PATIENCE, "^begun$"))
      process:signal("INT")
      assert.equal(1, assert(process:wait(stage.PATIENCE)))
      return table.concat(process:lines("err"), "\n")
    end
    assert.truthy(interrupted():find("moondock: waits: interrupted", 1, true))
    screenplay.perform(on, "the host starts")
    assert.truthy(interrupted():find("moondock: waits: interrupted", 1, true))
  end)
end)
