--- Copies what can be set of a group to another one.
--- usage: copy FROM TO
--- needs: group.read, group.manage, group.mute
---
--- The announcement (of groups that RongCloud hosts), whether everybody is muted, and who may
--- speak all the same; members, their mutes and roles stay what they are. Of what is refused a
--- line says why, the rest goes on.

local bot, script = ...

local from_id, to_id = table.unpack(script.args)
if not to_id or #script.args > 2 then
  script.usage()
end
local from, to = bot.group(from_id), bot.group(to_id)
local info = assert(from:info())
local failed = 0

local function set(what, done, err)
  if not done then
    failed = failed + 1
  end
  print(("%s: %s"):format(what, done and "done" or tostring(err)))
end

local function ids(iterator, err)
  local set_of = {}
  for user in assert(iterator, err) do
    set_of[user.id] = true
  end
  return set_of
end

if info.announcement then
  set("announcement", to:announce(info.announcement))
end
if info.muted ~= nil then
  set("everybody is muted: " .. tostring(info.muted), to:mute_all(info.muted))
end
local allowed = from:allowed()
if allowed then
  local may, may_now = ids(allowed), ids(to:allowed())
  for user in pairs(may) do
    if not may_now[user] then
      set(user .. " may speak", to:allow(user))
    end
  end
  for user in pairs(may_now) do
    if not may[user] then
      set(user .. " may not speak", to:disallow(user))
    end
  end
end
return failed == 0 and 0 or 1
