--- Child processes of the benchmark and what they used, read from /proc. Linux only.
local procs = {}

local ticks_per_second = 100 -- USER_HZ, the same on every Linux port that matters

local function read(path)
  local file = io.open(path, "rb")
  if not file then
    return nil
  end
  local text = file:read("a")
  file:close()
  return text
end

local function quote(word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end

local function command_line(argv)
  local words = {}
  for i, word in ipairs(argv) do
    words[i] = quote(word)
  end
  return table.concat(words, " ")
end

--- Sleeps; a benchmark may.
function procs.sleep(seconds)
  os.execute(("sleep %.3f"):format(seconds))
end

--- Runs a command to its end. Returns its output, or nil and the same.
function procs.run(argv)
  local pipe = assert(io.popen(command_line(argv), "r"))
  local text = pipe:read("a")
  local good = pipe:close()
  if not good then
    return nil, text
  end
  return text
end

local Proc = {}
Proc.__index = Proc
local running = {}

--- Starts a command with its output in a file. `started_ns` is the moment before its exec.
function procs.start(name, folder, argv)
  local log = ("%s/%s.log"):format(folder, name)
  local script = ("(date +%%s%%N; exec %s) >%s 2>&1 & echo $!"):format(
    command_line(argv),
    quote(log)
  )
  local pipe = assert(io.popen(script, "r"))
  local pid = assert(tonumber(pipe:read("l")))
  pipe:close()
  local proc = setmetatable({ name = name, pid = pid, log = log }, Proc)
  running[proc] = true
  return proc
end

function Proc:output()
  return read(self.log) or ""
end

function Proc:started_ns()
  return assert(math.tointeger(tonumber(self:output():match("^(%d+)"))))
end

function Proc:alive()
  local stat = read(("/proc/%d/stat"):format(self.pid))
  return stat ~= nil and not stat:match("%) [ZX] ")
end

--- Waits until the output has a line that matches; returns the captures.
function Proc:expect(pattern)
  for _ = 1, 1500 do
    local found = { self:output():match(pattern) }
    if found[1] then
      return table.unpack(found)
    end
    if not self:alive() then
      break
    end
    procs.sleep(0.02)
  end
  error(("%s did not say %q:\n%s"):format(self.name, pattern, self:output()), 0)
end

-- Calls `fn` for the process and those it started (a host's worker), and adds up.
local function family(proc, fn)
  local sum = assert(fn(proc.pid), proc.name .. " is gone")
  local children = read(("/proc/%d/task/%d/children"):format(proc.pid, proc.pid)) or ""
  for pid in children:gmatch("%d+") do
    sum = sum + (fn(tonumber(pid)) or 0)
  end
  return sum
end

--- Seconds of CPU its threads used, in user and kernel.
function Proc:cpu()
  return family(self, function(pid)
    local stat = read(("/proc/%d/stat"):format(pid))
    if not stat then
      return nil
    end
    local fields = {}
    for field in stat:match("%) (.*)$"):gmatch("%S+") do
      fields[#fields + 1] = field
    end
    return (tonumber(fields[12]) + tonumber(fields[13])) / ticks_per_second
  end)
end

local function memory(proc, field)
  return family(proc, function(pid)
    local status = read(("/proc/%d/status"):format(pid))
    local amount = status and status:match(field .. ":%s+(%d+)")
    return amount and tonumber(amount) / 1024
  end)
end

--- Most memory it ever held, in MB.
function Proc:peak_memory()
  return memory(self, "VmHWM")
end

--- What it holds now, in MB.
function Proc:memory()
  return memory(self, "VmRSS")
end

function Proc:stop()
  running[self] = nil
  os.execute(("kill -TERM %d 2>/dev/null"):format(self.pid))
  for _ = 1, 500 do
    if not self:alive() then
      return
    end
    procs.sleep(0.02)
  end
  os.execute(("kill -KILL %d 2>/dev/null"):format(self.pid))
end

--- Stops what is still running, for the way out after an error.
function procs.stop_all()
  for proc in pairs(running) do
    running[proc] = nil
    proc:stop()
  end
end

function procs.write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

return procs
