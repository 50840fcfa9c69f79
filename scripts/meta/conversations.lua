---@meta
--- Conversations: the bot's list of them, as its account has it on every device.

---@class moondock.Bot
local bot = {}

---@class moondock.Conversation
---@field kind "group"|"user"
---@field chat moondock.Group|moondock.User  with whom
---@field time? integer     when something was said there last, in milliseconds
---@field last? moondock.LastMessage
---@field pinned boolean
---@field level moondock.NotificationLevel
local Conversation = {}

---@class moondock.LastMessage
---@field id string
---@field sender moondock.User
---@field type string      "RC:TxtMsg"
---@field time integer     in milliseconds
---@field content? table   as it was sent
---@field raw? string      what is no JSON

---What the account's phones notify of. "mentioned": only those who are mentioned by name.
---@alias moondock.NotificationLevel
---| "all"
---| "default"
---| "mentions"
---| "mentioned"
---| "everyone"
---| "none"

---Iterates over the bot's conversations with groups and people, the one where something was said
---last first; asks the cloud for a page when it gets there. Needs `conversations`.
---
---    for c in bot.conversations() do print(c.kind, c.chat.id, c.last and c.last.type) end
---@async
---@return (fun(): moondock.Conversation?)? iterator
---@return moondock.Error? err
function bot.conversations() end

---A handle of one of them; nothing is asked of the cloud, so it has no `time` and no `last`, and
---what it says of `pinned` and `level` means nothing.
---@param chat moondock.Chat|moondock.User|moondock.Group|moondock.Room|moondock.Message
---@return moondock.Conversation conversation
function bot.conversation(chat) end

---Keeps it on top of the list: `c:pin()`, `c:pin(false)`. Needs `conversations.change`.
---@async
---@param on? boolean  true by default
---@return true? done
---@return moondock.Error? err
function Conversation:pin(on) end

---What of it the account's phones notify of. Needs `conversations.change`.
---
---    bot.conversation(msg):notify("mentions")
---@async
---@param level moondock.NotificationLevel
---@return true? done
---@return moondock.Error? err
function Conversation:notify(level) end

---Takes it out of the list until something new is said there; the history stays. Needs
---`conversations.change`.
---@async
---@return true? done
---@return moondock.Error? err
function Conversation:hide() end

---How many messages of others came since the plugin called `read`, at most `limit` (100). Needs
---`history`.
---@async
---@param limit? integer
---@return integer? count
---@return moondock.Error? err
function Conversation:unread(limit) end

---All until now counts as read, also on the account's other devices. Needs `send`, unless it is
---where the event at hand came from.
---@async
---@return true? done
---@return moondock.Error? err
function Conversation:read() end
