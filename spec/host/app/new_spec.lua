--- moondock new, moondock test: what they write, say and exit with.

local host = require "moondock.host"

describe("moondock new", function()
  local folder

  before_each(function()
    folder = assert(host.temp_folder())
  end)

  after_each(function()
    host.remove_folder(folder)
  end)

  local function moondock(...)
    local process <close> = assert(host.spawn { host.executable, folder = folder, ... })
    process:end_input()
    local status = assert(process:wait(60))
    return status, table.concat(process:lines("out"), "\n"),
      table.concat(process:lines("err"), "\n")
  end

  local function read(name)
    local file <close> = assert(io.open(folder .. "/" .. name))
    return file:read("a")
  end

  local function write(name, text)
    assert(host.make_folder((folder .. "/" .. name):match("^(.*)/")))
    local file <close> = assert(io.open(folder .. "/" .. name, "w"))
    assert(file:write(text))
  end

  it("writes a plugin that passes as it is", function()
    for _, name in ipairs { "quiz", "2nd-quiz_b" } do
      local status, out, err = moondock("new", "plugin", name)
      assert.same({ 0, "" }, { status, err })
      assert.truthy(out:find("moondock test plugins/" .. name, 1, true))
      assert.truthy(read("plugins/" .. name .. "/init.lua"):find('"' .. name .. '"', 1, true))
      assert.is_nil(read("plugins/" .. name .. "/README.md"):find("plugin_name", 1, true))
      status, out, err = moondock("check", "plugins/" .. name)
      assert.same({ 0, "no problems", "" }, { status, out, err })
      status, out = moondock("test", "plugins/" .. name)
      assert.equal(0, status, out)
      assert.truthy(out:find("3 successes / 0 failures / 0 errors", 1, true), out)
    end
    local status, out = moondock("test")
    assert.equal(0, status)
    assert.truthy(out:find("6 successes", 1, true), out)
  end)

  it("writes where a path says", function()
    assert.equal(0, (moondock("new", "plugin", "./here/quiz/")))
    assert.truthy(host.real_path(folder .. "/here/quiz/spec/quiz_spec.lua"))
  end)

  it("writes a script, where a path says", function()
    local status, out = moondock("new", "script", "tools/greet")
    assert.equal(0, status)
    assert.truthy(out:find("moondock exec tools/greet.lua --dry-run demo hello", 1, true), out)
    assert.truthy(read("tools/greet.lua"):find("--- usage: greet GROUP TEXT\n", 1, true))
    assert.equal(0, (moondock("new", "script", "greet")))
    local again, _, err = moondock("new", "script", "greet")
    assert.equal(1, again)
    assert.truthy(err:find("greet.lua exists already", 1, true))
  end)

  it("writes a bot that can be checked", function()
    local status, out = moondock("new", "bot", "demo")
    assert.equal(0, status)
    assert.truthy(out:find("RC_SECRET", 1, true))
    status, out = moondock("check", "demo/moondock.lua")
    assert.equal(1, status) -- no secret in the environment
    local process <close> = assert(host.spawn {
      host.executable, "check", "demo/moondock.lua", folder = folder,
      env = { RC_SECRET = "secret" },
    })
    process:end_input()
    assert.equal(0, process:wait(20))
    assert.truthy(table.concat(process:lines("out")):find("no problems", 1, true), out)
  end)

  it("goes with moondock check, which wants needs to be granted", function()
    moondock("new", "plugin", "demo/plugins/quiz")
    moondock("new", "bot", "bot")
    write("moondock.lua", (read("bot/moondock.lua")
      :gsub('env%("RC_SECRET"%)', '"secret"')
      :gsub('"plugins" }', '"demo/plugins" }')
      :gsub("hello = {},", "quiz = {},")))
    write("demo/plugins/quiz/plugin.lua", (read("demo/plugins/quiz/plugin.lua")
      :gsub("needs = {}", 'needs = { "send" }')))
    local status, _, err = moondock("check")
    assert.equal(1, status)
    local line = 0
    for text in read("moondock.lua"):gmatch("(.-)\n") do
      line = line + 1
      if text:find("quiz = {}", 1, true) then
        break
      end
    end
    assert.equal(("moondock.lua:%d: bots.bot.plugins.quiz.grants: the plugin needs \"send\"")
      :format(line), err)
    assert.equal(0, (moondock("check", "demo/plugins/quiz"))) -- alone it needs nobody
  end)

  it("never writes over anything", function()
    write("plugins/quiz/init.lua", "mine")
    local status, _, err = moondock("new", "plugin", "quiz")
    assert.same({ 1, "moondock new: plugins/quiz exists already" }, { status, err })
    assert.equal("mine", read("plugins/quiz/init.lua"))
  end)

  it("refuses bad names", function()
    for _, name in ipairs { "Quiz", "my quiz", "..", "quiz.lua", ("q"):rep(65), "", "测验" } do
      local status, _, err = moondock("new", "plugin", name)
      assert.equal(1, status, name)
      assert.truthy(err:find("is no name: only a-z, 0-9, _ and -", 1, true), err)
    end
  end)

  it("wants to know what to make", function()
    assert.equal(2, (moondock("new")))
    assert.equal(2, (moondock("new", "plugin")))
    local status, _, err = moondock("new", "cat", "tom")
    assert.equal(2, status)
    assert.truthy(err:find("cannot make a cat", 1, true))
  end)

  it("goes with moondock test, which says what failed", function()
    moondock("new", "plugin", "quiz")
    local spec = "plugins/quiz/spec/quiz_spec.lua"
    write(spec, (read(spec):gsub("Hello, bob!", "Hello, Bob!", 1)))
    local status, out = moondock("test", "plugins/quiz")
    assert.equal(1, status)
    assert.truthy(out:find('line 6: bot replies "Hello, Bob!"', 1, true), out)
    assert.truthy(out:find("bot: Hello, bob!", 1, true), out)
    assert.truthy(out:find("quiz_spec.lua", 1, true), out)
  end)

  it("goes with moondock test, which needs something to test", function()
    local status, _, err = moondock("test")
    assert.equal(1, status)
    assert.truthy(err:find("neither spec nor plugins", 1, true))
    status, _, err = moondock("test", "nowhere")
    assert.equal(1, status)
    assert.truthy(err:find("there is no nowhere", 1, true))
  end)

  it("goes with moondock test, which says when busted is missing", function()
    local process <close> = assert(host.spawn {
      host.executable, "test", folder = folder, env = { LUA_PATH = folder .. "/?.lua" },
    })
    process:end_input()
    assert.equal(1, process:wait(20))
    assert.truthy(table.concat(process:lines("err")):find("apt-get install lua-busted", 1, true))
  end)
end)
