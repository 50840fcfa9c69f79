--- Says something in a group.
--- usage: script_name GROUP TEXT
--- needs: send
local bot, script = ... ---@type moondock.Bot, moondock.Script

local group, text = table.unpack(script.args)
if not text then
  script.usage()
end
local sent, err = bot.send(bot.group(group), { text = text })
if not sent then
  print(("not sent: %s"):format(err))
  return 1
end
