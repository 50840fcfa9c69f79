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
end
