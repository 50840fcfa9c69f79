---@meta
--- Messages: send, reply, recall.

---@class moondock.Bot
local bot = {}

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

---What you sent.
---@class moondock.Sent
---@field id string
---@field time integer
local Sent = {}

---Text with {places}; or `{ text, mentions }`; or a type of your own `{ type, content }`.
---@alias moondock.Content
---| string
---| { text: string, mentions?: moondock.User[]|string[]|"all" }
---| { type: string, content: table }

---Sends to a chat, a user or a group. Needs the capability `send`, unless it is where the
---event at hand came from. Waits until the cloud has accepted the message.
---@async
---@param to moondock.Chat|moondock.User|moondock.Group|moondock.Message
---@param content moondock.Content
---@param params? table<string, any>  values for {places}; a User becomes a mention in groups
---@return moondock.Sent? sent
---@return moondock.Error? err
function bot.send(to, content, params) end

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

---Takes back what was sent.
---@async
---@return true? done
---@return moondock.Error? err
function Sent:recall() end
