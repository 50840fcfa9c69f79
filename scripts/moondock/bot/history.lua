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

  -- Pages, one after the other. Several messages can be of one millisecond: each page begins
  -- with that of the last one, and what was seen of it is left out.
  local function pages(chat, newer, from, left)
    local seen, known, edge = {}, 0, nil
    return function()
      if not from then
        return {}
      end
      local list, last = host.history(chat, newer, from, math.min(left() + known, PAGE))
      if not list then
        return nil, last
      end
      lib.learn_senders(list)
      local fresh, of_last = {}, {}
      known = 0
      for _, message in ipairs(list) do
        if not seen[message.id] then
          fresh[#fresh + 1] = message
        end
        if message.time == last then
          of_last[message.id], known = true, known + 1
        end
      end
      seen = of_last
      if not last or last == edge then
        from = last -- a whole page of one millisecond: what else there was of it is passed by
      else
        from, edge = newer and last - 1 or last + 1, last
      end
      return fresh, from
    end
  end

  --- Iterates over the messages of a chat, the newest first.
  function bot.history(chat, opts)
    opts = lib.options(opts)
    local before, after = time(opts, "before"), time(opts, "after")
    local left = time(opts, "limit") or math.maxinteger
    local newer = opts.oldest_first == true
    local start = before
    if newer then
      start = after
    end
    local next_page = pages(chat, newer, start or 0, function()
      return math.max(1, math.min(left, PAGE))
    end)
    local list, from = next_page()
    if not list then
      return nil, from
    end
    local at = 0

    local function is_past(message)
      return newer and before and message.time >= before
        or not newer and after and message.time <= after
    end

    return function()
      while left > 0 do
        at = at + 1
        local message = list[at]
        if message then
          if is_past(message) then
            left = 0
            return nil
          end
          left = left - 1
          return message
        elseif not from then
          return nil
        end
        list, from = next_page()
        at = 0
        if not list then
          error(from, 2)
        end
      end
    end
  end

  --- Empties the bot's own history of a chat, up to a time or all of it.
  function bot.clear_history(chat, opts)
    return host.clear_history(chat, time(lib.options(opts), "before") or host.now())
  end

  --- Takes it out of the bot's own history; others keep it.
  function Message:forget()
    local own = bot.user()
    return host.forget(self, self.id, self.time, own ~= nil and self.sender.id == own.id)
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
