--- The sandbox under a crowd: 5,000 people in groups of 100, told 20,000 messages a second, each
--- counted and timed where it arrives.
---
--- build/moondock lua spec/bench/crowd.lua     (make bench)
--- Environment: SECONDS (60), GROUPS (50), MEMBERS (100), RATE (200 said a second).

local procs = require("spec.bench.procs")

local out = os.getenv("OUT") or "build"
local seconds = tonumber(os.getenv("SECONDS") or 60)
local groups = tonumber(os.getenv("GROUPS") or 50)
local members = tonumber(os.getenv("MEMBERS") or 100)
local rate = tonumber(os.getenv("RATE") or 200)
local app_key, secret = "bench", "bench-secret"

local folder = procs.run { "mktemp", "-d", "/tmp/moondock-crowd.XXXXXX" }:match("%S+")

local function main()
  local sandbox = procs.start("sandbox", folder, {
    out .. "/moondock", "-q", "sandbox", "--listen", "127.0.0.1:0", "--app-key", app_key,
    "--app-secret", secret,
  })
  local port = sandbox:expect("sandbox ready http://127%.0%.0%.1:(%d+)")
  local before = sandbox:memory()
  local crowd = procs.start("crowd", folder, {
    out .. "/spec/bench/crowd", port, app_key, secret, groups, members, rate, seconds,
  })
  crowd:expect("(online)")
  local connected, cpu = sandbox:memory(), sandbox:cpu()
  while crowd:alive() do
    procs.sleep(0.1)
  end
  cpu = sandbox:cpu() - cpu
  local got = {}
  for name, value in assert(crowd:output():match("(people=[^\n]*)"), crowd:output())
      :gmatch("([%w_]+)=(%S+)") do
    got[name] = tonumber(value)
  end
  sandbox:stop()
  print(("%d connections, %d messages, %.0f deliveries/s: %d delivered, %d lost, %d wrong; p50 "
    .. "%.1f ms, p99 %.1f ms; %.1f KB a connection; cores: sandbox %.2f, crowd %.2f"):format(
    got.people, got.sent, got.delivered / got.seconds, got.delivered, got.lost, got.wrong,
    got.p50_us / 1000, got.p99_us / 1000, (connected - before) * 1000 / got.people,
    cpu / got.seconds, got.cpu / got.seconds))
  assert(got.lost == 0 and got.wrong == 0 and got.incomplete == 0 and got.refused == 0,
    "deliveries were lost, doubled or out of order")
end

local good, why = pcall(main)
procs.stop_all()
if not good then
  io.stderr:write(("crowd: %s\nlogs are in %s\n"):format(why, folder))
  os.exit(1)
end
procs.run { "rm", "-rf", folder }
