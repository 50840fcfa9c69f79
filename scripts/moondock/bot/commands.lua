--- Commands: permission, arguments, cooldown, then the plugin's function.

return function(host, bot, lib)
  local want, off_for, rank = lib.want, lib.off_for, lib.rank

  local command -- the library, only for plugins with commands

  local function say(msg, text, params)
    return host.send_text(msg, (lib.fill(lib.library_text(text), params, false)))
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

  -- Notes the use; false when the last one of this person is too fresh.
  local function cooled_down(last, cooldown, id)
    local now = host.now()
    for other, time in pairs(last) do
      if now - time >= cooldown then
        last[other] = nil
      end
    end
    if last[id] then
      return false
    end
    last[id] = now
    return true
  end

  local function check_definition(definition)
    if type(definition) ~= "table" then
      error("command: want a table, have " .. type(definition), 3)
    end
    if type(definition.run) ~= "function" then
      error("command: run must be a function", 3)
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
      phrases[#phrases + 1] = want("string", alias, "aliases"):lower():gsub("^%s+", "")
        :gsub("%s+$", ""):gsub("%s+", " ")
    end
    return phrases
  end

  function bot.command(definition)
    command = command or require "moondock.command"
    local usage = check_definition(definition)
    local run, last = definition.run, {}
    local cooldown = definition.cooldown and host.duration(definition.cooldown, "cooldown")
    local number = host.command(phrases_of(usage, definition.aliases), function(msg, rest)
      if not may_run(definition, msg) then
        return
      end
      if cooldown and not cooled_down(last, cooldown, msg.sender.id) then
        say(msg, "Please wait a little before doing that again.")
        return
      end
      local args, problem = command.parse(usage, rest, {
        user = user_argument, mentions = mentions_of(msg), replied = replied_to(msg),
      })
      if not args then
        say(msg, problem.text, problem.params)
        return
      end
      return run(msg, args)
    end, definition.priority, {
      usage = usage.usage, help = definition.help and lib.translate(definition.help),
      scope = definition.scope, role = definition.role,
    })
    return off_for(number)
  end

  --- All commands of the bot's plugins: { usage, help, scope, role, plugin } each.
  bot.commands = host.commands
end
