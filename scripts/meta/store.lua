---@meta
--- The plugin's own key-values.

---@class moondock.Bot
local bot = {}

---@class moondock.Store
local Store = {}

---The plugin's own key-values; `name` keeps several apart.
---@param name? string
---@return moondock.Store
function bot.store(name) end

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
---@param opts? { ttl?: moondock.Duration }
---@return true? done
---@return moondock.Error? err
function Store:set(key, value, opts) end

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
