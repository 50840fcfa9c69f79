--- `moondock ctl eval`: runs a piece of code in an instance and shows what it gives.

local bot = ...

local DEPTH_MAX = 4
local ITEMS_MAX = 100
local BYTES_MAX = 16384

local show

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

local function show_table(value, depth)
  if depth > DEPTH_MAX then
    return "{ … }"
  end
  local length, parts = rawlen(value), {}
  for i = 1, math.min(length, ITEMS_MAX) do
    parts[#parts + 1] = show(rawget(value, i), depth + 1)
  end
  for _, key in ipairs(sorted_keys(value, length)) do
    if #parts >= ITEMS_MAX then
      parts[#parts + 1] = "…"
      break
    end
    parts[#parts + 1] = show_key(key) .. " = " .. show(rawget(value, key), depth + 1)
  end
  return #parts == 0 and "{}" or "{ " .. table.concat(parts, ", ") .. " }"
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
  local text = table.concat(parts, "\t")
  if #text > BYTES_MAX then
    text = text:sub(1, (utf8.offset(text, 0, BYTES_MAX) or BYTES_MAX) - 1) .. "…"
  end
  return text
end

-- Sees the plugin's globals and the handle; what it assigns stays in the instance.
local env = setmetatable({ bot = bot }, { __index = _G, __newindex = _G })

--- Code as people type it: an expression, else statements.
return function(code)
  local chunk = load("return " .. code, "=eval", "t", env)
  if not chunk then
    local problem
    chunk, problem = load(code, "=eval", "t", env)
    if not chunk then
      error(problem, 0)
    end
  end
  return show_all(chunk())
end
