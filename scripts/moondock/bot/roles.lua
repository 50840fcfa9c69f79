--- Who may do what: the roles of people.

return function(host, bot, lib)
  lib.rank = { member = 1, trusted = 2, moderator = 3, admin = 4, owner = 5 }

  --- "owner", "moderator" or "member", as the configuration says; the same in every group.
  function bot.role(user, _group)
    return host.role(user)
  end
end
