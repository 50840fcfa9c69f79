---@meta
--- Roles: who may do what. The configuration names owners and moderators; plugins with the
--- capability `roles` grant more, everywhere or in one group, for all plugins of the bot.

---@class moondock.Bot
local bot = {}

---@alias moondock.Role "owner"|"admin"|"moderator"|"trusted"|"member"

---The highest role of `user`, everywhere or in `group`.
---@param user moondock.User|string
---@param group? moondock.Group|string
---@return moondock.Role role
function bot.role(user, group) end

---Whether `user` may do `verb`: the name of a role (that one or a higher), or of what people do
---through plugins: "recall", "group.mute", "group.kick" (moderator), "group.manage", "user.block",
---"roles" (admin).
---@param user moondock.User|string
---@param verb moondock.Role|"recall"|"group.mute"|"group.kick"|"group.manage"|"user.block"|"roles"
---@param group? moondock.Group|string
---@return boolean may
function bot.may(user, verb, group) end

---Whether `user` stands above `other`. Ask before one acts on the other: nobody acts on an equal
---or a higher role.
---@param user moondock.User|string
---@param other moondock.User|string
---@param group? moondock.Group|string
---@return boolean outranks
function bot.outranks(user, other, group) end

---Gives a role, everywhere or in a group; it replaces the one given there before. Needs `roles`.
---While a message is handled it is done for its author, who must stand above the role and above
---the role `user` has there. Only the configuration makes owners.
---@async
---@param user moondock.User|string
---@param role "admin"|"moderator"|"trusted"
---@param group? moondock.Group|string
---@return true? done
---@return moondock.Error? err  "denied": who lacks what
function bot.grant(user, role, group) end

---Takes a granted role back, under the same conditions.
---@async
---@param user moondock.User|string
---@param role "admin"|"moderator"|"trusted"
---@param group? moondock.Group|string
---@return true? done
---@return moondock.Error? err  "not_found": it was not granted there
function bot.revoke(user, role, group) end
