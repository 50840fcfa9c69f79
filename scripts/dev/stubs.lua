--- Reads the stubs of scripts/meta as an editor does: what there is, with which arguments
--- and results, and what is missing in the writing.
---
--- Pure but for reading the files.
local stubs = {}

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

-- The type at the front of "table<string, fun(a: b)>? name  words": brackets belong together.
local function split_type(text)
  local depth, at = 0, 1
  while at <= #text do
    local c = text:sub(at, at)
    if c:find("[%(<{%[]") then
      depth = depth + 1
    elseif c:find("[%)>}%]]") and text:sub(at - 1, at) ~= "->" then
      depth = depth - 1
    elseif c == " " and depth == 0 and not text:sub(1, at - 1):find(":$")
      and not text:sub(1, at - 1):find("[|,]$") and not text:find("^ *|", at) then
      break
    end
    at = at + 1
  end
  return text:sub(1, at - 1), (text:sub(at):gsub("^%s+", ""))
end

local function parse_param(text)
  local name, optional, rest = text:match("^(%.?%.?%.?[%w_]*)(%??)%s+(.*)$")
  local kind, words = split_type(rest or "")
  return { name = name, optional = optional == "?", type = kind, words = words }
end

local function parse_return(text)
  local kind, rest = split_type(text)
  local name, words = rest:match("^([%w_]+)%s*(.*)$")
  return { type = kind, name = name, words = words or rest }
end

