-- What an operator's Prometheus reads of a host, after traffic that is known.
local screenplay = require "moondock.screenplay"
local host = require "moondock.host"
local stage = require "moondock.stage"

local CONFIG = [[
return {
  state = "var", plugin_path = { "plugins" },
  listen = { http = "127.0.0.1:0" },
  bots = { gatekeeper = {
    account = { app_key = "demo", user = "gatekeeper", secret = env("RC_SECRET"),
      navi = { env("SANDBOX") }, api = { env("SANDBOX") }, token = { from = "server_api" } },
    plugins = { web = { grants = { "http.serve", "send" } }, broken = {} },
  } },
}
]]

local PLUGIN = [[
local bot = ...
assert(bot.http.serve("hook", function() return { status = 200, body = "hook" } end))
bot.command { "fine", run = function(msg) msg:reply("fine") end }
bot.command { "elsewhere", run = function(msg)
  local _, why = bot.send(bot.group("elsewhere"), "psst")
  msg:reply(why.code)
end }
bot.command { "loop", run = function() while true do end end }
bot.command { "grow", run = function() -- 100 MiB in one piece
  local t, s = {}, ("x"):rep(1 << 16)
  for i = 1, 1600 do t[i] = s end
  table.concat(t)
end }
bot.command { "fail", run = function(msg) msg:reply("failing") error("on purpose") end }
]]

