---@meta
--- Dates, crons and schedules: what happens by the clocks of the bot's time zone (`time_zone`
--- in the configuration; without it the machine's).

---@class moondock.Bot
local bot = {}

---A moment as the clocks of the time zone show it. Dates compare with <, == and <=, and
---`tostring` gives "2026-05-01 09:00:00 +0800".
---@class moondock.Date
---@field time integer    milliseconds since 1970
---@field year integer
---@field month integer   1 to 12
---@field day integer     1 to 31
---@field hour integer
---@field min integer
---@field sec integer
---@field wday integer    1 is Sunday
---@field yday integer    1 is 1 January
---@field offset integer  seconds ahead of UTC
---@field zone string     "CST"
local Date = {}

---Fills the letters of os.date: `%Y %m %d %H %M %S %y %j %I %p %a %A %b %B %w %u %s %F %R %T %z
---%Z %%`. Names of days and months are English.
---@param pattern string
---@return string text
function Date:format(pattern) end

---@class moondock.LocalTime
---@field year integer
---@field month integer
---@field day integer
---@field hour? integer
---@field min? integer
---@field sec? integer

---Now; a time in milliseconds; or a local time, `{ year = 2026, month = 5, day = 1, hour = 9 }`.
---A local time that clocks skip is the moment they jump, one they show twice the first.
---@param when? integer|moondock.Date|moondock.LocalTime
---@return moondock.Date date
function bot.date(when) end

---Calls `fn` at the times of `spec`: minute, hour, day of the month, month, day of the week, as
---in "0 9 * * mon-fri". A field is `*` or a list of numbers and ranges, with steps; when neither
---day field begins with `*`, either is enough. What clocks skip in spring comes right after,
---once; what they show twice counts once. A cron is a timer: gone when the plugin is unloaded.
---
---`missed`: what to do about times that passed while the host was down or the clock jumped:
---"skip" (the default), or "run": once, for all of them. A cron with "run" is known
---by `name` from one start to the next, by default by its spec; no two may have the same. Each
---call is an event: one that the host died in goes on at the next start.
---@param spec string
---@param fn fun(now: moondock.Date, due: moondock.Date)
---@param opts? { missed?: "skip"|"run", name?: string }
---@return moondock.Timer timer
function bot.cron(spec, fn, opts) end

---Keeps an event for later, in the bot's store, so that it survives restart and reload:
---`bot.on("schedule.NAME", function(event) … end)` gets `{ id, data, due }` when it is due, or at
---the next start if that has passed, and may `event:reply` where it was made. Handed out again
---if the host died before the handling ended. At most 1,000 of a plugin wait; one that nobody
---listens to is kept until the plugin is loaded again.
---@async
---@param when integer|string|moondock.Date|moondock.LocalTime  milliseconds, "10m", or a date
---@param name string
---@param data? any  a plain value, at most 16 KiB
---@return integer? id
---@return moondock.Error? err
function bot.schedule(when, name, data) end

---Takes one back that has not arrived.
---@async
---@param id integer
---@return true? done
---@return moondock.Error? err
function bot.unschedule(id) end
