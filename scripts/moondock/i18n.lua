--- Texts in the reader's language. The English sentence is the key, so code reads as it
--- speaks; a missing translation shows the English sentence.
---
--- Pure: works in plugins, tools and plain Lua alike.

local i18n = {}

--- The best of the languages in `catalogs` for `language`: itself ("zh-CN"), its main part
--- ("zh"), then any other of the same main part, first by name. Nil when there is none.
---@param catalogs table<string, table>
---@param language string
---@return string?
function i18n.pick(catalogs, language)
  if catalogs[language] then
    return language
  end
  local main = language:match("^%a+")
  if not main then
    return nil
  end
  main = main:lower()
  local best
  for name in pairs(catalogs) do
    if name:lower() == language:lower() or name:lower() == main then
      return name
    end
    local other = name:match("^%a+")
    if other and other:lower() == main and (not best or name < best) then
      best = name
    end
  end
  return best
end

--- `text` as `catalogs[language]` says it, else `text` itself.
---@param catalogs table<string, table<string, string>>
---@param text string
---@param language? string
---@return string
function i18n.translate(catalogs, text, language)
  local name = language and i18n.pick(catalogs, language)
  return name and catalogs[name][text] or text
end

--- Puts `params` in the places of `{name}`. Values are never looked at again, so what
--- people typed cannot open another place; names without a value stay as they are written.
--- `show` (default tostring) makes text of a value: that is where a user becomes a mention.
---@param text string
---@param params? table<string, any>
---@param show? fun(value: any, name: string): string
---@return string
function i18n.fill(text, params, show)
  if not params then
    return text
  end
  return (text:gsub("{([%a_][%w_]*)}", function(name)
    local value = params[name]
    if value == nil then
      return nil
    end
    return show and show(value, name) or tostring(value)
  end))
end

--- Names that stand in braces in `text`, each once, sorted: what a translation must keep.
---@param text string
---@return string[]
function i18n.places(text)
  local names, seen = {}, {}
  for name in text:gmatch("{([%a_][%w_]*)}") do
    if not seen[name] then
      seen[name] = true
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

return i18n
