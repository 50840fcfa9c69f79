--- The benchmark of the README: what an echo costs, in several bots, each against a sandbox
--- and a sender in processes of their own, on loopback. Prints a table in Markdown.
---
--- build/moondock lua spec/bench/bench.lua     (make bench)
---
--- Environment: RUNS (5), SECONDS (5) and WINDOW (64, messages kept unanswered) of the
--- throughput part, BOTS ("abcdef"), OUT (build).
package.path = "./?.lua;" .. package.path
local procs = require("spec.bench.procs")
local bots = require("spec.bench.bots")

local out = os.getenv("OUT") or "build"
local runs = tonumber(os.getenv("RUNS") or 5)
local seconds = tonumber(os.getenv("SECONDS") or 5)
local window = tonumber(os.getenv("WINDOW") or 64)
local chosen = os.getenv("BOTS") or "abcdef"
local warm_up = 2
local app_key, secret = "bench", "bench-secret"

local function note(format, ...)
  io.stderr:write(format:format(...), "\n")
end

local function median(list)
  table.sort(list)
  local middle = #list // 2
  if #list % 2 == 1 then
    return list[middle + 1]
  end
  return (list[middle] + list[middle + 1]) / 2
end

local function trim(text)
  return text:match("^%s*(.-)%s*$")
end

local root = trim(procs.run { "pwd" })
local scratch = trim(procs.run { "mktemp", "-d", "/tmp/moondock-bench.XXXXXX" })

local function make_token(url, user)
  return trim(assert(procs.run { out .. "/spec/bench/token", url, app_key, secret, user }))
end

local function parse(line)
  local values = {}
  for name, value in line:gmatch("([%w_]+)=(%S+)") do
    values[name] = tonumber(value)
  end
  return values
end

-- A sandbox of its own, so that no run inherits what another one left behind.
local function open(bot, number, part)
  local folder = ("%s/%s%d-%s"):format(scratch, bot.key, number, part)
  procs.run { "mkdir", "-p", folder .. "/plugins" }
  local sandbox = procs.start("sandbox", folder, {
    out .. "/moondock", "-q", "sandbox", "--listen", "127.0.0.1:0", "--app-key", app_key,
    "--app-secret", secret,
  })
  local url = sandbox:expect("sandbox ready (%S+)")
  local setup = {
    root = root, out = out, folder = folder, url = url, app_key = app_key,
    token = make_token(url, "echo"),
  }
  return setup, sandbox, make_token(url, "sender")
end

-- Starts the bot while a message is waiting for it (unless it answers none of those);
-- returns it and the milliseconds from exec to the answer.
local function cold_start(bot, setup, token)
  local proc = bot.begins_now and bot.start(setup)
  if proc then
    proc:expect("(moondock ready)")
  end
  local sender = procs.start("once", setup.folder, {
    out .. "/spec/bench/sender", "once", setup.url, app_key, token, "echo",
  })
  sender:expect("(waiting)")
  proc = proc or bot.start(setup)
  local good, line = pcall(sender.expect, sender, "(sent=[^\n]*)")
  if not good then
    error(line .. "\nthe bot said:\n" .. proc:output(), 0)
  end
  if proc.check then
    proc.check()
  end
  return proc, (parse(line).at_ns - proc:started_ns()) / 1e6
end

local function load(mode, setup, proc, token, length, amount)
  local line, text = procs.run {
    out .. "/spec/bench/sender", mode, setup.url, app_key, token, "echo", length, amount,
  }
  if not line then
    error(("sender failed: %s\nthe bot said:\n%s"):format(text, proc:output()), 0)
  end
  return parse(line)
end

local function measure_peak(bot, number)
  local setup, sandbox, token = open(bot, number, "peak")
  local proc, cold_ms = cold_start(bot, setup, token)
  load("peak", setup, proc, token, warm_up, window)
  local bot_before, sandbox_before = proc:cpu(), sandbox:cpu()
  local got = load("peak", setup, proc, token, seconds, window)
  local result = {
    cold_ms = cold_ms,
    per_second = got.answered / got.seconds,
    cpu_us = (proc:cpu() - bot_before) / got.answered * 1e6,
    bot_share = (proc:cpu() - bot_before) / got.seconds,
    sandbox_share = (sandbox:cpu() - sandbox_before) / got.seconds,
    sender_share = got.cpu / got.seconds,
    memory = proc:peak_memory(),
  }
  proc:stop()
  sandbox:stop()
  note("%s%d  %6.0f messages/s  %6.1f us CPU  %5.1f MB  cold %4.0f ms  cores: sandbox %.2f "
    .. "sender %.2f bot %.2f", bot.key, number, result.per_second, result.cpu_us, result.memory,
    cold_ms, result.sandbox_share, result.sender_share, result.bot_share)
  return result
