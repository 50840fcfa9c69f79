--- Plugins under test: one plugin in its limited instance, as in the daemon, with a fake
--- cloud and a clock that only the spec moves. Works in `moondock lua`.
---
---     local world = test.world()              -- the plugin whose spec this is
---     local group = world:group("demo", { "alice", "bob" })
---     group.alice:says("/hello")
---     assert.same({ "Hello, alice!" }, world:replies())
---     world:play [[
---       bob says "/hello" in demo
---       bot replies "Hello, bob!"
---     ]]
---     world:close()                           -- raises when the plugin left something

local duration = require "moondock.duration"
local host = require "moondock.host"
local screenplay = require "moondock.screenplay"
local stage = require "moondock.test.stage"

local test = {}

---@class moondock.test.World
local World = {}
World.__index = World

---@class moondock.test.Group
local Group = {}

---@class moondock.test.Member
local Member = {}
Member.__index = Member

-- A member by name; methods by their own.
function Group.__index(group, name)
  return Group[name] or rawget(group, "people")[name]
end

-- The folder of the plugin whose spec calls: the nearest above it with a plugin.lua.
local function own_plugin()
  local source = debug.getinfo(3, "S").source
  local folder = host.real_path(source:match("^@(.*)$") or "")
  while folder and folder ~= "" do
    folder = folder:match("^(.*)/")
    if folder and host.real_path(folder .. "/plugin.lua") then
      return folder
    end
  end
  error("which plugin? there is no plugin.lua above " .. source, 3)
end

