--- `moondock ctl eval` and `moondock console`: runs a piece of code in an instance and shows
--- what it gives; completes names. Runs nothing of the plugin but that code.

local bot = ...

local DEPTH_MAX = 4
local ITEMS_MAX = 100
local BYTES_MAX = 16384
local NAMES_MAX = 200
local WIDTH = 88 -- of a line at the prompt

local show
local pretty -- how the answer at hand is shown

local function show_key(key)
  if type(key) == "string" and key:match("^[%a_][%w_]*$") then
    return key
  end
  return "[" .. show(key, 1) .. "]"
end

-- Names in order, so that the same table always looks the same.
local function sorted_keys(value, length)
  local keys = {}
  for key in next, value do
    if math.type(key) ~= "integer" or key < 1 or key > length then
      keys[#keys + 1] = key
    end
  end
  table.sort(keys, function(a, b)
    return tostring(a) < tostring(b)
  end)
  return keys
end

-- What stands between the braces, a text for each item.
local function items_of(value, depth)
  local length, items = rawlen(value), {}
  for i = 1, math.min(length, ITEMS_MAX) do
    items[#items + 1] = show(rawget(value, i), depth + 1)
  end
  for _, key in ipairs(sorted_keys(value, length)) do
    if #items >= ITEMS_MAX then
      items[#items + 1] = "…"
      break
    end
    items[#items + 1] = show_key(key) .. " = " .. show(rawget(value, key), depth + 1)
  end
  return items
end

-- In one line if it fits, else (at the prompt) an item a line.
local function show_table(value, depth)
  if depth > DEPTH_MAX then
    return "{ … }"
  end
  local items = items_of(value, depth)
  if #items == 0 then
    return "{}"
  end
  local line = "{ " .. table.concat(items, ", ") .. " }"
  if not pretty or (#line + 2 * depth <= WIDTH and not line:find("\n", 1, true)) then
    return line
  end
  local indent = ("  "):rep(depth)
  return "{\n" .. indent .. table.concat(items, ",\n" .. indent) .. ",\n" .. indent:sub(3) .. "}"
end

function show(value, depth)
  if type(value) == "string" then
    return (("%q"):format(value):gsub("\\\n", "\\n"))
  elseif type(value) == "table" then
    return show_table(value, depth)
  end
  return tostring(value)
end

local function show_all(...)
  local parts = {}
  for i = 1, select("#", ...) do
    parts[i] = show((select(i, ...)), 1)
  end
  local text = table.concat(parts, pretty and "\n" or "\t")
  if #text > BYTES_MAX then
    text = text:sub(1, (utf8.offset(text, 0, BYTES_MAX) or BYTES_MAX) - 1) .. "…"
  end
  return text
end

-- Sees the plugin's globals and the handle; what it assigns stays in the instance.
local env = setmetatable({ bot = bot }, { __index = _G, __newindex = _G })

-- Code as people type it: an expression, else statements.
local function compile(code)
  local chunk = load("return " .. code, "=eval", "t", env)
  if chunk then
    return chunk
  end
  local problem
  chunk, problem = load(code, "=eval", "t", env)
  return chunk or error(problem, 0)
end

-- A field as far as it can be read without running anything.
local function field(value, name)
  if type(value) == "string" then
    return string[name]
  elseif type(value) ~= "table" then
    return nil
  elseif value == bot then
    return bot[name]
  end
  local meta = getmetatable(value)
  local index = type(meta) == "table" and rawget(meta, "__index")
  local own = rawget(value, name)
  return own ~= nil and own or type(index) == "table" and rawget(index, name) or nil
end

local function names_in(value, add)
  local iterate = value == bot and pairs or type(value) == "table" and function(list)
    return next, list
  end
  if not iterate then
    return
  end
  for name in iterate(value) do
    if type(name) == "string" and name:match("^[%a_][%w_]*$") then
      add(name)
    end
  end
end

--- What `text`, a name or a path of names, may become: a candidate a line, in order.
local function complete(text)
  local head, part = text:match("^(.-)([%a_]?[%w_]*)$")
  local value, seen, found = env, {}, {}
  for name in head:gmatch("[%a_][%w_]*") do
    value = value == env and (name == "bot" and bot or rawget(_G, name)) or field(value, name)
  end
  local function add(name)
    if name:sub(1, #part) == part and not seen[name] and #found < NAMES_MAX then
      seen[name] = true
      found[#found + 1] = head .. name
    end
  end
  names_in(value, add)
  if head == "" then
    names_in(_G, add)
  end
  table.sort(found)
  return table.concat(found, "\n")
end

--- `how`: "line", "pretty", "complete".
return function(how, text)
  if how == "complete" then
    return complete(text)
  end
  local chunk = compile(text)
  local function shown(...)
    pretty = how == "pretty"
    return show_all(...)
  end
  return shown(chunk())
end
