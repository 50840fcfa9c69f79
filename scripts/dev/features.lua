--- The table of the README that says what there is, made of spec/features.lua.
---
--- lua5.4 scripts/dev/features.lua              writes it into README.md and README.zh-CN.md
--- lua5.4 scripts/dev/features.lua LOG_FOLDER   looks whether each id passed in that run, and
---                                              whether the READMEs have the table; a line each
---                                              of what is not so, then "N passed, N failed".
---                                              INTEROP=0: without the official SDK's column
package.path = "./?.lua;" .. package.path
local rows = require "spec.features"

local BEGIN, END = "<!-- features -->\n", "<!-- /features -->\n"
local columns = { "sdk", "lua", "sandbox" }
local heads = {
  ["README.md"] = { "| feature | official SDK | moondock Lua | sandbox |\n", 1 },
  ["README.zh-CN.md"] = { "| 功能 | 官方 SDK | moondock Lua | sandbox |\n", 2 },
}

local function read(path)
  local file = io.open(path, "rb")
  if not file then
    return nil
  end
  local text = file:read("a")
  file:close()
  return text
end

local function write(path, text)
  local file <close> = assert(io.open(path, "wb"))
  assert(file:write(text))
end

local function cell(id)
  return type(id) == "table" and id.why or "`" .. id:gsub("|", "\\|") .. "`"
end

local function table_of(path)
  local head, name = heads[path][1], heads[path][2]
  local lines = { head, "|---|---|---|---|\n" }
  for _, row in ipairs(rows) do
    lines[#lines + 1] = ("| %s | %s | %s | %s |\n"):format(row[name], cell(row.sdk),
      cell(row.lua), cell(row.sandbox))
  end
  return table.concat(lines)
end

-- The README with the table in its place.
local function with_table(path)
  local text = assert(read(path), path)
  local _, from = text:find(BEGIN, 1, true)
  local to = from and text:find(END, from, true)
  assert(to, path .. ": there is no place for the table")
  return text:sub(1, from) .. table_of(path) .. text:sub(to), text
end

local logs = {}

-- What the parts with that file name said; two rooms may have a C test of one name.
local function log_of(folder, name)
  if not logs[name] then
    local find = ("find '%s' -name '%s.log' -exec cat {} +"):format(folder, name)
    local files <close> = assert(io.popen(find))
    logs[name] = files:read("a"):gsub("\27%[[%d;]*m", "")
  end
  return logs[name]
end

-- Whether the id passed, or why it did not.
local function look(folder, id)
  local part, what = id:match("^(.-): (.*)$")
  if id:find("^[%w_]+_spec$") then
    local good = log_of(folder, id):match(
      "%d+ success[es]* / (%d+ failures? / %d+ errors? / %d+ pending)")
    return good and good:gsub("%D", "") == "000", "no such scenario passed"
  elseif part and part:find("_test$") then
    return log_of(folder, part):find("[       OK ] " .. what .. "\n", 1, true),
      "no such test passed"
  elseif part then
    local log = log_of(folder, "interop")
    local section = log:match("\n%-%- " .. part .. "\n(.-)\n%-%- ")
      or log:match("\n%-%- " .. part .. "\n(.*)$")
    return section and ("\n" .. section .. "\n"):find("\nok " .. what .. "\n", 1, true),
      "no such step passed"
  end
  return false, "is no id"
end

local function check(folder)
  local passed, failed = 0, 0
  local function count(good, words)
    if good then
      passed = passed + 1
    else
      failed = failed + 1
      print("not so: " .. words)
    end
  end
  for _, row in ipairs(rows) do
    for _, column in ipairs(columns) do
      local id = row[column]
      local left_out = column == "sdk" and os.getenv("INTEROP") == "0"
      if type(id) == "string" and not left_out then
        local good, why = look(folder, id)
        count(good, ("%s, %s: %s: %s"):format(row[1], column, id, why))
      end
    end
  end
  for path in pairs(heads) do
    local wanted, have = with_table(path)
    count(wanted == have, path .. " has another table (lua5.4 scripts/dev/features.lua)")
  end
  print(("%d passed, %d failed"):format(passed, failed))
  return failed == 0 and 0 or 1
end

if arg[1] then
  os.exit(check(arg[1]))
end
for path in pairs(heads) do
  write(path, (with_table(path)))
end
