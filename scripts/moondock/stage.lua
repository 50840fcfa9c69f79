--- A stage for plays: a sandbox, a host and members, all real, talking over loopback.
--- Works in `moondock lua`; what the plays say is in moondock.screenplay.

local duration = require "moondock.duration"
local host = require "moondock.host"

local stage = {}

---@class moondock.Stage
local Stage = {}
Stage.__index = Stage

---@class moondock.StageMember
local Member = {}
Member.__index = Member

-- How long anything may take, in real seconds, before the play fails.
stage.PATIENCE = 20

local APP_KEY, SECRET = "demo", "sandbox-secret"

local function read_file(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

local function write_file(path, text)
  local file <close> = assert(io.open(path, "wb"))
  assert(file:write(text))
end

stage.read_file, stage.write_file = read_file, write_file

--- A stage with nothing on it yet. `options`: `config` (a configuration file, copied into the
--- stage's folder as moondock.lua), `tell(text)` gets each line of the transcript, `witness` (the
--- member whose view of a group is told; without one each message is told when the first
--- member gets it), `log` (the level of the programs; they are silent by default), `env` for
--- the host.
---@param options? table
---@return moondock.Stage
function stage.open(options)
  options = options or {}
  local self = setmetatable({
    folder = assert(host.temp_folder()),
    data = host.library:match("^(.*)/scripts/?$"),
    members = {},
    order = {},
    told = {},
    tell = options.tell or function() end,
    witness = options.witness,
    log = options.log or "error",
    env = options.env or {},
    app_key = APP_KEY,
    secret = SECRET,
    cookies = {},
  }, Stage)
  local folder = self.folder
  -- Also when nobody closes the stage: interrupted, or after an error.
  self.guard = setmetatable({}, {
    __gc = function()
      host.remove_folder(folder)
    end,
  })
  host.make_folder(folder .. "/plugins")
  if options.config then
    self:write("moondock.lua", read_file(options.config))
  end
  return self
end

function Stage:path(name)
  return self.folder .. "/" .. name
end

function Stage:write(name, text)
  write_file(self:path(name), text)
end

--- Replaces the one place where `from` stands in a file of the stage.
function Stage:edit(name, from, to)
  local text = read_file(self:path(name))
  local first, last = text:find(from, 1, true)
  assert(first, ("%s holds no %q"):format(name, from))
  assert(not text:find(from, last + 1, true), ("%s holds %q twice"):format(name, from))
  self:write(name, text:sub(1, first - 1) .. to .. text:sub(last + 1))
end

--- Copies a bundled plugin into the stage's plugin folder, to be edited.
function Stage:copy_plugin(name)
  local copy = host.spawn { "cp", "-R", self.data .. "/plugins/" .. name, self:path("plugins/") }
  assert(copy:wait() == 0, "cannot copy the plugin " .. name)
end

--- Runs moondock to its end: exit status, lines of standard output, of standard error.
---@param words table  arguments; `env` as well
function stage.run(words)
  local command = { host.executable, env = words.env }
  for _, word in ipairs(words) do
    command[#command + 1] = word
  end
  local process <close> = assert(host.spawn(command))
  process:end_input()
  local status = assert(process:wait(stage.PATIENCE))
  return status, process:lines("out"), process:lines("err")
end

-- Waits for a line of a program that starts; on failure says what it wrote.
local function await_line(process, pattern, what)
  local line, err = process:next_line(stage.PATIENCE, pattern)
  if not line then
    local heard = table.concat(process:lines(), "\n  ")
    error(("%s did not start (%s):\n  %s"):format(what, tostring(err), heard), 0)
  end
  return line
end

--- Starts the sandbox on a free port. `options`: more arguments.
function Stage:start_sandbox(options)
  local command = {
    host.executable, "sandbox", "--listen", self.listen or "127.0.0.1:0",
    "--app-key", self.app_key, "--app-secret", self.secret, own_session = true,
  }
  for _, word in ipairs(options or {}) do
    command[#command + 1] = word
  end
  self.sandbox = assert(host.spawn(command))
  local line = await_line(self.sandbox, "^sandbox ready ", "the sandbox")
  self.server = line:match("^sandbox ready (%S+)")
  self.listen = self.server:match("//(.*)$")
end

-- What the configuration reads from its surroundings.
function Stage:host_env()
  local env = { MOONDOCK_SERVER = self.server, RC_SECRET = self.secret }
  for name, value in pairs(self.env) do
    env[name] = value
  end
  return env
end

--- Starts the host, with the words of `host_options` if there are any, and waits until its
--- bots are online or need a person; with `{ wait = false }` only until it can be asked.
---@param options? { wait: boolean }
function Stage:start_host(options)
  local command = {
    host.executable, "run", self:path("moondock.lua"), "--log", self.log,
    env = self:host_env(), own_session = true,
  }
  for _, word in ipairs(self.host_options or {}) do
    command[#command + 1] = word
  end
  if options and options.watch then
    command[#command + 1] = "--watch"
  end
  self.host = assert(host.spawn(command))
  if options and options.wait == false then
    self:await_ctl()
  else
    await_line(self.host, "^moondock ready$", "the host")
  end
end

-- Waits until the control socket answers.
function Stage:await_ctl()
  local deadline = host.real_ms() + stage.PATIENCE * 1000
  repeat
    if self:ctl("status") == 0 then
      return
    end
    host.turn(0.02)
  until host.real_ms() > deadline or not self.host:runs()
  error("the host did not start:\n  " .. table.concat(self.host:lines(), "\n  "), 0)
end

-- Ends a program: politely, then not. Gives its status.
local function stop(process, patience)
  process:signal("TERM")
  local status = process:wait(patience)
  if not status then
    process:signal("KILL")
    status = process:wait(5)
  end
  return status
end

--- Stops the host: SIGTERM, 10 s, then SIGKILL. Gives its exit status.
function Stage:stop_host()
  local process = self.host
  self.host = nil
  return process and stop(process, 10)
end

--- Ends the host without a warning, as a power cut would.
function Stage:kill_host()
  self.host:signal("KILL")
  self.host:wait(5)
  self.host:close()
  self.host = nil
end

function Stage:stop_sandbox()
  local process = self.sandbox
  self.sandbox = nil
  return process and stop(process, 5)
end

--- Clears the stage: members, host, sandbox, files, in this order.
function Stage:close()
  for _, member in ipairs(self.order) do
    member:leave()
  end
  local status = self:stop_host()
  self:stop_sandbox()
  host.remove_folder(self.folder)
  return status
end

-- --- the sandbox's two doors ---

local function escape(text)
  return (tostring(text):gsub("[^%w%-_.~]", function(byte)
    return ("%%%02X"):format(byte:byte())
  end))
end

local function form(fields)
  local parts = {}
  for name, value in pairs(fields) do
    for _, one in ipairs(type(value) == "table" and value or { value }) do
      parts[#parts + 1] = escape(name) .. "=" .. escape(one)
    end
  end
  return table.concat(parts, "&")
end

--- A call of the Server API; gives the answer, whatever its code.
---@param path string  "/group/join.json"
---@param fields table  lists become repeated keys
function Stage:api(path, fields)
  local nonce, time = host.digest.random_id(12), tostring(host.now())
  local answer = assert(host.http {
    method = "POST", url = self.server .. path, body = form(fields),
    headers = {
      ["Content-Type"] = "application/x-www-form-urlencoded",
      ["App-Key"] = self.app_key, Nonce = nonce, Timestamp = time,
      Signature = host.digest.sha1(self.secret .. nonce .. time),
    },
  })
  return assert(host.json.decode(answer.body))
end

function Stage:must_api(path, fields)
  local answer = self:api(path, fields)
  assert(answer.code == 200, ("%s: %s %s"):format(path, answer.code, answer.errorMessage))
  return answer
end

--- A call of the App Server by `who`, whose session is kept; gives the answer, whatever its code.
---@param method string  "POST"
---@param path string  "/user/register"
---@param body? table
function Stage:app(who, method, path, body)
  local answer = assert(host.http {
    method = method, url = self.server .. path, body = body and host.json.encode(body),
    headers = { ["Content-Type"] = "application/json", Cookie = self.cookies[who] },
  })
  assert(answer.status == 200, ("%s: %d %s"):format(path, answer.status, answer.body))
  self.cookies[who] = answer.headers:match("[Ss]et%-[Cc]ookie: ([^;]+)") or self.cookies[who]
  return assert(host.json.decode(answer.body))
end

--- The same; gives its result.
function Stage:must_app(who, method, path, body)
  local answer = self:app(who, method, path, body)
  assert(answer.code == 200, ("%s: %s %s"):format(path, answer.code, answer.message))
  return answer.result
end

--- A call of the sandbox's control interface.
function Stage:control(method, path, body)
  local answer = assert(host.http {
    method = method, url = self.server .. "/_sandbox" .. path,
    body = body and host.json.encode(body) or (method == "POST" and "{}" or nil),
    headers = { ["Content-Type"] = "application/json" },
  })
  assert(answer.status == 200, ("%s: %d %s"):format(path, answer.status, answer.body))
  return answer.body ~= "" and assert(host.json.decode(answer.body)) or {}
end

--- Orders trouble: see host/sandbox/faults.h. Gives the fault's id.
function Stage:fault(order)
  return self:control("POST", "/fault", order).id
end

function Stage:join(user, group)
  self:must_api("/group/join.json", { userId = user, groupId = group, groupName = group })
end

function Stage:quit(user, group)
  self:must_api("/group/quit.json", { userId = user, groupId = group })
end

-- --- the operator ---

--- Asks the running host; gives status, text of standard output, of standard error.
function Stage:ctl(...)
  local status, out, err = stage.run { "ctl", "--state", self:path("var"), ... }
  return status, table.concat(out, "\n"), table.concat(err, "\n")
end

-- The same without a program in between, for what is asked often.
function Stage:ask(request)
  local answer, err = host.ask(self:path("var/ctl.sock"), request, stage.PATIENCE)
  assert(answer, tostring(err))
  assert(answer.ok, answer.error)
  return answer
end

--- What `ctl status --json` says about the (first) bot.
function Stage:status()
  return self:ask({ ["do"] = "status" }).bots[1]
end

--- What it says about the worker process: its pid, how often one was started again, and why.
function Stage:worker()
  return self:ask({ ["do"] = "status" }).worker
end

--- Waits until the bot's state is `state`; gives its status.
function Stage:await_state(state, patience)
  local last
  local deadline = host.real_ms() + (patience or stage.PATIENCE) * 1000
  repeat
    last = self:status()
    if last.state == state then
      return last
    end
    host.turn(0.02)
  until host.real_ms() > deadline
  error(("the bot is %s (%s), not %s"):format(last.state, last.detail, state), 2)
end

--- Moves the clocks of the sandbox, of the members and, in test builds, of the host.
function Stage:move_clock(length)
  local ms = duration.ms(length)
  host.clock.add(ms)
  self:control("POST", "/clock", { add_ms = ms })
  if host.testing and self.host then
    self:ask { ["do"] = "clock", add_ms = ms }
  end
end

-- --- members ---

--- Somebody who talks and listens. Made offline; `enter` brings them online.
---@param name string
---@return moondock.StageMember
function Stage:member(name)
  local member = self.members[name]
  if not member then
    member = setmetatable({ stage = self, name = name, inbox = {} }, Member)
    self.members[name] = member
    self.order[#self.order + 1] = member
  end
  return member
end

-- Takes what arrived into the inboxes, and tells it once.
function Stage:pump()
  for _, member in ipairs(self.order) do
    local message = member.client and member.client:next(0)
    while message do
      member.inbox[#member.inbox + 1] = message
      if not (self.witness and message.group) or member.name == self.witness then
        self:tell_message(message)
      end
      message = member.client:next(0)
    end
  end
end

local doings = {
  Create = "made the group", Add = "joined", Quit = "left", Kicked = "was removed",
}

-- One line of the transcript for each message, however many received it.
function Stage:tell_message(message)
  if message.own or self.told[message.uid] then
    return
  end
  self.told[message.uid] = true
  local where = message.group or "private"
  local content = host.json.decode(message.content) or {}
  if message.text then
    self.tell(("%s  %s: %s"):format(where, message.sender, message.text))
  elseif message.object_name == "RC:GrpNtf" then
    local data = content.data
    data = type(data) == "string" and host.json.decode(data) or data or {}
    local names = table.concat(data.targetUserIds or {}, ", ")
    local doing = doings[content.operation] or content.operation
    self.tell(("%s  * %s %s"):format(where, names, doing))
  elseif message.object_name == "RC:RcCmd" then
    self.tell(("%s  * a message was recalled"):format(where))
  end
end

--- Waits until `found()` gives something, with the inboxes kept up to date.
function Stage:wait(found, patience)
  return host.sleep_until(function()
    self:pump()
    return found()
  end, patience or stage.PATIENCE)
end

--- Comes online.
function Member:enter()
  local owner = self.stage
  self.client = assert(host.client {
    server = owner.server, app_key = owner.app_key, secret = owner.secret, user = self.name,
  })
  assert(self.client:wait_state("online", stage.PATIENCE))
end

--- Goes offline.
function Member:leave()
  if self.client then
    self.client:close()
    self.client = nil
  end
end

-- { group = "demo" } or { user = "alice" }
function Member:say(to, text, options)
  local sent, err = self.client:send(to, text, options)
  if sent then
    sent.text, sent.group, sent.user = text, to.group, to.user
    self.last = sent
  end
  return sent, err
end

--- Waits for a message for which `wanted(message)` is true, and takes it out of the inbox.
function Member:take(wanted, patience)
  return self.stage:wait(function()
    for index, message in ipairs(self.inbox) do
      if wanted(message) then
        return table.remove(self.inbox, index)
      end
    end
  end, patience)
end

return stage
