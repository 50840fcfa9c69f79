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

local function line_of(command)
  return "/" .. command.shown .. (command.help and "  " .. command.help or "")
end

-- One line for each command that whoever wrote `msg` may use here.
local function list_commands(msg)
  local lines = {}
  for _, command in ipairs(bot.commands()) do
    if may_use(command, msg) then
      lines[#lines + 1] = line_of(command)
    end
  end
  table.sort(lines)
  return table.concat(lines, "\n")
end

-- The lines of the commands that begin with `words`, by any of their names.
local function find_commands(words, msg)
  local lines = {}
  local wanted = words:lower():gsub("^[/!]", ""):gsub("%s+", " ")
  for _, command in ipairs(bot.commands()) do
    for _, phrase in ipairs(command.words) do
      if (phrase == wanted or phrase:sub(1, #wanted + 1) == wanted .. " ")
        and may_use(command, msg)
      then
        lines[#lines + 1] = line_of(command)
        break
      end
    end
  end
  table.sort(lines)
  return table.concat(lines, "\n")
end

bot.command {
  "help [command...]",
  aliases = { "帮助" },
  help = "Say what the bot can do",
  run = function(msg, args)
    if args.command then
      local lines = find_commands(args.command, msg)
      if lines == "" then
        msg:reply("There is no command {name} for you here.", { name = args.command })
      else
        msg:reply("Usage:\n{commands}", { commands = lines })
      end
    elseif bot.config.help ~= "" then
      msg:reply(bot.config.help)
    else
      msg:reply("You can say:\n{commands}", { commands = list_commands(msg) })
    end
  end,
}
