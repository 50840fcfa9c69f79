---@meta
--- What several topics share. These files are what editors complete and check in a
--- plugin. Never executed; a test compares them with the live handle, which is what init.lua
--- gets: `local bot = ... ---@type moondock.Bot`.

---An error that was to be expected. `tostring(err)` gives its message.
---@class moondock.Error
---@field code string       "denied", "refused", "timeout", "cancelled", "limit", …
---@field message string
---@field status? integer   RongCloud's number, when the code is "refused"

---@class moondock.Chat
---@field kind "group"|"private"|"chatroom"|"system"
---@field id string
---@field name string
