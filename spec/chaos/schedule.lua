--- What will happen in a run, and when: a pure function of the seed and the length.
---
--- Every kind of trouble has its own source of chance, so that adding one leaves the times of
--- the others as they were.

local schedule = {}

---@class Chance
local Chance = {}
Chance.__index = Chance

--- A source of numbers that are the same for the same seed and name (xorshift64*).
function schedule.chance(seed, name)
  local state = seed * 0x9E3779B97F4A7C15 + 1
  for i = 1, #name do
    state = (state ~ name:byte(i)) * 0x100000001B3
  end
  local self = setmetatable({ state = state ~= 0 and state or 1 }, Chance)
  for _ = 1, 8 do
    self:int(0, 1)
  end
  return self
end

--- An integer from `low` to `high`.
function Chance:int(low, high)
  local x = self.state
  x = x ~ (x >> 12)
  x = x ~ (x << 25)
  x = x ~ (x >> 27)
  self.state = x
  return low + ((x * 0x2545F4914F6CDD1D) >> 33) % (high - low + 1)
end

function Chance:pick(list)
  return list[self:int(1, #list)]
end

local SIDES = { "client", "server" }

-- A fault of the sandbox for the bot's next frame at `when`.
local function sandbox_fault(when, actions)
  return function(chance)
    local action = chance:pick(actions)
    local name, low, high = table.unpack(action)
    return { when = when, name = name, value = low and chance:int(low, high) or true }
  end
end

-- Name, shortest and longest pause between two (ms), and what else is drawn for each.
local troubles = {
  -- `age`: how long it has been running by then.
  { "kill worker", 700, 2000, function(chance)
    return { age = chance:int(0, 3) == 0 and chance:int(0, 100) or chance:int(100, 900) }
  end },
  { "kill supervisor", 5000, 8500, function(chance)
    return { age = chance:int(50, 900) }
  end },
  { "stop worker", 4000, 8000, function(chance)
    return { ms = chance:int(20, 500) }
  end },
  { "stop supervisor", 8000, 16000, function(chance)
    return { ms = chance:int(20, 500) }
  end },
  { "cut", 1200, 3500, function(chance)
    return {
      from = chance:pick(SIDES), after = chance:int(0, chance:pick { 4, 100, 1500 }),
      reset = chance:int(0, 1) == 1,
    }
  end },
  { "delay", 2000, 5000, function(chance)
    return { from = chance:pick(SIDES), ms = chance:int(10, 400) }
  end },
  { "trickle", 6000, 12000, function(chance)
    return { from = chance:pick(SIDES), ms = chance:int(50, 400), piece = chance:int(1, 40) }
  end },
  { "duplicate", 1500, 4000, sandbox_fault("push", { { "duplicate", 1, 3 } }) },
  { "lose push", 1500, 4000, sandbox_fault("push", { { "drop" } }) },
  { "reorder", 1500, 4000, sandbox_fault("push", { { "reorder", 1, 3 } }) },
  { "push trouble", 2500, 6000, sandbox_fault("push", {
    { "delay_ms", 5, 300 }, { "cut_at_byte", 0, 300 }, { "close" }, { "disconnect", 2, 2 },
    { "disconnect", 5, 5 },
  }) },
  -- Nothing that handles one send later than the next of the same connection: sends of one
  -- conversation follow each other without waiting, so that would be the cloud's disorder.
  { "send trouble", 2000, 5000, sandbox_fault("publish", {
    { "cut_at_byte", 0, 40 }, { "close" }, { "duplicate", 1, 2 }, { "reorder", 1, 2 },
    { "disconnect", 2, 2 },
  }) },
  { "query trouble", 3000, 7000, sandbox_fault("query", {
    { "drop" }, { "delay_ms", 5, 300 }, { "cut_at_byte", 0, 400 }, { "close" },
    { "duplicate", 1, 2 }, { "reorder", 1, 2 }, { "status", 33003, 33003 },
  }) },
  { "connect trouble", 6000, 12000, sandbox_fault("connect", {
    { "connack", 3, 3 }, { "connack", 16, 16 }, { "connack", 6, 6 }, { "connack", 15, 15 },
    { "drop" }, { "close" }, { "delay_ms", 5, 300 },
  }) },
  { "navi trouble", 8000, 16000, sandbox_fault("navi", {
    { "http_status", 500, 503 }, { "close" }, { "delay_ms", 5, 300 },
  }) },
  { "api trouble", 8000, 16000, sandbox_fault("http", {
    { "http_status", 500, 503 }, { "close" }, { "delay_ms", 5, 300 },
  }) },
  { "expire token", 6000, 12000, function() return {} end },
  { "move", 9000, 16000, function() return {} end },
  { "reload", 2000, 5000, function(chance)
    return { changed = chance:int(1, 4) == 1 }
  end },
  { "fill disk", 12000, 20000, function(chance)
    return { ms = chance:int(100, 1500) }
  end },
  { "restart sandbox", 25000, 45000, function() return {} end },
}

-- How many messages are of which kind, among those said in groups and most private ones.
local kinds = {}
for _, share in ipairs {
  { "plain", 50 }, { "two", 10 }, { "spawn", 8 }, { "sleep", 12 }, { "store", 8 }, { "sum", 4 },
  { "later", 4 }, { "http", 4 },
} do
  for _ = 1, share[2] do
    kinds[#kinds + 1] = share[1]
  end
end

-- In private these only hold dialogs, one after the other: whatever else they said there
-- could be taken for an answer.
local ASKERS = { user4 = true, user5 = true, user6 = true }

-- Messages come one by one and, one time in 20, ten at once in one place.
local function add_traffic(list, seed, length_ms, rate, people)
  local chance = schedule.chance(seed, "traffic")
  local at, number = 0, 0
  while at < length_ms do
    at = at + chance:int(1, 2 * (1000 // rate))
    local group = chance:pick(people.groups)
    local count = chance:int(1, 20) == 1 and 10 or 1
    for _ = 1, count do
      number = number + 1
      local message = {
        number = number, kind = chance:pick(kinds), user = chance:pick(people.members[group]),
      }
      if count == 1 and chance:int(1, 8) == 1 then
        message.kind = ASKERS[message.user] and "ask" or message.kind
      else
        message.group = group
      end
      list[#list + 1] = { at = at, what = "say", order = #list, message = message }
    end
  end
end

--- Six users, ten groups of three or four of them; `members[group]` are users.
function schedule.people(seed)
  local chance = schedule.chance(seed, "people")
  local people = { users = {}, groups = {}, members = {} }
  for i = 1, 6 do
    people.users[i] = "user" .. i
  end
  for i = 1, 10 do
    local group, first = "group" .. i, chance:int(0, 5)
    people.groups[i], people.members[group] = group, {}
    for j = 0, chance:int(2, 3) do
      table.insert(people.members[group], people.users[(first + j) % 6 + 1])
    end
  end
  return people
end

--- All that happens in `length_ms`, in order: { at =, what =, args = | message = }.
--- `pace` 1 is the usual density of trouble, 2 half of it.
function schedule.make(seed, length_ms, rate, people, pace)
  local list = {}
  for _, trouble in ipairs(troubles) do
    local name, low, high, draw = table.unpack(trouble)
    local chance = schedule.chance(seed, name)
    local at = chance:int(0, high)
    while at < length_ms do
      list[#list + 1] = { at = at, what = name, order = #list, args = draw(chance) }
      at = at + math.floor(chance:int(low, high) * pace)
    end
  end
  add_traffic(list, seed, length_ms, rate, people)
  table.sort(list, function(a, b)
    if a.at ~= b.at then
      return a.at < b.at
    end
    return a.order < b.order
  end)
  return list
end

return schedule
