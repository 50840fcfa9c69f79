---@meta
--- Commands.

---@class moondock.Bot
local bot = {}

---@class moondock.Command
---@field [1] string             the usage: "warn <who:user> [time:duration] [reason...]"
---@field run fun(msg: moondock.Message, args: table<string, any>): boolean?
---@field aliases? string[]
---@field help? string
---@field scope? "group"|"private"
---@field role? "owner"|"admin"|"moderator"|"trusted"
---@field cooldown? moondock.Duration  for each person
---@field priority? integer

---Answers "/word …" (also ! and the full-width forms). The longest literal match wins.
---@param definition moondock.Command
---@return fun() off
function bot.command(definition) end

---All commands of the bot's plugins.
---@return { usage: string, help?: string, scope?: string, role?: string, plugin: string }[]
function bot.commands() end
