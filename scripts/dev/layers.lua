--- Checks that every include of the host points down, never up or sideways, and that a
--- library's header is included in its own room only.
---
--- lua5.4 scripts/dev/layers.lua FILE...   prints what is wrong, exits 1 when anything is
local layers = {}

-- Which rooms a room may include, besides itself.
local below = {
  main = { "app", "base" },
  app = { "script", "sandbox", "im", "proto", "net", "store", "text", "base" },
  script = { "im", "proto", "net", "store", "text", "base" },
  sandbox = { "proto", "net", "store", "text", "base" },
  im = { "proto", "net", "store", "base" },
  proto = { "base" },
  net = { "base" },
  store = { "base" },
  text = { "base" },
  base = {},
}

-- The one room of each library's headers.
local home = {
  ["uv.h"] = "net",
  ["libwebsockets.h"] = "net",
  ["curl/"] = "net",
  ["sqlite3.h"] = "store",
  ["histedit.h"] = "app",
  ["lua.h"] = "script",
  ["lauxlib.h"] = "script",
  ["lualib.h"] = "script",
  ["cjson/"] = "base",
  ["cJSON.h"] = "base",
  ["openssl/"] = "base",
  ["zlib.h"] = "base",
}

-- What comes with the C library and the kernel. An unknown header fails, so that a new
-- library has to be given a room here.
local system = {}
for name in ([[
  assert complex ctype errno fenv float inttypes iso646 limits locale math setjmp signal
  stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath
  threads time uchar wchar wctype
  dirent dlfcn elf endian execinfo fcntl ftw fnmatch getopt glob grp libgen link netdb poll pthread
  pwd regex sched semaphore spawn strings syslog termios ucontext unistd utime wordexp
]]):gmatch("%S+") do
  system[name .. ".h"] = true
end
local system_folders = { "sys/", "netinet/", "arpa/", "net/", "linux/", "asm/" }

local function set_of(list)
  local set = {}
  for _, name in ipairs(list) do
    set[name] = true
  end
  return set
end

local function starts(text, prefix)
  return text:sub(1, #prefix) == prefix
end

local function room_of_library(header)
  for name, room in pairs(home) do
    if header == name or (name:sub(-1) == "/" and starts(header, name)) then
      return room
    end
  end
end

local function is_system(header)
  if system[header] then
    return true
  end
  for _, folder in ipairs(system_folders) do
    if starts(header, folder) then
      return true
    end
  end
  return false
end

--- The room a source belongs to: "host/im/account.c" -> "im", "host/main.c" -> "main".
function layers.room(path)
  return path:match("^host/([%w_]+)/[^/]+$") or (path == "host/main.c" and "main") or nil
end

-- What is wrong with one include, or nil. `quoted` says which kind of include it is.
local function judge(room, header, quoted)
  local library = room_of_library(header)
  if library then
    if library ~= room then
      return ("<%s> belongs to host/%s"):format(header, library)
    end
    return nil
  end
  if not quoted then
    if not is_system(header) then
      return ("<%s> has no room: name it in scripts/dev/layers.lua"):format(header)
    end
    return nil
  end
  local target = header:match("^([%w_]+)/[%w_]+%.h$")
  if not target then
    return ('"%s" is not written as "room/file.h"'):format(header)
  end
  if target == room or set_of(below[room])[target] then
    return nil
  end
  if not below[target] then
    return ('"%s": there is no room %s'):format(header, target)
  end
  return ('"%s": %s may not include %s'):format(header, room, target)
end

--- The complaints about one source, each "path:line: what".
function layers.scan(path, text)
  local found = {}
  local room = layers.room(path)
  if not room or not below[room] then
    return { ("%s:1: not in a room that scripts/dev/layers.lua knows"):format(path) }
  end
  local number = 0
  for line in (text .. "\n"):gmatch("(.-)\n") do
    number = number + 1
    local open, header = line:match('^%s*#%s*include%s*([<"])([^>"]+)')
    local wrong = header and judge(room, header, open == '"')
    if wrong then
      found[#found + 1] = ("%s:%d: %s"):format(path, number, wrong)
    end
  end
  return found
end

local function main(paths)
  local count = 0
  for _, path in ipairs(paths) do
    local file = assert(io.open(path, "rb"))
    for _, complaint in ipairs(layers.scan(path, file:read("a"))) do
      io.stderr:write(complaint, "\n")
      count = count + 1
    end
    file:close()
  end
  if #paths == 0 or count > 0 then
    io.stderr:write(("layers: %d files, %d wrong includes\n"):format(#paths, count))
    os.exit(1)
  end
end

if arg and arg[0] and arg[0]:match("layers%.lua$") then
  main(arg)
end

return layers