--- A world with one bot. `options`: `plugin` (its folder; else the one the spec belongs to), or
--- `plugins` (name to `{ folder, grants, config }`); `grants` and `config` of the one;
--- `language`, `time_zone` ("UTC"), `owners`, `moderators`, `user` (the bot's own id, "bot"),
--- `memory_limit` (bytes; as the host's), `cpu_limit_ms` (per event; 1000). The clock stands still
--- from here on; close() lets it go.
---@param options? table
---@return moondock.test.World
function test.world(options)
  options = options or {}
  local folder = options.plugin or not options.plugins and own_plugin()
  local instance = assert(host.instance {
    user = options.user or "bot",
    bot = "bot",
    language = options.language,
    time_zone = options.time_zone,
    owners = options.owners,
    moderators = options.moderators,
    notices_from = options.notices_from or { "__system__" },
    command_max_age_ms = options.command_max_age_ms,
    memory_limit = options.memory_limit,
    -- More than the host gives: a spec may run in a slow build on a busy machine.
    cpu_limit_ms = options.cpu_limit_ms or 1000,
  })
  host.clock.freeze(true)
  local world = setmetatable({
    instance = instance, calls = {}, said = 0, groups = {}, may_leave = {},
    user_id = options.user or "bot", folder = folder,
  }, World)
  local plugins = options.plugins or {}
  if folder then
    local name = (host.real_path(folder) or folder):match("([^/]+)/?$")
    plugins[name] = { folder = folder, grants = options.grants, config = options.config }
    world.plugin = name
  end
  for name, plugin in pairs(plugins) do
    local loaded, err = instance:load {
      name = name, folder = plugin.folder, grants = plugin.grants, config = plugin.config,
    }
    if not loaded then
      world:drop()
      error(tostring(err), 2)
    end
  end
  world:settle()
  return world
end

--- What the plugin may still have going when the world ends: `tasks` that wait, `timers` that
--- handlers made. (Timers made while it loads are there to stay.)
---@param what { tasks?: boolean, timers?: boolean }
function World:leaves(what)
  self.may_leave = { task = what.tasks, timer = what.timers }
end

-- Ends it, and lets the clock run again.
function World:drop()
  self.instance:close()
  host.clock.freeze(false)
end

--- Ends it, and raises when the plugin has left something behind: a task that waits (in
--- `ask`, `sleep`, a request …) or a timer that a handler made.
function World:close()
  local left = {}
  for _, one in ipairs(self.instance:left()) do
    if not self.may_leave[one.kind] then
      left[#left + 1] = ("\n  a %s of %s, %s"):format(one.kind, one.plugin,
        one.where or "not begun")
    end
  end
  self:drop()
  if #left > 0 then
    error("left behind (or let it: world:leaves { tasks = true, timers = true }):"
      .. table.concat(left), 2)
  end
end

--- Plays sentences with the people of this world: see moondock.screenplay. Raises with the
--- line that failed and what was seen instead.
---@param text string
function World:play(text)
  self.stage = self.stage or stage.of(self)
  local fine, why = pcall(screenplay.perform, self.stage, text)
  if not fine then
    error(why, 2)
  end
end

--- The same for a text file, named from the plugin's folder.
---@param path string
function World:play_file(path)
  local file <close> = assert(io.open((self.folder or ".") .. "/" .. path, "rb"))
  self.stage = self.stage or stage.of(self)
  local fine, why = pcall(screenplay.perform, self.stage, file:read("a"))
  if not fine then
    error(path .. ": " .. tostring(why), 2)
  end
end

--- Lets everything happen that needs no time to pass.
function World:settle()
  self.instance:settle()
  for _, call in ipairs(self.instance:calls()) do
    self.calls[#self.calls + 1] = call
  end
end

--- Moves the clock: `"10s"`, or seconds.
---@param length string|number
function World:advance(length)
  local left = duration.ms(length)
  repeat
    -- From timer to timer, so that each comes at its own time.
    local step = math.min(left, math.max(self.instance:next_ms() or left, 1))
    host.clock.add(step)
    self:settle()
    left = left - step
  until left <= 0
end

-- Takes out of `calls` those for which `wanted` is true.
local function take(calls, wanted)
  local taken, kept = {}, {}
  for _, call in ipairs(calls) do
    table.insert(wanted(call) and taken or kept, call)
  end
  return taken, kept
end

--- What the bot asked the cloud for since the last look, messages included: `{ kind, ... }`
--- each. With `kind` only those: "send", "recall", "history", "upload", or a verb: "mute", ….
---@param kind? string
---@return table[]
function World:acts(kind)
  local taken
  taken, self.calls = take(self.calls, function(call)
    return not kind or call.kind == kind
  end)
  return taken
end

--- The texts the bot sent since the last look.
---@return string[]
function World:replies()
  local texts = {}
  for _, call in ipairs(self:acts("send")) do
    texts[#texts + 1] = call.content.content
  end
  return texts
end

--- The next `times` (1) calls of `kind` fail with `code` and `message`.
function World:fail(kind, code, message, times, status)
  self.instance:fail(kind, code, message, times, status)
end

--- What a request finds on the web: `"GET https://example.org/x"`, or without a method for
--- all; `*` at the end stands for everything that begins so. `page`: `status` (200),
--- `headers`, `body`, or `json`. Requests are among acts("http"): `{ method, url, headers,
--- body }`; those to nowhere fail as "network", and fail("http", ...) works as for the cloud.
---@param request string
---@param page { status?: integer, headers?: table<string, string>, body?: string, json?: any }
function World:page(request, page)
  local method, url = request:match("^(%u+) (.*)$")
  self.instance:page(method or "", url or request, {
    status = page.status, headers = page.headers,
    body = page.json ~= nil and host.json.encode(page.json) or page.body,
  })
end

--- Asks for what the plugin serves, `"/hook"`. `options`: `method` ("GET", with a body
--- "POST"), `headers`, `body`, `plugin` (its name, when there are several). Gives `{ status,
--- body, content_type }`.
---@param path string
---@param options? table
function World:request(path, options)
  options = options or {}
  local answer = assert(host.http {
    method = options.method,
    url = ("http://127.0.0.1:%d/bot/%s%s"):format(
      assert(self.instance:port()), options.plugin or self.plugin, path),
    headers = options.headers,
    body = options.body,
  })
  self:settle()
  return answer
end

function World:reload()
  local report, err, rest = self.instance:reload(self.plugin)
  self:settle()
  return report, err, rest
end

-- Gives a message its name and its time.
function World:stamp(message)
  self.said = self.said + 1
  -- Each inbox has strictly increasing times (wire.md H.10).
  host.clock.add(1)
  message.uid = message.uid or ("TEST-%04d"):format(self.said)
  message.row = message.row or self.said
  message.sent_ms = message.sent_ms or host.now()
  return message
end

-- Gives the bot a message, as the cloud would.
function World:deliver(message)
  self.instance:message(self:stamp(message))
  self:settle()
  return message
end

--- A group the bot is in, with its members under their names: `group.alice`. `about` is what
--- else `group:info()` finds: `name`, `owner`, `announcement`, ….
---@param id string
---@param members string[]
---@param about? table
---@return moondock.test.Group
function World:group(id, members, about)
  local people, list = {}, {}
  local known = { id = id, name = id }
  for name, value in pairs(about or {}) do
    known[name] = value
  end
  for i, name in ipairs(members) do
    people[name] = setmetatable({ world = self, id = name, group = id }, Member)
    list[i] = { id = name, role = name == known.owner and "owner" or nil }
  end
  known.members = list
  self.instance:knows("group", id, known)
  self.groups[id] = setmetatable({ world = self, id = id, people = people, known = known }, Group)
  return self.groups[id]
end

--- What `user:info()` finds of somebody: `name`, `portrait`, …; `online = true`: user:online().
---@param id string
---@param about table
function World:user(id, about)
  local known = { id = id, name = id }
  for name, value in pairs(about) do
    known[name] = value
  end
  self.instance:knows("user", id, known)
end

--- Makes somebody a friend of the bot.
---@param id string
---@param about? { name?: string, remark?: string }
function World:friend(id, about)
  about = about or {}
  self.instance:knows("friend", id, { id = id, name = about.name or id, remark = about.remark })
end

--- Somebody to talk to in private.
---@param id string
---@return moondock.test.Member
function World:person(id)
  return setmetatable({ world = self, id = id }, Member)
end

-- The message in which the member says a text.
local function text_of(self, text, options)
  local content = { content = text, user = { id = self.id, name = options.name or self.id } }
  if options.mentions then
    content.mentionedInfo = { type = 2, userIdList = options.mentions, mentionedContent = "" }
  end
  content.referMsgUserId = options.answers
  return {
    type = self.group and "group" or "private",
    target = self.group or self.id,
    sender = self.id,
    object_name = options.answers and "RC:ReferenceMsg" or nil,
    content = content,
    uid = options.uid,
    sent_ms = options.sent_ms,
    offline = options.offline,
    own = options.own,
    redelivered = options.redelivered,
    status = options.mentions and 64 or nil,
  }
end

--- Sends a text to the member's group, or in private for a person. `options`: `mentions`
--- (ids), `answers` (the id of who wrote the message it answers to), and the fields of a
--- message: `uid`, `sent_ms`, `offline`, `own`, `redelivered`.
---@param text string
---@param options? table
function Member:says(text, options)
  return self.world:deliver(text_of(self, text, options or {}))
end

--- What the handlers of "message.intercept" answer about a text that is not delivered yet:
--- "allow"; "deny" and the reason; "replace" and the text; "otherwise" when none is there, one
--- failed or waited longer than `options.deadline` ("1s"): then the configuration decides.
--- `options` as for `says`.
---@param text string
---@param options? table
---@return "allow"|"deny"|"replace"|"otherwise" word
---@return string? what
function Member:intercepts(text, options)
  local world = self.world
  options = options or {}
  world.instance:intercept(world:stamp(text_of(self, text, options)))
  world:settle()
  local verdict = world.instance:verdict()
  if not verdict then
    world:advance(options.deadline or "1s")
    verdict = world.instance:verdict(true)
    world:settle()
  end
  if verdict.denied then
    return "deny", verdict.reason
  elseif verdict.failed or verdict.asked == 0 then
    return "otherwise"
  elseif verdict.content then
    return "replace", verdict.content.content
  end
  return "allow"
end

--- Changes what was said into another text: the event `message.edited`. `said` is what `says`
--- returned.
---@param said table
---@param text string
function Member:edits(said, text)
  return self.world:deliver {
    type = said.type,
    target = said.target,
    sender = self.id,
    uid = ("moondock/edit/%d/%s"):format(self.world.said + 1, said.uid),
    sent_ms = said.sent_ms,
    content = { content = text },
  }
end

local function tell_contact(self, operation, text, group, inviter)
  local world = self.world
  return world:deliver {
    type = "private",
    target = self.id,
    sender = self.id,
    object_name = "RC:ContactNtf",
    uid = ("moondock/friend/%s/%d"):format(self.id, world.said + 1),
    content = {
      operation = operation, sourceUserId = self.id, targetUserId = "bot",
      message = text or "", groupId = group, inviterId = inviter,
    },
  }
end

--- Asks to be the bot's friend, with a text: the event `friend.requested`.
---@param text? string
function Member:asks_for_friendship(text)
  return tell_contact(self, "Request", text)
end

--- Wants into a group where the bot may consent: the event `member.requested`.
---@param group string  its id
---@param inviter? moondock.TestMember  who invited them
function Member:asks_to_join(group, inviter)
  return tell_contact(self, "Apply", nil, group, inviter and inviter.id)
end

--- Wants the bot in a group: the event `group.invited`.
---@param group string  its id
function Member:invites_bot(group)
  return tell_contact(self, "Invite", nil, group, self.id)
end

--- Answers what the bot asked (`user:befriend`): the event `friend.added` or `friend.declined`.
---@param accepts boolean
function Member:answers_friendship(accepts)
  if accepts then
    self.world:friend(self.id)
  end
  return tell_contact(self, accepts and "AcceptResponse" or "RejectResponse")
end

--- Is the bot's friend no longer: the event `friend.removed`.
function Member:ends_friendship()
  self.world.instance:knows("friend", self.id)
  return tell_contact(self, "Delete")
end

--- An App Server's notice to the group: `operation` "Add", "Quit", "Kicked" ... about `ids`.
--- `sender` is who claims it ("__system__").
function Group:notice(operation, ids, operator, sender)
  return self.world:deliver {
    type = "group",
    target = self.id,
    sender = sender or "__system__",
    object_name = "RC:GrpNtf",
    content = {
      operatorUserId = operator or ids[1],
      operation = operation,
      data = { targetUserIds = ids, targetUserDisplayNames = ids, targetGroupName = self.id },
      message = "",
    },
  }
end

--- Somebody joins, and can be spoken through from now on.
function Group:joins(name)
  self.people[name] = setmetatable({ world = self.world, id = name, group = self.id }, Member)
  table.insert(self.known.members, { id = name })
  self.world.instance:knows("group", self.id, self.known)
  return self:notice("Add", { name })
end

--- Somebody leaves.
function Group:leaves(name)
  self.people[name] = nil
  for index, member in ipairs(self.known.members) do
    if member.id == name then
      table.remove(self.known.members, index)
      break
    end
  end
  self.world.instance:knows("group", self.id, self.known)
  return self:notice("Quit", { name })
end

return test
