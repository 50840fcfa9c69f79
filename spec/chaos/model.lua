--- What users must have seen, by design.md section 5, and what they saw.
---
--- A message that the cloud took is answered, and every part of its answer is seen once by
--- everybody in its conversation. Answers that a handler gives without waiting first are in the
--- order in which the host journaled the messages. When that was is known from outside as a
--- span: from the first time the message went to the host to the last time before its answer
--- was seen. Two answers are out of order when the spans do not overlap and the later one came
--- first.
---
--- A death in the middle of a task, and other code afterwards, may leave the rest of the task
--- undone. The host says so, and then what is missing is not lost.

local model = {}

---@class ChaosModel
local Model = {}
Model.__index = Model

-- The parts each kind is answered with; `ordered`: the first part is given without waiting;
-- `rest`: the parts that come after something was let out, which an interrupted task may leave
-- undone. Before that a task starts anew.
local kinds = {
  plain = { parts = { 1 }, ordered = true },
  two = { parts = { 1, 2 }, ordered = true, in_turn = true, rest = { [2] = true } },
  spawn = { parts = { 1, 2 }, rest = { true, true } },
  sleep = { parts = { 1 } },
  -- The part is the count that the handler read and wrote.
  store = { parts = { 1 }, rest = { true } },
  later = { parts = { 1 }, rest = { true } }, -- the same, with a wait in between
  sum = { parts = { 1 }, rest = { true } }, -- with the sum: each message adds one
  http = { parts = { 1, 2 }, ordered = true, in_turn = true, rest = { [2] = true } },
  -- The question is part 1.
  ask = { parts = { 1, 2 }, ordered = true, in_turn = true, rest = { [2] = true } },
}

-- Whether a part may be missing.
local function is_excused(entry, part)
  local rest = kinds[entry.kind].rest
  return entry.is_interrupted and rest and rest[part]
end

local function part_is_seen(entry, part)
  local seen = entry.seen[part]
  for _, viewer in ipairs(entry.viewers) do
    if not seen or not seen.by[viewer] then
      return false
    end
  end
  return true
end

--- `log(format, ...)` is told everything.
function model.new(log)
  return setmetatable({
    messages = {}, order = {}, arrivals = 0, strange = {}, sums = {}, log = log,
    by_uid = {}, codes = 0, loaded = 0,
  }, Model)
end

