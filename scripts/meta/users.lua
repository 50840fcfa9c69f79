---@meta
--- Users.

---@class moondock.Bot
local bot = {}

---@class moondock.User
---@field id string
---@field name string     the one last seen, else the id
---@field role? string    from group:members() of a hosted group: "owner", "manager", "member"
---@field remark? string  from bot.friends(): what the bot calls them
local User = {}

---@class moondock.UserInfo
---@field id string
---@field name? string
---@field portrait? string  an address
---@field created? integer  when the account was made, in milliseconds; not in hosted profiles

---What the event `friend.requested` brings: somebody asks to be the bot's friend. RongCloud
---tells it where it keeps friends for the app (the hosting service); elsewhere the App Server
---may, with a notice RC:ContactNtf from one of the ids in `notices.from`.
---
---    bot.on("friend.requested", function(request)
---      if assert(request:accept()) then
---        request:reply("Hello, {name}!", { name = request.user.name })
---      end
---    end)
---@class moondock.Request
---@field id string
---@field time integer
---@field chat moondock.Chat   the private chat with them
---@field user moondock.User   who asks
---@field text? string         what they wrote
local Request = {}

---They are friends from now on. Needs `friends`.
---@async
---@return true? done
---@return moondock.Error? err
function Request:accept() end

---Needs `friends`.
---@async
---@return true? done
---@return moondock.Error? err
function Request:decline() end

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
