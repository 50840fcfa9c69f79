--- Groups and users.

return function(host, bot)
  local Group = host.Group

  bot.group = host.group

  --- The user called `id`; without one the bot itself.
  function bot.user(id)
    if id == nil then
      return host.self()
    end
    return host.user(id)
  end

  Group.mute, Group.unmute, Group.kick = host.mute, host.unmute, host.kick
  Group.mute_all = host.mute_all

  --- Iterates over the members: `for user in group:members() do`.
  function Group:members()
    local list, err = host.members(self)
    if not list then
      return nil, err
    end
    local at = 0
    return function()
      at = at + 1
      return list[at]
    end
  end
end
