--- A calendar day, as the argument type `date` gives it.
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

--- Fills %Y, %m and %d (and %%) in `pattern`. Raises for %Y of a day without a year.
---@param pattern string
---@return string
function Day:format(pattern)
  return (pattern:gsub("%%(.)", function(letter)
    if letter == "Y" then
      return ("%04d"):format(assert(self.year, "this day has no year"))
    elseif letter == "m" then
      return ("%02d"):format(self.month)
    elseif letter == "d" then
      return ("%02d"):format(self.day)
    elseif letter == "%" then
      return "%"
    end
    error("format: only %Y, %m and %d are known, not %" .. letter)
  end))
end

return date
