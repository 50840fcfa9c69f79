--- Greets people who join a group.
local bot = ... ---@type moondock.Bot

bot.on("member.joined", function(event)
  if event.user.id == bot.user().id then
    return -- nobody welcomes themselves
  end
  bot.send(event.group, bot.config.text, { user = event.user, group = event.group.name })
end)
