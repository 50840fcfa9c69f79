---@meta
--- Key-values. A plugin's stores hold at most 1 MiB together, or as the grant `store:SIZE`
--- says ("store:10M"); each shared store counts for itself. Keys are texts of 1 to 512 bytes.

---@class moondock.Bot
local bot = {}

---@class moondock.Store
local Store = {}

---The plugin's own key-values; `name` keeps several apart. `bot.store { shared = "points" }` are
---those of all plugins of the bot that hold `store.shared:points`.
---@param name? string|{ name?: string, shared?: string }
---@return moondock.Store store
function bot.store(name) end

---What is kept under `key`, or `default`.
---@async
---@param key string
---@param default? any  when there is nothing under the key
---@return any value
---@return moondock.Error? err
function Store:get(key, default) end

---Keeps a plain value: texts, numbers, booleans, lists and tables of them. nil deletes.
---@async
---@param key string
---@param value any
---@param opts? { ttl?: moondock.Duration }  gone after so long
---@return true? done
---@return moondock.Error? err
function Store:set(key, value, opts) end

---Forgets what is kept under `key`.
---@async
---@param key string
---@return true? done
---@return moondock.Error? err
function Store:del(key) end

---Adds to a number and gives the sum; nothing counts as 0.
---@async
---@param key string
---@param n? number  1 by default
---@return number? sum
---@return moondock.Error? err
function Store:add(key, n) end

---Keeps what `fn` makes of the value (nil when there is none; nil deletes), and gives that.
---Nothing comes in between: `fn` may not wait. If it raises, nothing is changed. An entry that
---expires goes on doing so, unless `opts.ttl` says otherwise.
---@async
---@param key string
---@param fn fun(value: any): any
---@param opts? { ttl?: moondock.Duration }
---@return any value
---@return moondock.Error? err
function Store:update(key, fn, opts) end

---`for key, value in store:each("g1/") do … end`: in the order of the keys, a page at a time.
---@async
---@param prefix? string  only keys that begin with it
---@return (fun(): string?, any)? iterator
---@return moondock.Error? err
function Store:each(prefix) end
