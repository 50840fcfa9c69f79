---@meta
--- Groups. What an account may do differs: with the app secret nearly everything; without it,
--- in groups that RongCloud hosts for the app, what the bot's role there allows; else the
--- answer is `nil` and an error with the code "denied".

---@class moondock.Bot
local bot = {}

---@class moondock.Group
---@field id string
---@field name string  the one last seen, else the id
local Group = {}

---What the cloud knows of a group; absent is what it does not know.
---@class moondock.GroupInfo
---@field id string
---@field name? string          in plain groups only if the bot is a member
---@field count? integer        members
---@field muted? boolean        everybody is muted; plain groups
---@field owner? moondock.User  hosted groups, as all that follows
---@field announcement? string
---@field introduction? string
---@field portrait? string      an address
---@field created? integer      in milliseconds

---A handle of the group called `id`; nothing is asked of the cloud.
---@param id string|moondock.Group
---@return moondock.Group group
function bot.group(id) end

---The groups the bot is in. Needs `group.read`. `for group in bot.groups() do … end`
---@async
---@return (fun(): moondock.Group?)? iterator
---@return moondock.Error? err
function bot.groups() end

---Iterates over the requests to groups that wait for the bot's answer: by people who want in where
---it may consent, and by those who want the bot in theirs. Only groups that RongCloud hosts have
---such. Needs `group.read`.
---
---    for request in bot.requests() do request:accept() end
---@async
---@return (fun(): moondock.Request?)? iterator
---@return moondock.Error? err
function bot.requests() end

---Asks the cloud. Needs `group.read`.
---
---    local info = assert(msg.group:info())
---    msg:reply("{name} has {count} members.", { name = info.name, count = info.count })
---@async
---@return moondock.GroupInfo? info
---@return moondock.Error? err
function Group:info() end

---Needs `group.read`. `for user in group:members() do … end`. In hosted groups each has a
---`role`: "owner", "manager" or "member".
---@async
---@return (fun(): moondock.User?)? iterator
---@return moondock.Error? err
function Group:members() end

---A member as the group has them: a user with `nickname` and `extra`, if they are set, `role` and
---`joined` (milliseconds); `nil` when they are not in it. Hosted groups only. Needs `group.read`.
---@async
---@param user moondock.User|string
---@return moondock.User? member
---@return moondock.Error? err
function Group:member(user) end

---Sets what a member is called in the group, and a text besides; what is absent stays. Hosted
---groups only; whether it may depends on the group's settings. Needs `group.manage`.
---
---    assert(msg.group:set_member(msg.sender, { nickname = "Tea master" }))
---@async
---@param user moondock.User|string
---@param card { nickname?: string, extra?: string }
---@return true? done
---@return moondock.Error? err
function Group:set_member(user, card) end

---Adds somebody: `group:invite("zoe")`. Needs `group.manage`. In hosted groups the group's
---settings may make it an invitation that has to be accepted.
---@async
---@param user moondock.User|string
---@return true? done
---@return moondock.Error? err
function Group:invite(user) end

---Needs `group.kick`. `group:kick(msg.sender, "spam")`
---@async
---@param user moondock.User|string
---@param reason? string  goes into the group's notice
---@return true? done
---@return moondock.Error? err
function Group:kick(user, reason) end

---`group:mute(msg.sender, "10m")`. Needs `group.mute` and the app secret. Whole minutes,
---rounded up; more than 30 days is an error ("limit"), without a duration until unmuted.
---@async
---@param user moondock.User|string
---@param duration? moondock.Duration
---@return true? done
---@return moondock.Error? err
function Group:mute(user, duration) end

---Needs `group.mute` and the app secret.
---@async
---@param user moondock.User|string
---@return true? done
---@return moondock.Error? err
function Group:unmute(user) end

---Needs `group.mute` and the app secret.
---@async
---@param on boolean
---@return true? done
---@return moondock.Error? err
function Group:mute_all(on) end

---Needs `group.manage`.
---@async
---@param name string
---@return true? done
---@return moondock.Error? err
function Group:rename(name) end

---Needs `group.manage`. A hosted group keeps the announcement. RongCloud has none for plain
---groups: there everybody is sent the notice that App Servers send ("Bulletin"), and keeping
---it is the app's business.
---
---    local done, err = msg.group:announce("Tea at five")
---    if not done then msg:reply("No: {why}", { why = tostring(err) }) end
---@async
---@param text string
---@return true? done
---@return moondock.Error? err
function Group:announce(text) end

---The bot leaves. Needs `group.manage`.
---@async
---@return true? done
---@return moondock.Error? err
function Group:leave() end

---Makes a group with the bot in it. Needs `group.manage`, and the app secret or an app whose groups
---RongCloud hosts; there the bot owns it. Who is to be in it is invited.
---
---    local group = assert(bot.create_group("book-club", "The book club"))
---    group:invite("alice")
---@async
---@param id string    1 to 64 bytes
---@param name string
---@return moondock.Group? group
---@return moondock.Error? err
function bot.create_group(id, name) end

---The bot comes in. Needs `group.manage`. In hosted groups the group's settings may ask somebody's
---consent first: nil and "refused", status 25424.
---@async
---@return true? done
---@return moondock.Error? err
function Group:join() end

---Ends the group for everybody. Needs `group.manage`.
---@async
---@return true? done
---@return moondock.Error? err
function Group:dismiss() end

---Hands the group over: `group:transfer("alice")`. Needs `group.manage`. Hosted groups only, as
---plain ones have no owner at RongCloud ("unsupported").
---@async
---@param user moondock.User|string  a member
---@return true? done
---@return moondock.Error? err
function Group:transfer(user) end

---Makes somebody a manager. Needs `group.manage`; hosted groups only.
---@async
---@param user moondock.User|string  a member
---@return true? done
---@return moondock.Error? err
function Group:promote(user) end

---Takes that back. Needs `group.manage`; hosted groups only.
---@async
---@param user moondock.User|string
---@return true? done
---@return moondock.Error? err
function Group:demote(user) end

---Iterates over those who are muted, each with `until` (milliseconds; absent: until unmuted). Needs
---`group.read` and the app secret. `for user in group:muted() do … end`
---@async
---@return (fun(): moondock.User?)? iterator
---@return moondock.Error? err
function Group:muted() end

---Somebody may speak while everybody is muted (`mute_all`). Needs `group.mute` and the app secret.
---@async
---@param user moondock.User|string
---@return true? done
---@return moondock.Error? err
function Group:allow(user) end

---Takes that back. Needs `group.mute` and the app secret.
---@async
---@param user moondock.User|string
---@return true? done
---@return moondock.Error? err
function Group:disallow(user) end

---Iterates over those who may speak while everybody is muted. Needs `group.read` and the app
---secret.
---@async
---@return (fun(): moondock.User?)? iterator
---@return moondock.Error? err
function Group:allowed() end
