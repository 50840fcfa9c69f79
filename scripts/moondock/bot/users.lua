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

  function host.Request:accept()
    return host.accept(self.user)
  end

  function host.Request:decline()
    return host.decline(self.user)
  end

  host.Request.reply = host.Event.reply

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
