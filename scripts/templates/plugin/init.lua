--- Says hello, and knows who came before.
local bot = ... ---@type moondock.Bot

local visits = bot.store("visits") -- user id -> how often

bot.command {
  "plugin_name",
  help = "Say hello",
  run = function(msg)
    local count = visits:add(msg.sender.id)
    if count > 1 and bot.config.again then
      msg:reply("Welcome back, {name}!", { name = msg.sender.name })
    else
      msg:reply("Hello, {name}!", { name = msg.sender.name })
    end
  end,
}
