--- A storm on purpose: a sandbox, a host and six people in ten groups, while worker and
--- supervisor are killed and stopped, connections cut, pushes lost, doubled and reordered,
--- tokens expired, the disk filled, the plugin reloaded and the sandbox restarted. Afterwards
--- what people saw is compared with what they must have seen.
---
--- build/moondock lua spec/chaos/run.lua     (make chaos SEED=1 TIME=60)
---
--- Environment: SEED (1), TIME (60 seconds of storm), RATE (20 messages a second), PACE (1;
--- 2 is half the trouble), PATIENCE (seconds until what is not answered is lost, 90), KEEP (the
--- folder). Exit code 1 when anything was lost, doubled or out of order.
package.path = "./?.lua;" .. package.path
local host = require "moondock.host"
local stage = require "moondock.stage"
local crew = require "spec.chaos.crew"
local model = require "spec.chaos.model"
local prey = require "spec.chaos.prey"
local report = require "spec.chaos.report"
local schedule = require "spec.chaos.schedule"
local wires = require "spec.chaos.wires"

host.log_level "error"

local BOT = "bot"
local TURN_S = 0.01
-- How long anything may take when there is no trouble (seconds).
local PATIENCE = tonumber(os.getenv("PATIENCE") or 90)

local CONFIG = [[
local server = env("MOONDOCK_SERVER")
return {
  state = "var",
  plugin_path = { "plugins" },
  bots = {
    chaos = {
      account = {
        app_key = "demo", user = "bot", secret = env("RC_SECRET"),
        token = { from = "server_api" }, navi = { server }, api = { server },
      },
      plugins = {
        chaos = {
          grants = { "http:127.0.0.1:PORT" }, config = { url = "http://127.0.0.1:PORT/ping" },
        },
      },
    },
  },
}
]]

---@class ChaosRun
local Run = {}
Run.__index = Run

local function new_run(seed, seconds, rate, pace)
  local self = setmetatable({
    seed = seed, seconds = seconds, counts = {}, pending = {}, later = {}, log_lines = {},
  }, Run)
  self.people = schedule.people(seed)
  self.plan = schedule.make(seed, seconds * 1000, rate, self.people, pace)
  self.log = function(format, ...)
    table.insert(self.log_lines, ("%d "):format(host.now()) .. format:format(...))
  end
  self.model = model.new(self.log)
  return self
end

function Run:count(what, more)
  self.counts[what] = (self.counts[what] or 0) + (more or 1)
end

-- --- what can be done to it; false: not possible now, again soon ---

local acts = {}

local function kill(who)
  return function(self, args)
    local age = self.prey:age(who)
    if not age or age < args.age then
      return false
    end
    self.prey:kill(who)
  end
end

local function stop(who)
  return function(self, args)
    if not self.prey:age(who) then
      return false
    end
    self.prey:stop(who, args.ms)
  end
end

acts["kill worker"], acts["kill supervisor"] = kill("worker"), kill("supervisor")
acts["stop worker"], acts["stop supervisor"] = stop("worker"), stop("supervisor")

acts["cut"] = function(self, args)
  self.wires:arm(args.from, args.after, args.reset)
end

acts["delay"] = function(self, args)
  self.wires:hold(args.from, args.ms)
end

acts["trickle"] = function(self, args)
  self.wires:crumble(args.from, args.ms, args.piece)
end

local function sandbox_fault(self, args)
  self.stage:fault {
    when = args.when, user = args.when ~= "http" and BOT or nil, times = 1,
    path = args.when == "http" and "/user/getToken.json" or nil,
    ["do"] = { [args.name] = args.value },
  }
end

-- Thrown out with 7; the next connection meets CONNACK 10.
acts["expire token"] = function(self)
  self.stage:control("POST", "/token/expire", { user_id = BOT })
  self.stage:fault { when = "push", user = BOT, ["do"] = { disconnect = 7 } }
end

