--- Commands people type: the usage line is the grammar.
---
---     warn <who:user> [time:duration] [reason...]
---
--- Plain words must be typed; `<name:type>` is required, `[name:type]` may be left out, and
--- `<name...>` takes the rest of the line as it was typed. Types: word (the default), text
--- (with `...`), integer, number, duration, date, switch, user, or a choice `a|b|c`. A word
--- with spaces is quoted. An optional argument that does not fit its type is left out and
--- the next one gets the word, so "mute @bob spam" needs no placeholder for the time.
---
--- What is needed to declare a command is in moondock.usage, what is needed to run one here.
--- Pure: works in plugins, tools and plain Lua alike.

local command = {}

command.compile = require "moondock.usage".compile

--- What a command may begin with: half and full width.
command.PREFIXES = { "/", "!", "／", "！" }

local WIDE_SPACE = "\u{3000}"
local quotes = { ['"'] = '"', ["“"] = "”", ["「"] = "」" }

-- The first place at or after `at` that is no space of either width.
local function skip_space(text, at)
  while true do
    local past = text:match("^%s+()", at)
    if not past and text:sub(at, at + #WIDE_SPACE - 1) == WIDE_SPACE then
      past = at + #WIDE_SPACE
    end
    if not past then
      return at
    end
    at = past
  end
end

local function trim(text)
  local last = #text
  while true do
    local space = text:sub(1, last):match("()%s+$")
    if not space and text:sub(last - #WIDE_SPACE + 1, last) == WIDE_SPACE then
      space = last - #WIDE_SPACE + 1
    end
    if not space then
      break
    end
    last = space - 1
  end
  return text:sub(skip_space(text, 1), last)
end

-- The word at `at` and the place after it.
local function next_word(text, at)
  for open, close in pairs(quotes) do
    if text:sub(at, at + #open - 1) == open then
      local from, to = text:find(close, at + #open, true)
      if from then
        return text:sub(at + #open, from - 1), to + 1
      end
    end
  end
  local space = text:find("%s", at) or #text + 1
  local wide = text:find(WIDE_SPACE, at, true) or #text + 1
  local past = math.min(space, wide)
  return text:sub(at, past - 1), past
end

-- People see what they typed, not all of it, and no half of a letter.
local function clip(value)
  local max = 40
  if #value <= max then
    return value
  end
  return value:sub(1, utf8.offset(value, 0, max + 1) - 1) .. "…"
end

local function problem(text, params)
  params.value = params.value and clip(params.value)
  return { text = text, params = params }
end

-- Each reader takes a word, the parameter and the context; gives the value, or nil and a
-- problem. A value is never nil.
local readers = {}

function readers.word(word)
  return word
end

function readers.text(word)
  return word
end

function readers.integer(word)
  local value = word:match("^[+-]?%d+$") and math.tointeger(tonumber(word))
  if not value then
    return nil, problem("{value} is not a whole number.", { value = word })
  end
  return value
end

function readers.number(word)
  local value = not word:find("[^%d.+-]") and tonumber(word)
  if not value then
    return nil, problem("{value} is not a number.", { value = word })
  end
  return value
end

function readers.duration(word)
  local value = require "moondock.duration".parse(word)
  if not value then
    return nil,
      problem("{value} is not a duration, like 30s, 10m, 3h or 1d12h.", { value = word })
  end
  return value
end

function readers.date(word)
  local value = require "moondock.date".parse(word)
  if not value then
    return nil, problem("{value} is not a date, like 05-01 or 2026-05-01.", { value = word })
  end
  return value
end

local switches = {
  on = true, yes = true, ["true"] = true, ["开"] = true,
  off = false, no = false, ["false"] = false, ["关"] = false,
}

readers["switch"] = function(word)
  local value = switches[word:lower()]
  if value == nil then
    return nil, problem("{value} is neither on nor off.", { value = word })
  end
  return value
end

local function read_choice(word, param)
  for _, choice in ipairs(param.choices) do
    if choice:lower() == word:lower() then
      return choice
    end
  end
  local choices = table.concat(param.choices, ", ")
  return nil, problem("{value} is not one of: {choices}.", { value = word, choices = choices })
end

-- The mention that `text` begins with at `at`: "@Bob Smith" by the longest name that fits,
-- else the first mention not used yet, whatever name the sender's program wrote.
local function read_mention(text, at, context)
  local best, past
  for _, user in ipairs(context.mentions or {}) do
    for _, name in ipairs { user.name or user.id, user.id } do
      local to = at + #name
      local ends = to == #text or skip_space(text, to + 1) > to + 1
      if name ~= "" and text:sub(at + 1, to) == name and ends and to >= (past or 0) then
        best, past = user, to + 1
      end
    end
  end
  if best then
    return best, past
  end
  local word, after = next_word(text, at)
  for _, user in ipairs(context.mentions or {}) do
    if not context.used[user.id] then
      return user, after
    end
  end
  -- Typed by hand, without the mention mark: "@bob" still names bob.
  return context.user(word:sub(2)), after
end

local function read_user(text, at, context)
  if text:sub(at, at) == "@" and #text > at then
    local user, past = read_mention(text, at, context)
    if user then
      context.used[user.id] = true
    end
    return user, past
  end
  local word, past = next_word(text, at)
  if word == "" or #word > 64 then
    return nil, past
  end
  return context.user(word), past
end

--- What follows the prefix of `text`, or nil when it begins with none: then it is no
--- command.
---@param text string
---@param prefixes? string[]
---@return string? body
---@return string? prefix
function command.strip(text, prefixes)
  local at = skip_space(text, 1)
  for _, prefix in ipairs(prefixes or command.PREFIXES) do
    if text:sub(at, at + #prefix - 1) == prefix then
      return text:sub(at + #prefix), prefix
    end
  end
  return nil
end

--- How many of the literal words `body` begins with, if it is all of them, and the rest.
---@param usage moondock.Usage
---@param body string   without the prefix
---@return integer? words
---@return string? rest
function command.match(usage, body)
  local at = 1
  for _, want in ipairs(usage.words) do
    at = skip_space(body, at)
    local word, past = next_word(body, at)
    if word:lower() ~= want then
      return nil
    end
    at = past
  end
  return #usage.words, body:sub(at)
end

--- The command among `usages` that `body` asks for: the longest literal match wins, the
--- first of equals.
---@param usages moondock.Usage[]
---@param body string
---@return moondock.Usage? usage
---@return string? rest
function command.find(usages, body)
  local best, most, best_rest = nil, 0, nil
  for _, usage in ipairs(usages) do
    local count, rest = command.match(usage, body)
    if count and count > most then
      best, most, best_rest = usage, count, rest
    end
  end
  return best, best_rest
end

-- Reads one argument at `at`. Gives value and next place, or nil and a problem.
local function read_one(param, rest, at, context)
  if param.type == "user" then
    local user, past = read_user(rest, at, context)
    if not user then
      return nil, problem("{value} is not a user.", { value = (next_word(rest, at)) })
    end
    return user, past
  end
  local word, past
  if param.rest then
    word, past = trim(rest:sub(at)), #rest + 1
  else
    word, past = next_word(rest, at)
  end
  local read = param.choices and read_choice or readers[param.type]
  local value, why = read(word, param)
  if why then
    return nil, why
  end
  return value, past
end

--- The arguments in `rest`, by name. On failure nil and `{ text, params }`: a sentence to
--- translate and fill.
---
--- `context`: `user(id)` gives the value of a user argument (nil: no such user), by default
--- `{ id = id }`; `mentions` are the users the message mentions, `{ id, name }` each;
--- `replied` is the author of the message it answers to, taken for a user argument that was
--- not mentioned.
---@param usage moondock.Usage
---@param rest string
---@param context? { user?: function, mentions?: table[], replied?: table }
---@return table<string, any>? args
---@return { text: string, params: table }? problem
function command.parse(usage, rest, context)
  local given = context or {}
  context = {
    user = given.user or function(id)
      return { id = id }
    end,
    mentions = given.mentions,
    used = {},
  }
  local args, at = {}, skip_space(rest, 1)
  for index, param in ipairs(usage.params) do
    local mentioned = rest:sub(at, at) == "@"
    if param.type == "user" and given.replied and not mentioned then
      args[param.name] = given.replied
    elseif at > #rest then
      if param.required then
        local shown = { name = param.name, usage = "/" .. usage.shown }
        return nil, problem("Missing: {name}. Usage: {usage}", shown)
      end
    else
      local value, past = read_one(param, rest, at, context)
      if value ~= nil then
        args[param.name], at = value, skip_space(rest, past)
      elseif param.required or index == #usage.params then
        return nil, past
      end
    end
  end
  if at <= #rest then
    local shown = { value = trim(rest:sub(at)), usage = "/" .. usage.shown }
    return nil, problem("Too much: {value}. Usage: {usage}", shown)
  end
  return args
end

return command
