--- Chatrooms.

return function(host, bot, lib)
  local Room = host.Room

  -- Bits of an entry: it goes with who set it; also when it is somebody else's.
  local BRIEF, FORCE = 1, 2

  bot.room = host.room

  for _, name in ipairs {
    "leave", "info", "mute", "unmute", "mute_all", "block", "unblock",
  } do
    Room[name] = host["room_" .. name]
  end

  Room.entries = host.entries

  --- Sits down in it, and stays over restarts until it leaves.
  function Room:join(opts)
    return host.room_join(self, lib.options(opts).old or 0)
  end

  --- Iterates over who is there, each with `joined`.
  function Room:members()
    return lib.each(host.room_members(self))
  end

  --- Iterates over those who may not speak, each with `until`.
  function Room:muted()
    return lib.each(host.room_muted(self))
  end

  --- Iterates over those who are kept out, each with `until`.
  function Room:blocked()
    return lib.each(host.room_blocked(self))
  end

  function Room:get(key)
    local entries, err = host.entries(self)
    if not entries then
      return nil, err
    end
    return entries[key] and entries[key].value
  end

  local function bits(opts)
    opts = lib.options(opts)
    return (opts.brief and BRIEF or 0) | (opts.force and FORCE or 0)
  end

  function Room:set(key, value, opts)
    return host.set_entry(self, key, value, bits(opts))
  end

  function Room:drop(key, opts)
    return host.drop_entry(self, key, bits(opts) & FORCE)
  end
end
