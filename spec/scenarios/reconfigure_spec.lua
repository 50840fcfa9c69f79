--- Another configuration for a host that runs: what did not change is not touched.

local host = require "moondock.host"
local screenplay = require "moondock.screenplay"
local stage = require "moondock.stage"

local BOT = [[
    %s = {
      account = {
        app_key = "demo", user = "%s", secret = env("RC_SECRET"),
        navi = { %s }, api = { env("MOONDOCK_SERVER") },
        token = { from = "server_api" },
      },
      owners = { %s },
      plugins = { %s },
    },
]]

local MANIFEST = [[return { name = "%s", version = "1.0.0", summary = "Notes", needs = {},
  options = { text = { type = "string", default = "nothing" } } }]]

-- "/one" answers with the option; "/one send" sends it to another group, if that is granted.
local CODE = [[
local bot = ...
bot.command { "%s", run = function(msg) msg:reply("{text}", { text = bot.config.text }) end }
bot.command { "%s say <number:integer>", run = function(msg, args)
  msg:reply("{number}", { number = args.number })
end }
bot.command { "%s send", run = function(msg)
  local sent, err = bot.send(bot.group("other"), "{text}", { text = bot.config.text })
  msg:reply("{what}", { what = sent and "sent" or err.code })
end }
]]

