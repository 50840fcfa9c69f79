--- Texts in the reader's language, with their places filled.

local i18n = require "moondock.i18n"

return function(host, bot, lib)
  local languages, has_languages = {}, false
  for _, name in ipairs(host.languages()) do
    languages[name], has_languages = name, true
  end

  local catalogs = {} -- by the language asked for; false: there is none

  -- `{ name, texts }` of what is nearest to `language`, or false.
  local function catalog_for(language)
    local catalog = catalogs[language]
    if catalog == nil then
      local name = i18n.pick(languages, language)
      catalog = name and { name = name, texts = host.catalog(name) } or false
      catalogs[language] = catalog
    end
    return catalog
  end

  local function look_up(text, language, params)
    local catalog = catalog_for(language)
    local translation = catalog and catalog.texts[text]
    return translation and i18n.choose(translation, catalog.name, params)
  end

  -- English may have a catalog too: for plural forms, or to say it better than the key.
  local function translate(text, language, params)
    if not has_languages then
      return text
    end
    language = language or host.language
    return look_up(text, language, params) or look_up(text, "en", params) or text
  end

  if has_languages then
    catalog_for(host.language) -- a broken file is an error of loading, not of a handler
  end

  -- Sentences of the library itself: a plugin may translate them too.
  local library_languages = { ["zh-CN"] = "moondock.locale.zh_cn" }
  local library_catalog

  local function library_text(text, params)
    local own = translate(text, nil, params)
    if own ~= text then
      return own
    end
    if library_catalog == nil then
      local name = i18n.pick(library_languages, host.language)
      library_catalog = name and require(library_languages[name]) or false
    end
    return library_catalog and library_catalog[text] or text
  end

  -- Tells users from groups and chats, whose metatables cannot be looked at from here.
  host.User.is_user = true

  local function is_user(value)
    return type(value) == "table" and value.is_user == true
  end

  local function show_plain(value)
    return is_user(value) and value.name or tostring(value)
  end

  --- A sentence in the bot's language (or `language`), with its places filled.
  function bot.t(text, params, language)
    lib.want("string", text, "text")
    if language ~= nil then
      lib.want("string", language, "language")
    end
    return i18n.fill(translate(text, language, params), params, show_plain)
  end

  -- The text with its places filled, and the users that became mentions.
  local function fill(text, params, in_group)
    if not params then
      return text
    end
    local mentions, seen = nil, {}
    local filled = i18n.fill(text, params, function(value)
      if not in_group or not is_user(value) then
        return show_plain(value)
      end
      if not seen[value.id] then
        seen[value.id] = true
        mentions = mentions or {}
        mentions[#mentions + 1] = value
      end
      return "@" .. value.name
    end)
    return filled, mentions
  end

  lib.translate, lib.library_text, lib.fill = translate, library_text, fill
  lib.has_languages = has_languages
end
