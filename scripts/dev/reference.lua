--- Writes plugins/REFERENCE.md from the stubs: a line for each function.
---
--- lua5.4 scripts/dev/reference.lua     (make reference)
package.path = "./scripts/dev/?.lua;" .. package.path
local stubs = require "stubs"

local reference = { path = "plugins/REFERENCE.md" }

-- The order of reading; a topic that is not named here comes behind.
local order = {}
for number, name in ipairs {
  "messages", "media", "events", "commands", "dialogs", "groups", "users", "roles", "history",
  "conversations",
  "store", "time", "calendar", "tasks", "http", "data", "sharing", "self", "scripts", "types",
} do
  order[name] = number
end

local function by_reading(a, b)
  local x, y = order[a.name] or math.huge, order[b.name] or math.huge
  return x < y or x == y and a.name < b.name
end

-- "First. Rest of it." -> "First", "Rest of it."
local function first_sentence(lines)
  local text = table.concat(lines, " "):gsub("%s+", " ")
  local first, rest = text:match("^(.-)%.%s+(.*)$")
  if not first then
    return (text:gsub("%.$", "")), ""
  end
  return first, rest
end

local function escape(text)
  return (text:gsub("|", "\\|"))
end

local function signature(fn)
  local optional = {}
  for _, param in ipairs(fn.params) do
    optional[param.name] = param.optional
  end
  local names, results = {}, {}
  for i, name in ipairs(fn.names) do
    names[i] = name .. (optional[name] and "?" or "")
  end
  for i, result in ipairs(fn.returns) do
    results[i] = result.name or result.type
  end
  return ("%s(%s)%s"):format(fn.name, table.concat(names, ", "),
    #results > 0 and " → " .. table.concat(results, ", ") or "")
end

local function add_class(out, class)
  if #class.fields == 0 then
    return
  end
  out[#out + 1] = ("\n**%s**%s\n"):format(class.name:match("[^.]+$"),
    #class.words > 0 and ": " .. table.concat(class.words, " ") or "")
  out[#out + 1] = "| field | type | |\n|---|---|---|"
  for _, field in ipairs(class.fields) do
    out[#out + 1] = ("| `%s%s` | `%s` | %s |"):format(field.name, field.optional and "?" or "",
      escape(field.type), escape(field.words))
  end
end

local function add_topic(out, topic)
  local title, rest = first_sentence(topic.intro)
  out[#out + 1] = ("\n## %s\n"):format(title)
  if rest ~= "" then
    out[#out + 1] = rest .. "\n"
  end
  if #topic.functions > 0 then
    out[#out + 1] = "| | |\n|---|---|"
    for _, fn in ipairs(topic.functions) do
      local first = first_sentence(fn.words)
      out[#out + 1] = ("| `%s` | %s%s. |"):format(escape(signature(fn)), escape(first),
        fn.async and " *(waits)*" or "")
    end
  end
  for _, class in ipairs(topic.classes) do
    add_class(out, class)
  end
end

--- The files of the stubs, in order of name.
function reference.files()
  local pipe <close> = assert(io.popen("ls scripts/meta/*.lua"))
  local files = {}
  for path in pipe:lines() do
    files[#files + 1] = path
  end
  return files
end

--- The page as it should be.
---@return string
function reference.page()
  local all = stubs.parse(reference.files())
  local out = {
    "# Reference",
    "",
    "Everything a plugin can call, made from [scripts/meta](../scripts/meta), which editors read "
      .. "for completion. A",
    "plugin's `init.lua` gets the handle: `local bot = ... ---@type moondock.Bot`. What *waits* "
      .. "holds up nobody else; it",
    "works in handlers, timers and tasks, not while the file is loaded. What may fail gives `nil` "
      .. "and an error.",
  }
  table.sort(all.topics, by_reading)
  for _, topic in ipairs(all.topics) do
    add_topic(out, topic)
  end
  return table.concat(out, "\n") .. "\n"
end

if arg and arg[0] and arg[0]:find("reference.lua", 1, true) then
  local file <close> = assert(io.open(reference.path, "wb"))
  file:write(reference.page())
end

return reference
