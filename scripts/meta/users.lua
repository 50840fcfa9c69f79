---@meta
--- Users.

---@class moondock.Bot
local bot = {}

---@class moondock.User
---@field id string
---@field name string     the one last seen, else the id
---@field role? string    from group:members() of a hosted group: "owner", "manager", "member"
---@field remark? string  from bot.friends(): what the bot calls them (User:set_remark)
local User = {}

---@class moondock.UserInfo
---@field id string
---@field name? string
---@field portrait? string  an address
---@field created? integer  when the account was made, in milliseconds; not in hosted profiles

---@class moondock.Profile
---@field id? string         the bot's
---@field name? string
---@field portrait? string   an address
---@field email? string      this and what follows only where RongCloud hosts profiles
---@field birthday? string
---@field gender? integer    0 unknown, 1 male, 2 female
---@field location? string
---@field role? integer
---@field level? integer
---@field unique_id? string  under which the app finds people; cannot be set
---@field extra? table<string, string>

---What somebody asks the bot for, in the events `friend.requested` (to be the bot's friend),
---`member.requested` (to be let into a group, by the bot as its owner or a manager) and
---`group.invited` (to come into one). RongCloud tells it where it keeps friends and groups for
---the app (the hosting service); the first one the App Server may tell, too, with a notice
---RC:ContactNtf from one of the ids in `notices.from`. To groups a request lasts seven days.
---
---    bot.on("friend.requested", function(request)
---      if assert(request:accept()) then
---        request:reply("Hello, {name}!", { name = request.user.name })
---      end
---    end)
---    bot.on("member.requested", function(request)
---      if bot.store():get("known/" .. request.user.id) then request:accept()
---      else request:decline("Ask a member to invite you.") end
---    end)
---@class moondock.Request
---@field id? string
---@field time integer
---@field chat? moondock.Chat      the private chat with them; of events
---@field user moondock.User       who asks
---@field text? string             what they wrote
---@field group? moondock.Group    the group it is about
---@field inviter? moondock.User   who invited them; of `group.invited` the same as `user`
local Request = {}

---They are friends, or in the group, from now on; or the bot is in it, unless its managers have
---to consent, too ("refused", status 25424). Needs `friends`, of groups `group.manage`.
---@async
---@return true? done
---@return moondock.Error? err  "refused": status 25421, too late; 25428, somebody did already
function Request:accept() end

---Says no. Needs `friends`, of groups `group.manage`.
---@async
---@param reason? string  of groups; who asked can read it
---@return true? done
---@return moondock.Error? err
function Request:decline(reason) end

---Answers in private.
---@async
---@param content moondock.Content
---@param params? table<string, any>
---@param opts? moondock.SendOptions
---@return moondock.Sent? sent
---@return moondock.Error? err
function Request:reply(content, params, opts) end

---A handle of the user called `id`, without one of the bot itself; nothing is asked of the cloud.
---@param id? string|moondock.User  the bot itself when left out
---@return moondock.User user
function bot.user(id) end

---The bot's friends, where RongCloud keeps them for the app. Needs `friends`.
---
---    for friend in assert(bot.friends()) do … end
---@async
---@return (fun(): moondock.User?)? iterator
---@return moondock.Error? err
function bot.friends() end

---Asks them to be the bot's friend, where RongCloud keeps friends for the app; they are at once
---when they asked first, or let anybody be one. What they answer is an event, "friend.added" or
---"friend.declined", and the end of it "friend.removed", each in their private chat; these tell
---of every friend, whoever of the two began or ended it. Needs `friends`.
---
---    assert(bot.user("carol"):befriend("I am the desk: ask me anything"))
---    bot.on("friend.added", function(event) event:reply("Hello!") end)
---@async
---@param words? string  what to say, at most 256 bytes
---@return true? done
---@return moondock.Error? err
function User:befriend(words) end

---They are no friends any more, either of the other. Needs `friends`.
---@async
---@return true? done
---@return moondock.Error? err
function User:unfriend() end

---What the bot calls a friend, for itself: the `remark` of bot.friends(). Needs `friends`.
---
---    assert(bot.user("carol"):set_remark("Carol from the shop"))
---@async
---@param remark? string  at most 256 bytes; none or "": no longer
---@return true? done
---@return moondock.Error? err
function User:set_remark(remark) end

---Whether they are online, on any device. Without the app secret RongCloud tells it of the bot's
---friends only, of others "not_found". Needs `user.read`.
---
---    if bot.user("carol"):online() then bot.send(bot.user("carol"), "Still there?") end
---@async
---@return boolean? online
---@return moondock.Error? err
function User:online() end

---The bot's own profile. Needs `user.read`.
---@async
---@return moondock.Profile? profile
---@return moondock.Error? err
function bot.profile() end

---Changes what is named of the bot's own profile. Where RongCloud hosts no profiles for the app,
---that is the name and the portrait, and needs the app secret. Needs `profile`.
---
---    assert(bot.set_profile { name = "Desk", extra = { shift = "night" } })
---@async
---@param profile moondock.Profile  without `id` and `unique_id`
---@return true? done
---@return moondock.Error? err
function bot.set_profile(profile) end

---Asks the cloud: `local info = assert(msg.sender:info())`. Needs `user.read`.
---@async
---@return moondock.UserInfo? info
---@return moondock.Error? err
function User:info() end

---Puts somebody on the bot's own black list: their private messages no longer reach the bot.
---In groups and towards others nothing changes; that is `ban`. Needs `user.block`.
---@async
---@return true? done
---@return moondock.Error? err
function User:block() end

---Needs `user.block`.
---@async
---@return true? done
---@return moondock.Error? err
function User:unblock() end

---Who is on the bot's own black list. Needs `user.block`.
---
---    for user in assert(bot.blocked()) do print(user.id) end
---@async
---@return (fun(): moondock.User?)? iterator
---@return moondock.Error? err
function bot.blocked() end

---Shuts somebody out of the whole app: disconnected now, no login until it ends. Needs
---`user.ban` and the app secret. Whole minutes, rounded up, at most 30 days.
---
---    assert(msg.sender:ban("1d"))
---@async
---@param duration moondock.Duration
---@return true? done
---@return moondock.Error? err
function User:ban(duration) end

---Needs `user.ban` and the app secret.
---@async
---@return true? done
---@return moondock.Error? err
function User:unban() end
