---@meta
--- What was said before.

---@class moondock.Bot
local bot = {}

---@class moondock.Message
local Message = {}

---@class moondock.HistoryOptions
---@field before? integer  only older ones, in milliseconds
---@field after? integer   only newer ones
---@field limit? integer   at most that many
---@field oldest_first? boolean  from the oldest to the newest; else the other way round

---Iterates over a chat's messages, the newest first or the other way round, the bot's own
---included; asks the cloud for a page when it gets there. Needs `history`, and the service
---switched on for the app. A later page that cannot be had raises, so that half a history is not
---taken for the whole.
---
---    for msg in bot.history(msg.chat, { limit = 50 }) do … end
---    for msg in bot.history(group, { after = since, oldest_first = true }) do … end
---@async
---@param chat moondock.Chat|moondock.User|moondock.Group|moondock.Room|moondock.Message
---@param opts? moondock.HistoryOptions
---@return (fun(): moondock.Message?)? iterator
---@return moondock.Error? err
function bot.history(chat, opts) end

---@class moondock.ClearOptions
---@field before? integer  what was sent until then, in milliseconds; all of it by default

---Empties the bot's own history of a chat, which the cloud keeps for it; others keep theirs. Needs
---`history.clear`.
---
---    bot.clear_history(msg, { before = bot.now() - 30 * 86400000 })
---@async
---@param chat moondock.Chat|moondock.User|moondock.Group|moondock.Room|moondock.Message
---@param opts? moondock.ClearOptions
---@return true? done
---@return moondock.Error? err
function bot.clear_history(chat, opts) end

---Takes the message out of the bot's own history, on all its devices; others keep it. Needs
---`history.clear`.
---
---    msg:forget()
---@async
---@return true? done
---@return moondock.Error? err
function Message:forget() end

---Sends what the message says to another chat, as the bot's own: without the card of who wrote
---it and without its mentions. Needs `send`, unless it is where the event came from.
---
---    assert(msg:forward(bot.group("archive")))
---@async
---@param to moondock.Chat|moondock.User|moondock.Group|moondock.Room|moondock.Message
---@param opts? moondock.SendOptions
---@return moondock.Sent? sent
---@return moondock.Error? err
function Message:forward(to, opts) end
