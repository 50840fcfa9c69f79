---@meta
--- The handle and the plugin itself: texts, log, hand-over.

---@class moondock.Bot
---@field config table<string, any>  the manifest's options with the operator's values
---@field plugin { name: string, version: string }
---@field log moondock.Log
local bot = {}

---@class moondock.Log
bot.log = {}

---The sentence in the bot's language (or `language`), with its {places} filled. Catalogs lie in
---locale/LANGUAGE.lua; a translation is a text, or one for each plural form of a number:
---`["{n} days"] = { one = "{n} day", other = "{n} days" }`. The number is the param `n` or
---`count`, or the one named by `by`. What is not translated is said in English.
---@param text string
---@param params? table<string, any>
---@param language? string
---@return string
function bot.t(text, params, language) end

---Before a reload, once a minute while things happen, and when the host ends: returns what
---bot.on_load shall get, a plain value of at most 1 MiB. May not wait.
---@param fn fun(): any
function bot.on_save(fn) end

---After a reload, before anything else: gets what the old version's on_save returned. Also
---after a hard stop and when the host starts again, then with what was saved last.
---@param fn fun(state: any, old_version: string)
function bot.on_load(fn) end

---Writes a line to the log: for each message, shown with `--log debug`. `format` as for
---string.format.
---@param format string
---@param ... any
function bot.log.debug(format, ...) end

---Writes a line to the log: what happens seldom. `format` as for string.format.
---@param format string
---@param ... any
function bot.log.info(format, ...) end

---Writes a line to the log: what went wrong and was dealt with. `format` as for string.format.
---@param format string
---@param ... any
function bot.log.warn(format, ...) end

---Writes a line to the log: what somebody has to look at. `format` as for string.format.
---@param format string
---@param ... any
function bot.log.error(format, ...) end
