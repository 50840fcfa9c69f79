--- The rules about text that no other tool checks: no source over 500 lines, nothing put off
--- for later in a comment, no trailing blanks, a newline at the end.
---
--- lua5.4 scripts/dev/text_rules.lua [FILE...]   default: every file git knows or would add
local rules = {}

rules.max_lines = 500

local source_kinds = { c = true, h = true, lua = true, mjs = true, js = true, sh = true }
local text_kinds = { md = true, json = true, proto = true, yml = true, html = true }
-- Written by tools, or data; long by nature.
local exempt = { ["package-lock.json"] = true, ["frames.json"] = true }
-- Put together here, so that this file passes its own check.
local put_off = { "TO" .. "DO", "FIX" .. "ME", "XX" .. "X" }

local function kind(path, text)
  local name = path:match("[^/]+$")
  local ext = name:match("%.(%w+)$")
  if exempt[name] then
    return nil
  end
  if source_kinds[ext] or name == "Makefile" or text:match("^#!") then
    return "source"
  end
  return text_kinds[ext] and "text" or nil
end

--- The complaints about one file, each "path:line: what".
function rules.scan(path, text)
  local found, number = {}, 0
  local what = kind(path, text)
  if not what then
    return found
  end
  local function complain(line, sentence)
    found[#found + 1] = ("%s:%d: %s"):format(path, line, sentence)
  end
  if text:sub(-1) ~= "\n" then
    text = text .. "\n"
    complain(1, "no newline at the end")
  end
  for line in text:gmatch("(.-)\n") do
    number = number + 1
    if line:find("[ \t\r]$") then
      complain(number, "blanks at the end of the line")
    end
    for _, word in ipairs(what == "source" and put_off or {}) do
      if line:find("%f[%w]" .. word .. "%f[%W]") then
        complain(number, word .. ": do it, or say why it is not needed")
      end
    end
  end
  if what == "source" and number > rules.max_lines then
    complain(number, ("%d lines; look for the second idea"):format(number))
  end
  return found
end

local function all_files()
  local list = {}
  local pipe = assert(io.popen("git ls-files -co --exclude-standard"))
  for path in pipe:lines() do
    list[#list + 1] = path
  end
  pipe:close()
  return list
end

local function main(paths)
  local checked, count = 0, 0
  for _, path in ipairs(#paths > 0 and paths or all_files()) do
    local file = io.open(path, "rb") -- a file removed but not yet committed is no matter
    if file then
      checked = checked + 1
      for _, complaint in ipairs(rules.scan(path, file:read("a"))) do
        io.stderr:write(complaint, "\n")
        count = count + 1
      end
      file:close()
    end
  end
  if checked == 0 or count > 0 then
    io.stderr:write(("text rules: %d files, %d complaints\n"):format(checked, count))
    os.exit(1)
  end
end

if arg and arg[0] and arg[0]:match("text_rules%.lua$") then
  main(arg)
end

return rules
