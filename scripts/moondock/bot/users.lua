--- Users: who they are, friends, black list.

return function(host, bot, lib)
  local User = host.User

  --- The user called `id`; without one the bot itself.
  function bot.user(id)
    if id == nil then
      return host.self()
    end
    return host.user(id)
  end

  User.info = host.user_info
  User.block, User.unblock = host.block, host.unblock
  User.ban, User.unban = host.ban, host.unban
  User.befriend, User.unfriend, User.set_remark = host.befriend, host.unfriend, host.remark
  User.online = host.online

  -- To be friends; or, into a group, of the bot by `user`, or of `user` with our consent.
  local function answer(request, friend, invite, member, reason)
    local group, inviter = request.group, request.inviter
    if not group then
      return friend(request.user)
    elseif inviter and inviter.id == request.user.id then
      return invite(group, request.user, reason)
    end
    return member(group, request.user, inviter and inviter.id, reason)
  end

  function host.Request:accept()
    return answer(self, host.accept, host.accept_invite, host.admit)
  end

  function host.Request:decline(reason)
    return answer(self, host.decline, host.refuse_invite, host.refuse, reason)
  end

  host.Request.reply = host.Event.reply

  -- One that was found in the list, not told by an event.
  local Found = {
    __index = setmetatable({
      reply = function(request, ...) return bot.send(request.user, ...) end,
    }, { __index = host.Request }),
  }

  --- Iterates over the requests to groups that wait for the bot's answer.
  function bot.requests()
    local list, err = host.requests()
    for _, row in ipairs(list or {}) do
      row.group, row.user = bot.group(row.group), host.user(row.user)
      row.inviter = row.inviter and host.user(row.inviter)
      setmetatable(row, Found)
    end
    return lib.each(list, err)
  end

  --- Iterates over the bot's friends.
  function bot.friends()
    return lib.each(host.friends())
  end

  --- Iterates over who is on the bot's own black list.
  function bot.blocked()
    return lib.each(host.blocked())
  end

  bot.profile = host.profile

  --- Changes what is named, and nothing else.
  function bot.set_profile(profile)
    return host.set_profile(nil, profile)
  end
end
