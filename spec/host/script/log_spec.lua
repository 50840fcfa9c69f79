--- What plugins write to the log, seen from outside.

local host = require "moondock.host"

describe("a plugin's log", function()
  local folder

  local function write(name, text)
    local path = folder .. "/" .. name
    assert(host.make_folder(path:match("^(.*)/")))
    local file <close> = assert(io.open(path, "w"))
    assert(file:write(text))
  end

  before_each(function()
    folder = assert(host.temp_folder())
    write("p/plugin.lua", [[return { name = "p", version = "1.0.0", summary = "x" }]])
    write("p/init.lua", [[
      local bot = ...
      bot.log.debug("a %s", "fly")
      bot.log.info("%d sheep", 7)
      bot.log.warn("a wolf")
      bot.log.error("a %s\nfire", "great")
      bot.on("message", function(msg)
        msg:reply(bot.json.encode(bot.json.list()) .. bot.json.encode {})
      end)]])
    write("run.lua", [[
      local host = require "moondock.host"
      host.log_level(os.getenv("LEVEL"))
      local world = require("moondock.test").world { plugin = os.getenv("FOLDER") .. "/p" }
      world:person("alice"):says("x")
      print(world:replies()[1])
      world:close()]])
  end)

  after_each(function()
    host.remove_folder(folder)
  end)

  local function run(level)
    local process <close> = assert(host.spawn {
      host.executable, "lua", folder .. "/run.lua", env = { LEVEL = level, FOLDER = folder },
    })
    process:end_input()
    assert.equal(0, process:wait(20))
    assert.same({ "[]{}" }, process:lines("out"))
    local found = {}
    for _, line in ipairs(process:lines("err")) do
      found[#found + 1] = line:find("plugin=p", 1, true) and line:match("(a fly)")
        or line:match("(7 sheep)") or line:match("(a wolf)") or line:match("(a great.*fire)")
    end
    return found
  end

  it("is what the level lets through, a line each", function()
    assert.equal(4, #run("debug"))
    assert.same({ "7 sheep", "a wolf" }, { table.unpack(run("info"), 1, 2) })
    assert.same("a wolf", run("warn")[1])
    local errors = run("error")
    assert.equal(1, #errors)
    assert.is_nil(errors[1]:find("\n"))
  end)
end)
