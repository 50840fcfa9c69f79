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
---@field age number              seconds from being sent until it came
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

---@class moondock.SendOptions
---@field timeout? string|number  how long it may wait before it leaves; else send_max_age
---@field unsure? "drop"|"repeat"  when nobody can tell whether it was delivered: give "unknown", or send it again

---Sends to a chat, a user or a group. Needs the capability `send`, unless it is where the
---event at hand came from. Waits until the cloud has accepted the message; while the bot is
---offline or must not send faster that can take a while. What has not left after the timeout,
---or after the configuration's send_max_age (an hour), gives nil and "timeout" and never
---leaves; "unknown" says that it left, and nobody can tell whether it arrived. Answers go
---before other messages, and chats take turns.
---
---    bot.send(group, "It rains.", nil, { timeout = "5m" })
---@async
---@param to moondock.Chat|moondock.User|moondock.Group|moondock.Message
---@param content moondock.Content
---@param params? table<string, any>  values for {places}; a User becomes a mention in groups
---@param opts? moondock.SendOptions
---@return moondock.Sent? sent
---@return moondock.Error? err
function bot.send(to, content, params, opts) end

---How many of the bot's messages, of all its plugins, wait to leave or for the cloud's answer.
---From 10,000 on, sending gives nil and "limit".
---
---    if bot.outbox() < 100 then bot.send(group, "News: {text}", { text = news }) end
---@return integer count
function bot.outbox() end

---Answers in the same chat. Waits until the cloud has accepted the message.
---@async
---@param content moondock.Content
---@param params? table<string, any>
---@param opts? moondock.SendOptions
---@return moondock.Sent? sent
---@return moondock.Error? err
function Message:reply(content, params, opts) end

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
