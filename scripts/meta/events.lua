---@meta
--- Events.

---@class moondock.Bot
local bot = {}

---@class moondock.Event
---@field id string
---@field time integer
---@field chat moondock.Chat
---@field group? moondock.Group
---@field user? moondock.User      who joined, left, was kicked; who reads, expands, types
---@field seen? integer            message.read: all of yours until this time; in groups only `id`
---@field set? table<string, string>  message.expanded, of the message `id`
---@field removed? string[]        the names that are gone
---@field operator? moondock.User  who did it
---@field name? string             group.renamed, group.created: the group's name
---@field text? string             group.announced
---@field claimed? boolean         message.recalled: nobody vouches that it was the author
local Event = {}

---@alias moondock.EventName
---| "message"
---| "message.recalled"
---| "message.read"
---| "message.expanded"
---| "typing"
---| "member.joined"
---| "member.left"
---| "member.kicked"
---| "member.role"
---| "group.created"
---| "group.renamed"
---| "group.announced"
---| "group.dismissed"
---| "friend.requested"
---| "notice"
---| "connected"
---| "disconnected"
---| "task.interrupted"

---Of "task.interrupted": after a crash a task of a plugin could not go on, since it would
---have done something else than before. An operator may have its event handled again.
---@class moondock.Interrupted
---@field plugin string
---@field event string   id of the message, or of the time, that it handled
---@field task string    "2.1.3": number of the handler, then of each spawn
---@field reason string

---@class moondock.Options
---@field priority? integer  higher ones come first; 0 by default

---Calls `fn` for each event; a handler that returns true before it waits ends the event.
---A "notice" is a message that nobody sees as chat and that is no other event: a grey line, a
---command, a type unknown here (its `content` is there). Anybody can send one.
---@param event moondock.EventName
---@param fn fun(what: moondock.Message|moondock.Event|moondock.Request|table): boolean?
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

---Answers in the chat the event came from.
---@async
---@param content moondock.Content
---@param params? table<string, any>
---@param opts? moondock.SendOptions
---@return moondock.Sent? sent
---@return moondock.Error? err
function Event:reply(content, params, opts) end
