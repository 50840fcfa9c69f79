--- The core of group moderation: warnings, mutes, kicks, bans, forbidden words, floods.
local bot = ... ---@type moondock.Bot

local duration = require "moondock.duration"
local flood = require "moondock.flood"

local config = bot.config
local store = bot.store()

-- Automatic rules leave moderators, and whoever stands above them, alone.
local function is_exempt(user, group)
  return bot.may(user, "moderator", group)
end

local function warnings_key(group, user)
  return "warnings/" .. group.id .. "/" .. user.id
end

-- Logs what the cloud or a missing grant refused. True when it was done.
local function done(what, user, ok, err)
  if not ok then
    bot.log.warn("cannot %s %s: %s", what, user.id, tostring(err))
  end
  return ok ~= nil
end

-- Who was muted by a rule until when, so that messages already on their way when the mute
-- was asked for do not mute again.
local muted_until = {}

local function mute_by_rule(group, user, length, time)
  local key = warnings_key(group, user)
  if (muted_until[key] or 0) > time then
    return false
  end
  muted_until[key] = time + duration.ms(length)
  local ok, err = group:mute(user, length)
  if not done("mute", user, ok, err) then
    muted_until[key] = nil
    return false
  end
  return true
end

-- One warning more. The one that reaches the limit mutes.
local function warn(group, user, reason, time)
  local key = warnings_key(group, user)
  local count = store:add(key, 1)
  bot.send(group, "{user} has been warned ({count}/{limit}): {reason}", {
    user = user, count = count, limit = config.warn_limit, reason = reason,
  })
  if count < config.warn_limit then
    return
  end
  store:del(key)
  if mute_by_rule(group, user, config.warn_mute, time) then
    bot.send(group, "{user} has too many warnings and is muted for {time}.", {
      user = user, time = duration.format(duration.parse(config.warn_mute)),
    })
  end
end

-- Whether whoever wrote `msg` may act on `who`; says so if not. Nobody acts on an equal or
-- a higher role.
local function may_act(msg, who)
  if bot.outranks(msg.sender, who, msg.group) then
    return true
  end
  msg:reply("You may not do that to {user}.", { user = who })
  return false
end

local function reason_of(args)
  return args.reason or bot.t("no reason given")
end

-- A moderators' command about one person, `run(msg, args)` only when it is allowed.
local function moderator_command(definition)
  local run = definition.run
  definition.scope, definition.role = "group", "moderator"
  definition.run = function(msg, args)
    if may_act(msg, args.who) then
      run(msg, args)
    end
  end
  bot.command(definition)
end

-- Answers `text` if it was done, else says why not.
local function answer(msg, what, args, ok, err, text, params)
  if done(what, args.who, ok, err) then
    msg:reply(text, params)
  else
    msg:reply("That did not work: {why}", { why = tostring(err) })
  end
end

moderator_command {
  "warn <who:user> [reason...]",
  aliases = { "警告" },
  help = "Warn somebody; the last warning mutes",
  run = function(msg, args)
    warn(msg.group, args.who, reason_of(args), msg.time)
  end,
}

moderator_command {
  "unwarn <who:user>",
  aliases = { "resetwarns", "清除警告" },
  help = "Forget somebody's warnings",
  run = function(msg, args)
    store:del(warnings_key(msg.group, args.who))
    msg:reply("The warnings of {user} are forgotten.", { user = args.who })
  end,
}

moderator_command {
  "mute <who:user> [time:duration] [reason...]",
  aliases = { "禁言" },
  help = "Mute somebody, for a time or until unmuted",
  run = function(msg, args)
    local ok, err = msg.group:mute(args.who, args.time)
    if args.time then
      answer(msg, "mute", args, ok, err, "{user} is muted for {time}: {reason}", {
        user = args.who, time = duration.format(args.time), reason = reason_of(args),
      })
    else
      answer(msg, "mute", args, ok, err, "{user} is muted: {reason}", {
        user = args.who, reason = reason_of(args),
      })
    end
  end,
}

moderator_command {
  "unmute <who:user>",
  aliases = { "解禁" },
  help = "Let somebody talk again",
  run = function(msg, args)
    muted_until[warnings_key(msg.group, args.who)] = nil
    local ok, err = msg.group:unmute(args.who)
    answer(msg, "unmute", args, ok, err, "{user} may talk again.", { user = args.who })
  end,
}

