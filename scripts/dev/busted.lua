--- Runs busted inside moondock: moondock lua scripts/dev/busted.lua PATHS...
--- What .busted says applies. The exit status is busted's.

-- busted ends the program by os.exit, which would leave clients and child programs as they
-- are. Leaving the coroutine instead closes everything, and moondock checks that it did.
local host = require "moondock.host"

-- Ctrl-C leaves the coroutine too, so that what the specs started ends with them.
host.catch_interrupts("leave")

-- Clients of the specs come and go; only what somebody should look at is worth a line.
host.log_level("error")

local real_exit = os.exit
local runner = coroutine.create(function()
  require "busted.runner" { standalone = false }
end)

os.exit = function(code) -- luacheck: ignore 122
  if coroutine.running() == runner then
    coroutine.yield(code)
  end
  real_exit(code, true)
end

local fine, code = coroutine.resume(runner)
if not fine then
  error(debug.traceback(runner, tostring(code)), 0)
end
if code == true or code == nil then
  return 0
end
return code == false and 1 or code
