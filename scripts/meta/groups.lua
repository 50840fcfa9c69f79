---@meta
--- Groups and users.

---@class moondock.Bot
local bot = {}

---@class moondock.User
---@field id string
---@field name string  the one last seen, else the id

---@class moondock.Group
---@field id string
---@field name string
local Group = {}

---@param id string|moondock.Group
---@return moondock.Group
function bot.group(id) end

---@param id string|moondock.User
---@return moondock.User
function bot.user(id) end

---"owner", "moderator" or "member".
---@param user moondock.User|string
---@param group? moondock.Group
---@return string
function bot.role(user, group) end

---Needs `group.mute`. Whole minutes, at most 30 days; without a duration until unmuted.
---@async
---@param user moondock.User|string
---@param duration? moondock.Duration
---@return true? done
---@return moondock.Error? err
function Group:mute(user, duration) end

---Needs `group.mute`.
---@async
---@param user moondock.User|string
---@return true? done
---@return moondock.Error? err
function Group:unmute(user) end

---Needs `group.kick`.
---@async
---@param user moondock.User|string
---@param reason? string
---@return true? done
---@return moondock.Error? err
function Group:kick(user, reason) end

---Needs `group.mute`.
---@async
---@param on boolean
---@return true? done
---@return moondock.Error? err
function Group:mute_all(on) end

---Needs `group.read`. `for user in group:members() do … end`
---@async
---@return (fun(): moondock.User?)? iterator
---@return moondock.Error? err
function Group:members() end
