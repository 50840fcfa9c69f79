--- Dates, crons and schedules: what happens by the clocks of the bot's time zone.

return function(host, bot, lib)
  local want, options = lib.want, lib.options

  local date -- the library, only for plugins that use it

  local function dates()
    date = date or require "moondock.date"
    return date
  end

  local function at(ms)
    return dates().at(ms, host.offset(ms))
  end

  -- `level`: whom to blame, as for error.
  local function moment_of(fields, level)
    local seconds, problem = dates().seconds(fields)
    if not seconds then
      error("when." .. problem, level + 1)
    end
    return host.moment(seconds)
  end

  --- A moment as the clocks of the bot's time zone show it: now, `when` in milliseconds, or
  --- the fields of a local time, `{ year = 2026, month = 5, day = 1, hour = 9 }`.
  function bot.date(when)
    if when == nil then
      when = host.now()
    elseif type(when) == "table" then
      when = dates().is_date(when) and when.time or moment_of(when, 2)
    elseif math.type(when) ~= "integer" then
      local whole = type(when) == "number" and math.tointeger(when // 1)
      when = whole or error("when: want milliseconds or a table, have " .. type(when), 2)
    end
    if when < -62135596800000 or when > 253402214400000 then
      error("when: only the years 1 to 9999 have dates", 2)
    end
    return at(when)
  end

  local Timer = {}
  Timer.__index = Timer

  function Timer:stop()
    host.cron_stop(self.number)
  end

  --- Calls fn(now, due) at the times of `spec`, by the bot's time zone.
  function bot.cron(spec, fn, opts)
    want("string", spec, "spec")
    want("function", fn, "fn")
    opts = options(opts)
    local missed = opts.missed or "skip"
    if missed ~= "skip" and missed ~= "run" then
      error('opts.missed: want "skip" or "run", have ' .. tostring(missed), 2)
    end
    local number = host.cron(spec, function(now, due)
      return fn(at(now), at(due))
    end, opts.name and want("string", opts.name, "opts.name"), missed == "run")
    return setmetatable({ number = number }, Timer)
  end

  -- Whoever writes a small number means a length.
  local EARLIEST = 100000000000

  local function due_of(when)
    if type(when) == "string" then
      return host.now() + host.duration(when, "when")
    elseif type(when) == "table" then
      return dates().is_date(when) and when.time or moment_of(when, 3)
    elseif type(when) ~= "number" then
      error("when: want milliseconds, a duration or a date, have " .. type(when), 3)
    end
    if not (when >= EARLIEST and when < 1e16) then
      error(("when: %s is no time of our days in milliseconds; a length is a text, \"10m\"")
        :format(when), 3)
    end
    return math.tointeger(when // 1)
  end

  --- Keeps an event for later, in the bot's store: `schedule.NAME` arrives when it is due,
  --- also after a restart or a reload. Gives its id.
  function bot.schedule(when, name, data)
    return host.schedule(due_of(when), want("string", name, "name"), data)
  end

  bot.unschedule = host.unschedule
end
