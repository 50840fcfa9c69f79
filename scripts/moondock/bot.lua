--- The bot handle: what a plugin gets as `...`. Built from the host's primitives (`host`,
-- host/script/api_*.c); everything that is policy or comfort is here, every permission is
-- checked there.

local host = ...

local i18n = require "moondock.i18n"

local bot = {}

local User, Group = host.User, host.Group
local Message, Event, Sent = host.Message, host.Event, host.Sent
local send_text = host.send_text

-- Checks of arguments: `level` 3 blames whoever called the bot function.
local function want(kind, value, name)
  if type(value) ~= kind then
    error(("%s: want a %s, have %s"):format(name, kind, type(value)), 3)
  end
  return value
end

local function options(value)
  if value ~= nil and type(value) ~= "table" then
    error("opts: want a table, have " .. type(value), 3)
  end
  return value or {}
end

-- ---- texts ----------------------------------------------------------------------------

local languages, has_languages = {}, false
for _, name in ipairs(host.languages()) do
  languages[name], has_languages = name, true
end

local catalogs = {} -- by the language asked for; false: there is none

local function catalog_for(language)
  local catalog = catalogs[language]
  if catalog == nil then
    local name = i18n.pick(languages, language)
    catalog = name and host.catalog(name) or false
    catalogs[language] = catalog
  end
  return catalog
end

local function translate(text, language)
  if not has_languages then
    return text
  end
  local catalog = catalog_for(language or host.language)
  return catalog and catalog[text] or text
end

if has_languages then
  catalog_for(host.language) -- a broken file is an error of loading, not of a handler
end

-- Sentences of the library itself: a plugin may translate them too.
local library_catalog

local function library_text(text)
  local own = translate(text)
  if own ~= text then
    return own
  end
  if library_catalog == nil then
    local file = "moondock.locale." .. host.language:lower():gsub("%-", "_")
    local ok, catalog = pcall(require, file)
    library_catalog = ok and catalog or false
  end
  return library_catalog and library_catalog[text] or text
end

-- Tells users from groups and chats, whose metatables cannot be looked at from here.
User.is_user = true

local function is_user(value)
  return type(value) == "table" and value.is_user == true
end

local function show_plain(value)
  return is_user(value) and value.name or tostring(value)
end

--- A sentence in the bot's language (or `language`), with its places filled.
function bot.t(text, params, language)
  return i18n.fill(translate(want("string", text, "text"), language), params, show_plain)
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

-- ---- sending --------------------------------------------------------------------------

