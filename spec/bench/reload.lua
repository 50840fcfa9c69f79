--- Reloads a plugin again and again while a sender talks to it: nothing may be lost, doubled
--- or out of order, and the host's memory has to stay where it is.
---
--- build/moondock lua spec/bench/reload.lua     (make bench)
---
--- Environment: RELOAD_SECONDS (60), RELOAD_RATE (5000 messages a second), RELOAD_EVERY_MS
--- (50), OUT (build).
package.path = "./?.lua;" .. package.path
local host = require "moondock.host"
local procs = require "spec.bench.procs"

local out = os.getenv("OUT") or "build"
local seconds = tonumber(os.getenv("RELOAD_SECONDS") or 60)
local rate = tonumber(os.getenv("RELOAD_RATE") or 5000)
local every_ms = tonumber(os.getenv("RELOAD_EVERY_MS") or 50)
local app_key, secret = "bench", "bench-secret"

local function trim(text)
  return text:match("^%s*(.-)%s*$")
end

local root = trim(procs.run { "pwd" })
local folder = trim(procs.run { "mktemp", "-d", "/tmp/moondock-reload.XXXXXX" })

local function token_of(url, user)
  return trim(assert(procs.run { out .. "/spec/bench/token", url, app_key, secret, user }))
end

local function start_host(url)
  procs.run { "mkdir", "-p", folder .. "/plugins" }
  procs.run { "cp", "-R", root .. "/spec/bench/plugins/counter", folder .. "/plugins/" }
  procs.write(folder .. "/moondock.lua", ([[
return {
  state = "var",
  plugin_path = { "plugins" },
  bots = {
    counter = {
      account = {
        app_key = %q, user = "counter", navi = { %q }, api = { %q },
        token = { from = "static", value = %q },
      },
      plugins = { counter = {} },
    },
  },
}
]]):format(app_key, url, url, token_of(url, "counter")))
  local proc = procs.start("host", folder,
    { out .. "/moondock", "-q", "run", folder .. "/moondock.lua" })
  proc:expect("(moondock ready)")
  return proc
end

local function ask(order)
  local answer = assert(host.ask(folder .. "/var/ctl.sock", order))
  assert(answer.ok, answer.error)
  return answer
end

-- A version that differs in every reload, or there would be nothing to do.
local code = assert(io.open(root .. "/spec/bench/plugins/counter/init.lua", "rb")):read("a")

local function reload(number)
  procs.write(folder .. "/plugins/counter/init.lua", ("%s-- %d\n"):format(code, number))
  ask { ["do"] = "reload", plugin = "counter" }
end

local function storm(proc, sender)
  local first = proc:memory()
  local start, number = host.real_ms(), 0
  local warm -- once every buffer has met its load
  while sender:alive() do
    number = number + 1
    reload(number)
    if not warm and host.real_ms() - start > seconds * 100 then
      warm = proc:memory()
    end
    local next_ms = start + number * every_ms
    while host.real_ms() < next_ms and sender:alive() do
      host.turn(math.min(next_ms - host.real_ms(), 100) / 1000)
    end
  end
  return number, first, warm or first, proc:memory()
end

local function main()
  local sandbox = procs.start("sandbox", folder, {
    out .. "/moondock", "-q", "sandbox", "--listen", "127.0.0.1:0", "--app-key", app_key,
    "--app-secret", secret,
  })
  local url = sandbox:expect("sandbox ready (%S+)")
  local proc = start_host(url)
  local sender = procs.start("sender", folder, {
    out .. "/spec/bench/sender", "rate", url, app_key, token_of(url, "sender"), "counter",
    seconds, rate,
  })
  local reloads, first, warm, last = storm(proc, sender)
  local line = assert(sender:output():match("(sent=[^\n]*)"), sender:output())
  local got = {}
  for name, value in line:gmatch("([%w_]+)=(%S+)") do
    got[name] = math.tointeger(tonumber(value)) or tonumber(value)
  end
  local handled = tonumber(ask({ ["do"] = "eval", plugin = "counter",
    code = "counted().handled" }).text)
  proc:stop()
  sandbox:stop()
  print(("%d reloads, %.0f ms apart; %d messages at %.0f/s: %d answered, %d doubled, %d out of "
    .. "order, %d handled; p99 %.1f ms; host memory %.1f MB at first, %.1f MB after a tenth, "
    .. "%.1f MB at last"):format(reloads, got.seconds * 1000 / reloads, got.sent,
    got.answered / got.seconds, got.answered, got.doubled, got.disordered, handled,
    got.p99_us / 1000, first, warm, last))
  assert(got.answered == got.sent and got.doubled == 0 and got.disordered == 0
    and handled == got.sent, "messages were lost, doubled or out of order")
end

local good, why = pcall(main)
procs.stop_all()
if not good then
  io.stderr:write(("reload: %s\nlogs are in %s\n"):format(why, folder))
  os.exit(1)
end
procs.run { "rm", "-rf", folder }
