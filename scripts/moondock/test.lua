--- Plugins under test: one plugin in its limited instance, as in the daemon, with a fake
--- cloud and a clock that only the spec moves. Works in `moondock lua`.
---
---     local world = test.world { plugin = "plugins/hello" }
---     local group = world:group("demo", { "alice", "bob" })
---     group.alice:says("/hello")
---     assert.same({ "Hello, alice!" }, world:replies())

local duration = require "moondock.duration"
local host = require "moondock.host"

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

--- A world with one bot. `options`: `plugin` (its folder), or `plugins` (name to `{ folder,
--- grants, config }`); `grants` and `config` of the one; `language`, `time_zone` ("UTC"),
--- `owners`, `moderators`, `user` (the bot's own id, "bot"). The clock stands still from here on;
--- close() lets it go.
---@param options table
---@return moondock.test.World
function test.world(options)
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
    cpu_limit_ms = options.cpu_limit_ms,
  })
  host.clock.freeze(true)
  local world = setmetatable({ instance = instance, calls = {}, said = 0 }, World)
  local plugins = options.plugins or {}
  if options.plugin then
    local name = options.plugin:match("([^/]+)/?$")
    plugins[name] = { folder = options.plugin, grants = options.grants, config = options.config }
    world.plugin = name
  end
  for name, plugin in pairs(plugins) do
    local loaded, err = instance:load {
      name = name, folder = plugin.folder, grants = plugin.grants, config = plugin.config,
    }
    if not loaded then
      world:close()
      error(tostring(err), 2)
    end
  end
  world:settle()
  return world
end

--- Ends it, and lets the clock run again.
function World:close()
  self.instance:close()
  host.clock.freeze(false)
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
--- each. With `kind` only those: "send", "recall", "history", or a verb: "mute", "kick", ….
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

-- Gives the bot a message, as the cloud would.
function World:deliver(message)
  self.said = self.said + 1
  -- Each inbox has strictly increasing times (wire.md H.10).
  host.clock.add(1)
  message.uid = message.uid or ("TEST-%04d"):format(self.said)
  message.row = message.row or self.said
  message.sent_ms = message.sent_ms or host.now()
  self.instance:message(message)
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
  return setmetatable({ world = self, id = id, people = people, known = known }, Group)
end

--- What `user:info()` finds of somebody: `name`, `portrait`, ….
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

--- Sends a text to the member's group, or in private for a person. `options`: `mentions`
--- (ids), `answers` (the id of who wrote the message it answers to), and the fields of a
--- message: `uid`, `sent_ms`, `offline`, `own`, `redelivered`.
---@param text string
---@param options? table
function Member:says(text, options)
  options = options or {}
  local content = { content = text, user = { id = self.id, name = options.name or self.id } }
  if options.mentions then
    content.mentionedInfo = { type = 2, userIdList = options.mentions, mentionedContent = "" }
  end
  content.referMsgUserId = options.answers
  return self.world:deliver {
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

return test
