--- Sends a text to many groups, once to each.
--- usage: announce NAME TEXTFILE [GROUPFILE]
--- needs: send, group.read
---
--- NAME names the announcement: started again under that name within a week, it leaves out
--- the groups that have it. GROUPFILE has a group's id a line; without it: all groups the bot
--- is in. How fast they leave is up to the host, which keeps RongCloud's quotas.

local bot, script = ...

local function read(path)
  local lines = {}
  for line in assert(script.lines(path)) do
    lines[#lines + 1] = line
  end
  return lines
end

local function groups_of(path)
  local groups, seen = {}, {}
  local function add(group)
    if not seen[group.id] then
      seen[group.id] = true
      groups[#groups + 1] = group
    end
  end
  if path then
    for _, line in ipairs(read(path)) do
      local id = line:match("^%s*(%S+)")
      if id and id:sub(1, 1) ~= "#" then
        add(bot.group(id))
      end
    end
  else
    for group in assert(bot.groups()) do
      add(group)
    end
  end
  return groups
end

local name, text_file, group_file = table.unpack(script.args)
if not text_file or #script.args > 3 then
  script.usage()
end
local text = table.concat(read(text_file), "\n")
if not text:find("%S") then
  script.usage(text_file .. " is empty")
end

local groups = groups_of(group_file)
local failed = 0
for at, group in ipairs(groups) do
  script.progress(at - 1, #groups, group.id)
  local sent, err = bot.send(group, { text = text }, nil, { once = name })
  if not sent then
    failed = failed + 1
    print(("%s: %s"):format(group.id, err))
  end
end
script.progress(#groups, #groups, "")
print(("%d of %d groups have it"):format(#groups - failed, #groups))
return failed == 0 and 0 or 1
