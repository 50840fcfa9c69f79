--- Groups.

return function(host, bot, lib)
  local Group = host.Group

  bot.group = host.group

  for _, name in ipairs {
    "mute", "unmute", "kick", "mute_all", "invite", "rename", "announce", "leave",
    "dismiss", "transfer", "promote", "demote", "allow", "disallow",
  } do
    Group[name] = host[name]
  end

  Group.join = host.join_group

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

  --- One of the members, with the card of the group.
  function Group:member(user)
    local list, err = host.member(self, user)
    return list and list[1], err
  end

  function Group:set_member(user, card)
    lib.want("table", card, "card")
    return host.set_member(self, user, card.nickname, card.extra)
  end

  --- Iterates over those who may not speak, each with `until`.
  function Group:muted()
    return lib.each(host.muted(self))
  end

  --- Iterates over those who may speak while everybody is muted.
  function Group:allowed()
    return lib.each(host.allowed(self))
  end

  --- Makes a group with the bot in it.
  function bot.create_group(id, name)
    local done, err = host.create_group(id, name)
    if not done then
      return nil, err
    end
    return host.group(id)
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
