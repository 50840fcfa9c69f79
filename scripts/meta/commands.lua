---@meta
--- Commands.

---@class moondock.Bot
local bot = {}

---@class moondock.Command
---@field [1] string             the usage: "warn <who:user> [time:duration] [reason...]"
---@field run fun(msg: moondock.Message, args: table<string, any>): boolean?
---@field aliases? string[]
---@field help? string           one sentence; translated, as is the usage people are shown
---@field scope? "group"|"private"
---@field role? moondock.Role    asked for before the arguments are looked at
---@field cooldown? moondock.Duration  for each person; kept in the bot's store
---@field since? moondock.Duration     answers what was sent since then; else command_max_age holds
---@field priority? integer

---Answers "/word …" (also ! and the full-width forms). The longest literal match wins.
---
---`<name:type>` is required, `[name:type]` may be left out, `<name...>` takes the rest of the
---line. Types: word (the default), text, integer, number, duration (seconds), date, switch, user,
---or a choice `a|b|c`. Who gives wrong arguments is told so, and the usage without types; a catalog
---may translate that line, `["warn <who> [time] [reason...]"] = "警告 <谁> …"`.
---@param definition moondock.Command
---@return fun() off
function bot.command(definition) end

---@class moondock.CommandInfo
---@field usage string     as the plugin wrote it
---@field shown string     for people, in the bot's language
---@field words string[]   what it answers to: its words and its aliases
---@field help? string
---@field scope? "group"|"private"
---@field role? moondock.Role
---@field plugin string

---All commands of the bot's plugins.
---@return moondock.CommandInfo[] commands
function bot.commands() end