local function add_mentions(mentions, more)
  if more == nil or more == "all" then
    return mentions, more == "all"
  end
  want("table", more, "content.mentions")
  mentions = mentions or {}
  for _, user in ipairs(more) do
    mentions[#mentions + 1] = user
  end
  return mentions, false
end

local function send(to, content, params)
  local sent, err
  if type(content) == "string" then
    local text, mentions = fill(translate(content), params, host.chat_kind(to) == "group")
    sent, err = send_text(to, text, mentions)
  elseif type(content) ~= "table" then
    error("content: want a text or a table, have " .. type(content), 3)
  elseif content.type then
    sent, err = host.send_custom(to, content.type, content.content)
  else
    local given = want("string", content.text, "content.text")
    local in_group = host.chat_kind(to) == "group"
    local text, mentions, all = fill(translate(given), params, in_group)
    if in_group then
      mentions, all = add_mentions(mentions, content.mentions)
    end
    sent, err = send_text(to, text, mentions, all)
  end
  if sent then
    sent.to = to
  end
  return sent, err
end

function bot.send(to, content, params)
  return send(to, content, params)
end

function Message:reply(content, params)
  if params or has_languages or type(content) ~= "string" then
    return send(self, content, params)
  end
  local sent, err = send_text(self, content) -- what most replies are
  if sent then
    sent.to = self
  end
  return sent, err
end

function Message:recall()
  return host.recall(self, self.sender, self.id, self.time)
end

function Event:reply(content, params)
  return send(self, content, params)
end

function Sent:recall()
  return host.recall(self.to, nil, self.id, self.time)
end

-- ---- groups and users -----------------------------------------------------------------

bot.group = host.group

--- The user called `id`; without one the bot itself.
function bot.user(id)
  if id == nil then
    return host.self()
  end
  return host.user(id)
end

Group.mute, Group.unmute, Group.kick = host.mute, host.unmute, host.kick
Group.mute_all = host.mute_all

--- Iterates over the members: `for user in group:members() do`.
function Group:members()
  local list, err = host.members(self)
  if not list then
    return nil, err
  end
  local at = 0
  return function()
    at = at + 1
    return list[at]
  end
end

local rank = { member = 1, trusted = 2, moderator = 3, admin = 4, owner = 5 }

--- "owner", "moderator" or "member", as the configuration says; the same in every group.
function bot.role(user, _group)
  return host.role(user)
end

-- ---- events ---------------------------------------------------------------------------

local events = {}
for name in ([[message message.recalled member.joined member.left member.kicked member.role
  group.created group.renamed group.announced group.dismissed connected disconnected
]]):gmatch("%S+") do
  events[name] = true
end

local function off_for(number)
  return function()
    host.off(number)
  end
end

function bot.on(event, fn, opts)
  want("function", fn, "fn")
  if not events[want("string", event, "event")] then
    error(("event: there is no event %q"):format(event), 2)
  end
  return off_for(host.on(event, fn, options(opts).priority))
end

function bot.once(event, fn, opts)
  want("function", fn, "fn")
  local off
  off = bot.on(event, function(...)
    off()
    return fn(...)
  end, opts)
  return off
end

function bot.hear(pattern, fn, opts)
  want("string", pattern, "pattern")
  want("function", fn, "fn")
  local ok, problem = pcall(string.find, "", pattern)
  if not ok then
    error("pattern: " .. problem, 2)
  end
  local function answer(msg, first, ...)
    if first ~= nil then
      return fn(msg, first, ...)
    end
  end
  local number = host.on("message", function(msg)
    return answer(msg, msg.text:match(pattern))
  end, options(opts).priority, pattern)
  return off_for(number)
end

function bot.words(words, fn, opts)
  want("table", words, "words")
  want("function", fn, "fn")
  return off_for(host.words(words, fn, options(opts).priority))
end

-- ---- commands -------------------------------------------------------------------------

local command -- the library, only for plugins with commands

local function say(msg, text, params)
  return send_text(msg, (fill(library_text(text), params, false)))
end

local function user_argument(id)
  if id ~= "" and #id <= 64 then
    return host.user(id)
  end
end

-- Who the message mentions, without the bot itself: "@bot mute @bob" speaks of bob.
-- Who wrote the message that `msg` answers to (RC:ReferenceMsg, wire.md G), or nil.
local function replied_to(msg)
  local id = msg.kind == "quote" and msg.content.referMsgUserId
  return type(id) == "string" and id ~= "" and user_argument(id) or nil
end

local function mentions_of(msg)
  local own = host.self()
  local others = {}
  for _, user in ipairs(msg.mentions) do
    if not own or user.id ~= own.id then
      others[#others + 1] = user
    end
  end
  return others
end

-- Whether `msg` may use the command now; says why not. The permission comes before the
-- arguments, so nobody learns from errors what they may not use.
local function may_run(definition, msg)
  local scope, role = definition.scope, definition.role
  if scope and host.chat_kind(msg) ~= scope then
    say(msg, scope == "group" and "This works in groups only."
      or "This works in private chats only.")
    return false
  end
  if role and rank[host.role(msg.sender)] < rank[role] then
    say(msg, "You may not do that here.")
    return false
  end
  return true
end

-- Notes the use; false when the last one of this person is too fresh.
local function cooled_down(last, cooldown, id)
  local now = host.now()
  for other, time in pairs(last) do
    if now - time >= cooldown then
      last[other] = nil
    end
  end
  if last[id] then
    return false
  end
  last[id] = now
  return true
end

local function check_definition(definition)
  if type(definition) ~= "table" then
    error("command: want a table, have " .. type(definition), 3)
  end
  if type(definition.run) ~= "function" then
    error("command: run must be a function", 3)
  end
  local scope, role = definition.scope, definition.role
  if scope ~= nil and scope ~= "group" and scope ~= "private" then
    error('command: scope must be "group" or "private"', 3)
  end
  if role ~= nil and not rank[role] then
    error("command: there is no role " .. tostring(role), 3)
  end
  local ok, usage = pcall(command.compile, definition[1])
  if not ok then
    error("command: " .. usage, 3)
  end
  return usage
end

local function phrases_of(usage, aliases)
  local phrases = { table.concat(usage.words, " ") }
  for _, alias in ipairs(aliases or {}) do
    phrases[#phrases + 1] = want("string", alias, "aliases"):lower():gsub("^%s+", "")
      :gsub("%s+$", ""):gsub("%s+", " ")
  end
  return phrases
end

function bot.command(definition)
  command = command or require "moondock.command"
  local usage = check_definition(definition)
  local run, last = definition.run, {}
  local cooldown = definition.cooldown and host.duration(definition.cooldown, "cooldown")
  local number = host.command(phrases_of(usage, definition.aliases), function(msg, rest)
    if not may_run(definition, msg) then
      return
    end
    if cooldown and not cooled_down(last, cooldown, msg.sender.id) then
      say(msg, "Please wait a little before doing that again.")
      return
    end
    local args, problem = command.parse(usage, rest, {
      user = user_argument, mentions = mentions_of(msg), replied = replied_to(msg),
    })
    if not args then
      say(msg, problem.text, problem.params)
      return
    end
    return run(msg, args)
  end, definition.priority, {
    usage = usage.usage, help = definition.help and translate(definition.help),
    scope = definition.scope, role = definition.role,
  })
  return off_for(number)
end

--- All commands of the bot's plugins: { usage, help, scope, role, plugin } each.
bot.commands = host.commands

-- ---- time -----------------------------------------------------------------------------

local Timer = {}
Timer.__index = Timer

function Timer:stop()
  host.stop(self.number)
end

bot.now, bot.sleep = host.now, host.sleep

function bot.after(duration, fn)
  return setmetatable({ number = host.after(duration, fn) }, Timer)
end

function bot.every(duration, fn)
  return setmetatable({ number = host.every(duration, fn) }, Timer)
end

-- ---- store ----------------------------------------------------------------------------

local Store = {}
Store.__index = Store

function Store:get(key, default)
  local value, err = host.store_get(self.name, key)
  if err then
    return nil, err
  elseif value == nil then
    return default
  end
  return value
end

function Store:set(key, value, opts)
  return host.store_set(self.name, key, value, options(opts).ttl)
end

function Store:del(key)
  return host.store_del(self.name, key)
end

function Store:add(key, n)
  return host.store_add(self.name, key, n or 1)
end

function bot.store(name)
  return setmetatable({ name = want("string", name or "", "name") }, Store)
end

-- ---- log, self ------------------------------------------------------------------------

bot.log = {}
for _, level in ipairs { "debug", "info", "warn", "error" } do
  bot.log[level] = function(format, ...)
    host.log(level, select("#", ...) > 0 and format:format(...) or tostring(format))
  end
end

bot.config = host.config
bot.plugin = host.plugin
bot.on_save, bot.on_load = host.on_save, host.on_load

return bot