moderator_command {
  "kick <who:user> [reason...]",
  aliases = { "踢" },
  help = "Remove somebody from the group",
  run = function(msg, args)
    local ok, err = msg.group:kick(args.who, args.reason)
    answer(msg, "kick", args, ok, err, "{name} was removed: {reason}", {
      name = args.who.name, reason = reason_of(args),
    })
  end,
}

-- RongCloud keeps nobody out of a group: the list of who is banned is ours, and whoever is on
-- it is removed again when they join. A ban for a time is an entry that expires.
local function ban_key(group, user)
  return "bans/" .. group.id .. "/" .. user.id
end

moderator_command {
  "ban <who:user> [time:duration] [reason...]",
  aliases = { "封禁" },
  help = "Remove somebody and keep them out, for a time or until unbanned",
  run = function(msg, args)
    local kept, why = store:set(ban_key(msg.group, args.who),
      { reason = args.reason, by = msg.sender.id }, { ttl = args.time })
    if not kept then
      return answer(msg, "ban", args, kept, why)
    end
    local ok, err = msg.group:kick(args.who, args.reason)
    if args.time then
      answer(msg, "ban", args, ok, err, "{name} is banned for {time}: {reason}", {
        name = args.who.name, time = duration.format(args.time), reason = reason_of(args),
      })
    else
      answer(msg, "ban", args, ok, err, "{name} is banned: {reason}", {
        name = args.who.name, reason = reason_of(args),
      })
    end
  end,
}

moderator_command {
  "unban <who:user>",
  aliases = { "解封" },
  help = "Let somebody come back",
  run = function(msg, args)
    store:del(ban_key(msg.group, args.who))
    msg:reply("{name} may come back.", { name = args.who.name })
  end,
}

bot.command {
  "banned",
  aliases = { "封禁名单" },
  help = "Who is banned here",
  scope = "group",
  role = "moderator",
  run = function(msg)
    local prefix = "bans/" .. msg.group.id .. "/"
    local names = {}
    for key in store:each(prefix) do
      names[#names + 1] = key:sub(#prefix + 1)
      if #names == 100 then
        names[#names + 1] = "…"
        break
      end
    end
    if #names == 0 then
      return msg:reply("Nobody is banned here.")
    end
    msg:reply("Banned here: {names}", { names = table.concat(names, ", ") })
  end,
}

bot.on("member.joined", function(event)
  local ban = store:get(ban_key(event.group, event.user))
  if not ban then
    return
  end
  local ok, err = event.group:kick(event.user, ban.reason)
  if done("keep out", event.user, ok, err) then
    bot.send(event.group, "{name} is banned: {reason}", {
      name = event.user.name, reason = ban.reason or bot.t("no reason given"),
    })
  end
end)

bot.command {
  "warns [who:user]",
  aliases = { "警告记录" },
  help = "How many warnings you have; moderators may ask about others",
  scope = "group",
  run = function(msg, args)
    local who = args.who or msg.sender
    if who.id ~= msg.sender.id and not is_exempt(msg.sender, msg.group) then
      return msg:reply("You may not do that to {user}.", { user = who })
    end
    msg:reply("{name} has {count} of {limit} warnings.", {
      name = who.name, limit = config.warn_limit,
      count = store:get(warnings_key(msg.group, who), 0),
    })
  end,
}

if #config.words > 0 then
  bot.words(config.words, function(msg, word)
    if not msg.group or is_exempt(msg.sender, msg.group) then
      return
    end
    local ok, err = msg:recall()
    done("recall the message of", msg.sender, ok, err)
    -- The word itself is not repeated to the group, only to the log.
    bot.log.info("forbidden word %q by %s in %s", word, msg.sender.id, msg.group.id)
    warn(msg.group, msg.sender, bot.t("forbidden word"), msg.time)
  end)
end

if config.flood_messages > 0 then
  local counter = flood.new(config.flood_messages, duration.ms(config.flood_within))
  bot.on("message", function(msg)
    if not msg.group or msg.backlog or is_exempt(msg.sender, msg.group) then
      return
    end
    if not counter:hit(warnings_key(msg.group, msg.sender), msg.time) then
      return
    end
    if mute_by_rule(msg.group, msg.sender, config.flood_mute, msg.time) then
      bot.send(msg.group, "{user} sends too many messages and is muted for {time}.", {
        user = msg.sender,
        time = duration.format(duration.parse(config.flood_mute)),
      })
    end
  end)
end
