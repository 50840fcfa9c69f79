--- Declaring commands. What runs them is opened with the first that is typed.

return function(host, bot, lib)
  local compile = require "moondock.usage".compile

  local fields = {
    [1] = true, run = true, aliases = true, help = true, scope = true, role = true,
    cooldown = true, priority = true, since = true,
  }

  local function check_definition(definition)
    if type(definition) ~= "table" then
      error("command: want a table, have " .. type(definition), 3)
    end
    for name in pairs(definition) do
      if not fields[name] then
        error(("command: there is no %q in a command"):format(tostring(name)), 3)
      end
    end
    if type(definition.run) ~= "function" then
      error("command: run must be a function", 3)
    end
    if definition.help ~= nil and type(definition.help) ~= "string" then
      error("command: help must be a text", 3)
    end
    if definition.aliases ~= nil and type(definition.aliases) ~= "table" then
      error("command: aliases must be a list of texts", 3)
    end
    local scope, role = definition.scope, definition.role
    if scope ~= nil and scope ~= "group" and scope ~= "private" then
      error('command: scope must be "group" or "private"', 3)
    end
    if role ~= nil and not lib.rank[role] then
      error("command: there is no role " .. tostring(role), 3)
    end
    local ok, usage = pcall(compile, definition[1])
    if not ok then
      error("command: " .. usage, 3)
    end
    return usage
  end

  local function phrases_of(words, aliases)
    local phrases = { words[2] and table.concat(words, " ") or words[1] }
    for i = 1, aliases and #aliases or 0 do
      local alias = aliases[i]
      if type(alias) ~= "string" or not alias:find("%S") then
        error("command: aliases must be a list of texts", 3)
      end
      local phrase = alias:lower():gsub("^%s+", ""):gsub("%s+$", ""):gsub("%s+", " ")
      phrases[#phrases + 1] = phrase
    end
    return phrases
  end

  local taken = {} -- phrases of this plugin's commands

  local function take(phrases)
    for i, phrase in ipairs(phrases) do
      if taken[phrase] then
        for j = 1, i - 1 do
          taken[phrases[j]] = nil
        end
        error(("command: there is a command %q already"):format(phrase), 3)
      end
      taken[phrase] = true
    end
  end

  function bot.command(definition)
    local usage = check_definition(definition)
    local run, phrases = definition.run, phrases_of(usage.words, definition.aliases)
    local cooldown = definition.cooldown and host.duration(definition.cooldown, "cooldown")
    local since = definition.since and host.duration(definition.since, "since")
    if since == 0 then
      error("command: since must be longer than nothing", 2)
    end
    take(phrases)
    local command = {
      definition = definition, run = run, name = phrases[1], usage = usage,
      cooldown = cooldown,
    }
    local number = host.command(phrases, function(msg, rest)
      return lib.run_command(command, msg, rest)
    end, definition.priority, usage.usage, lib.translate(usage.shown),
      definition.help and lib.translate(definition.help), definition.scope, definition.role,
      since)
    return function()
      host.off(number)
      for _, phrase in ipairs(phrases) do
        taken[phrase] = nil
      end
    end
  end

  --- All commands of the bot's plugins: { usage, shown, words, help, scope, role, plugin } each.
  bot.commands = host.commands
end
