--- What was said before.

return function(host, bot, lib)
  local Message = host.Message
  local PAGE = 100

  local function time(opts, name)
    local value = opts[name]
    if value ~= nil and math.type(value) ~= "integer" then
      error(("opts.%s: want a whole number, have %s"):format(name, type(value)), 3)
    end
    return value
  end

  --- Iterates over the messages of a chat, the newest first.
  function bot.history(chat, opts)
    opts = lib.options(opts)
    local before, after = time(opts, "before"), time(opts, "after")
    local left = time(opts, "limit") or math.maxinteger
    local list, from, at = nil, before or 0, 0

    local function page()
      local err
      list, err = host.history(chat, from, math.max(1, math.min(left, PAGE)))
      from, at = err, 0
      return list
    end

    if not page() then
      return nil, from
    end
    return function()
      while left > 0 do
        at = at + 1
        local message = list[at]
        if message then
          if after and message.time <= after then
            return nil
          end
          left = left - 1
          return message
        elseif not from or after and from <= after then
          return nil
        elseif not page() then
          error(from, 2)
        end
      end
    end
  end

  --- Empties the bot's own history of a chat, up to a time or all of it.
  function bot.clear_history(chat, opts)
    return host.clear_history(chat, time(lib.options(opts), "before") or host.now())
  end

  --- Sends what it says to another chat, as the bot's own.
  function Message:forward(to, opts)
    local sent, err = host.forward(to, self, opts)
    if sent then
      sent.to = to
    end
    return sent, err
  end
end
