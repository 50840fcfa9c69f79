--- Lists the members of a group who have written nothing for some time.
--- usage: inactive GROUP DAYS
--- needs: group.read, history
---
--- A line for each: the id and the name, with a tab between them. As far as the group's history
--- in the cloud reaches: what is older than it keeps nobody has said.

local bot, script = ...

local id, days = script.args[1], tonumber(script.args[2])
if not days or days <= 0 or #script.args > 2 then
  script.usage()
end
local group = bot.group(id)
local silent, count = {}, 0
for user in assert(group:members()) do
  silent[user.id] = user
  count = count + 1
end

local since = bot.now() - math.floor(days * 86400000)
local seen = 0
for msg in assert(bot.history(group, { after = since })) do
  silent[msg.sender.id] = nil
  seen = seen + 1
  if seen % 100 == 0 then
    script.progress(seen, 0, "messages")
  end
end

local ids = {}
for user in pairs(silent) do
  ids[#ids + 1] = user
end
table.sort(ids)
for _, user in ipairs(ids) do
  print(user .. "\t" .. silent[user].name)
end
script.progress(seen, 0, ("messages: %d of %d members wrote nothing"):format(#ids, count))
return 0
