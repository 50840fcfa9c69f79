--- The usage line of a command (moondock.command), read: all that an instance needs to
--- declare one. Apart from what runs it, as each plugin declares its commands at every start.

local usages = {}

local types = {
  word = true, text = true, integer = true, number = true, duration = true, date = true,
  switch = true, user = true,
}

-- `<who:user>`, `[reason...]`: one parameter of a usage line.
local function compile_param(item, usage)
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

-- "mute <who> [time] [reason...]"; of a choice what can be chosen.
local function show(words, params)
  local parts = { table.concat(words, " ") }
  for _, param in ipairs(params) do
    local name = param.choices and table.concat(param.choices, "|") or param.name
    local open, close = "[", "]"
    if param.required then
      open, close = "<", ">"
    end
    parts[#parts + 1] = open .. name .. (param.rest and "..." or "") .. close
  end
  return table.concat(parts, " ")
end

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
  local words, params, names = {}, {}, {}
  local last
  for item in usage:gmatch("%S+") do
    if item:find("^[<%[]") then
      local param = compile_param(item, usage)
      if names[param.name] then
        error(("usage %q: %q is named twice"):format(usage, param.name), 0)
      elseif last and last.rest then
        error(("usage %q: nothing can follow %q"):format(usage, last.name), 0)
      elseif last and not last.required and param.required then
        error(("usage %q: %q is required after an optional one"):format(usage, param.name), 0)
      end
      names[param.name], last = true, param
      params[#params + 1] = param
    elseif last then
      error(("usage %q: the word %q follows an argument"):format(usage, item), 0)
    else
      words[#words + 1] = item:lower()
    end
  end
  if #words == 0 then
    error(("usage %q: begins with no word"):format(usage), 0)
  end
  return { usage = usage, shown = show(words, params), words = words, params = params }
end

return usages
