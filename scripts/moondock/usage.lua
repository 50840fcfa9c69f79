--- The usage line of a command (moondock.command), read: all that an instance needs to
--- declare one. Apart from what runs it, as each plugin declares its commands at every start.

local usages = {}

local types = {
  word = true, text = true, integer = true, number = true, duration = true, date = true,
  switch = true, user = true,
}

-- `<who:user>`, `[reason...]`: one parameter of a usage line.
local function read_param(item, usage)
  local open, body, close = item:match("^([<%[])(.+)([>%]])$")
  if not open or (open == "<") ~= (close == ">") then
    error(("usage %q: %q is neither a word, <name> nor [name]"):format(usage, item), 0)
  end
  local rest = body:match("^(.-)%.%.%.$")
  local name, kind = (rest or body):match("^([%a_][%w_]*):?(.*)$")
  if not name then
    error(("usage %q: %q has no name"):format(usage, item), 0)
  end
  if kind == "" then
    kind = rest and "text" or "word"
  end
  local param = { name = name, type = kind, required = open == "<", rest = rest ~= nil }
  if kind:find("|", 1, true) then
    param.type, param.choices = "choice", {}
    for choice in kind:gmatch("[^|]+") do
      param.choices[#param.choices + 1] = choice
    end
  elseif not types[kind] then
    error(("usage %q: there is no type %q"):format(usage, kind), 0)
  end
  return param
end

-- "[reason...]"; of a choice what can be chosen.
local function show_param(param)
  local name = param.choices and table.concat(param.choices, "|") or param.name
  return (param.required and "<" or "[") .. name .. (param.rest and "..." or "")
    .. (param.required and ">" or "]")
end

-- By what was written: the commands of a plugin often have the same ones, and as each start of
-- it declares them all, each is read once. Nobody changes them.
local params_of, shown_of = {}, {}

local function param_of(item, usage)
  local param = params_of[item]
  if not param then
    param = read_param(item, usage)
    shown_of[item] = show_param(param)
    params_of[item] = param
  end
  return param
end

local function check_order(params, param, usage)
  local last = params[#params]
  for _, other in ipairs(params) do
    if other.name == param.name then
      error(("usage %q: %q is named twice"):format(usage, param.name), 0)
    end
  end
  if last and last.rest then
    error(("usage %q: nothing can follow %q"):format(usage, last.name), 0)
  elseif last and not last.required and param.required then
    error(("usage %q: %q is required after an optional one"):format(usage, param.name), 0)
  end
end

local ANGLE, BRACKET = ("<["):byte(1, 2)

---@class moondock.Usage
---@field usage string        as written
---@field shown string        for people: without types, which are for programmers
---@field words string[]      the literal words, lower case
---@field params table[]      { name, type, required, rest, choices? } in order

--- Reads a usage line. Raises, naming the line, when it makes no sense: it was written by
--- a programmer.
---@param usage string
---@return moondock.Usage
function usages.compile(usage)
  if type(usage) ~= "string" then
    error("usage: want a string, have " .. type(usage), 0)
  end
  local words, params = {}, {}
  local shown
  for item in usage:gmatch("%S+") do
    local first = item:byte()
    if first == ANGLE or first == BRACKET then
      local param = param_of(item, usage)
      if params[1] then
        check_order(params, param, usage)
      end
      params[#params + 1] = param
      item = shown_of[item]
    elseif params[1] then
      error(("usage %q: the word %q follows an argument"):format(usage, item), 0)
    else
      item = item:lower()
      words[#words + 1] = item
    end
    shown = shown and shown .. " " .. item or item
  end
  if not words[1] then
    error(("usage %q: begins with no word"):format(usage), 0)
  end
  return { usage = usage, shown = shown, words = words, params = params }
end

return usages
