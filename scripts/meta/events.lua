---@meta
--- Events.

---@class moondock.Bot
local bot = {}

---@class moondock.Event
---@field id string
---@field time integer
---@field chat moondock.Chat
---@field group? moondock.Group
---@field room? moondock.Room
---@field user? moondock.User      who joined, left, was kicked, was not let in or did not want
---to be (member.declined); who reads, expands, types
---@field seen? integer            message.read: all of yours until this time; in groups only `id`
---@field set? table<string, string>  message.expanded, of the message `id`
---@field removed? string[]        the names that are gone
---@field operator? moondock.User  who did it
---@field role? string             member.role: "owner", "manager" or "member", from now on
---@field nickname? string         member.changed: what `user` is called in the group
---@field extra? string            likewise: what else the app keeps there
---@field minutes? integer         member.muted: for how long, where it is known and has an end
---@field name? string             group.renamed, group.created: the group's name
---@field text? string             group.announced; member.declined: the reason
---@field inviter? moondock.User   member.declined: who had invited them
---@field key? string              room.entry: an entry that `user` has changed
---@field value? string            room.entry: nil when it is gone
---@field reason? string           room.lost: "closed", or "refused": it cannot get back in
---@field pinned? boolean         conversation.changed, with `group` or `user`: as it is now
---@field level? string            likewise, see Conversation:notify
---@field claimed? boolean         message.recalled: nobody vouches that it was the author
local Event = {}

---@alias moondock.EventName
---| "message"
---| "message.intercept"
---| "message.edited"
---| "message.recalled"
---| "message.read"
---| "message.read_asked"
---| "message.expanded"
---| "typing"
---| "member.joined"
---| "member.left"
---| "member.kicked"
---| "member.role"
---| "member.changed"
---| "member.muted"
---| "member.unmuted"
---| "group.muted"
---| "group.unmuted"
---| "member.requested"
---| "member.declined"
---| "group.invited"
---| "group.created"
---| "group.renamed"
---| "group.announced"
---| "group.dismissed"
---| "friend.requested"
---| "friend.added"
---| "friend.declined"
---| "friend.removed"
---| "notice"
---| "connected"
---| "disconnected"
---| "task.interrupted"
---| "user.online"
---| "user.offline"
---| "webhook"
---| "room.entry"
---| "room.lost"
---| "conversation.changed"

---Of "user.online" and "user.offline": one connection of somebody, who may have several. Needs
---`account.webhooks.online` in the configuration.
---@class moondock.Presence
---@field user moondock.User
---@field time integer
---@field session string  names the connection
---@field os? string      "iOS", "Android", "Websocket" …; of those that come

---Of "webhook": something else that RongCloud posts to an App Server, at a path that the
---configuration names in `account.webhooks`. Each is told once, also when it is posted again
---within a minute, and not told again after a crash.
---@class moondock.Webhook
---@field kind string    the key: "operations", "audits", "groups", "rooms", "users", "bots"
---@field time? integer
---@field data table     with RongCloud's own names

---What a handler of "message.intercept" returns about a message that somebody has sent and that
---is not delivered yet: nothing or "allow", "deny", or one of these. It takes no `reply` unless the
---plugin may `send`. Handlers are asked one after the other until one denies; each sees what those
---before it put in place. Needs `intercept`, and `account.webhooks.precheck` in the configuration.
---Whoever fails or takes longer than its `deadline` leaves it to its `otherwise`.
---@class moondock.Verdict
---@field deny? string           the reason, at most 1024 bytes, for the sender's client
---@field replace? string|table  another text, for a text; or the whole content

---Of "task.interrupted": after a crash a task of a plugin could not go on, since it would
---have done something else than before. An operator may have its event handled again.
---@class moondock.Interrupted
---@field plugin string
---@field event string   id of the message, or of the time, that it handled
---@field task string    "2.1.3": number of the handler, then of each spawn
---@field reason string

---What a handler returns: true ends the event, of "message.intercept" a verdict.
---@alias moondock.Heard boolean|"allow"|"deny"|moondock.Verdict|nil

---@class moondock.Options
---@field priority? integer  higher ones come first; 0 by default

---Calls `fn` for each event; a handler that returns true before it waits ends the event.
---A "notice" is a message that nobody sees as chat and that is no other event: a grey line, a
---command, a type unknown here (its `content` is there). Anybody can send one. Of
---"message.edited" it is the message as it reads now, under its old `id`. "conversation.changed"
---comes when another device of the account pins a chat or sets its level; later also of what the
---bot itself has set.
---@param event moondock.EventName
---@param fn fun(what: moondock.Message|moondock.Event|moondock.Request|table): moondock.Heard
---@param opts? moondock.Options
---@return fun()? off  takes it back
---@return moondock.Error? err  "denied": of "message.intercept", without the grant
function bot.on(event, fn, opts) end

---The same, for the next event only.
---@param event moondock.EventName
---@param fn fun(what: moondock.Message|moondock.Event|table): boolean?
---@param opts? moondock.Options
---@return fun()? off
---@return moondock.Error? err
function bot.once(event, fn, opts) end

---Calls `fn` for texts that match a Lua pattern; the captures follow the message.
---@param pattern string
---@param fn fun(msg: moondock.Message, ...: string|integer): boolean?
---@param opts? moondock.Options
---@return fun() off
function bot.hear(pattern, fn, opts) end

---Calls `fn` once for a text with any of the words, also one that a message was edited into,
---with the first found. ASCII letters match in either case and as whole words.
---@param words string[]
---@param fn fun(msg: moondock.Message, word: string): boolean?
---@param opts? moondock.Options
---@return fun() off
function bot.words(words, fn, opts) end

---Of "message.read_asked", with which `user` asks the group who has read the message `id`: tells
---them that the bot has.
---@async
---@return true? done
---@return moondock.Error? err
function Event:read() end

---Answers in the chat the event came from.
---@async
---@param content moondock.Content
---@param params? table<string, any>
---@param opts? moondock.SendOptions
---@return moondock.Sent? sent
---@return moondock.Error? err
function Event:reply(content, params, opts) end