-- What stands between the parentheses, a name each.
local function names_in(list)
  local names = {}
  for name in list:gmatch("[^,%s]+") do
    names[#names + 1] = name
  end
  return names
end

local function new_block()
  return { words = {}, params = {}, returns = {} }
end

local tags = {}

function tags.param(block, text)
  table.insert(block.params, parse_param(text))
end

tags["return"] = function(block, text)
  table.insert(block.returns, parse_return(text))
end

function tags.async(block)
  block.async = true
end

function tags.class(block, text, topic)
  local name, parent = text:match("^([%w_.]+)%s*:?%s*([%w_.]*)")
  block.class = { name = name, parent = parent ~= "" and parent or nil, fields = {},
    words = block.words, topic = topic }
end

function tags.field(block, text)
  local class = block.class
  if class then
    local name, optional, rest = text:match("^(%[?[%w_]+%]?)(%??)%s+(.*)$")
    local kind, words = split_type(rest or "")
    table.insert(class.fields, { name = name, optional = optional == "?", type = kind,
      words = words })
  end
end

function tags.alias(block, text)
  block.alias = text:match("^([%w_.]+)")
end

-- Takes a finished block into `all`.
local function close_block(all, topic, block)
  if block.alias then
    all.aliases[block.alias] = true
  elseif block.class then
    local known = all.classes[block.class.name]
    if not known then
      all.classes[block.class.name] = block.class
      table.insert(topic.classes, block.class)
    else
      if #known.fields > 0 and #block.class.fields > 0 and known.name ~= "moondock.Bot" then
        all.twice[known.name] = topic.name
      end
      for _, field in ipairs(block.class.fields) do
        table.insert(known.fields, field)
      end
    end
  end
end

local function parse_file(all, path)
  local name = path:match("([%w_]+)%.lua$")
  local topic = { name = name, path = path, intro = {}, functions = {}, classes = {} }
  local block, last_class = new_block(), nil
  local number = 0
  for line in (read(path) .. "\n"):gmatch("(.-)\n") do
    number = number + 1
    local tag, text = line:match("^%-%-%-@(%w+)%s*(.*)$")
    local words = line:match("^%-%-%-%s?([^@].*)$") or line == "---" and ""
    local owner, list = line:match("^function ([%w_.:]+)%((.-)%)")
    local variable = line:match("^local ([%w_]+) = {}") or line:match("^([%w_.]+) = {}")
    if tag and tags[tag] then
      tags[tag](block, text, name)
      last_class = block.class or last_class
    elseif words and line:sub(1, 4) ~= "---|" then
      table.insert(block.words, words)
    elseif owner then
      block.name, block.names, block.line = owner, names_in(list), number
      block.topic = name
      table.insert(topic.functions, block)
      table.insert(all.functions, block)
      block = new_block()
    elseif variable and block.class then
      all.variables[variable] = block.class.name
      close_block(all, topic, block)
      block = new_block()
    elseif line == "" then
      if #topic.intro == 0 and #topic.functions == 0 and not block.class and not block.alias then
        topic.intro = block.words
      end
      close_block(all, topic, block)
      block = new_block()
    end
  end
  table.insert(all.topics, topic)
end

--- `paths`: the files. `topics` { name, intro, functions, classes }, in the order given;
--- `functions` { name = "bot.on", names, params, returns, words, async, topic, line };
--- `classes` by name { fields, parent, words }; `aliases` a set; `variables`: the class that
--- "Group" in `function Group:kick()` stands for.
---@param paths string[]
function stubs.parse(paths)
  local all = { topics = {}, functions = {}, classes = {}, aliases = {}, variables = {},
    twice = {} }
  for _, path in ipairs(paths) do
    parse_file(all, path)
  end
  return all
end

--- The names that may follow a value of a class: `complete(all, "moondock.Bot")`.
function stubs.complete(all, class)
  local found = {}
  local function add(name)
    local known = all.classes[name]
    for _, field in ipairs(known and known.fields or {}) do
      found[field.name] = field.type
    end
    for _, fn in ipairs(all.functions) do
      local owner, last = fn.name:match("^(.*)[.:]([%w_]+)$")
      if all.variables[owner] == name then
        found[last] = "function"
      end
    end
    if known and known.parent then
      add(known.parent)
    end
  end
  add(class)
  return found
end

local plain = {}
for name in ([[any nil boolean string number integer function table userdata true false self fun
  async]]):gmatch("%S+") do
  plain[name] = true
end

-- Names of types in an expression, without the names of arguments and fields.
local function types_in(text)
  local found = {}
  local bare = text:gsub('"[^"]*"', ""):gsub("[%w_%.]+%??%s*:", "")
  for name in bare:gmatch("[%a_][%w_.]*") do
    found[#found + 1] = name
  end
  return found
end

local function check_types(all, where, text, say)
  for _, name in ipairs(types_in(text)) do
    if not plain[name] and not all.classes[name] and not all.aliases[name] then
      say(("%s: there is no type %s"):format(where, name))
    end
  end
end

local function check_function(all, fn, say)
  local where = ("%s: %s"):format(fn.topic, fn.name)
  if #fn.words == 0 then
    say(where .. ": says nothing")
  end
  local documented = {}
  for _, param in ipairs(fn.params) do
    documented[param.name or "?"] = true
    check_types(all, where, param.type, say)
  end
  for _, name in ipairs(fn.names) do
    if not documented[name] then
      say(("%s: nothing about %s"):format(where, name))
    end
    documented[name] = nil
  end
  for name in pairs(documented) do
    say(("%s: has no argument %s"):format(where, name))
  end
  for _, result in ipairs(fn.returns) do
    check_types(all, where, result.type, say)
  end
  if fn.async and #fn.returns == 0 then
    say(where .. ": waits, and says nothing of what it returns")
  end
end

--- What is missing in the writing, a line each.
---@return string[]
function stubs.problems(all)
  local found = {}
  local function say(text)
    found[#found + 1] = text
  end
  for _, fn in ipairs(all.functions) do
    check_function(all, fn, say)
  end
  for name, class in pairs(all.classes) do
    for _, field in ipairs(class.fields) do
      check_types(all, name .. "." .. field.name, field.type, say)
    end
  end
  for name, topic in pairs(all.twice) do
    say(("%s: %s is another thing elsewhere"):format(topic, name))
  end
  table.sort(found)
  return found
end

return stubs
