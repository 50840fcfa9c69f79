--- Lengths of time as people write them: "90s", "10m", "1d12h", or plain seconds.
---
--- Pure: works in plugins, tools and plain Lua alike.

local duration = {}

local seconds_of = { s = 1, m = 60, h = 3600, d = 86400, w = 604800 }
local units = { "w", "d", "h", "m", "s" }

--- The longest length accepted: a hundred years. Longer ones are typing errors, and
--- milliseconds of it still fit every integer on the way.
duration.MAX = 100 * 365 * 86400

--- Seconds in `value`: a number of seconds, or text with units, largest first or not.
--- Gives nil and a sentence when it is neither.
---@param value string|number
---@return number? seconds
---@return string? problem
function duration.parse(value)
  if type(value) == "number" then
    if value ~= value or value < 0 or value > duration.MAX then
      return nil, "out of range"
    end
    return value
  end
  if type(value) ~= "string" then
    return nil, "not a duration"
  end
  local text = value:lower()
  if text:find("^%d+$") and #text <= 10 then
    return duration.parse(tonumber(text))
  end
  local total, at, seen = 0, 1, {}
  while at <= #text do
    local number, unit, past = text:match("^(%d+)([smhdw])()", at)
    if not number or #number > 10 or seen[unit] then
      return nil, "not a duration"
    end
    seen[unit] = true
    total = total + tonumber(number) * seconds_of[unit]
    at = past
  end
  if at == 1 then
    return nil, "not a duration"
  end
  return duration.parse(total)
end

--- The same in whole milliseconds; raises on anything that is no duration, for arguments
--- written by programmers. `name` says which argument it was.
---@param value string|number
---@param name? string
---@return integer ms
function duration.ms(value, name)
  local seconds, problem = duration.parse(value)
  if not seconds then
    error((name or "duration") .. ": " .. problem, 2)
  end
  return math.floor(seconds * 1000 + 0.5)
end

--- The shortest way to write `seconds`: 129600 gives "1d12h". Parts of a second are
--- dropped, 0 is "0s".
---@param seconds number
---@return string
function duration.format(seconds)
  local rest, parts = math.floor(seconds), {}
  for _, unit in ipairs(units) do
    local count = rest // seconds_of[unit]
    if count > 0 then
      parts[#parts + 1] = ("%d%s"):format(count, unit)
      rest = rest - count * seconds_of[unit]
    end
  end
  return #parts > 0 and table.concat(parts) or "0s"
end

return duration
