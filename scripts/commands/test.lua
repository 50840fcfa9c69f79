--- moondock test [PATH...]: runs specs with busted inside moondock. What a .busted file of the
--- current folder says applies. A PATH is a spec, or a folder with specs somewhere below it;
--- without one: spec/, else plugins/. The exit status is busted's.

local host = require "moondock.host"

local found, runner = pcall(require, "busted.runner")
if not found then
  if not tostring(runner):find("module 'busted%.?%w*' not found") then
    error(runner, 0)
  end
  io.stderr:write([[
moondock test: busted is not installed. Debian: apt-get install lua-busted
Elsewhere: luarocks --lua-version 5.4 install busted
]])
  return 1
end

-- Options are busted's, written --name=value.
local named = false
for _, word in ipairs(arg) do
  if word:sub(1, 1) ~= "-" then
    named = true
    if not host.real_path(word) then
      io.stderr:write(("moondock test: there is no %s\n"):format(word))
      return 1
    end
  end
end
if not named then
  local root = host.real_path("spec") and "spec" or host.real_path("plugins") and "plugins"
  if not root then
    io.stderr:write("moondock test: there is neither spec nor plugins here; name a path\n")
    return 1
  end
  arg[#arg + 1] = root -- luacheck: ignore 122
end

-- busted ends the program by os.exit, which would leave clients and child programs as they
-- are. Leaving the coroutine instead closes everything, and moondock checks that it did.
-- Ctrl-C leaves it too, so that what the specs started ends with them.
host.catch_interrupts("leave")

-- Clients of the specs come and go; only what somebody should look at is worth a line.
host.log_level("error")

local real_exit = os.exit
local run = coroutine.create(function()
  runner { standalone = false }
end)

os.exit = function(code) -- luacheck: ignore 122
  if coroutine.running() == run then
    coroutine.yield(code)
  end
  real_exit(code, true)
end

local fine, code = coroutine.resume(run)
if not fine then
  error(debug.traceback(run, tostring(code)), 0)
end
if code == true or code == nil then
  return 0
end
return code == false and 1 or code
