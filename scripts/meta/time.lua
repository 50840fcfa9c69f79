---@meta
--- The clock and timers.

---@class moondock.Bot
local bot = {}

---@alias moondock.Duration string|number  "10m", "1d12h", or seconds

---@class moondock.Timer
local Timer = {}

---Milliseconds since 1970.
---@return integer ms
function bot.now() end

---Waits without holding up anyone else.
---@async
---@param duration moondock.Duration
---@return nil
---@return moondock.Error? err  "cancelled", "reloaded"
function bot.sleep(duration) end

---Calls `fn` once, later; gone when the plugin is reloaded or unloaded. Made while an event is
---handled it is a part of that event: it survives a crash or a restart of the host, and comes at
---the time it was due, or at the next start if that has passed (not the hundredth in a row of
---timers that each make the next one).
---@param duration moondock.Duration
---@param fn fun()
---@return moondock.Timer timer
function bot.after(duration, fn) end

---Calls `fn` again and again; at least 0.1 s apart. Of one that `init.lua` makes, each call is
---an event that goes on after a crash; one made while an event is handled is gone then.
---@param duration moondock.Duration
---@param fn fun()
---@return moondock.Timer timer
function bot.every(duration, fn) end

---Ends it; again is fine.
function Timer:stop() end
