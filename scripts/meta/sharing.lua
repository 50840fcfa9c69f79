---@meta
--- What plugins of a bot offer each other.

---@class moondock.Bot
local bot = {}

---Lets other plugins call these functions, those that are granted `plugin:NAME` with this
---plugin's name. Each call is a task of this plugin, under its limits; it may answer where the
---caller may.
---@param functions table<string, function>
function bot.export(functions) end

---The functions of another plugin: `local points = bot.require("points")`, then, in a handler,
---`local total, err = points.add(user.id, 5)`. The plugin need not be loaded yet, and may be
---reloaded at any time.
---
---Each call needs the capability `plugin:NAME` and waits, at most 30 s. Arguments and results are
---plain values and copied: pass `user.id`, not `user`. What the function returns is returned; when
---it raised: `nil, err` with the code "plugin". After "timeout" it may still go on.
---@param plugin string
---@return table<string, async fun(...: any): any, moondock.Error?> functions
function bot.require(plugin) end