-- { key="value",… } of a label set; nil when it is none.
local function read_labels(text)
  local labels, at = {}, 1
  while at <= #text do
    local name, from = text:match('^([%a_][%w_]*)="()', at)
    if not name or labels[name] then
      return nil
    end
    local value, stop = {}, from
    while text:sub(stop, stop) ~= '"' do
      local char = text:match('^\\[\\"n]', stop) or text:match('^[^\\"\n]', stop)
      if not char then
        return nil
      end
      value[#value + 1] = char
      stop = stop + #char
    end
    labels[name] = table.concat(value)
    at = stop + 1
    if at <= #text then
      if text:sub(at, at) ~= "," then
        return nil
      end
      at = at + 1
    end
  end
  return labels
end

-- "name{labels}" -> number; raises where the page is not as the format wants it.
local function read(page)
  local series, types, helped, current = {}, {}, nil, nil
  assert.equal("\n", page:sub(-1))
  for line in page:gmatch("([^\n]*)\n") do
    local help = line:match("^# HELP ([%a_][%w_]*) %S")
    local of, kind = line:match("^# TYPE ([%a_][%w_]*) (%l+)$")
    if help then
      assert.is_nil(types[help], line)
      helped = help
    elseif of then
      assert.equal(helped, of)
      assert(kind == "counter" or kind == "gauge", line)
      assert.equal(kind == "counter", of:sub(-6) == "_total", line)
      types[of], current = kind, of
    else
      local name, labels, value = line:match("^(moondock_[%l_]+){(.*)} (%-?[%d.]+)$")
      if not name then
        name, value = line:match("^(moondock_[%l_]+) (%-?[%d.]+)$")
        labels = ""
      end
      assert.equal(current, name, line)
      local known = assert(read_labels(labels), line)
      for key in pairs(known) do
        assert(({ bot = 1, plugin = 1, state = 1, ["end"] = 1, version = 1, reason = 1,
          webhook = 1 })[key], line)
      end
      local key = labels == "" and name or name .. "{" .. labels .. "}"
      assert.is_nil(series[key], line)
      series[key] = assert(tonumber(value), line)
    end
  end
  return series, types
end

describe("the metrics of a host", function()
  local on, address

  local function ask(method, path)
    return assert(host.http { method = method, url = "http://" .. address .. path })
  end

  local function metrics()
    local answer = ask("GET", "/metrics")
    assert.equal(200, answer.status)
    return read(answer.body)
  end

  setup(function()
    on = stage.open {}
    screenplay.perform(on, [[
      the sandbox starts
      alice joins demo
      gatekeeper joins demo
    ]])
    on.env.SANDBOX = on.server
    on:write("moondock.lua", CONFIG)
    for name, needs in pairs { web = '"http.serve", "send"', broken = "" } do
      host.make_folder(on:path("plugins/" .. name))
      on:write("plugins/" .. name .. "/plugin.lua", ([[return { name = "%s", version = "1.0.0",
        summary = "For a spec", needs = { %s } }]]):format(name, needs))
    end
    on:write("plugins/web/init.lua", PLUGIN)
    on:write("plugins/broken/init.lua", "error('does not load')")
    screenplay.perform(on, [[
      the host starts
      alice comes online
    ]])
    address = assert(assert(on:ask { ["do"] = "status" }).http)
  end)

  teardown(function()
    assert.equal(0, on:close())
  end)

  it("grow as the traffic does, and are those of ctl status", function()
    local before = metrics()
    screenplay.perform(on, [[
      alice says "/fine" in demo
      alice sees gatekeeper: "fine"
      alice says "/fail" in demo
      alice sees gatekeeper: "failing"
    ]])
    local BOT, PLUGIN_LABELS = '{bot="gatekeeper"}', '{bot="gatekeeper",plugin="web"}'
    local function ended(page, how)
      return page[('moondock_bot_tasks_ended_total{bot="gatekeeper",end="%s"}'):format(how)] or 0
    end
    -- The task ends after its last answer has left.
    assert(on:wait(function()
      return ended(metrics(), "raised") == ended(before, "raised") + 1
    end))
    local page, status = metrics(), on:status()
    local received = "moondock_bot_messages_received_total" .. BOT
    assert.equal(before[received] + 2, page[received])
    assert.equal(status.received, page[received])
    assert.equal(ended(before, "returned") + 1, ended(page, "returned"))
    assert.equal(status.ended.raised, ended(page, "raised"))
    assert.equal(1, page["moondock_bot_came_online_total" .. BOT])
    assert.equal(status.outbox, page["moondock_bot_outbox_messages" .. BOT])
    assert.equal(status.journal, page["moondock_bot_journal_messages" .. BOT])
    assert.equal(status.poison, page["moondock_bot_poison_messages" .. BOT])
    for _, plugin in ipairs(status.plugins) do
      if plugin.name == "web" then
        assert.equal(plugin.errors, page["moondock_plugin_errors_total" .. PLUGIN_LABELS])
        assert.equal(1, plugin.errors)
        assert.equal(1, page["moondock_plugin_generation" .. PLUGIN_LABELS])
        assert(page["moondock_plugin_memory_bytes" .. PLUGIN_LABELS] > 0)
      end
    end
    assert.equal(status.handled, page["moondock_bot_messages_handled_total" .. BOT])
    assert.equal(0, page.moondock_worker_restarts_total)
    assert(page.moondock_process_resident_memory_bytes > 1e6)
  end)

  it("tell what a plugin sent and how often it was stopped", function()
    local LABELS = '{bot="gatekeeper",plugin="web"}'
    local function of(page, name)
      return page["moondock_plugin_" .. name .. LABELS]
    end
    local before = metrics()
    screenplay.perform(on, [[
      alice says "/elsewhere" in demo
      alice sees gatekeeper: "refused"
      alice says "/fine" in demo
      alice sees gatekeeper: "fine"
      alice says "/loop" in demo
      alice says "/grow" in demo
    ]])
    assert(on:wait(function()
      return of(metrics(), "hard_stops_total") == of(before, "hard_stops_total") + 1
    end))
    local page = metrics()
    for name, more in pairs {
      sends_acknowledged_total = 2, sends_refused_total = 1, sends_given_up_total = 0,
      soft_stops_total = 1, hard_stops_total = 1, events_handled_total = 4,
    } do
      assert.equal(of(before, name) + more, of(page, name), name)
    end
    local BOT = '{bot="gatekeeper"}'
    for name, more in pairs {
      sends_acknowledged_total = 2, sends_refused_total = 1, sends_given_up_total = 0,
      messages_received_total = 4,
    } do
      local key = "moondock_bot_" .. name .. BOT
      assert.equal(before[key] + more, page[key], name)
    end
    -- An event that may use 100 ms of CPU held the others up for as long.
    assert(page.moondock_worker_loop_lag_seconds > 0.05)
    assert(page.moondock_worker_loop_lag_max_seconds >= page.moondock_worker_loop_lag_seconds)
    local code, text = on:ctl("status")
    assert.equal(0, code)
    assert.truthy(text:find("^worker restarts=0 lag=%d+ms worst=%d+ms\n"), text)
    assert.truthy(text:find("\n  web 1.0.0 running [^\n]* handled=%d+ sent=%d+ refused=1 "
      .. "soft_stops=1 hard_stops=1\n"), text)
  end)

  it("have one state that is 1, of a bot and of a plugin", function()
    local page = metrics()
    local bots, plugins = {}, {}
    for key, value in pairs(page) do
      if value == 1 then
        bots[#bots + 1] = key:match('^moondock_bot_state{bot="gatekeeper",state="(.*)"}$')
        local plugin, state =
          key:match('^moondock_plugin_state{bot="gatekeeper",plugin="(.*)",state="(.*)"}$')
        if plugin then
          assert.is_nil(plugins[plugin])
          plugins[plugin] = state
        end
      end
    end
    assert.same({ "online" }, bots)
    assert.same({ web = "running", broken = "failed" }, plugins)
  end)

  it("are read beside what plugins serve, and only read", function()
    local answer = ask("GET", "/metrics")
    assert.equal("text/plain; version=0.0.4; charset=utf-8", answer.content_type)
    assert.equal(200, ask("GET", "/gatekeeper/web/hook").status)
    assert.equal(405, ask("POST", "/metrics").status)
    assert.equal(404, ask("GET", "/metrics/").status)
    assert.equal(404, ask("GET", "/metricsx").status)
  end)

  it("tell no secret, no user and no group", function()
    local page = ask("GET", "/metrics").body
    for _, word in ipairs { on.secret, "alice", "demo", "on purpose", "failing" } do
      assert.is_nil(page:find(word, 1, true), word)
    end
  end)
end)
