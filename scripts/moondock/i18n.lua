--- Texts in the reader's language. The English sentence is the key, so code reads as it
--- speaks; a missing translation shows the English sentence. A translation is a text, or a
--- table of texts by plural form: `{ one = "{n} day", other = "{n} days" }`.
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

-- The plural form of a number, after Unicode CLDR. `n` is not negative; `i` is its whole
-- part, nil when it has decimals.
local function one_other(n)
  return n == 1 and "one" or "other"
end

local function only_other()
  return "other"
end

local function zero_is_one(n)
  return n < 2 and "one" or "other"
end

local function up_to_one(n)
  return n <= 1 and "one" or "other"
end

local function between(i, low, high, base)
  local rest = i % base
  return rest >= low and rest <= high
end

local function east_slavic(_, i)
  if not i then
    return "other"
  elseif i % 10 == 1 and i % 100 ~= 11 then
    return "one"
  elseif between(i, 2, 4, 10) and not between(i, 12, 14, 100) then
    return "few"
  end
  return "many"
end

local function polish(_, i)
  if not i then
    return "other"
  elseif i == 1 then
    return "one"
  elseif between(i, 2, 4, 10) and not between(i, 12, 14, 100) then
    return "few"
  end
  return "many"
end

local function czech(_, i)
  if not i then
    return "many"
  elseif i == 1 then
    return "one"
  end
  return i >= 2 and i <= 4 and "few" or "other"
end

local function arabic(_, i)
  if not i then
    return "other"
  elseif i <= 2 then
    return ({ [0] = "zero", "one", "two" })[i]
  elseif between(i, 3, 10, 100) then
    return "few"
  end
  return i % 100 >= 11 and "many" or "other"
end

local function hebrew(_, i)
  return i == 1 and "one" or i == 2 and "two" or "other"
end

local function romanian(_, i)
  if i == 1 then
    return "one"
  end
  return (not i or i == 0 or between(i, 1, 19, 100)) and "few" or "other"
end

local function slovenian(_, i)
  if not i then
    return "few"
  end
  local rest = i % 100
  return rest == 1 and "one" or rest == 2 and "two" or (rest == 3 or rest == 4) and "few"
    or "other"
end

local rules = {
  zh = only_other, ja = only_other, ko = only_other, vi = only_other, th = only_other,
  id = only_other, ms = only_other, my = only_other, lo = only_other, km = only_other,
  fr = zero_is_one, pt = zero_is_one, hi = up_to_one, bn = up_to_one, fa = up_to_one,
  ru = east_slavic, uk = east_slavic, be = east_slavic, sr = east_slavic, hr = east_slavic,
  bs = east_slavic, pl = polish, cs = czech, sk = czech, ar = arabic, he = hebrew,
  ro = romanian, sl = slovenian,
}

--- "zero", "one", "two", "few", "many" or "other": the form that `language` uses for `n`.
--- Languages not known here are taken to be like English.
---@param language string
---@param n number
---@return string
function i18n.plural(language, n)
  local main = language:match("^%a+")
  local rule = main and rules[main:lower()] or one_other
  n = math.abs(n)
  return rule(n, math.tointeger(n))
end

--- The text of a translation for `params`. A table says with `by` which of them it counts;
--- otherwise that is `n`, or `count`. What has no form of its own is "other".
---@param translation string|table<string, string>
---@param language string
---@param params? table<string, any>
---@return string?
function i18n.choose(translation, language, params)
  if type(translation) ~= "table" then
    return translation
  end
  local count
  if params then
    count = params[translation.by or "n"]
    if count == nil and not translation.by then
      count = params.count
    end
  end
  count = tonumber(count)
  return count and translation[i18n.plural(language, count)] or translation.other
end

--- `text` as `catalogs[language]` says it, else as `catalogs.en` does, else `text` itself.
---@param catalogs table<string, table<string, string|table>>
---@param text string
---@param language? string
---@param params? table<string, any>  for plural forms
---@return string
function i18n.translate(catalogs, text, language, params)
  for _, wanted in ipairs { language or "en", "en" } do
    local name = i18n.pick(catalogs, wanted)
    local translation = name and catalogs[name][text]
    if translation then
      return i18n.choose(translation, name, params) or text
    end
  end
  return text
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
