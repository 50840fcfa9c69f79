---@meta
--- Tasks. A handler runs as a task: where it waits (reply, sleep, ask …), others go on.
---
--- Every wait ends: a call to the cloud gives `nil, err` with the code "timeout" after 30 s
--- (sending: see bot.send), `wait` and `ask` after 5 minutes. A task that waits for longer than
--- 7 days in all is ended.

---@class moondock.Bot
local bot = {}

---One piece of work.
---@class moondock.Task
---@field id integer
local Task = {}

---What bot.all gives: `results[i]` is what the function returned first. When that was nil,
---`errors[i]` is what it returned second; when it raised, the error (also in the log), with the
---code "plugin".
---@class moondock.Results
---@field n integer  how many functions there were
---@field errors table<integer, moondock.Error>

---Runs `fn(...)` as a task of its own, beside this one. It may answer where this one may, and
---the message at hand is done when all its tasks have ended. Works in handlers and timers.
---Nothing but the log hears when it raises. At most 1,000 tasks of a plugin wait at a time.
---@param fn function
---@param ... any  what `fn` gets
---@return moondock.Task? task
---@return moondock.Error? err  "limit"
function bot.spawn(fn, ...) end

---Ends it. The call it waits in returns `nil, err` with the code "cancelled", so that it can
---tidy up; where it would wait once more it ends, and what it marked `<close>` is closed. One
---that has not begun never does. Again, for an ended one or for oneself is fine.
function Task:cancel() end

---Runs the functions as tasks and waits for all of them. One that fails stops no other: see
---Results. When the task that waits is cancelled, they are too.
---@async
---@param fns function[]
---@return moondock.Results? results
---@return moondock.Error? err  "cancelled", "reloaded"
function bot.all(fns) end

---Errors of a plugin go to the log and to nobody else. With this, `fn` hears of them too, and
---may say something in the chat whose event failed, which is free:
---`bot.on_error(function(err, chat) if chat then bot.send(chat, "That went wrong.") end end)`.
---One `fn` per plugin; what it raises itself is only logged.
---@param fn fun(err: moondock.Error, chat: moondock.Chat?)
---@return fun() off  takes it back
function bot.on_error(fn) end

---The message and, below it, the plugin's functions that run, with file and line. Without values
---and addresses, and without what the library does in between.
---@param message? string
---@return string
function bot.traceback(message) end
