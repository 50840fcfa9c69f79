--- Everything that scripts/meta says a plugin can call is called in a play, with the sandbox as
--- the other end. What no other play has a use for is called here, by two bots in one group.

local stage = require "moondock.stage"

-- ---- all of it ----

local function read(path)
  local file <close> = assert(io.open(path))
  return file:read("a")
end

local function code_of(path)
  return (read(path):gsub("\n%s*%-%-[^\n]*", ""))
end

local function files(find)
  local list = {}
  for path in io.popen(find):lines() do
    list[#list + 1] = path
  end
  assert(#list > 0, find)
  return list
end

-- The functions of the stubs, and how many classes have a method of that name. `read` and
-- `format` are Lua's own, too.
local function documented()
  local names, owners = {}, { read = 1, format = 1 }
  for _, path in ipairs(files "ls scripts/meta/*.lua") do
    for name in code_of(path):gmatch("\nfunction ([%w_.:]+)%(") do
      local method = name:match(":(.+)")
      names[#names + 1] = name
      if method then
        owners[method] = (owners[method] or 0) + 1
      end
    end
  end
  return names, owners
end

-- Where several classes have a method, what stands before it has to say which one is meant.
local CALLED = { Message = { "message", "msg" }, Script = { "script" } }

local function is_called(name, owners, text)
  local class, mark, method = name:match("^([%w_.]-)([.:])([%w_]+)$")
  local tail = method .. "%s*[({\"'%[]"
  if mark == "." then
    return text:find(class:lower():gsub("%.", "%%.") .. "%." .. tail)
  elseif owners[method] == 1 then
    return text:find(":" .. tail)
  end
  for _, word in ipairs(CALLED[class] or { class:lower() }) do
    if text:find(word .. "[^:\n]*:" .. tail) then
      return true
    end
  end
  return false
end

describe("in the plays", function()
  local text = {}

  setup(function()
    for _, path in ipairs(files [[find spec/scenarios examples plugins scripts/exec -name '*.lua' \
        -not -path 'plugins/*/spec/*' -not -path 'examples/*/spec/*']]) do
      text[#text + 1] = code_of(path)
    end
    text = table.concat(text, "\n")
  end)

  it("each function is called", function()
    local names, owners = documented()
    assert.is_true(#names > 100)
    for _, name in ipairs(names) do
      assert(is_called(name, owners, text), "no play calls " .. name)
    end
    assert.falsy(is_called("Group:paint", owners, text))
  end)

  it("each event is listened to", function()
    local names = read("scripts/meta/events.lua"):match("EventName(.-)\n\n")
    for name in names:gmatch('"([%w_.]+)"') do
      assert(text:find('"' .. name .. '"', 1, true), "no play listens to " .. name)
    end
  end)
end)

-- ---- what no other play calls ----

local BOT = [[
    %s = { -- one has the app secret, the other has not
      account = {
        app_key = "demo", user = "%s", navi = { server }, api = { server }, %s,
      },
      notices = { from = { "@cloud" } }, owners = { "olivia" },
      time_zone = "Asia/Shanghai",
      plugins = {
        all = { grants = NEEDS },
        sums = {},
      },
    },
]]

local DESK = 'secret = env("RC_SECRET"), token = { from = "server_api" }'
local GUEST = 'token = { from = "static", value = %q }'

local NEEDS = [[{ "send", "history", "history.clear", "roles", "plugin:sums", "group.manage",
  "group.read", "http:%s" }]]

local INIT = [[
local bot = ...
local GROUP = bot.group("g")

local seen = {}
function note(text) seen[#seen + 1] = text .. "; " end
function notes()
  local text = table.concat(seen)
  seen = {}
  return text
end

bot.on("message", function(message)
  note(message.sender.id .. ": " .. message.text)
  if message.text == "read this" then
    assert(message:read())
  elseif message.text == "change this" then
    assert(message:expand { votes = "1", draft = false })
  end
end)
bot.on("message.read", function(event) note("read by " .. event.user.id) end)
bot.on("message.read_asked", function(event) assert(event:read()) end)
bot.on("message.expanded", function(event)
  note("expanded by " .. event.user.id .. ": votes " .. event.set.votes)
end)
bot.on("typing", function(event) note(event.user.id .. " types") end)
bot.on("connected", function() note("connected") end)
bot.on("disconnected", function() note("disconnected") end)
bot.on("notice", function(message) note(message.type .. " " .. message.notice.operation) end)
bot.on("member.role", function(event) note(event.user.id .. " is " .. event.role) end)
bot.on("member.changed", function(event)
  note(("%s is called %s, %s"):format(event.user.id, event.nickname, event.extra))
end)
bot.on("group.renamed", function(event) note("renamed " .. event.name) end)
bot.on("group.announced", function(event) note("announced " .. event.text) end)
bot.on("group.dismissed", function(event) note("dismissed " .. event.group.id) end)
bot.on("member.declined", function(event)
  note(event.user.id .. " stays out: " .. event.text)
end)
bot.on("member.requested", function(request)
  note(request.user.id .. " wants into " .. request.group.id)
end)
bot.on("group.invited", function(request)
  note(request.user.id .. " wants us in " .. request.group.id)
  assert(request:accept())
end)
bot.on("all:over", function(data) note("over: " .. data.why) end)
]]

describe("by a bot", function()
  local on

  setup(function()
    on = stage.open()
    on:start_sandbox()
    on:control("POST", "/limits", { hosting = true })
    for name, text in pairs { all = INIT, sums = [[
      local bot = ...
      bot.export { add = function(a, b) return a + b end }
    ]] } do
      assert(os.execute("mkdir -p " .. on:path("plugins/" .. name)))
      on:write("plugins/" .. name .. "/init.lua", text)
    end
    on:write("plugins/sums/plugin.lua",
      'return { name = "sums", version = "1.0.0", summary = "adds" }')
    on:must_api("/user/getToken.json", { userId = "desk", name = "desk" })
    local guest = on:must_api("/user/getToken.json", { userId = "guest", name = "guest" })
    local needs = NEEDS:format(on.server:match("//(.+)"))
    on:write("plugins/all/plugin.lua", ([[
      return { name = "all", version = "1.0.0", summary = "calls everything", needs = %s }
    ]]):format(needs))
    on:write("moondock.lua", ([[
      local server, NEEDS = env("MOONDOCK_SERVER"), %s
      return { state = "var", plugin_path = { "plugins" }, bots = {
        %s %s } }]]):format(needs, BOT:format("desk", "desk", DESK),
        BOT:format("guest", "guest", GUEST:format(guest.token))))
    on:must_api("/entrust/group/create.json", {
      groupId = "g", name = "Garden", owner = "desk", userIds = "guest",
    })
    on:start_host()
    on:await_state("online")
  end)

  teardown(function()
    assert.equal(0, on:close())
  end)

  local function eval(code, bot)
    local out = on:ask({ ["do"] = "eval", bot = bot or "desk", plugin = "all",
      code = "local GROUP = bot.group('g') " .. code }).text
    return out:match('^"(.*)"%s*$') or (out:gsub("%s+$", ""))
  end

  -- What the handlers of the bot noted, once all of this is among it.
  local function noted(bot, ...)
    local all, wanted = "", { ... }
    for _, want in ipairs(wanted) do
      assert(on:wait(function()
        all = all .. eval("return notes()", bot)
        return all:find(want, 1, true)
      end), ("%s noted %s, not %s"):format(bot, all, want))
    end
    return all
  end

  it("signs: typing, read, who has read, expansions", function()
    eval 'assert(bot.typing(bot.user("guest")))'
    noted("guest", "desk types")
    eval 'assert(bot.send(bot.user("guest"), "read this"))'
    noted("desk", "read by guest")
    eval 'local sent = assert(bot.send(GROUP, "all of you")) assert(sent:ask_read())'
    noted("desk", "read by guest")
    eval [[
      local opts = { expansion = { votes = "0", draft = "x" } }
      sent = assert(bot.send(GROUP, "change this", nil, opts))
    ]]
    noted("desk", "expanded by guest: votes 1")
    eval 'assert(sent:expand { votes = "2" })'
    noted("guest", "expanded by desk: votes 2")
  end)

  it("what becomes of a group, and what is no chat", function()
    eval 'assert(GROUP:rename("Orchard"))'
    eval 'assert(GROUP:announce("Apples"))'
    eval 'assert(GROUP:set_member("guest", { nickname = "Gus", extra = "tall" }))'
    eval 'assert(GROUP:promote("guest"))'
    eval 'assert(bot.send(GROUP, { notice = { operation = "Harvest" } }))'
    noted("guest", "Harvest", "renamed Orchard", "announced Apples", "guest is manager",
      "guest is called Gus, tall")
    eval 'assert(GROUP:demote("guest"))'
    noted("guest", "guest is member")
    eval 'assert(bot.create_group("short", "Short"))'
    on:must_api("/entrust/group/join.json", { groupId = "short", userIds = "guest" })
    eval 'assert(bot.group("short"):dismiss())'
    noted("guest", "dismissed short")
  end)

  it("into groups with somebody's consent", function()
    eval 'assert(bot.create_group("gate", "Gate"))'
    assert.equal("25424", eval('return select(2, bot.group("gate"):join()).status', "guest"))
    noted("desk", "guest wants into gate")
    eval [[for request in bot.requests() do assert(request:decline("full")) end]]
    noted("guest", "guest stays out: full")
    -- Told once, also when the notice is lost and the connection, too.
    on:fault { when = "push", user = "desk", times = 1, ["do"] = { close = true } }
    eval('bot.group("gate"):join()', "guest")
    noted("desk", "guest wants into gate")
    assert.equal("gate guest nil nil", eval [[
      local requests = bot.requests()
      local request = requests()
      assert(request:accept())
      return ("%s %s %s %s"):format(request.group.id, request.user.id, request.inviter,
        requests())]])
    assert.equal("member", eval 'return bot.group("gate"):member("guest").role')
    on:must_api("/entrust/group/create.json", {
      groupId = "hall", name = "Hall", owner = "guest", permissions = '{"invitePerm":1}',
    })
    eval('bot.group("hall"):invite("desk")', "guest")
    noted("desk", "guest wants us in hall")
    on:wait(function()
      return eval('local one = bot.group("hall"):member("desk") return one and one.role',
        "guest") == "member"
    end)
    assert.falsy(eval "return notes()":find("wants into", 1, true))
  end)

  it("a connection that is lost and found", function()
    on:fault { when = "push", user = "desk", times = 1, ["do"] = { close = true } }
    eval('assert(bot.send(GROUP, "are you there?"))', "guest")
    noted("desk", "guest: are you there?", "disconnected", "; connected")
  end)

  it("the own history of a chat is emptied", function()
    local count = [[
      local n = 0
      for _ in bot.history(bot.user("guest")) do n = n + 1 end
      return n]]
    eval 'assert(bot.send(bot.user("guest"), "hello"))'
    assert.is_true(tonumber(eval(count)) > 0)
    eval 'assert(bot.clear_history(bot.user("guest")))'
    assert.equal("0", eval(count))
  end)

  it("roles are asked for, given and taken back", function()
    assert.equal("owner member", eval 'return bot.role("olivia") .. " " .. bot.role("ann")')
    eval 'assert(bot.grant("ann", "moderator", GROUP))'
    assert.equal("moderator member true false", eval [[
      return bot.role("ann", GROUP) .. " " .. bot.role("ann") .. " "
        .. tostring(bot.may("ann", "recall", GROUP)) .. " " .. tostring(bot.may("ann", "recall"))]])
    assert.equal("true", eval 'return bot.outranks("olivia", "ann", GROUP)')
    assert.equal("member", eval [[
      assert(bot.revoke("ann", "moderator", GROUP)) return bot.role("ann", GROUP)]])
  end)

  it("what comes is waited for, once or in a task that is ended", function()
    eval [[
      bot.once("message", function(message) note("once " .. message.text) end)
      task = bot.spawn(function()
        local message = bot.wait("message", { timeout = "1h" })
        note("waited for " .. message.text)
        local _, err = bot.wait("message", { timeout = "1h" })
        note("then " .. err.code)
      end)]]
    eval('assert(bot.send(GROUP, "first"))', "guest")
    local first = noted("desk", "once first")
    eval "task:cancel()"
    first = first .. noted("desk", "then cancelled")
    assert.truthy(first:find("waited for first", 1, true))
    eval('assert(bot.send(GROUP, "second"))', "guest")
    assert.falsy(noted("desk", "guest: second"):find("once", 1, true))
    eval 'assert(bot.emit("all:over", { why = "done" }))'
    noted("desk", "over: done")
  end)

  it("crons, timers, schedules and dates", function()
    assert.equal("2026-05-01 09:00", eval [[
      return bot.date({ year = 2026, month = 5, day = 1, hour = 9 }):format("%F %R")]])
    eval [[
      cron = bot.cron("* * * * *", function(_, due) note("cron at second " .. due.sec) end)
      stopped = bot.after("30s", function() note("never") end)
      stopped:stop()
      id = assert(bot.schedule("1h", "later"))]]
    on:move_clock("1m")
    assert.falsy(noted("desk", "cron at second 0"):find("never", 1, true))
    eval "cron:stop()"
    assert.equal("true not_found", eval [[
      local done, gone = bot.unschedule(id), select(2, bot.unschedule(id))
      return tostring(done) .. " " .. gone.code]])
  end)

  it("other plugins, data, the web, the log", function()
    assert.equal("5", eval 'return (assert(bot.require("sums").add(2, 3)))')
    assert.equal("[] [1]", eval [[
      return bot.json.encode(bot.json.list()) .. " " .. bot.json.encode(bot.json.decode("[1]"))]])
    assert.equal("16", eval "return #bot.random_bytes(16)")
    assert.equal("404", eval(([[
      return assert(bot.http.request { url = "%s/nothing" }).status]]):format(on.server)))
    assert.equal("true", eval [[
      bot.log.error("nothing is wrong, %s", "this is a play")
      return bot.traceback("here"):find("here", 1, true) ~= nil]])
  end)
end)
