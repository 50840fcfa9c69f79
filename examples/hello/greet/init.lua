--- A first plugin: says hi back, and rolls a die.
local bot = ... ---@type moondock.Bot

bot.hear("^[Hh]i%f[%A]", function(msg)
  msg:reply("Hi, {name}!", { name = msg.sender.name })
end)

bot.command { "roll", help = "Roll a die", run = function(msg)
  msg:reply("You rolled {n}.", { n = math.random(6) })
end }
