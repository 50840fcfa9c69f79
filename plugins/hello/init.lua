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

local function may_use(command, msg)
  local scope = msg.group and "group" or "private"
  return (not command.scope or command.scope == scope)
    and (not command.role or bot.may(msg.sender, command.role, msg.group))
end

-- One line for each command that whoever wrote `msg` may use here.
local function list_commands(msg)
  local lines = {}
  for _, command in ipairs(bot.commands()) do
    if may_use(command, msg) then
      local usage = command.usage:gsub(":%a+", "") -- types are for programmers
      lines[#lines + 1] = "/" .. usage .. (command.help and "  " .. command.help or "")
    end
  end
  table.sort(lines)
  return table.concat(lines, "\n")
end

bot.command {
  "help",
  aliases = { "帮助" },
  help = "Say what the bot can do",
  run = function(msg)
    if bot.config.help ~= "" then
      msg:reply(bot.config.help)
    else
      msg:reply("You can say:\n{commands}", { commands = list_commands(msg) })
    end
  end,
}
