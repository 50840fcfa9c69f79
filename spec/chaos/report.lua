--- The table at the end of a run.

local report = {}

local SHOWN = 20

local function line(name, value)
  print(("  %-24s %8s"):format(name, value))
end

local function sorted(map)
  local names = {}
  for name in pairs(map) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

--- Prints it; true when nothing was wrong.
function report.show(run, verdict, settled)
  print(("chaos seed %d, %g s"):format(run.seed, run.seconds))
  for _, name in ipairs(sorted(run.counts)) do
    line(name, run.counts[name])
  end
  line("connections cut", run.wires.counts.cuts)
  line("connections made", run.wires.counts.links)
  line("hosts started", run.prey.starts)
  line("hosts refused", run.prey.refused)
  line("sends unsure", run.crew.unsure)
  line("messages", verdict.messages)
  for _, name in ipairs(sorted(verdict.kinds)) do
    line("  of them " .. name, verdict.kinds[name])
  end
  line("answers", verdict.answers)
  line("answers put in order", verdict.ordered)
  line("interrupted parts", verdict.interrupted)
  line("lost", verdict.lost)
  line("doubled", verdict.doubled)
  line("out of order", verdict.disordered)
  line("strange", verdict.strange)
  for i = 1, math.min(SHOWN, #verdict.faults) do
    print("  " .. verdict.faults[i])
  end
  if #verdict.faults > SHOWN then
    print(("  and %d more"):format(#verdict.faults - SHOWN))
  end
  if not settled then
    print("  it did not come to rest")
  end
  local good = settled and #verdict.faults == 0 and run.status == 0
  print(good and "1 passed, 0 failed" or "0 passed, 1 failed")
  if not good then
    print(("  the host ended with %s"):format(run.status))
    print(("again: make chaos SEED=%d TIME=%g"):format(run.seed, run.seconds))
  end
  return good
end

return report
