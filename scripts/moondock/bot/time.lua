--- The clock and timers.

return function(host, bot)
  local Timer = {}
  Timer.__index = Timer

  function Timer:stop()
    host.stop(self.number)
  end

  bot.now, bot.sleep = host.now, host.sleep

  function bot.after(duration, fn)
    return setmetatable({ number = host.after(duration, fn) }, Timer)
  end

  function bot.every(duration, fn)
    return setmetatable({ number = host.every(duration, fn) }, Timer)
  end
end
