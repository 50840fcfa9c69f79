--- Counts how fast people talk, by the time they sent it: what waited for the bot comes all at
--- once, and was not said at once. Knows nothing of chats: keys and times in, a verdict out.
---
---     local counter = flood.new(8, 5000)
---     if not msg.backlog and counter:hit(msg.sender.id, msg.time) then …
---
--- Pure: works in plugins, tools and plain Lua alike.

local flood = {}

local Counter = {}
Counter.__index = Counter

-- Above so many keys the quiet ones are forgotten, so that memory does not grow with
-- everyone who ever spoke.
local SWEEP_AT = 1000

--- A counter whose `hit` is true for the `limit`th event of a key within `within_ms`.
---@param limit integer
---@param within_ms integer
function flood.new(limit, within_ms)
  return setmetatable(
    { limit = limit, within = within_ms, times = {}, keys = 0, sweep_at = SWEEP_AT },
    Counter
  )
end

function Counter:sweep(now)
  for key, times in pairs(self.times) do
    if now - times[#times] > self.within then
      self.times[key] = nil
      self.keys = self.keys - 1
    end
  end
  -- If most are still talking, look again only when there are twice as many.
  self.sweep_at = math.max(SWEEP_AT, 2 * self.keys)
end

--- Notes an event of `key` at `time` (milliseconds). True when that makes a flood; the key
--- then starts anew, so the flood is told once.
---@param key string
---@param time integer
---@return boolean
function Counter:hit(key, time)
  local times = self.times[key]
  if not times then
    if self.keys >= self.sweep_at then
      self:sweep(time)
    end
    times = {}
    self.times[key] = times
    self.keys = self.keys + 1
  end
  -- Pulled messages can come a little out of order: keep the times sorted.
  local at = #times + 1
  while at > 1 and times[at - 1] > time do
    at = at - 1
  end
  table.insert(times, at, time)
  while times[#times] - times[1] > self.within do
    table.remove(times, 1)
  end
  if #times < self.limit then
    return false
  end
  self.times[key] = nil
  self.keys = self.keys - 1
  return true
end

return flood