--- A message is on its way. `viewers`: who is in its conversation, a list.
---@param message { number: integer, kind: string, user: string, group?: string }
function Model:sent(message, viewers)
  local entry = {
    number = message.number, kind = message.kind, viewers = viewers,
    conversation = message.group or "private " .. message.user,
    codes = self.loaded,
    seen = {}, -- part -> { viewer -> how often, sent_ms =, uids = { uid -> true } }
  }
  self.messages[message.number] = entry
  self.order[#self.order + 1] = entry
  self.log("%s says %d, %s, in %s", message.user, entry.number, entry.kind, entry.conversation)
end

--- The cloud took it, so it must be answered.
function Model:taken(number, uid)
  self.messages[number].taken = true
  self.by_uid[uid] = self.messages[number]
end

--- From now on the host finds other code.
function Model:code_changed()
  self.codes = self.codes + 1
end

--- It surely has loaded it.
function Model:code_loaded()
  self.loaded = self.codes
end

--- The host said that a task of this message was interrupted.
function Model:interrupted(uid)
  local entry = self.by_uid[uid]
  if not entry or entry.codes == self.codes then
    table.insert(self.strange, ("%s was interrupted without other code"):format(uid))
    return
  end
  entry.is_interrupted = true
end

--- Whether nothing more is to come.
function Model:is_over(number)
  local entry = self.messages[number]
  for _, part in ipairs(kinds[entry.kind].parts) do
    if not is_excused(entry, part) and not part_is_seen(entry, part) then
      return false
    end
  end
  return true
end

--- It went to the host.
function Model:arrived(number)
  local entry = self.messages[number]
  self.arrivals = self.arrivals + 1
  self.log("%d goes to the host", number)
  if not entry then
    return
  end
  entry.first_arrival = entry.first_arrival or self.arrivals
  if not entry.answered then
    entry.last_arrival = self.arrivals
  end
end

--- `viewer` got a message of the bot. Messages got twice with one UID are one: that is the
--- transport's business, and every client of RongCloud drops the second.
---@param message { uid: string, text: string, sent_ms: integer, group?: string }
function Model:saw(viewer, message)
  local kind, number, part, sum = (message.text or ""):match("^(%a+) (%d+) (%d+) ?(%d*)$")
  local entry = number and self.messages[tonumber(number)]
  part = tonumber(part)
  local known = entry and entry.kind == kind
    and entry.conversation == (message.group or "private " .. viewer)
  if not known then
    table.insert(self.strange, ("%s saw %q"):format(viewer, message.text or "?"))
    return
  end
  entry.answered = true
  if sum ~= "" then
    self.sums[tonumber(sum)] = true
    self.greatest_sum = math.max(self.greatest_sum or 0, tonumber(sum))
  end
  local seen = entry.seen[part]
  if not seen then
    seen = { by = {}, sent_ms = message.sent_ms, copies = 0, uids = {} }
    entry.seen[part] = seen
    self.log("%s is seen, sent at %d", message.text, message.sent_ms)
  end
  seen.by[viewer] = (seen.by[viewer] or 0) + 1
  if not seen.uids[message.uid] then
    seen.uids[message.uid] = true
    seen.copies = seen.copies + 1
    seen.sent_ms = math.min(seen.sent_ms, message.sent_ms)
  end
end

--- How many parts have not been seen by everybody yet.
function Model:missing()
  local count = 0
  for _, entry in ipairs(self.order) do
    for _, part in ipairs(entry.taken and kinds[entry.kind].parts or {}) do
      count = count + ((is_excused(entry, part) or part_is_seen(entry, part)) and 0 or 1)
    end
  end
  return count
end

local function judge_entry(entry, verdict)
  local wanted = {}
  for _, part in ipairs(kinds[entry.kind].parts) do
    wanted[part] = true
    local is_missing = entry.taken and not part_is_seen(entry, part)
    if is_missing and is_excused(entry, part) then
      verdict.interrupted = verdict.interrupted + 1
    elseif is_missing then
      verdict:add("lost", "%s %d part %d in %s%s", entry.kind, entry.number, part,
        entry.conversation, entry.seen[part] and ", by some" or "")
    end
  end
  for part, seen in pairs(entry.seen) do
    verdict.answers = verdict.answers + 1
    local most = seen.copies
    for _, count in pairs(seen.by) do
      most = math.max(most, count)
    end
    if not wanted[part] then
      verdict:add("doubled", "%s %d: part %d should not be", entry.kind, entry.number, part)
    elseif most > 1 then
      verdict:add("doubled", "%s %d part %d, %d times", entry.kind, entry.number, part, most)
    end
  end
  local first, second = entry.seen[1], entry.seen[2]
  if kinds[entry.kind].in_turn and first and second and first.sent_ms > second.sent_ms then
    verdict:add("disordered", "%s %d: part 2 before part 1", entry.kind, entry.number)
  end
end

-- The answers of one conversation, first to last.
local function judge_order(entries, verdict)
  table.sort(entries, function(a, b)
    return a.seen[1].sent_ms < b.seen[1].sent_ms
  end)
  local latest -- of those answered so far, the one that surely came last
  for _, entry in ipairs(entries) do
    if latest and entry.last_arrival < latest.first_arrival then
      verdict:add("disordered", "%s: %d was answered before %d", entry.conversation,
        latest.number, entry.number)
    end
    if not latest or entry.first_arrival > latest.first_arrival then
      latest = entry
    end
    verdict.ordered = verdict.ordered + 1
  end
end

-- Who adds one to a sum adds it once: there is a message for each sum.
local function judge_sums(self, verdict)
  local count = 0
  for _ in pairs(self.sums) do
    count = count + 1
  end
  if (self.greatest_sum or 0) ~= count then
    verdict:add("doubled", "a sum of %d for %d messages", self.greatest_sum, count)
  end
end

local Verdict = {}
Verdict.__index = Verdict

function Verdict:add(what, format, ...)
  self[what] = self[what] + 1
  table.insert(self.faults, what .. ": " .. format:format(...))
end

--- Compares. `messages`, `answers`, `lost`, `doubled`, `disordered`, `strange`, and `faults`: a
--- line for each of the last four; `ordered`: answers whose order was looked at.
function Model:judge()
  local verdict = setmetatable({
    messages = 0, answers = 0, ordered = 0, lost = 0, doubled = 0, disordered = 0,
    strange = 0, interrupted = 0, kinds = {}, faults = {},
  }, Verdict)
  local conversations = {}
  for _, entry in ipairs(self.order) do
    verdict.messages = verdict.messages + (entry.taken and 1 or 0)
    verdict.kinds[entry.kind] = (verdict.kinds[entry.kind] or 0) + 1
    judge_entry(entry, verdict)
    if kinds[entry.kind].ordered and entry.seen[1] and entry.first_arrival then
      local list = conversations[entry.conversation] or {}
      conversations[entry.conversation] = list
      list[#list + 1] = entry
    end
  end
  for _, entries in pairs(conversations) do
    judge_order(entries, verdict)
  end
  judge_sums(self, verdict)
  for _, line in ipairs(self.strange) do
    verdict:add("strange", "%s", line)
  end
  return verdict
end

return model
