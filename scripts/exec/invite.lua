--- Brings the people of a file into a group, as far as they are not in it.
--- usage: invite GROUP USERFILE
--- needs: group.read, group.manage
---
--- USERFILE has a user's id a line; "#" begins a comment. Started again it goes on: whoever
--- is in the group is left out.

local bot, script = ...

local id, path = table.unpack(script.args)
if not path or #script.args > 2 then
  script.usage()
end
local group = bot.group(id)
local inside = {}
for user in assert(group:members()) do
  inside[user.id] = true
end

local wanted, named, known = {}, {}, 0
for line in assert(script.lines(path)) do
  local user = line:match("^%s*([^%s#]+)")
  if user and not named[user] then
    named[user] = true
    if inside[user] then
      known = known + 1
    else
      wanted[#wanted + 1] = user
    end
  end
end

local failed = 0
for at, user in ipairs(wanted) do
  script.progress(at - 1, #wanted, user)
  local done, err = group:invite(user)
  if not done then
    failed = failed + 1
    print(("%s: %s"):format(user, err))
  end
end
script.progress(#wanted, #wanted, "")
print(("%d invited, %d were in it, %d failed"):format(#wanted - failed, known, failed))
return failed == 0 and 0 or 1
