--- Patterns and subjects made by a grammar; the stock string library has to agree with ours
--- on each, errors included. Run by limits_string_test.c.
---
---   stock, ours   two tables of string functions
---   seed, count   of the random numbers; how many cases
---
--- Returns how many cases ran out of steps, and a list of texts that tell of differences.
local stock, ours, seed, count = ...

local state = seed

local function random(bound)
  state = (state * 6364136223846793005 + 1442695040888963407)
  return (state >> 33) % bound + 1
end

local function one_of(list)
  return list[random(#list)]
end

local function chance(percent)
  return random(100) <= percent
end

local letters = {
  "a", "a", "b", "A", "1", "9", " ", ".", "-", "%", "(", ")", "[", "]", "_", ",", "\0", "\xe4",
}
local classes = {
  "a", "c", "d", "g", "l", "p", "s", "u", "w", "x", "z", "A", "D", "S", "U", "W", "q", "%", ".",
  "-", "]", "[", "^", "$", "Z",
}
local junk = { "a", "%", "[", "]", "(", ")", "^", "$", "*", "+", "-", "?", ".", "1", "f", "b" }

local function member()
  local roll = random(6)
  if roll == 1 then
    return "%" .. one_of(classes)
  elseif roll == 2 then
    return one_of { "a-b", "a-z", "0-9", "b-a", "a-", "-a", "%a-z", "a-%", "A-" }
  end
  return one_of { "a", "b", "1", ".", "-", "^", "]", " ", "\0", "$", "%]" }
end

local function set()
  local parts = { "[", chance(30) and "^" or "" }
  for _ = 1, random(3) do
    table.insert(parts, member())
  end
  table.insert(parts, chance(97) and "]" or "")
  return table.concat(parts)
end

local function single()
  local roll = random(10)
  if roll <= 4 then
    return one_of { "a", "b", "1", "-", " ", "a", "]", "^", "\0", "\xe4", "$" }
  elseif roll <= 6 then
    return "%" .. one_of(classes)
  elseif roll == 7 then
    return "."
  end
  return set()
end

local sequence -- forward

local function item(left)
  local roll = random(20)
  if roll <= 8 then
    return single()
  elseif roll <= 13 and left.repeats > 0 then
    left.repeats = left.repeats - 1
    return single() .. one_of { "*", "+", "-", "?" }
  elseif roll <= 16 then
    return "(" .. sequence(left, 2) .. ")"
  elseif roll == 17 then
    return "()"
  elseif roll == 18 then
    return "%b" .. one_of { "()", "aa", "ab", "[]", "(", "" }
  elseif roll == 19 then
    return "%f" .. (chance(95) and set() or "a")
  end
  return "%" .. one_of { "1", "2", "1", "0", "9" }
end

function sequence(left, most)
  local parts = {}
  for _ = 1, random(most) do
    table.insert(parts, item(left))
  end
  return table.concat(parts)
end

local function pattern()
  if chance(8) then
    local parts = {}
    for _ = 1, random(8) do
      table.insert(parts, one_of(junk))
    end
    return table.concat(parts)
  end
  return (chance(15) and "^" or "") .. sequence({ repeats = 4 }, 5) .. (chance(10) and "$" or "")
end

local function subject()
  local parts = {}
  for _ = 1, random(28) - 1 do
    table.insert(parts, one_of(letters))
  end
  return table.concat(parts)
end

local function show(value)
  return type(value) == "string" and stock.format("%q", value) or tostring(value)
end

local function outcome(...)
  local parts = {}
  for i = 1, select("#", ...) do
    parts[i] = show((select(i, ...)))
  end
  return table.concat(parts, " ")
end

local function walk(gmatch, ...)
  local found, ok, iterator = {}, pcall(gmatch, ...)
  if not ok then
    return iterator
  end
  for _ = 1, 40 do
    local line = outcome(pcall(iterator))
    table.insert(found, line)
    if line == "true" or stock.find(line, "^false") then
      break
    end
  end
  return table.concat(found, "; ")
end

local function replace(a, b)
  if a == "a" then
    return nil
  end
  return b and 7 or stock.upper(tostring(a))
end

-- Only functions of the standard library have a name that errors can look up.
local function unnamed(text)
  return (stock.gsub(text, "to 'string%.%w+'", "to '?'"))
end

local starved, differences = 0, {}

local function compare(name, ...)
  local run = name == "gmatch" and walk or function(fn, ...)
    return outcome(pcall(fn, ...))
  end
  local want, have = unnamed(run(stock[name], ...)), run(ours[name], ...)
  if stock.find(have, "too many steps", 1, true) then
    starved = starved + 1
  elseif want ~= have then
    local text = stock.format("%s(%s): want %s, have %s", name, outcome(...), want, have)
    table.insert(differences, text)
  end
end

local replacements = { "", "x", "<%0>", "%1", "%2%1", "%%", "%", "%x", "%9", "a%0\0b", 12 }
local table_of = { a = "found", b = false, [""] = "empty", ["1"] = 5, A = {} }

local function try(text, pat)
  local init = random(34) - 5
  compare("find", text, pat)
  compare("find", text, pat, init, chance(10))
  compare("match", text, pat)
  compare("match", text, pat, init)
  compare("gmatch", text, pat)
  compare("gmatch", text, pat, init)
  compare("gsub", text, pat, one_of(replacements))
  compare("gsub", text, pat, replace, chance(30) and random(3) - 1 or nil)
  compare("gsub", text, pat, table_of)
end

-- What a grammar does not come upon: the edges of depth and of captures, wrong arguments.
local function try_edges()
  for _, n in ipairs { 31, 32, 33, 198, 199, 200, 201, 202 } do
    local as = stock.rep("a", n)
    for _, part in ipairs { "a?", "a*", "a-", "(a)", "()", "a", "[a]?", "%a?b?" } do
      compare("find", as, stock.rep(part, n))
      compare("match", as, "^" .. stock.rep(part, n) .. "$")
    end
  end
  for _, name in ipairs { "find", "match", "gmatch", "gsub" } do
    compare(name)
    compare(name, "a")
    compare(name, {}, "a")
    compare(name, 12, 1)
    compare(name, "abc", "b", "x", "y")
    compare(name, "abc", "b", true)
    compare(name, "abc", "", 2)
    compare(name, "abc", "", math.mininteger)
    compare(name, "abc", "", math.maxinteger)
    compare(name, "abc", "b", 1.5)
  end
  compare("find", "a.b", ".", 1, true)
  compare("find", "", "")
  compare("find", "", "", 2)
  compare("find", "a\0b", "\0")
  compare("gsub", "abc", "%w", "%0%0", 2)
  compare("gsub", "abc", "%w", { a = 1, b = true })
  compare("gsub", "hello world", "%w+", "%0 %0", 1)
  compare("gsub", "abc", "()", "%1")
end

try_edges()
for _ = 1, count do
  local pat = pattern()
  try(subject(), pat)
end
return starved, differences
