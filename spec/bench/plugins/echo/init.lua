--- Sends every text back.
local bot = ... ---@type moondock.Bot

bot.on("message", function(msg)
  msg:reply(msg.text)
end)