end

local function measure_latency(bot, number, rate)
  local setup, sandbox, token = open(bot, number, "rate")
  local proc = cold_start(bot, setup, token)
  load("rate", setup, proc, token, warm_up, rate)
  local got = load("rate", setup, proc, token, seconds, rate)
  proc:stop()
  sandbox:stop()
  note("%s%d  %6.0f messages/s  p50 %.2f ms  p99 %.2f ms", bot.key, number, rate,
    got.p50_us / 1000, got.p99_us / 1000)
  return got
end

local function collect(results, bot, values)
  results[bot.key] = results[bot.key] or {}
  for name, value in pairs(values) do
    results[bot.key][name] = results[bot.key][name] or {}
    table.insert(results[bot.key][name], value)
  end
end

-- Interleaved, so that a machine that slows down slows all of them.
local function each_run(fn)
  for number = 1, runs do
    for _, bot in ipairs(bots.list) do
      if chosen:find(bot.key, 1, true) then
        fn(bot, number)
      end
    end
  end
end

local function machine()
  local info = io.open("/proc/cpuinfo"):read("a")
  local _, cores = info:gsub("processor%s*:", "")
  return ("%s, %d cores"):format(info:match("model name%s*:%s*([^\n]+)") or "unknown", cores)
end

local function print_table(middle, rate)
  print(("\n%s. %d messages unanswered, medians of %d runs; latency at %d messages/s.\n")
    :format(machine(), window, runs, rate))
  print("| echo bot | CPU per message | messages/s | p50 | p99 | peak memory | cold start |"
    .. " cores: sandbox, sender, bot |")
  print("|---|---|---|---|---|---|---|---|")
  for _, bot in ipairs(bots.list) do
    local m = middle[bot.key]
    if m then
      local saturated = (m.sandbox_share > 0.95 or m.sender_share > 0.95) and " (saturated)" or ""
      print(("| %s: %s | %.1f µs | %.0f%s | %.2f ms | %.2f ms | %.1f MB | %.0f ms | "
        .. "%.2f, %.2f, %.2f |"):format(bot.key, bot.title, m.cpu_us, m.per_second, saturated,
        m.p50_us / 1000, m.p99_us / 1000, m.memory, m.cold_ms, m.sandbox_share, m.sender_share,
        m.bot_share))
    end
  end
  print()
  for _, want in ipairs { { "a", "b", 0.8 }, { "b", "c", 0.95 }, { "d", "b", 10 } } do
    local over, under = middle[want[1]], middle[want[2]]
    if over and under then
      print(("%s/%s in CPU time per message: %.2f (wanted: at least %.2f); messages/s: %.2f")
        :format(want[1], want[2], over.cpu_us / under.cpu_us, want[3],
          over.per_second / under.per_second))
    end
  end
  local kept, forgot = middle.b, middle.e
  if kept and forgot then
    print(("durable normal/off: %.2f of the messages/s (wanted: at least 0.75), %+.1f µs of CPU "
      .. "per message (at most +20), p99 %.2f against %.2f ms"):format(
      kept.per_second / forgot.per_second, kept.cpu_us - forgot.cpu_us, kept.p99_us / 1000,
      forgot.p99_us / 1000))
  end
end

local function main()
  local results, middle = {}, {}
  each_run(function(bot, number)
    collect(results, bot, measure_peak(bot, number))
  end)
  local lowest = math.huge
  for _, values in pairs(results) do
    lowest = math.min(lowest, median(values.per_second))
  end
  local rate = math.floor(lowest / 2)
  each_run(function(bot, number)
    collect(results, bot, measure_latency(bot, number, rate))
  end)
  for key, values in pairs(results) do
    middle[key] = {}
    for name, list in pairs(values) do
      if name ~= "seconds" then
        middle[key][name] = median(list)
      end
    end
  end
  print_table(middle, rate)
end

local good, why = pcall(main)
procs.stop_all()
if not good then
  note("bench: %s\nlogs are in %s", why, scratch)
  os.exit(1)
end
procs.run { "rm", "-rf", scratch }
