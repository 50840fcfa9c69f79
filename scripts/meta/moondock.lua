---@meta moondock
--- What editors complete and check in a plugin. Never executed; a test compares it with the
--- live handle. The handle is what init.lua gets: `local bot = ... ---@type moondock.Bot`.

-- ---- what you are handed ----------------------------------------------------------------

---@alias moondock.Duration string|number  "10m", "1d12h", or seconds

---An error that was to be expected. `tostring(err)` gives its message.
---@class moondock.Error
---@field code string       "denied", "refused", "timeout", "cancelled", "limit", …
---@field message string
---@field status? integer   RongCloud's number, when the code is "refused"

---@class moondock.User
---@field id string
---@field name string  the one last seen, else the id

---@class moondock.Group
---@field id string
---@field name string
local Group = {}

---@class moondock.Chat
---@field kind "group"|"private"|"chatroom"|"system"
---@field id string
---@field name string

---@class moondock.Message
---@field id string
---@field text? string            nil unless it is a text
---@field sender moondock.User
---@field group? moondock.Group   nil outside of groups
---@field chat moondock.Chat
---@field kind string             "text", "image", "voice", "video", "file", "quote", or the type
---@field time integer            when it was sent, in milliseconds
---@field mentions moondock.User[]  with `all = true` when everybody is mentioned
---@field content table?          the content as a table
---@field raw string              the content as it came
---@field backlog boolean         older than the configuration's command_max_age when it came
---@field redelivered boolean     handed out before, in an earlier life of the host
local Message = {}

---@class moondock.Event
---@field id string
---@field time integer
---@field chat moondock.Chat
---@field group? moondock.Group
---@field user? moondock.User      who joined, left, was kicked
---@field operator? moondock.User  who did it
---@field name? string             group.renamed, group.created: the group's name
---@field text? string             group.announced
---@field claimed? boolean         message.recalled: nobody vouches that it was the author
local Event = {}

---What you sent.
---@class moondock.Sent
---@field id string
---@field time integer
local Sent = {}

---@class moondock.Timer
local Timer = {}

---@class moondock.Store
local Store = {}

---Text with {places}; or `{ text, mentions }`; or a type of your own `{ type, content }`.
---@alias moondock.Content
---| string
---| { text: string, mentions?: moondock.User[]|string[]|"all" }
---| { type: string, content: table }

---@alias moondock.EventName
---| "message"
---| "message.recalled"
---| "member.joined"
---| "member.left"
---| "member.kicked"
---| "member.role"
---| "group.created"
---| "group.renamed"
---| "group.announced"
---| "group.dismissed"
---| "connected"
---| "disconnected"

---@class moondock.Options
---@field priority? integer  higher ones come first; 0 by default

---@class moondock.Command
---@field [1] string             the usage: "warn <who:user> [time:duration] [reason...]"
---@field run fun(msg: moondock.Message, args: table<string, any>): boolean?
---@field aliases? string[]
---@field help? string
---@field scope? "group"|"private"
---@field role? "owner"|"admin"|"moderator"|"trusted"
---@field cooldown? moondock.Duration  for each person
---@field priority? integer

-- ---- the handle -------------------------------------------------------------------------

---@class moondock.Bot
---@field config table<string, any>  the manifest's options with the operator's values
---@field plugin { name: string, version: string }
---@field log moondock.Log
local bot = {}

---@class moondock.Log
bot.log = {}

---Calls `fn` for each event; a handler that returns true before it waits ends the event.
---@param event moondock.EventName
---@param fn fun(what: moondock.Message|moondock.Event|table): boolean?
---@param opts? moondock.Options
---@return fun() off  takes it back
function bot.on(event, fn, opts) end

---The same, for the next event only.
---@param event moondock.EventName
---@param fn fun(what: moondock.Message|moondock.Event|table): boolean?
---@param opts? moondock.Options
---@return fun() off
function bot.once(event, fn, opts) end