acts["move"] = function(self)
  self.wires:move()
  self.stage:fault { when = "push", user = BOT, ["do"] = { disconnect = 6 } }
end

-- The same code again, which tasks go on with after a death, or other code.
acts["reload"] = function(self, args)
  if not self.prey:age("worker") or self.prey:is_stopped() then
    return false
  end
  if args.changed and not args.written then
    args.written = true
    self.version = (self.version or 0) + 1
    self.model:code_changed()
  end
  -- In one step: a host that starts at this moment must not read half of it.
  self.stage:write("init.lua", ("%s-- %d\n"):format(self.code, self.version or 0))
  os.rename(self.stage:path("init.lua"), self.stage:path("plugins/chaos/init.lua"))
  local answer = host.ask(self.stage:path("var/ctl.sock"),
    { ["do"] = "reload", plugin = "chaos" }, 1)
  if not answer then
    return false
  end
  if answer.ok then
    self.model:code_loaded()
  end
end

acts["fill disk"] = function(self, args)
  if not self.prey:age("worker") then
    return false
  end
  self.prey:limit_files(0)
  local pid = self.prey.pids.worker
  self:after(args.ms, function()
    if self.prey.pids.worker == pid then
      self.prey:limit_files("unlimited")
    end
  end)
end

-- As the cloud forgets a fault when it starts anew, so does the sandbox.
acts["restart sandbox"] = function(self)
  self.stage:stop_sandbox()
  self:start_sandbox()
end

-- --- the storm ---

function Run:after(ms, fn)
  table.insert(self.later, { at = host.real_ms() + ms, fn = fn })
end

function Run:start_sandbox()
  self.stage:start_sandbox { "--data", self.stage:path("sandbox.db") }
  -- Readable on the wire; and what is acknowledged too early is lost.
  self.stage:control("POST", "/limits", { gzip = false, keep_acked = false })
end

function Run:open()
  local on = stage.open {}
  self.stage = on
  self:start_sandbox()
  local copy = host.spawn { "cp", "-R", "spec/chaos/plugins/chaos", on:path("plugins/") }
  assert(copy:wait() == 0, "spec/chaos is not here")
  self.code = stage.read_file("spec/chaos/plugins/chaos/init.lua")
  local port = on.server:match("%d+$")
  on:write("moondock.lua", (CONFIG:gsub("PORT", port)))
  on:edit("plugins/chaos/plugin.lua", "PORT", port)
  for _, group in ipairs(self.people.groups) do
    on:join(BOT, group)
    for _, user in ipairs(self.people.members[group]) do
      on:join(user, group)
    end
  end
  self.wires = wires.new(math.tointeger(tonumber(port)), function(number)
    self.model:arrived(number)
  end)
  self.crew = crew.new({ server = on.server, app_key = on.app_key, secret = on.secret }, BOT,
    self.people, self.model)
  self.prey = prey.new({
    host.executable, "run", on:path("moondock.lua"), "--log", "warn", "--calm", "0s",
    own_session = true,
    env = { MOONDOCK_SERVER = self.wires:url(), RC_SECRET = on.secret },
  }, function(line)
    self.log("host: %s", line)
    local uid = line:match(" message=(%S+) task=%S+ is interrupted")
    if uid then
      self.model:interrupted(uid)
    end
  end)
end

