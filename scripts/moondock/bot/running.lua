--- Running commands: permission, arguments, cooldown, then the plugin's function.

return function(host, bot, lib)
  local parse = require "moondock.command".parse

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

  -- Says what is wrong with the arguments, and how the command is used.
  local function say_problem(msg, problem, usage)
    local params = problem.params
    local shown = "/" .. lib.translate(usage.shown)
    local text = lib.library_text(problem.text, params)
    if not params.usage then
      text = text .. "\n" .. lib.library_text("Usage: {usage}")
    end
    params.usage = shown
    return host.send_text(msg, (lib.fill(text, params, false)))
  end

  -- `command` is what bot.command made of the definition.
  function lib.run_command(command, msg, rest)
    if not may_run(command.definition, msg) then
      return
    end
    local cooldown, name = command.cooldown, command.name
    if cooldown and not host.cooldown(name, msg.sender, cooldown, msg.id) then
      say(msg, "Please wait a little before doing that again.")
      return
    end
    local args, problem = parse(command.usage, rest, {
      user = user_argument, mentions = mentions_of(msg), replied = replied_to(msg),
    })
    if not args then
      say_problem(msg, problem, command.usage)
      return
    end
    return command.run(msg, args)
  end
end
