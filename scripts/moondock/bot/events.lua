--- What a plugin listens to.

return function(host, bot, lib)
  local want, options, off_for = lib.want, lib.options, lib.off_for

  -- One text, with a space around each: a table would be made at every start.
  local events = " message message.intercept message.edited message.recalled message.read "
    .. "message.read_asked message.expanded typing notice member.joined member.left "
    .. "member.kicked member.role member.changed member.muted member.unmuted "
    .. "member.requested member.declined group.invited group.created group.renamed "
    .. "group.announced group.dismissed group.muted group.unmuted friend.requested "
    .. "friend.added friend.declined friend.removed connected disconnected task.interrupted "
    .. "user.online user.offline webhook room.entry room.lost conversation.changed "

  local function is_event(name)
    return events:find(" " .. name .. " ", 1, true) and not name:find(" ", 1, true)
  end

  -- The host's events; those with a colon are the plugin's own (bot.emit), and so are those
  -- of bot.schedule.
  function lib.check_event(event)
    if type(event) ~= "string" then
      error("event: want a string, have " .. type(event), 3)
    elseif not is_event(event) and not event:find(":", 1, true)
      and not event:find("^schedule%.")
    then
      error(("event: there is no event %q"):format(event), 3)
    end
  end

  function bot.on(event, fn, opts)
    want("function", fn, "fn")
    lib.check_event(event)
    local number, err = host.on(event, fn, options(opts).priority)
    if not number then
      return nil, err
    end
    return off_for(number)
  end

  function bot.once(event, fn, opts)
    want("function", fn, "fn")
    local off, err
    off, err = bot.on(event, function(...)
      off()
      return fn(...)
    end, opts)
    return off, err
  end

  function bot.hear(pattern, fn, opts)
    want("string", pattern, "pattern")
    want("function", fn, "fn")
    local ok, problem = pcall(string.find, "", pattern)
    if not ok then
      error("pattern: " .. problem, 2)
    end
    local function answer(msg, first, ...)
      if first ~= nil then
        return fn(msg, first, ...)
      end
    end
    local number = host.on("message", function(msg)
      return answer(msg, msg.text:match(pattern))
    end, options(opts).priority, pattern)
    return off_for(number)
  end

  function bot.words(words, fn, opts)
    want("table", words, "words")
    want("function", fn, "fn")
    return off_for(host.words(words, fn, options(opts).priority))
  end
end