local function take_due(list, now, fn)
  local left = {}
  for _, one in ipairs(list) do
    if one.at > now or fn(one) == false then
      left[#left + 1] = one
    end
  end
  return left
end

-- One look at everything.
function Run:step()
  local now = host.real_ms()
  self.wires:pump()
  self.crew:pump()
  self.prey:tend()
  local due = self.later
  self.later = {}
  for _, one in ipairs(take_due(due, now, function(one) one.fn() end)) do
    table.insert(self.later, one)
  end
end

function Run:act(event)
  if event.what == "say" then
    self.crew:say(event.message)
    return
  end
  local act = acts[event.what] or event.args.when and sandbox_fault
  if act(self, event.args) == false then
    return false
  end
  self.log("%s %s", event.what, host.json.encode(event.args))
  self:count(event.what)
end

-- Lets things happen until `over()`; false when that took longer than `seconds`.
function Run:until_true(over, seconds)
  local deadline = host.real_ms() + seconds * 1000
  while host.real_ms() < deadline do
    self:step()
    if over() then
      return true
    end
    host.sleep_until(function()
      self.wires:pump()
    end, TURN_S)
  end
  return false
end

function Run:storm()
  local start, index = host.real_ms(), 1
  self:until_true(function()
    local now = host.real_ms() - start
    self.pending = take_due(self.pending, now, function(event)
      return self:act(event)
    end)
    while self.plan[index] and self.plan[index].at <= now do
      if self:act(self.plan[index]) == false then
        table.insert(self.pending, self.plan[index])
      end
      index = index + 1
    end
    return now >= self.seconds * 1000
  end, self.seconds + PATIENCE)
end

function Run:is_settled()
  if not self.crew:is_silent() or self.model:missing() > 0 then
    return false
  end
  local answer = host.ask(self.stage:path("var/ctl.sock"), { ["do"] = "status" }, 1)
  local bot = answer and answer.ok and answer.bots[1]
  return bot and bot.journal == 0 and bot.outbox == 0
end

-- No more trouble; a last death, so that nothing waits for what a fault has swallowed; and
-- then everything that was asked is to be answered.
function Run:calm()
  self.wires:calm()
  for _, fault in ipairs(self.stage:control("GET", "/state").faults) do
    pcall(self.stage.control, self.stage, "DELETE", "/fault/" .. fault.id) -- or used by now
  end
  self.prey:calm()
  self:until_true(function()
    return self.prey:age("worker")
  end, PATIENCE)
  self.prey:kill("worker")
  self:count("kill worker")
end

-- What comes late would come with a new life: it looks for everything again. A last word in
-- every conversation comes after whatever was still under way.
function Run:fence()
  self.prey:kill("supervisor")
  local number = 0
  for _, event in ipairs(self.plan) do
    number = math.max(number, event.message and event.message.number or 0)
  end
  for _, group in ipairs(self.people.groups) do
    number = number + 1
    self.crew:say { number = number, kind = "plain", group = group,
      user = self.people.members[group][1] }
  end
  for _, user in ipairs(self.people.users) do
    number = number + 1
    self.crew:say { number = number, kind = "plain", private = true, user = user }
  end
end

function Run:play()
  local good = self:until_true(function()
    return self.crew:is_online()
  end, PATIENCE)
  assert(good, "people do not come online")
  self.prey:start()
  self:storm()
  self:calm()
  local settled = self:until_true(function()
    return self:is_settled()
  end, PATIENCE)
  if settled then
    self:fence()
    settled = self:until_true(function()
      return self:is_settled()
    end, PATIENCE)
  end
  return settled
end

function Run:close()
  self.crew:close()
  self.status = self.prey:close()
  self.wires:close()
  self.stage:stop_sandbox()
end

local function main()
  local seed = math.tointeger(tonumber(os.getenv("SEED") or 1))
  local seconds = tonumber(os.getenv("TIME") or 60)
  local rate = math.tointeger(tonumber(os.getenv("RATE") or 20))
  local run = new_run(seed, seconds, rate, tonumber(os.getenv("PACE") or 1))
  run:open()
  local settled = run:play()
  run:close()
  local verdict = run.model:judge()
  local good = report.show(run, verdict, settled)
  run.stage:write("chaos.log", table.concat(run.log_lines, "\n") .. "\n")
  if good and not os.getenv("KEEP") then
    run.stage:close()
  else
    setmetatable(run.stage.guard, nil)
    print("what is left is in " .. run.stage.folder)
  end
  return good
end

return main() and 0 or 1
