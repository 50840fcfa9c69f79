--- Days of the calendar, as the argument type `date` gives them, and moments.
---
--- Pure: works in plugins, tools and plain Lua alike.

---@class moondock.Day
---@field year? integer  nil when only month and day were written
---@field month integer
---@field day integer
local Day = {}
Day.__index = Day

local date = {}

local month_days = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

local function is_leap(year)
  return year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
end

local function days_in(year, month)
  -- A day without a year may be 29 February: it exists in some years.
  if month == 2 and (not year or is_leap(year)) then
    return 29
  end
  return month_days[month]
end

--- The day written as "2026-05-01" or "05-01"; nil when there is no such day.
---@param text string
---@return moondock.Day?
function date.parse(text)
  local year, month, day = text:match("^(%d%d%d%d)%-(%d%d?)%-(%d%d?)$")
  if not year then
    month, day = text:match("^(%d%d?)%-(%d%d?)$")
  end
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  if not month or month < 1 or month > 12 or day < 1 or day > days_in(year, month) then
    return nil
  end
  return setmetatable({ year = year, month = month, day = day }, Day)
end

-- Fills the letters of `known` in `pattern`; each is a function of the day.
local function fill(self, pattern, known)
  return (pattern:gsub("%%(.?)", function(letter)
    local show = known[letter]
    if not show then
      error(("format: %%%s is not known here"):format(letter), 3)
    end
    return show(self)
  end))
end

local function two(name)
  return function(self)
    return ("%02d"):format(self[name])
  end
end

local day_letters = {
  m = two "month", d = two "day",
  Y = function(self)
    return ("%04d"):format(self.year or error("this day has no year", 5))
  end,
  ["%"] = function()
    return "%"
  end,
}

--- Fills %Y, %m and %d (and %%) in `pattern`. Raises for %Y of a day without a year.
---@param pattern string
---@return string
function Day:format(pattern)
  return fill(self, pattern, day_letters)
end

--- A moment, as the clocks of a place show it.
---@class moondock.Date
---@field time integer    milliseconds since 1970
---@field year integer
---@field month integer
---@field day integer
---@field hour integer
---@field min integer
---@field sec integer
---@field wday integer    1 is Sunday, as in os.date
---@field yday integer    1 is 1 January
---@field offset integer  seconds ahead of UTC
---@field zone string     "CST"
local Date = {}
Date.__index = Date

local DAY = 86400

-- Days since 1970-01-01. Years are counted from March, so that the leap day comes last.
local function day_number(year, month, day)
  if month <= 2 then
    year = year - 1
  end
  local era = year // 400
  local in_era = year - era * 400
  local in_year = (153 * (month + (month > 2 and -3 or 9)) + 2) // 5 + day - 1
  return era * 146097 + in_era * 365 + in_era // 4 - in_era // 100 + in_year - 719468
end

local function set_day(self, days)
  days = days + 719468
  local era = days // 146097
  local in_era = days - era * 146097
  local year = (in_era - in_era // 1460 + in_era // 36524 - in_era // 146096) // 365
  local in_year = in_era - (365 * year + year // 4 - year // 100)
  local month = (5 * in_year + 2) // 153
  self.day = in_year - (153 * month + 2) // 5 + 1
  self.month = month < 10 and month + 3 or month - 9
  self.year = year + era * 400 + (self.month <= 2 and 1 or 0)
end

--- The moment `ms` (since 1970) where clocks are `offset` seconds ahead of UTC.
---@param ms integer
---@param offset? integer
---@param zone? string
---@return moondock.Date
function date.at(ms, offset, zone)
  offset = offset or 0
  local self = { time = ms, offset = offset, zone = zone or "UTC" }
  local seconds = ms // 1000 + offset
  local days, rest = seconds // DAY, seconds % DAY
  set_day(self, days)
  self.hour, self.min, self.sec = rest // 3600, rest // 60 % 60, rest % 60
  self.wday = (days + 4) % 7 + 1
  self.yday = days - day_number(self.year, 1, 1) + 1
  return setmetatable(self, Date)
end

--- Seconds since 1970 of a local time, counted as if it were UTC. `fields`: year, month, day
--- and, 0 by default, hour, min, sec. Nil and a sentence when there is no such time.
---@param fields table
---@return integer? seconds
---@return string? problem
function date.seconds(fields)
  local most = { month = 12, day = 31, hour = 23, min = 59, sec = 59, year = 9999 }
  local least = { month = 1, day = 1, year = 1 }
  local at = {}
  for name, max in pairs(most) do
    local value = fields[name] or (not least[name] and 0 or nil)
    local whole = math.type(value) and math.tointeger(value)
    if not whole or whole < (least[name] or 0) or whole > max then
      return nil, ("%s: want %d to %d, have %s"):format(
        name, least[name] or 0, max, tostring(value))
    end
    at[name] = whole
  end
  if at.day > days_in(at.year, at.month) then
    return nil, ("day: %04d-%02d has no day %d"):format(at.year, at.month, at.day)
  end
  return day_number(at.year, at.month, at.day) * DAY + at.hour * 3600 + at.min * 60 + at.sec
end

local days = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" }
local months = {
  "January", "February", "March", "April", "May", "June", "July", "August", "September",
  "October", "November", "December",
}

local date_letters = setmetatable({
  H = two "hour", M = two "min", S = two "sec",
  y = function(self)
    return ("%02d"):format(self.year % 100)
  end,
  j = function(self)
    return ("%03d"):format(self.yday)
  end,
  I = function(self)
    return ("%02d"):format((self.hour + 11) % 12 + 1)
  end,
  p = function(self)
    return self.hour < 12 and "AM" or "PM"
  end,
  A = function(self)
    return days[self.wday]
  end,
  a = function(self)
    return days[self.wday]:sub(1, 3)
  end,
  B = function(self)
    return months[self.month]
  end,
  b = function(self)
    return months[self.month]:sub(1, 3)
  end,
  w = function(self)
    return tostring(self.wday - 1)
  end,
  u = function(self)
    return tostring((self.wday + 5) % 7 + 1)
  end,
  s = function(self)
    return tostring(self.time // 1000)
  end,
  F = function(self)
    return ("%04d-%02d-%02d"):format(self.year, self.month, self.day)
  end,
  R = function(self)
    return ("%02d:%02d"):format(self.hour, self.min)
  end,
  T = function(self)
    return ("%02d:%02d:%02d"):format(self.hour, self.min, self.sec)
  end,
  z = function(self)
    local minutes = math.abs(self.offset) // 60
    return ("%s%02d%02d"):format(self.offset < 0 and "-" or "+", minutes // 60, minutes % 60)
  end,
  Z = function(self)
    return self.zone
  end,
}, { __index = day_letters })

--- Fills the letters of os.date: %Y %m %d %H %M %S %y %j %I %p %a %A %b %B %w %u %s %F %R %T
--- %z %Z %%. Names are English.
---@param pattern string
---@return string
function Date:format(pattern)
  return fill(self, pattern, date_letters)
end

function Date:__tostring()
  return self:format("%F %T %z")
end

function Date.__eq(a, b)
  return a.time == b.time
end

function Date.__lt(a, b)
  return a.time < b.time
end

function Date.__le(a, b)
  return a.time <= b.time
end

--- Whether `value` is what date.at gave.
---@param value any
---@return boolean
function date.is_date(value)
  return getmetatable(value) == Date
end

return date
