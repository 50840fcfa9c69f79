---@meta
--- Messages: send, reply, recall.

---@class moondock.Bot
local bot = {}

---@class moondock.Message
---@field id string
---@field text? string            nil unless it is a text
---@field sender moondock.User
---@field group? moondock.Group   nil outside of groups
---@field room? moondock.Room     nil outside of chatrooms
---@field chat moondock.Chat
---@field kind moondock.Kind|string  what it is; of other types the type itself
---@field type string             the type as RongCloud names it: "RC:TxtMsg"
---@field time integer            when it was sent, in milliseconds
---@field mentions moondock.User[]  with `all = true` when everybody is mentioned
---@field content table?          the content as a table
---@field raw string              the content as it came
---@field backlog boolean         older than the configuration's command_max_age when it came
---@field age number              seconds from being sent until it came
---@field redelivered boolean     handed out before: in an earlier life of the host, or by `ctl`
---@field image? moondock.Image   what a message carries is under the name of its kind, as it
---@field gif? moondock.Gif       would be sent; what the sender left out is nil
---@field voice? moondock.Voice
---@field video? moondock.Video
---@field file? moondock.File
---@field location? moondock.Location
---@field link? moondock.Link
---@field quote? moondock.Quote
---@field combined? moondock.Combined
---@field info? moondock.Info
---@field notice? moondock.Notice
---@field command? moondock.CommandMessage
local Message = {}

---@alias moondock.Kind
---| "text"
---| "image"
---| "gif"
---| "voice"
---| "video"
---| "file"
---| "location"
---| "link"
---| "quote"
---| "combined"
---| "info"
---| "notice"
---| "command"

---@class moondock.Image
---@field url string
---@field thumbnail? string  a small JPEG, in base64
---@field width? integer     of the thumbnail
---@field height? integer
---@field extra? string      for the app; the same in all kinds

---@class moondock.Gif
---@field url string
---@field width? integer
---@field height? integer
---@field size? integer  bytes

---A recording behind an address, or, of old apps, the recording itself.
---@class moondock.Voice
---@field url? string
---@field data? string        instead of `url`: AMR, in base64
---@field duration integer    seconds
---@field format? string      "aac"
---@field sample_rate? integer
---@field channels? integer

---@class moondock.Video
---@field url string
---@field duration integer    seconds
---@field thumbnail? string   a small JPEG, in base64
---@field size? integer
---@field name? string

---@class moondock.File
---@field url string
---@field name string
---@field size? integer    bytes
---@field format? string   "pdf"

---@class moondock.Location
---@field latitude number
---@field longitude number
---@field name? string       of the place
---@field thumbnail? string  a small JPEG of the map, in base64

---@class moondock.Link
---@field url string
---@field title string
---@field text? string
---@field image? string   its address

---What a text answers to; the text itself is `msg.text`.
---@class moondock.Quote
---@field id? string
---@field user string     the id of who wrote it
---@field type string     "RC:TxtMsg"
---@field content table   as it was sent

---Several messages in one: as a page behind `url`, or in `messages` (or, when there are many,
---in a file named `key`), with `count`.
---@class moondock.Combined
---@field names string[]       who speaks
---@field summaries string[]   a line for each of the first messages
---@field chat "private"|"group"  where it was said
---@field url? string
---@field count? integer
---@field messages? table[]
---@field key? string

---A grey line.
---@class moondock.Info
---@field text string

---What an App Server says of a group; anybody can send one.
---@class moondock.Notice
---@field operation string   "Add", "Kicked", "Rename" ...
---@field operator? string   the id of who did it
---@field data? table|string
---@field text? string

---For apps, not for people.
---@class moondock.CommandMessage
---@field name string
---@field data? any
---@field stored? true   kept by the cloud, and in the history

---What you sent.
---@class moondock.Sent
---@field id string
---@field time integer
local Sent = {}

