--- A test world as a stage for moondock.screenplay: people say things to the plugin and see
--- what it sends, at once and without a wire.

local host = require "moondock.host"

local stage = {}

---@class moondock.test.Stage
local Stage = {}
Stage.__index = Stage

---@class moondock.test.StageMember
local Member = {}
Member.__index = Member

--- The stage of a world.
---@param world moondock.test.World
---@return moondock.test.Stage
function stage.of(world)
  return setmetatable({ world = world, members = {}, tell = function() end }, Stage)
end

--- Somebody who talks and listens; members of the world's groups are there already.
function Stage:member(name)
  local member = self.members[name]
  if not member then
    member = setmetatable({ stage = self, name = name, inbox = {} }, Member)
    self.members[name] = member
  end
  return member
end

--- Where people talk who do not say where: the one group there is.
function Stage:only_place()
  local id, more = next(self.world.groups)
  if id and not next(self.world.groups, id) then
    return { group = id }
  end
  error(more and "in which group?" or "there is no group", 0)
end

function Stage:join(name, id)
  local group = self.world.groups[id] or self.world:group(id, {})
  if name ~= self.world.user_id then
    group:joins(name)
  end
end

function Stage:quit(name, id)
  self:group(id):leaves(name)
end

function Stage:group(id)
  return self.world.groups[id] or error("there is no group " .. id, 0)
end

function Stage:move_clock(length)
  self.world:advance(length)
end

function Stage:put(name, message)
  table.insert(self:member(name).inbox, message)
end

-- Everybody who is where the message goes gets it.
function Stage:spread(kind, target, message)
  if kind ~= "group" then
    self:put(target, message)
    return
  end
  message.group = target
  local group = self.world.groups[target]
  for name in pairs(group and group.people or {}) do
    self:put(name, message)
  end
end

-- What the bot sent and recalled arrives.
function Stage:pump()
  local bot = self.world.user_id
  for _, call in ipairs(self.world:acts("send")) do
    if not call.failed then
      self:spread(call.type, call.target, {
        sender = bot, uid = call.uid, object_name = call.object_name,
        text = call.object_name == "RC:TxtMsg" and call.content.content or nil,
        content = host.json.encode(call.content),
      })
    end
  end
  for _, call in ipairs(self.world:acts("recall")) do
    if not call.failed then
      self:spread(call.type, call.target, {
        sender = bot, object_name = "RC:RcCmd",
        content = host.json.encode { messageUId = call.uid },
      })
    end
  end
end

--- Takes the first order ("mute", "kick" …) that fits.
function Stage:take_order(kind, wanted)
  local found
  for _, call in ipairs(self.world:acts(kind)) do
    if not found and wanted(call) then
      found = call
    else
      table.insert(self.world.calls, call)
    end
  end
  return found
end

function Stage:reload()
  local report, err = self.world:reload()
  if not report then
    error(tostring(err), 0)
  end
  return report
end

-- People of a world are always there.
function Member.enter() end
function Member.leave() end

function Member:say(to, text)
  local world, person = self.stage.world, nil
  if to.group then
    person = self.stage:group(to.group).people[self.name]
    if not person then
      error(("%s is not in %s"):format(self.name, to.group), 0)
    end
  elseif to.user == world.user_id then
    person = world:person(self.name)
  else
    error(("only the bot, %s, listens in private"):format(world.user_id), 0)
  end
  local message = person:says(text)
  self.last = { uid = message.uid, text = text, group = to.group, user = to.user }
  for name in pairs(to.group and self.stage:group(to.group).people or {}) do
    if name ~= self.name then
      self.stage:put(name, { sender = self.name, text = text, group = to.group })
    end
  end
  return self.last
end

function Member:take(wanted)
  self.stage:pump()
  for index, message in ipairs(self.inbox) do
    if wanted(message) then
      return table.remove(self.inbox, index)
    end
  end
end

return stage