describe("another configuration", function()
  local on
  local bots, root -- what the next configuration holds

  local function write()
    local parts = {}
    for name, bot in pairs(bots) do
      local plugins = {}
      for plugin, row in pairs(bot.plugins) do
        plugins[#plugins + 1] = ("%s = { %s }"):format(plugin, row)
      end
      table.sort(plugins)
      parts[#parts + 1] = BOT:format(name, name, bot.navi or 'env("MOONDOCK_SERVER")',
        bot.owners or "", table.concat(plugins, ", "))
    end
    table.sort(parts)
    on:write("moondock.lua", ([[
return {
  state = "var", plugin_path = { "plugins" },
  %s
  bots = {
%s  },
}
]]):format(root, table.concat(parts)))
  end

  before_each(function()
    on = stage.open {}
    for _, name in ipairs { "one", "two" } do
      assert(host.make_folder(on:path("plugins/" .. name)))
      on:write("plugins/" .. name .. "/plugin.lua", MANIFEST:format(name))
      on:write("plugins/" .. name .. "/init.lua", CODE:format(name, name, name))
    end
    root = ""
    bots = {
      anna = { plugins = { one = 'config = { text = "first" }', two = "" } },
      bert = { plugins = {} },
    }
    write()
    screenplay.perform(on, [[
      the sandbox starts
      alice joins demo
      anna joins demo
      bert joins demo
      alice comes online
    ]])
    on:start_host()
  end)

  after_each(function()
    assert.equal(0, on:close())
  end)

  local function connects(user)
    for _, row in ipairs(on:control("GET", "/state").users) do
      if row.user_id == user then
        return row.connects
      end
    end
  end

  -- The plugins of a bot: { one = generation }, states other than running as they are called.
  local function plugins_of(name)
    for _, bot in ipairs(on:ask({ ["do"] = "status" }).bots) do
      if bot.name == name then
        local plugins = {}
        for _, plugin in ipairs(bot.plugins) do
          plugins[plugin.name] =
            plugin.state == "running" and plugin.generation or plugin.state
        end
        return plugins
      end
    end
  end

  local function reconfigure()
    local status, out, err = on:ctl("reconfigure")
    return status, status == 0 and out or err
  end

  local function await(found)
    local deadline = host.real_ms() + stage.PATIENCE * 1000
    while not found() do
      assert(host.real_ms() < deadline, "waited in vain")
      host.turn(0.02)
    end
  end

  it("reloads the plugin whose options are others, and nothing else", function()
    bots.anna.plugins.one = 'config = { text = "second" }'
    write()
    local status, text = reconfigure()
    assert.equal(0, status)
    assert.equal("bots.anna.plugins.one: reloaded one 1.0.0 -> 1.0.0 generation 2", text)
    assert.same({ one = 2, two = 1 }, plugins_of("anna"))
    assert.equal(1, connects("anna"))
    assert.equal(1, connects("bert"))
    screenplay.perform(on, [[
      alice says "/one" in demo
      alice sees anna: "second"
      alice says "/two" in demo
      alice sees anna: "nothing"
    ]])
    status, text = reconfigure()
    assert.equal(0, status)
    assert.equal("nothing has changed", text)
    assert.same({ one = 2, two = 1 }, plugins_of("anna"))
  end)

  it("is taken at SIGHUP", function()
    bots.anna.plugins.two = 'config = { text = "more" }'
    write()
    on.host:signal("HUP")
    await(function()
      return plugins_of("anna").two == 2
    end)
    assert.same({ one = 1, two = 2 }, plugins_of("anna"))
    assert.equal(1, connects("anna"))
  end)

  it("is taken at SIGHUP without a supervisor, too", function()
    on:stop_host()
    on.host_options = { "--foreground" }
    on:start_host()
    bots.bert.plugins.one = ""
    write()
    on.host:signal("HUP")
    await(function()
      return plugins_of("bert").one
    end)
    local status, text = reconfigure()
    assert.equal(0, status, text)
    assert.equal("nothing has changed", text)
  end)

  it("loads and unloads plugins, adds and removes bots", function()
    bots.anna.plugins.two = nil
    bots.bert = nil
    bots.carl = { plugins = { one = 'config = { text = "of carl" }' } }
    write()
    screenplay.perform(on, "carl joins demo")
    local status, text = reconfigure()
    assert.equal(0, status, text)
    assert.equal("bots.bert: removed\nbots.anna.plugins.two: unloaded\nbots.carl: added", text)
    assert.same({ one = 1 }, plugins_of("anna"))
    assert.is_nil(plugins_of("bert"))
    assert.equal(1, connects("anna"))
    await(function()
      return connects("carl") == 1
    end)
    screenplay.perform(on, [[
      alice says "/one" in demo
      alice sees carl: "of carl"
      alice sees anna: "first"
    ]])
    bots.anna.plugins.two = ""
    write()
    status, text = reconfigure()
    assert.equal(0, status)
    assert.equal("bots.anna.plugins.two: loaded two", text)
  end)

  it("opens a bot again whose own keys are others, and no other bot", function()
    bots.bert.owners = '"olivia"'
    write()
    local status, text = reconfigure()
    assert.equal(0, status)
    assert.equal("bots.bert: opened again, for owners", text)
    await(function()
      return connects("bert") == 2
    end)
    assert.equal(1, connects("anna"))
    assert.same({ one = 1, two = 1 }, plugins_of("anna"))
  end)

  it("gives and takes grants, and a rollback does not give them back", function()
    bots.anna.plugins.one = 'config = { text = "first" }, grants = { "send" }'
    write()
    assert.equal(0, (reconfigure()))
    screenplay.perform(on, [[
      alice joins other
      anna joins other
      alice says "/one send" in demo
      alice sees anna: "first"
      alice sees anna: "sent"
    ]])
    bots.anna.plugins.one = 'config = { text = "first" }'
    write()
    assert.equal(0, (reconfigure()))
    assert.equal(1, (on:ctl("--bot", "anna", "rollback", "one")))
    screenplay.perform(on, [[
      alice says "/one send" in demo
      alice sees anna: "denied"
    ]])
  end)

  it("that is wrong is refused, and what runs is started again after a crash", function()
    local good = stage.read_file(on:path("moondock.lua"))
    local wrong = {
      { "state =", "state = = ", "moondock.lua:2:" },
      { "owners =", "ownerz =", "ownerz" },
      { '"first"', "5", "bots.anna.plugins.one.config.text" },
      { "one = {", "none = {", "bots.anna.plugins.none" },
      { '"var"', '"elsewhere"', "elsewhere" },
    }
    for _, case in ipairs(wrong) do
      local first, last = good:find(case[1], 1, true)
      on:write("moondock.lua", good:sub(1, first - 1) .. case[2] .. good:sub(last + 1))
      local status, text = reconfigure()
      assert.equal(1, status)
      assert.truthy(text:find(case[3], 1, true), text)
      assert.same({ one = 1, two = 1 }, plugins_of("anna"))
    end
    local worker = on:worker().pid
    local kill <close> = assert(host.spawn { "kill", "-KILL", tostring(worker) })
    kill:wait(5)
    await(function()
      local ok, answer = pcall(on.ask, on, { ["do"] = "status" })
      return ok and answer.worker.pid ~= worker and answer.bots[1].state == "online"
    end)
    screenplay.perform(on, [[
      alice says "/one" in demo
      alice sees anna: "first"
    ]])
  end)

  it("loses no message and answers none twice, though bots are opened again", function()
    local said, answers = 0, {}
    local alice = on:member("alice")
    local function talk()
      said = said + 1
      assert(alice:say({ group = "demo" }, "/one say " .. said))
    end
    for round = 1, 10 do
      for _ = 1, round do
        talk()
      end
      bots.anna.owners = ('"olivia%d"'):format(round)
      write()
      local status, text = reconfigure()
      assert.equal(0, status)
      assert.equal("bots.anna: opened again, for owners", text)
      talk()
    end
    assert.is_true(on:wait(function()
      for index = #alice.inbox, 1, -1 do
        local message = table.remove(alice.inbox, index)
        local number = message.sender == "anna" and tonumber(message.text)
        if number then
          answers[number] = (answers[number] or 0) + 1
        end
      end
      return #answers == said
    end))
    local status = on:ask({ ["do"] = "status" }).bots
    for _, bot in ipairs(status) do
      assert.equal(0, bot.outbox)
    end
    for number = 1, said do
      assert.equal(1, answers[number], number)
    end
  end)

  it("makes a host ready that waited for a bot it no longer has", function()
    on:stop_host()
    bots.bert.navi = '"http://127.0.0.1:1"'
    write()
    on:start_host { wait = false }
    assert.is_nil((on.host:next_line(0, "^moondock ready$")))
    bots.bert = nil
    write()
    assert.equal(0, (reconfigure()))
    assert.truthy(on.host:next_line(stage.PATIENCE, "^moondock ready$"))
  end)

  it("has its plugins watched", function()
    on:stop_host()
    on:start_host { watch = true }
    bots.bert.plugins.one = 'config = { text = "bert" }'
    bots.anna.plugins.one = nil
    write()
    assert.equal(0, (reconfigure()))
    on:edit("plugins/one/init.lua", "local bot = ...", "local bot = ... -- once more")
    await(function()
      return plugins_of("bert").one == 2
    end)
    assert.same({ two = 1 }, plugins_of("anna"))
  end)

  it("moves the HTTP port", function()
    root = 'listen = { http = "127.0.0.1:0" },'
    write()
    assert.equal(0, (reconfigure()))
    local first = on:ask({ ["do"] = "status" }).http
    local answer = assert(host.http { method = "GET", url = "http://" .. first .. "/" })
    assert.equal(404, answer.status)
    local port = first:match("%d+$")
    root = ('listen = { http = "127.0.0.1:%s" },'):format(port) -- in use, by ourselves
    write()
    local status, text = reconfigure()
    assert.equal(1, status)
    assert.truthy(text:find(port, 1, true), text)
    assert.equal(first, on:ask({ ["do"] = "status" }).http)
    root = ""
    write()
    assert.equal(0, (reconfigure()))
    assert.is_nil(on:ask({ ["do"] = "status" }).http)
  end)
end)