---Text with {places}, perhaps with mentions and what it answers to; or one of the other kinds,
---as `msg.image`, `msg.location` ... look; or a type of your own. A text in the place of such a
---table is its first field: the address of an image, a grey line.
---
---    msg:reply { text = "Seen, {name}.", quote = msg }
---    msg:reply { location = { latitude = 47.37, longitude = 8.54, name = "Zürich" } }
---    msg:reply { image = "https://example.org/cat.jpg" }
---    msg:reply { image = "cat.jpg" }  -- a file of the plugin: see moondock.Attachment
---    msg:reply { info = "Alice changed the topic" }
---    msg:reply { type = "MY:Card", content = { title = "Ace" } }
---@alias moondock.Content
---| string
---| { text: string, mentions?: moondock.Mentions, quote?: moondock.Message|moondock.Quote }
---| { image: moondock.Image|moondock.Attachment|string, mentions?: moondock.Mentions }
---| { gif: moondock.Gif|moondock.Attachment|string, mentions?: moondock.Mentions }
---| { voice: moondock.Voice|moondock.Attachment, mentions?: moondock.Mentions }
---| { video: moondock.Video|moondock.Attachment, mentions?: moondock.Mentions }
---| { file: moondock.File|moondock.Attachment|string, mentions?: moondock.Mentions }
---| { location: moondock.Location, mentions?: moondock.Mentions }
---| { link: moondock.Link, mentions?: moondock.Mentions }
---| { combined: moondock.Combined, mentions?: moondock.Mentions }
---| { info: moondock.Info|string }
---| { notice: moondock.Notice }
---| { command: moondock.CommandMessage|string }
---| { type: string, content: table }

---@alias moondock.Mentions moondock.User[]|string[]|"all"

---@class moondock.SendOptions
---@field timeout? string|number  how long it may wait before it leaves; else send_max_age
---@field unsure? "drop"|"repeat"  when nobody can tell if it arrived: give "unknown", or repeat
---@field silent? boolean        nobody is notified
---@field push_text? string       what a phone shows of it
---@field push_data? string       for the app, with the push
---@field only? (moondock.User|string)[]  in groups: nobody else gets it, at most 100
---@field expansion? table<string, string>  texts under short names that can be changed later
---@field once? string  in scripts: into each chat one message of that name, for a week

---Sends to a chat, a user or a group. Needs the capability `send`, unless it is where the
---event at hand came from. Waits until the cloud has accepted the message; while the bot is
---offline or must not send faster that can take a while. What has not left after the timeout,
---or after the configuration's send_max_age (an hour), gives nil and "timeout" and never
---leaves; "unknown" says that it left, and nobody can tell whether it arrived. Answers go
---before other messages, and chats take turns.
---
---    bot.send(group, "It rains.", nil, { timeout = "5m" })
---@async
---@param to moondock.Chat|moondock.User|moondock.Group|moondock.Room|moondock.Message
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

---Shows in a chat that the bot is typing, for some seconds. Apps show it in private chats.
---
---    bot.typing(msg)
---@async
---@param to moondock.Chat|moondock.User|moondock.Group|moondock.Room|moondock.Message
---@return true? done
---@return moondock.Error? err
function bot.typing(to) end

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

---Makes something else of a message of the bot, for a while after it was sent (two minutes,
---unless the app has set another time): a text, or a table with the whole content of its kind.
---Whoever has it sees it change.
---
---    local sent = assert(msg:reply("Counting …"))
---    assert(sent:edit("There are {n}.", { n = 3 }))
---@async
---@param content string|table<string, any>
---@param params? table<string, any>
---@return true? done
---@return moondock.Error? err
function Sent:edit(content, params) end

---The same, of one found in history.
---@async
---@param content string|table<string, any>
---@param params? table<string, any>
---@return true? done
---@return moondock.Error? err
function Message:edit(content, params) end

---Takes back what was sent.
---@async
---@return true? done
---@return moondock.Error? err
function Sent:recall() end

---Asks those of the group who has read it; each answer is an event "message.read".
---@async
---@return true? done
---@return moondock.Error? err
function Sent:ask_read() end

---Tells the author that it was read; in private that all until this one were.
---
---    bot.on("message", function(msg) msg:read() end)
---@async
---@return true? done
---@return moondock.Error? err
function Message:read() end

---Changes what a message that was sent with an expansion carries: sets texts, and removes
---those that are `false`. At most 20 names of A-Z a-z 0-9 _ = + -, up to 32 characters.
---
---    msg:expand { votes = "3", draft = false }
---@async
---@param changes table<string, string|false>
---@return true? done
---@return moondock.Error? err
function Message:expand(changes) end

---The same for what you sent.
---
---    local poll = bot.send(group, "Tea?", nil, { expansion = { votes = "0" } })
---    poll:expand { votes = "1" }
---@async
---@param changes table<string, string|false>
---@return true? done
---@return moondock.Error? err
function Sent:expand(changes) end
