--- Says hello, and shows that the bot is there.
local bot = ... ---@type moondock.Bot

bot.command {
  "hello",
  aliases = { "你好" },
  help = "Say hello",
  run = function(msg)
    msg:reply("Hello, {name}!", { name = msg.sender.name })
  end,
}

bot.command {
  "ping",
  help = "See whether the bot is there",
  run = function(msg)
    msg:reply("pong")
  end,
}

bot.command {
  "help",
  aliases = { "帮助" },
  help = "Say what the bot can do",
  run = function(msg)
    msg:reply(bot.config.help)
  end,
}
