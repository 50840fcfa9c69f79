--- The people: each with a client of their own, who say what the schedule tells them and keep
--- a log of every message they get.

local host = require "moondock.host"

local crew = {}

---@class ChaosCrew
local Crew = {}
Crew.__index = Crew

--- `account`: server, app_key, secret; `bot`: its user id.
function crew.new(account, bot, people, model)
  local self = setmetatable({
    account = account, bot = bot, people = people, model = model, clients = {}, posts = {},
    waiting = {}, asking = {}, unsure = 0,
  }, Crew)
  for _, user in ipairs(people.users) do
    self.clients[user] = assert(host.client {
      server = account.server, app_key = account.app_key, secret = account.secret, user = user,
      name = user,
    })
  end
  return self
end

--- Whether everybody is online.
function Crew:is_online()
  for _, client in pairs(self.clients) do
    if client:state() ~= "online" then
      return false
    end
  end
  return true
end

local function post(self, message)
  local to = message.group and { group = message.group } or { user = self.bot }
  local text = message.reply or ("q %s %d;"):format(message.kind, message.number)
  if message.reply then
    self.model.log("%s says %s", message.user, message.reply)
  else
    self.model:sent(message, message.group and self.people.members[message.group]
      or { message.user })
  end
  table.insert(self.posts, {
    message = message, answer = self.clients[message.user]:post(to, text),
  })
end

--- Says it as soon as whoever says it is online.
function Crew:say(message)
  table.insert(self.waiting, message)
end

-- What the cloud said about what was said.
local function settle(self)
  local left = {}
  for _, one in ipairs(self.posts) do
    local sent, err = one.answer:take()
    if sent then
      if not one.message.reply then
        self.model:taken(one.message.number, sent.uid)
      end
    elseif err then
      self.unsure = self.unsure + 1
    else
      left[#left + 1] = one
    end
  end
  self.posts = left
end

-- Whether somebody may begin a dialog: the one before is over.
local function may_ask(self, message)
  local before = self.asking[message.user]
  if before and not self.model:is_over(before) then
    return false
  end
  self.asking[message.user] = message.number
  return true
end

local function talk(self)
  local left = {}
  for _, message in ipairs(self.waiting) do
    if self.clients[message.user]:state() == "online"
      and (message.kind ~= "ask" or message.reply or may_ask(self, message)) then
      post(self, message)
    else
      left[#left + 1] = message
    end
  end
  self.waiting = left
end

local function listen(self)
  for user, client in pairs(self.clients) do
    local message = client:next(0)
    while message do
      if message.sender == self.bot and not message.own then
        self.model:saw(user, message)
        local number = (message.text or ""):match("^ask (%d+) 1$")
        -- A dialog that was given up may have been followed by another one already.
        if number and not self.model:is_over(tonumber(number)) then
          self:say { number = tonumber(number), kind = "ask", user = user,
            reply = "yes " .. number }
        end
      end
      message = client:next(0)
    end
  end
end

--- Does what is to be done now.
function Crew:pump()
  listen(self)
  settle(self)
  talk(self)
end

--- Whether nothing is on its way any more.
function Crew:is_silent()
  return #self.waiting == 0 and #self.posts == 0
end

function Crew:close()
  for _, client in pairs(self.clients) do
    client:close()
  end
end

return crew
