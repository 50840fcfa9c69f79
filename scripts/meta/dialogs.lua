---@meta
--- Waiting for what comes: an event, an answer. And events of the plugin's own.

---@class moondock.Bot
local bot = {}

---@class moondock.Message
local Message = {}

---@class moondock.WaitOptions
---@field where? fun(what: any): boolean  whether this is the one; may not wait
---@field timeout? moondock.Duration      "5m" by default
---@field chat? moondock.Chat|moondock.Group|moondock.User|moondock.Message  with `from`: only
---what this person says in this chat
---@field from? moondock.User|string

---Waits for the next event and gives what its handlers get. It only watches: the handlers get
---the event too. The task may answer where it came from.
---
---With `chat` and `from` (event "message") the message is an answer to this task and goes
---nowhere else; commands are never taken.
---@async
---@param event moondock.EventName|string  not one of bot.schedule: those need bot.on
---@param opts? moondock.WaitOptions
---@return moondock.Message|moondock.Event|table? what
---@return moondock.Error? err  "timeout", "cancelled", "reloaded"
function bot.wait(event, opts) end

---Calls the plugin's own handlers of an event of its own, soon, in the order of the calls. They
---get a copy of `data` and may answer where this task may. Other plugins do not hear it.
---@param event string  with a colon in it: "quiz:over"
---@param data? any     a plain value: text, number, boolean, or a table of such
---@return true? done
---@return moondock.Error? err  "limit": 1,000 are on their way, or data over 64 KiB
function bot.emit(event, data) end

---@class moondock.AskOptions
---@field choices? string[]           the answer is one of these, in either case, or translated
---@field check? fun(text: string): boolean?, string?  true, or nil and what to say about it
---@field timeout? moondock.Duration  of each question; "5m" by default

---Asks who wrote this message, and gives their next text in this chat. It goes nowhere else. A
---question whose answer does not fit is asked up to three times. A command in place of an
---answer runs as always and ends the question: "cancelled". Several questions to one person
---in one chat are answered in the order they were asked.
---@async
---@param content moondock.Content
---@param params? table<string, any>
---@param opts? moondock.AskOptions
---@return string? text         the choice as the plugin wrote it, if there were choices
---@return moondock.Error? err  "timeout", "cancelled", "reloaded", "limit", or why it was not sent
function Message:ask(content, params, opts) end
