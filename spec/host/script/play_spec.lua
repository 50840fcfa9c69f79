--- Plays in a spec's own world, and what a plugin may not leave behind.

local host = require "moondock.host"
local test = require "moondock.test"

describe("a test world", function()
  local world, folder

  local function write(name, text)
    local path = folder .. "/" .. name
    assert(host.make_folder(path:match("^(.*)/")))
    local file <close> = assert(io.open(path, "w"))
    assert(file:write(text))
  end

  local function open(code, options)
    options = options or {}
    folder = assert(host.temp_folder())
    write("p/plugin.lua", [[return { name = "p", version = "1.0.0", summary = "x" }]])
    write("p/init.lua", "local bot = ...\n" .. code)
    options.plugin = folder .. "/p"
    world = test.world(options)
  end

  after_each(function()
    pcall(world.drop, world)
    host.remove_folder(folder)
  end)

  local function failure(text)
    local fine, why = pcall(world.play, world, text)
    assert.is_false(fine)
    return why
  end

  local function close_failure()
    local fine, why = pcall(world.close, world)
    assert.is_false(fine)
    return why
  end

  local ECHO = [[bot.hear("^say (.+)$", function(m, what) m:reply(what) end)]]

  describe("plays", function()
    it("who says what where, and what is answered", function()
      open(ECHO)
      world:group("g", { "alice", "bob" })
      world:play [[
        Scene: in the only group
        -- a remark
        alice says "say hi"
        bot replies "hi"
        bob sees bot: "h*"
        bob sees alice: "say *"
        Scene: somewhere else
        carol joins h
        carol says "say ho" in h
        bot replies "ho"
        carol has seen nothing else from bot
        bob has seen nothing else from bot
        Scene: in private
        bob says "say psst" to bot
        bot replies "psst"
        alice has seen nothing else from bot
      ]]
      world:close()
    end)

    it("and in a file of the plugin", function()
      open(ECHO)
      world:group("g", { "alice" })
      write("p/spec/a.play", 'alice says "say hi"\nbot replies "ho"\n')
      local fine, why = pcall(world.play_file, world, "spec/a.play")
      assert.is_false(fine)
      local where = 'spec/a.play: scene "the beginning", line 2: bot replies "ho"'
      assert.truthy(why:find(where, 1, true), why)
    end)

    it("moves the clock, reloads, and sees orders and recalls", function()
      open([[
        bot.hear("^bad$", function(m)
          m:recall()
          m.group:mute(m.sender, "10m")
          bot.after("10m", function() m.group:unmute("bob") m.group:kick("bob") end)
        end)]] .. "\n" .. ECHO, { grants = { "recall", "group.mute", "group.kick" } })
      world:group("g", { "alice", "bob" })
      world:play [[
        bob says "bad"
        alice sees the recall of what bob said
        bot mutes bob in g for 10m
        the clock moves 10m
        bot unmutes bob in g
        bot kicks bob from g
        the plugin is reloaded
        alice says "say still here"
        bot replies "still here"
        bob leaves g
      ]]
      world:close()
    end)

    it("and says what came instead", function()
      open(ECHO)
      world:group("g", { "alice", "bob" })
      assert.truthy(failure([[
        alice says "say hi"
        bot replies "hello"]]):find('line 2: bot replies "hello"\n  alice did not see bot: '
          .. '"hello"; saw besides:\n    bot: hi', 1, true))
      assert.truthy(failure('bot mutes bob in g for 10m'):find("asked for no such mute", 1, true))
      assert.truthy(failure('zoe says "x"'):find("zoe is not in g", 1, true))
      assert.truthy(failure('alice says "x" in h'):find("there is no group h", 1, true))
      assert.truthy(failure('alice says "x" to bob'):find("only the bot", 1, true))
      assert.truthy(failure("the sandbox starts"):find("cannot be played here", 1, true))
      assert.truthy(failure("alice dances"):find("line 1 is no sentence", 1, true))
      world:group("h", { "zoe" })
      world.stage.spoke = nil
      assert.truthy(failure('alice says "x"'):find("in which group?", 1, true))
    end)
  end)

  describe("closes only when nothing is left:", function()
    it("a question that waits", function()
      open [[bot.hear("^go$", function(m)
        m:ask("name?")
      end)]]
      world:group("g", { "alice" }).alice:says("go")
      assert.truthy(close_failure():find("a task of p, p/init.lua:3", 1, true))
    end)

    it("a task of a task", function()
      open [[bot.hear("^go$", function(m)
        bot.spawn(function()
          bot.sleep("1h")
        end)
      end)]]
      world:group("g", { "alice" }).alice:says("go")
      local why = close_failure()
      assert.truthy(why:find("a task of p, p/init.lua:4", 1, true), why)
    end)

    it("a timer that a handler made", function()
      open [[
      bot.every("1m", function() end)
      bot.hear("^go$", function(m)
        bot.after("1h", function() end)
      end)]]
      world:group("g", { "alice" }).alice:says("go")
      local why = close_failure()
      assert.truthy(why:find("a timer of p, p/init.lua:4", 1, true), why)
      assert.is_nil(why:find("p/init.lua:2", 1, true))
    end)

    it("unless the spec lets it", function()
      open [[bot.hear("^go$", function(m)
        bot.after("1h", function() end)
        bot.sleep("1h")
      end)]]
      world:leaves { timers = true, tasks = true }
      world:group("g", { "alice" }).alice:says("go")
      world:close()
    end)

    it("or the clock has moved on", function()
      open [[bot.hear("^go$", function(m)
        bot.after("1h", function() end)
        bot.sleep("1h")
      end)]]
      world:group("g", { "alice" }).alice:says("go")
      world:advance("1h")
      world:close()
    end)
  end)
end)