---Calls `fn` for texts that match a Lua pattern; the captures follow the message.
---@param pattern string
---@param fn fun(msg: moondock.Message, ...: string|integer): boolean?
---@param opts? moondock.Options
---@return fun() off
function bot.hear(pattern, fn, opts) end

---Calls `fn` once for a text with any of the words, with the first found. ASCII letters match
---in either case and as whole words.
---@param words string[]
---@param fn fun(msg: moondock.Message, word: string): boolean?
---@param opts? moondock.Options
---@return fun() off
function bot.words(words, fn, opts) end

---Answers "/word …" (also ! and the full-width forms). The longest literal match wins.
---@param definition moondock.Command
---@return fun() off
function bot.command(definition) end

---All commands of the bot's plugins.
---@return { usage: string, help?: string, scope?: string, role?: string, plugin: string }[]
function bot.commands() end

---Sends to a chat, a user or a group. Needs the capability `send`, unless it is where the
---event at hand came from. Waits until the cloud has accepted the message.
---@async
---@param to moondock.Chat|moondock.User|moondock.Group|moondock.Message
---@param content moondock.Content
---@param params? table<string, any>  values for {places}; a User becomes a mention in groups
---@return moondock.Sent? sent
---@return moondock.Error? err
function bot.send(to, content, params) end

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

---Milliseconds since 1970.
---@return integer
function bot.now() end

---Waits without holding up anyone else.
---@async
---@param duration moondock.Duration
function bot.sleep(duration) end

---Calls `fn` once, later; gone when the plugin is unloaded.
---@param duration moondock.Duration
---@param fn fun()
---@return moondock.Timer
function bot.after(duration, fn) end

---Calls `fn` again and again; at least 0.1 s apart.
---@param duration moondock.Duration
---@param fn fun()
---@return moondock.Timer
function bot.every(duration, fn) end

---The plugin's own key-values; `name` keeps several apart.
---@param name? string
---@return moondock.Store
function bot.store(name) end

---The sentence in the bot's language (or `language`), with its {places} filled.
---@param text string
---@param params? table<string, any>
---@param language? string
---@return string
function bot.t(text, params, language) end

---Before a reload: returns what the next version shall get, a plain value.
---@param fn fun(): any
function bot.on_save(fn) end

---After a reload, before anything else: gets what the old version's on_save returned.
---@param fn fun(state: any, old_version: string)
function bot.on_load(fn) end

---@param format string
function bot.log.debug(format, ...) end

---@param format string
function bot.log.info(format, ...) end

---@param format string
function bot.log.warn(format, ...) end

---@param format string
function bot.log.error(format, ...) end

-- ---- methods ----------------------------------------------------------------------------

---Answers in the same chat. Waits until the cloud has accepted the message.
---@async
---@param content moondock.Content
---@param params? table<string, any>
---@return moondock.Sent? sent
---@return moondock.Error? err
function Message:reply(content, params) end

---Takes the message back. One's own is free, others' need the capability `recall`.
---@async
---@return true? done
---@return moondock.Error? err
function Message:recall() end

---Answers in the chat the event came from.
---@async
---@param content moondock.Content
---@param params? table<string, any>
---@return moondock.Sent? sent
---@return moondock.Error? err
function Event:reply(content, params) end

---@async
---@return true? done
---@return moondock.Error? err
function Sent:recall() end

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

function Timer:stop() end

---@async
---@param key string
---@param default? any  when there is nothing under the key
---@return any value
---@return moondock.Error? err
function Store:get(key, default) end

---Keeps a plain value: texts, numbers, booleans, lists and tables of them. nil deletes.
---@async
---@param key string
---@param value any
---@param opts? { ttl?: moondock.Duration }
---@return true? done
---@return moondock.Error? err
function Store:set(key, value, opts) end

---@async
---@param key string
---@return true? done
---@return moondock.Error? err
function Store:del(key) end

---Adds to a number and gives the sum; nothing counts as 0.
---@async
---@param key string
---@param n? number  1 by default
---@return number? sum
---@return moondock.Error? err
function Store:add(key, n) end

return bot
