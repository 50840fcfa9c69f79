--- Bots dealt out to several workers: what happens to one does not touch the others, and
--- whoever asks sees one host.

local host = require "moondock.host"
local screenplay = require "moondock.screenplay"
local stage = require "moondock.stage"

local BOT = [[
    %s = {
      worker = %d,
      account = {
        app_key = "demo", user = "%s", secret = env("RC_SECRET"),
        navi = { %s }, api = { env("MOONDOCK_SERVER") },
        token = { from = "server_api" },
      },
      owners = { %s },
      plugins = { echo = { config = { word = "%s", pause = %s } } },
    },
]]

local MANIFEST = [[return { name = "echo", version = "1.0.0", summary = "Echo", needs = {},
  options = { word = { type = "string", default = "echo" },
    pause = { type = "integer", default = 0 } } }]]

-- "anna say 1" is answered by the bot with that word. No command: under a sanitizer and a
-- busy machine taking one apart for the first time comes near to the budget of an event.
local CODE = [[
local bot = ...
bot.now() -- so it runs for each bot at the start, and not in the first event
local pattern = "^" .. bot.config.word .. " say (%d+)$"
bot.on("message", function(msg)
  local number = msg.text and msg.text:match(pattern)
  if not number then return end
  if bot.config.pause > 0 then bot.sleep(bot.config.pause) end
  msg:reply(bot.config.word .. " " .. number)
end)
]]

local SEGV = 11

