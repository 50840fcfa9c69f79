--- Who may do what: the roles of people.

return function(host, bot, lib)
  local rank = { member = 1, trusted = 2, moderator = 3, admin = 4, owner = 5 }

  -- The least role for what people do through plugins; the names are those of grants.
  local least = {
    recall = "moderator", ["group.mute"] = "moderator", ["group.kick"] = "moderator",
    ["group.manage"] = "admin", ["user.block"] = "admin", roles = "admin",
  }
  for role in pairs(rank) do
    least[role] = role
  end

  lib.rank = rank

  --- "owner", "admin", "moderator", "trusted" or "member": the highest that `user` has
  --- everywhere or in `group`.
  bot.role = host.role

  --- Whether `user` may do `verb`: the name of a role or of what it takes one for.
  function bot.may(user, verb, group)
    local role = least[verb]
    if not role then
      error(("verb: want a role or one of recall, group.mute, group.kick, group.manage, "
        .. "user.block, roles, have %s"):format(tostring(verb)), 2)
    end
    return rank[host.role(user, group)] >= rank[role]
  end

  --- Whether `user` stands above `other`. Nobody acts on an equal or a higher role.
  function bot.outranks(user, other, group)
    return rank[host.role(user, group)] > rank[host.role(other, group)]
  end

  bot.grant, bot.revoke = host.grant, host.revoke
end
