--- Groups.

return function(host, bot, lib)
  local Group = host.Group

  bot.group = host.group

  for _, name in ipairs {
    "mute", "unmute", "kick", "mute_all", "invite", "rename", "announce", "leave",
  } do
    Group[name] = host[name]
  end

  --- Iterates over a list that came whole, or passes the error on.
  function lib.each(list, err)
    if not list then
      return nil, err
    end
    local at = 0
    return function()
      at = at + 1
      return list[at]
    end
  end

  --- Iterates over the members: `for user in group:members() do`.
  function Group:members()
    return lib.each(host.members(self))
  end

  function Group:info()
    local info, err = host.group_info(self)
    if info and info.owner then
      info.owner = host.user(info.owner)
    end
    return info, err
  end

  --- Iterates over the groups the bot is in.
  function bot.groups()
    return lib.each(host.groups())
  end
end