describe("several workers", function()
  local on
  local bots, root

  local function write()
    local parts = {}
    for name, bot in pairs(bots) do
      parts[#parts + 1] = BOT:format(name, bot.worker, name,
        bot.navi or 'env("MOONDOCK_SERVER")', bot.owners or "", name, bot.pause or 0)
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
    -- A sanitizer would explain a fault at length, and exit.
    local options = (os.getenv("ASAN_OPTIONS") or "") .. ":handle_segv=0:handle_abort=0"
    on = stage.open { env = { ASAN_OPTIONS = options } }
    assert(host.make_folder(on:path("plugins/echo")))
    on:write("plugins/echo/plugin.lua", MANIFEST)
    on:write("plugins/echo/init.lua", CODE)
    root = 'workers = 2, listen = { http = "127.0.0.1:0" },'
    bots = { anna = { worker = 1 }, bert = { worker = 2 }, carl = { worker = 2 } }
    write()
    screenplay.perform(on, [[
      the sandbox starts
      alice joins demo
      anna joins demo
      bert joins demo
      carl joins demo
      alice comes online
    ]])
  end)

  after_each(function()
    on:close()
  end)

  local function status()
    return on:ask({ ["do"] = "status" })
  end

  local function bot_status(name)
    for _, bot in ipairs(status().bots) do
      if bot.name == name then
        return bot
      end
    end
  end

  local function signal(name, id)
    local kill <close> = assert(host.spawn { "kill", "-" .. name, tostring(id) })
    assert.equal(0, kill:wait(5))
  end

  local function await(found)
    local deadline = host.real_ms() + stage.PATIENCE * 1000
    while not found() do
      assert(host.real_ms() < deadline, "waited in vain")
      host.turn(0.02)
    end
  end

  -- Waits until a worker was started again so often and its bots are online.
  local function await_restart(number, restarts)
    await(function()
      local now = status()
      for _, bot in ipairs(now.bots) do
        if bot.state ~= "online" then
          return false
        end
      end
      return #now.bots == 3 and now.workers[number].restarts == restarts
    end)
  end

  local function connects(user)
    for _, row in ipairs(on:control("GET", "/state").users) do
      if row.user_id == user then
        return row.connects
      end
    end
  end

  local function say(text)
    assert(on:member("alice"):say({ group = "demo" }, text))
  end

  -- Every answer so far, as { ["anna 1"] = times }.
  local answers

  local function read_answers()
    local inbox = on:member("alice").inbox
    for index = #inbox, 1, -1 do
      local message = table.remove(inbox, index)
      if message.text then
        answers[message.text] = (answers[message.text] or 0) + 1
      end
    end
    return answers
  end

  local function await_answer(text)
    assert.is_true(on:wait(function()
      return read_answers()[text] ~= nil
    end), text)
  end

  before_each(function()
    answers = {}
  end)

  it("have bots of their own, and one of them dies alone", function()
    on:start_host()
    local before = status()
    assert.equal(2, #before.workers)
    assert.is_nil(before.worker)
    local first, second = before.workers[1], before.workers[2]
    assert.same({ 1, 2 }, { first.number, second.number })
    assert.not_equal(first.pid, second.pid)
    for round = 1, 3 do
      local pid = status().workers[2].pid
      signal("STOP", pid)
      say("bert say " .. round)
      say("carl say " .. round)
      say("anna say " .. round)
      await_answer("anna " .. round) -- while the other worker does nothing
      signal("KILL", pid)
      say("anna say " .. round + 10)
      await_answer("anna " .. round + 10)
      await_answer("bert " .. round)
      await_answer("carl " .. round)
      await_restart(2, round)
    end
    local now = status()
    assert.equal(first.pid, now.workers[1].pid)
    assert.equal(0, now.workers[1].restarts)
    assert.equal("", now.workers[1].reason)
    assert.truthy(now.workers[2].reason:find("signal 9", 1, true), now.workers[2].reason)
    assert.equal(1, bot_status("anna").came_online)
    assert.equal(1, connects("anna"))
    assert.equal(0, on:stop_host())
    for text, times in pairs(read_answers()) do
      assert.equal(1, times, text)
    end
  end)

  it("are watched one by one: who hangs is killed alone", function()
    on.host_options = { "--hang", "2s" }
    on:start_host()
    local before = status()
    signal("STOP", before.workers[1].pid)
    say("anna say 1")
    say("bert say 1")
    await_answer("bert 1")
    await_answer("anna 1")
    await_restart(1, 1)
    local now = status()
    assert.truthy(now.workers[1].reason:find("2000 ms", 1, true))
    assert.equal(before.workers[2].pid, now.workers[2].pid)
    assert.equal(1, connects("bert"))
  end)

  it("lose a plugin in one bot only", function()
    on:start_host()
    local gone = assert(host.ask(on:path("var/ctl.sock"),
      { ["do"] = "crash", bot = "carl", plugin = "echo", signal = SEGV }, stage.PATIENCE))
    assert.equal("closed", gone.code)
    assert.truthy(gone.error:find("worker 2 ended", 1, true), gone.error)
    await_restart(2, 1)
    assert.equal("quarantined", bot_status("carl").plugins[1].state)
    assert.equal("running", bot_status("bert").plugins[1].state)
    assert.equal("running", bot_status("anna").plugins[1].state)
    assert.equal(0, (on:ctl("--bot", "carl", "resume", "echo")))
    say("carl say 1")
    await_answer("carl 1")
  end)

  it("answer as one host", function()
    on:start_host()
    local code, text = on:ctl("status")
    assert.equal(0, code)
    assert.truthy(text:find("^worker 1 restarts=0 http=[^\n]+\nworker 2 restarts=0 "), text)
    for name in pairs(bots) do
      assert.truthy(text:find("\n" .. name .. " user=" .. name .. " online ", 1, true), text)
    end
    code, text = on:ctl("--bot", "bert", "status")
    assert.equal(0, code)
    assert.truthy(text:find("\nbert user=", 1, true) or text:find("^bert user="), text)
    assert.is_nil(text:find("anna", 1, true))
    assert.is_nil(text:find("carl", 1, true))
    code, text = on:ctl("--bot", "carl", "eval", "bot.config and 1 or bot.name")
    assert.equal(0, code, text)
    for _, words in ipairs { { "eval", "1" }, { "--bot", "dora", "unload", "echo" },
      { "--bot", "dora", "status" } } do
      local refused, _, err = on:ctl(table.unpack(words))
      assert.equal(1, refused)
      assert.truthy(err:find("name one of: anna, bert, carl", 1, true), err)
    end
    local refused, _, err = on:ctl("load", "none")
    assert.equal(1, refused)
    assert.truthy(err:find("which bot?", 1, true), err)
    local unknown = assert(host.ask(on:path("var/ctl.sock"), { ["do"] = "dance" }, 5))
    assert.truthy(unknown.error:find('unknown order "dance"', 1, true), unknown.error)
    local check <close> = assert(host.spawn {
      host.executable, "check", on:path("moondock.lua"),
      env = { MOONDOCK_SERVER = on.server, RC_SECRET = on.secret },
    })
    assert.equal(0, check:wait(stage.PATIENCE))
    text = table.concat(check:lines("out"), "\n")
    assert.truthy(text:find("bert: user bert, token from server_api, worker 2\n", 1, true), text)
    code, text = on:ctl("top")
    assert.equal(0, code)
    for name in pairs(bots) do
      assert.truthy(text:find(name .. "/echo", 1, true), text)
    end
  end)

  it("reload a plugin one after the other, up to a failure", function()
    on:start_host()
    on:edit("plugins/echo/init.lua", "local bot = ...", "local bot = ... -- once more")
    local code, text = on:ctl("reload", "echo")
    assert.equal(0, code)
    local reached = {}
    for line in text:gmatch("[^\n]+") do
      reached[#reached + 1] = line:match("^(%l+): reloaded echo .* generation 2$")
    end
    assert.equal("anna", reached[1])
    table.sort(reached)
    assert.same({ "anna", "bert", "carl" }, reached)
    assert.equal(0, (on:ctl("--bot", "anna", "unload", "echo")))
    assert.equal(0, (on:ctl("reload", "--force", "echo"))) -- the first worker has none
    local missing, _, err = on:ctl("reload", "other")
    assert.equal(1, missing)
    assert.truthy(err:find("other is not loaded", 1, true), err)
    on:edit("plugins/echo/init.lua", "local bot = ...", "local bot = = ...")
    local failed, _, why = on:ctl("reload", "echo")
    assert.equal(1, failed)
    assert.equal(3, bot_status("bert").plugins[1].generation)
    assert.equal(3, bot_status("carl").plugins[1].generation)
    assert.is_truthy(why:find("init.lua", 1, true), why)
  end)

  it("are spoken for while one of them cannot start", function()
    on:start_host()
    local path = on:path("var/carl.db")
    assert(os.rename(path, path .. ".kept"))
    assert(host.make_folder(path))
    signal("KILL", status().workers[2].pid)
    local now
    await(function()
      now = status()
      return now.workers[2].reason:find("exit status 1", 1, true)
    end)
    assert.equal(3, #now.bots)
    await(function()
      return bot_status("bert").state == "offline"
    end)
    assert.equal("bert", bot_status("bert").user)
    assert.truthy(bot_status("bert").detail:find("worker 2", 1, true))
    assert.equal("online", bot_status("anna").state)
    local code, text = on:ctl("status")
    assert.equal(0, code)
    assert.truthy(text:find("worker 2", 1, true), text)
    assert.truthy(text:find("bert user=bert offline worker 2 ", 1, true), text)
    local refused = assert(host.ask(on:path("var/ctl.sock"),
      { ["do"] = "eval", bot = "carl", code = "1" }, stage.PATIENCE))
    assert.equal("closed", refused.code)
    say("bert say 1")
    say("anna say 1")
    await_answer("anna 1")
    assert(os.remove(path))
    assert(os.rename(path .. ".kept", path))
    await_answer("bert 1")
    assert.equal(0, on:stop_host())
    assert.equal(1, read_answers()["bert 1"])
  end)

  describe("take another configuration", function()
    local function reconfigure()
      local code, out, err = on:ctl("reconfigure")
      return code, code == 0 and out or err
    end

    it("together or not at all", function()
      on:start_host()
      bots.anna.pause = 1
      bots.carl.pause = '"long"' -- only its worker finds out
      write()
      local code, text = reconfigure()
      assert.equal(1, code)
      assert.truthy(text:find("bots.carl.plugins.echo.config.pause", 1, true), text)
      assert.equal(1, bot_status("anna").plugins[1].generation)
      bots.carl.pause, bots.carl.owners = 0, '"olivia"'
      bots.bert = nil
      bots.dora = { worker = 1 }
      write()
      code, text = reconfigure()
      assert.equal(0, code, text)
      local lines = {}
      for line in text:gmatch("[^\n]+") do
        lines[#lines + 1] = line
      end
      assert.same({
        "bots.anna.plugins.echo: reloaded echo 1.0.0 -> 1.0.0 generation 2",
        "bots.dora: added", "bots.bert: removed",
        "bots.carl: opened again, for owners",
      }, lines)
      code, text = reconfigure()
      assert.equal(0, code)
      assert.equal("nothing has changed", text)
      assert.equal(1, connects("anna"))
      screenplay.perform(on, "dora joins demo")
      await(function()
        local dora = bot_status("dora")
        return dora and dora.state == "online"
      end)
      for number, owned in ipairs { { "anna", "dora" }, { "carl" } } do
        local page = assert(host.http { method = "GET",
          url = "http://" .. status().workers[number].http .. "/metrics" }).body
        local found = {}
        for name in page:gmatch('moondock_bot_outbox_messages{bot="(%l+)"}') do
          found[#found + 1] = name
        end
        table.sort(found)
        assert.same(owned, found)
      end
      signal("KILL", status().workers[1].pid) -- what starts again is the new one
      await(function()
        return status().workers[1].restarts == 1
      end)
      await(function()
        local dora = bot_status("dora")
        return dora and dora.state == "online"
      end)
    end)

    it("at a signal, too", function()
      on:start_host()
      bots.carl.owners = '"olivia"'
      write()
      on.host:signal("HUP")
      await(function()
        return connects("carl") == 2
      end)
      assert.equal(1, connects("bert"))
      assert.equal(1, connects("anna"))
    end)

    it("but neither more workers nor another one for a bot", function()
      on:start_host()
      root = "workers = 3,"
      write()
      local code, text = reconfigure()
      assert.equal(1, code)
      assert.truthy(text:find("workers: 2 cannot become 3 while the host runs", 1, true), text)
      root, bots.bert.worker = "workers = 2,", 1
      write()
      code, text = reconfigure()
      assert.equal(1, code)
      assert.truthy(text:find("bots.bert.worker: 2 cannot become 1", 1, true), text)
      assert.equal(1, connects("bert"))
    end)
  end)

  it("listen at one port after the other", function()
    local port
    for _ = 1, 20 do
      port = math.random(20000, 30000)
      root = ('workers = 2, listen = { http = "127.0.0.1:%d" },'):format(port)
      write()
      if pcall(on.start_host, on) then
        break
      end
    end
    local now = status()
    assert.equal(("127.0.0.1:%d"):format(port), now.workers[1].http)
    assert.equal(("127.0.0.1:%d"):format(port + 1), now.workers[2].http)
  end)

  it("end the host when one of them cannot begin", function()
    root = ('workers = 2, listen = { http = "127.0.0.1:%d" },'):format(
      on.listen:match("%d+$") - 1)
    write()
    assert.is_false((pcall(on.start_host, on)))
    assert.equal(1, on.host:wait(stage.PATIENCE))
    root = "workers = 2,"
    write()
    on:start_host() -- nobody is left who holds the state
    assert.equal(0, on:stop_host())
  end)

  it("are ready when all are, also one without a bot", function()
    root = "workers = 3,"
    bots.carl.navi = '"http://127.0.0.1:1"'
    write()
    on:start_host { wait = false }
    await(function()
      return bot_status("anna").state == "online" and bot_status("bert").state == "online"
    end)
    assert.is_nil((on.host:next_line(0, "^moondock ready$")))
    bots.carl = nil
    write()
    assert.equal(0, (on:ctl("reconfigure")))
    assert.truthy(on.host:next_line(stage.PATIENCE, "^moondock ready$"))
    assert.equal(3, #status().workers)
  end)

  it("finish what is under way, all of them", function()
    bots.anna.pause, bots.bert.pause = 1, 1
    write()
    on:start_host()
    say("anna say 1")
    say("bert say 1")
    local function is_asked(name) -- on a slow machine it may have answered by now
      return bot_status(name).plugins[1].tasks == 1 or read_answers()[name .. " 1"]
    end
    await(function()
      return is_asked("anna") and is_asked("bert")
    end)
    assert.equal(0, on:stop_host())
    await_answer("anna 1")
    await_answer("bert 1")
  end)

  it("are one in the foreground", function()
    on.host_options = { "--foreground" }
    on:start_host()
    local now = status()
    assert.equal(1, #now.workers)
    assert.equal(on.host:id(), now.worker.pid)
    assert.equal(3, #now.bots)
    assert.equal(now.http, now.workers[1].http)
  end)
end)
