--- Commands: permission, arguments, cooldown, then the plugin's function.

return function(host, bot, lib)
  local rank = lib.rank

  local command -- the library, only for plugins with commands

  local function say(msg, text, params)
    return host.send_text(msg, (lib.fill(lib.library_text(text, params), params, false)))
  end

  local function user_argument(id)
    if id ~= "" and #id <= 64 then
      return host.user(id)
    end
  end

  -- Who wrote the message that `msg` answers to (RC:ReferenceMsg, wire.md G), or nil.
  local function replied_to(msg)
    local id = msg.kind == "quote" and msg.content.referMsgUserId
    return type(id) == "string" and id ~= "" and user_argument(id) or nil
  end

  -- Who the message mentions, without the bot itself: "@bot mute @bob" speaks of bob.
  local function mentions_of(msg)
    local own = host.self()
    local others = {}
    for _, user in ipairs(msg.mentions) do
      if not own or user.id ~= own.id then
        others[#others + 1] = user
      end
    end
    return others
  end

  -- Whether `msg` may use the command now; says why not. The permission comes before the
  -- arguments, so nobody learns from errors what they may not use.
  local function may_run(definition, msg)
    local scope, role = definition.scope, definition.role
    if scope and host.chat_kind(msg) ~= scope then
      say(msg, scope == "group" and "This works in groups only."
        or "This works in private chats only.")
      return false
    end
    if role and not bot.may(msg.sender, role, msg.group) then
      say(msg, "You may not do that here.")
      return false
    end
    return true
  end

  -- How a usage line reads in the bot's language.
  local function shown_usage(usage)
    return lib.translate(usage.shown)
  end

  -- Says what is wrong with the arguments, and how the command is used.
  local function say_problem(msg, problem, usage)
    local params = problem.params
    local shown = "/" .. shown_usage(usage)
    local text = lib.library_text(problem.text, params)
    if not params.usage then
      text = text .. "\n" .. lib.library_text("Usage: {usage}")
    end
    params.usage = shown
    return host.send_text(msg, (lib.fill(text, params, false)))
  end

  local fields = {
    [1] = true, run = true, aliases = true, help = true, scope = true, role = true,
    cooldown = true, priority = true,
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
    if role ~= nil and not rank[role] then
      error("command: there is no role " .. tostring(role), 3)
    end
    local ok, usage = pcall(command.compile, definition[1])
    if not ok then
      error("command: " .. usage, 3)
    end
    return usage
  end

  local function phrases_of(usage, aliases)
    local phrases = { table.concat(usage.words, " ") }
    for _, alias in ipairs(aliases or {}) do
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
    command = command or require "moondock.command"
    local usage = check_definition(definition)
    local run, phrases = definition.run, phrases_of(usage, definition.aliases)
    local cooldown = definition.cooldown and host.duration(definition.cooldown, "cooldown")
    take(phrases)
    local number = host.command(phrases, function(msg, rest)
      if not may_run(definition, msg) then
        return
      end
      if cooldown and not host.cooldown(phrases[1], msg.sender, cooldown, msg.id) then
        say(msg, "Please wait a little before doing that again.")
        return
      end
      local args, problem = command.parse(usage, rest, {
        user = user_argument, mentions = mentions_of(msg), replied = replied_to(msg),
      })
      if not args then
        say_problem(msg, problem, usage)
        return
      end
      return run(msg, args)
    end, definition.priority, {
      usage = usage.usage, shown = shown_usage(usage), words = phrases,
      help = definition.help and lib.translate(definition.help),
      scope = definition.scope, role = definition.role,
    })
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
