--- The bot that RongCloud's own SDKs talk to: does what a text says and tells what it saw.
local bot = ... ---@type moondock.Bot

-- First word of a text -> function(msg, rest).
local verbs = {}

function verbs.echo(msg, rest)
  msg:reply("{text}", { text = rest })
end

function verbs.greet(msg)
  msg:reply("hello {who}", { who = msg.sender })
end

local slipped -- what was said last by mistake

function verbs.slip(msg, rest)
  slipped = assert(msg:reply("{text}", { text = rest }))
end

function verbs.unsay()
  assert(slipped:recall())
end

function verbs.mend(_, rest)
  assert(slipped:edit(rest))
end

function verbs.card(msg, rest)
  msg:reply { type = "app:card", content = { title = rest, stars = 5 } }
end

function verbs.tell(_, rest)
  local who, text = rest:match("^(%S+) (.*)$")
  bot.send(bot.user(who), "{text}", { text = text })
end

function verbs.mute(msg, who)
  assert(msg.group:mute(bot.user(who), "5m"))
  msg:reply("muted {who}", { who = who })
end

function verbs.unmute(msg, who)
  assert(msg.group:unmute(bot.user(who)))
  msg:reply("unmuted {who}", { who = who })
end

function verbs.kick(msg, who)
  assert(msg.group:kick(bot.user(who)))
  msg:reply("kicked {who}", { who = who })
end

function verbs.group(msg, id)
  local info, list = assert(bot.group(id):info()), {}
  for user in assert(bot.group(id):members()) do
    list[#list + 1] = user.id .. "/" .. user.role
  end
  table.sort(list)
  msg:reply("{name} {count} {members}", {
    name = info.name, count = info.count, members = table.concat(list, " "),
  })
end

function verbs.drop(msg, rest)
  local group, who = rest:match("^(%S+) (.*)$")
  assert(bot.group(group):kick(who))
  msg:reply("dropped {who}", { who = who })
end

function verbs.rename(msg, rest)
  local group, name = rest:match("^(%S+) (.*)$")
  assert(bot.group(group):rename(name))
  msg:reply("renamed {name}", { name = name })
end

function verbs.leave(msg, group)
  assert(bot.group(group):leave())
  msg:reply("left {group}", { group = group })
end

function verbs.befriend(msg)
  assert(msg.sender:befriend("it is me"))
end

function verbs.friend(msg, name)
  assert(msg.sender:set_remark(name))
  local friend = assert(bot.friends())()
  msg:reply("{who} is {name}, {online}", {
    who = friend.id, name = friend.remark, online = friend:online() and "online" or "away",
  })
end

function verbs.part(msg)
  assert(msg.sender:unfriend())
end

bot.on("friend.added", function(event)
  event:reply("friends with {who}", { who = event.user.id })
end)

bot.on("friend.declined", function(event)
  event:reply("what a pity, {who}", { who = event.user.id })
end)

function verbs.become(msg, name)
  assert(bot.set_profile { name = name, extra = { mood = "fine" } })
  msg:reply("I am {name}", { name = assert(bot.profile()).name })
end

function verbs.quote(msg)
  msg:reply({ text = "you said that, {who}", quote = msg }, { who = msg.sender })
end

function verbs.type(msg)
  assert(bot.typing(msg))
end

function verbs.read(msg)
  assert(msg:read())
end

function verbs.wonder()
  assert(assert(bot.send(bot.group("club"), "has anybody read this?")):ask_read())
end

bot.on("message.read_asked", function(event)
  assert(event:read())
end)

function verbs.whisper(msg, rest)
  assert(msg:reply("{text}", { text = rest }, { only = { msg.sender } }))
end

function verbs.silently(msg, rest)
  assert(msg:reply("{text}", { text = rest }, { silent = true }))
end

function verbs.poll(msg)
  local poll = assert(msg:reply("tea?", nil, { expansion = { votes = "0" } }))
  assert(poll:expand { votes = "1" })
end

function verbs.forget(msg)
  assert(bot.clear_history(msg))
  local count = 0
  for _ in assert(bot.history(msg)) do
    count = count + 1
  end
  msg:reply("remember {count}", { count = count })
end

function verbs.file(msg)
  assert(msg:reply { file = { path = "plugin.lua", name = "manifest.txt" } })
end

local fetching = false -- the next file is downloaded

function verbs.fetch(msg)
  fetching = true
  msg:reply("fetching")
end

local mirroring = false -- what is no text is sent back as it was read

function verbs.mirror(msg)
  mirroring = true
  msg:reply("mirroring")
end

local function show(msg)
  if msg.kind == "quote" then
    local quote = msg.quote
    msg:reply("quoted {who} {id} {text}", {
      who = quote.user, id = quote.id, text = quote.content.content,
    })
  elseif fetching and msg.kind == "file" then
    fetching = false
    local file = assert(msg:download())
    msg:reply("fetched {type} {text}", { type = file.type, text = file.data })
  elseif mirroring then
    assert(msg:reply { [msg.kind] = msg[msg.kind] })
  else
    msg:reply("saw {kind} {id}", { kind = msg.kind, id = msg.id })
  end
end

local function mentions_me(msg)
  for _, user in ipairs(msg.mentions) do
    if user.id == bot.config.user then
      return true
    end
  end
  return false
end

bot.on("message", function(msg)
  if msg.kind ~= "text" then
    show(msg)
    return
  end
  local verb, rest = msg.text:match("^(%S+)%s*(.*)$")
  if verbs[verb] then
    verbs[verb](msg, rest)
  elseif mentions_me(msg) then
    msg:reply("saw mention {id}", { id = msg.id })
  end
end)

bot.on("notice", function(msg)
  if mirroring then
    show(msg)
  end
end)

bot.on("typing", function(event)
  event:reply("saw typing of {who}", { who = event.user.id })
end)

bot.on("message.read", function(event)
  event:reply("saw read {id} {seen}", { id = event.id, seen = tostring(event.seen) })
end)

bot.on("message.expanded", function(event)
  if mirroring then
    event:reply("saw expansion {id} {votes}", { id = event.id, votes = event.set.votes })
  end
end)

bot.on("message.edited", function(msg)
  msg:reply("saw edit {id} {text}", { id = msg.id, text = msg.text })
end)

bot.on("message.recalled", function(event)
  event:reply("saw recall {id}", { id = event.id })
end)

bot.on("member.joined", function(event)
  event:reply("saw join {id}", { id = event.user.id })
end)

bot.on("member.left", function(event)
  event:reply("saw leave {id}", { id = event.user.id })
end)

bot.on("friend.requested", function(request)
  assert(request:accept())
  request:reply("friends now")
end)

bot.on("member.requested", function(request)
  assert(request:decline("say please"))
end)

bot.on("group.invited", function(request)
  assert(request:accept())
  request:reply("came to {group}", { group = request.group.id })
end)
