--- The host under fire: started again whenever it is gone; its supervisor and its worker are
--- found, killed, stopped and kept from writing.

local host = require "moondock.host"

local prey = {}

---@class ChaosPrey
local Prey = {}
Prey.__index = Prey

-- A `run` that is refused, because the one before is not quite dead, is tried again this soon.
local AGAIN_MS = 20

local function read(path)
  local file <close> = io.open(path, "rb")
  return file and file:read("a")
end

local function is_alive(pid)
  local stat = read(("/proc/%d/stat"):format(pid))
  return stat ~= nil and not stat:match("%) [ZX] ")
end

-- The worker that a supervisor started, or nil.
local function child_of(pid)
  local list = read(("/proc/%d/task/%d/children"):format(pid, pid)) or ""
  for child in list:gmatch("%d+") do
    local words = read(("/proc/%s/cmdline"):format(child)) or ""
    if words:find("\0%-%-worker\0") and is_alive(tonumber(child)) then
      return tonumber(child)
    end
  end
end

local function send_signal(pid, name)
  os.execute(("kill -%s %d 2>/dev/null"):format(name, pid))
end

--- `command`: how it is started, as host.spawn wants it; `log(line)` gets what it says.
function prey.new(command, log)
  return setmetatable({
    command = command, log = log, since = {}, pids = {}, conts = {}, starts = 0,
    again_ms = 0, refused = 0,
  }, Prey)
end

function Prey:start()
  self.process = assert(host.spawn(self.command))
  self.starts = self.starts + 1
end

-- Notes which processes there are, and since when.
local function find(self)
  local pid = self.process and self.process:runs() and self.process:id()
  local found = { supervisor = pid, worker = pid and child_of(pid) }
  if found.worker then
    self.is_supervised = true
  elseif pid and not self.is_supervised then
    found.worker = pid -- one process is both
  end
  for _, who in ipairs { "supervisor", "worker" } do
    if found[who] ~= self.pids[who] then
      self.pids[who], self.since[who] = found[who], host.real_ms()
    end
  end
end

local function drain_lines(self)
  local line = self.process:next_line(0)
  while line do
    self.log(line)
    line = self.process:next_line(0)
  end
end

--- Starts what is gone, continues what was stopped for long enough.
function Prey:tend()
  local now = host.real_ms()
  if self.process then
    drain_lines(self)
    if not self.process:runs() then
      self.refused = self.refused + (self.process:wait(0) == 1 and 1 or 0)
      self.process:close()
      self.process, self.again_ms = nil, now + AGAIN_MS
    end
  elseif now >= self.again_ms then
    self:start()
  end
  for pid, till in pairs(self.conts) do
    if now >= till then
      self.conts[pid] = nil
      send_signal(pid, "CONT")
    end
  end
  find(self)
end

--- How long `who` has been running, or nil: "worker" or "supervisor".
function Prey:age(who)
  return self.pids[who] and host.real_ms() - self.since[who]
end

function Prey:kill(who)
  send_signal(self.pids[who], "KILL")
  self.conts[self.pids[who]] = nil
  self.pids[who] = nil
  if who == "supervisor" then
    self.process:wait(5)
    self.pids.worker = nil
  end
end

--- SIGSTOP, and SIGCONT `ms` later.
function Prey:stop(who, ms)
  local pid = self.pids[who]
  send_signal(pid, "STOP")
  self.conts[pid] = host.real_ms() + ms
end

function Prey:is_stopped()
  return next(self.conts) ~= nil
end

--- A full disk: files of the worker may not grow beyond `bytes`, or "unlimited".
function Prey:limit_files(bytes)
  os.execute(("prlimit --pid %d --fsize=%s:unlimited 2>/dev/null"):format(
    self.pids.worker, bytes))
end

--- Continues all and gives back the disk.
function Prey:calm()
  for pid in pairs(self.conts) do
    self.conts[pid] = 0
  end
  self:tend()
  if self.pids.worker then
    self:limit_files("unlimited")
  end
end

--- SIGTERM; gives the status.
function Prey:close()
  if not self.process then
    return nil
  end
  self.process:signal("TERM")
  local status = self.process:wait(20)
  drain_lines(self)
  self.process:close()
  self.process = nil
  return status
end

return prey
