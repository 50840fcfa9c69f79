---@meta
--- JSON and random bytes.

---@class moondock.Bot
---@field json moondock.Json
local bot = {}

---@class moondock.Json
---@field null userdata  null where something must stand: in a list, or alone
bot.json = {}

---Writes texts (UTF-8), numbers, booleans, lists and tables with text keys. Raises for
---anything else. An empty table becomes {}, unless bot.json.list marked it.
---@param value any
---@return string? text
---@return moondock.Error? err  "limit": more than 1 MiB
function bot.json.encode(value) end

---Reads JSON. A null inside an object is left out; in a list or alone it is bot.json.null.
---@param text string
---@return any value
---@return moondock.Error? err  "proto", and at which byte
function bot.json.decode(text) end

---Marks a table as a list, which matters when it is empty.
---@param items? table
---@return table items
function bot.json.list(items) end

---Bytes nobody can foresee: for tokens and secrets.
---@param n integer  up to 4,096
---@return string
function bot.random_bytes(n) end
