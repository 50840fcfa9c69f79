--- The wires between the host and the cloud: two ports that lead to the sandbox, of which navi
--- names one at a time. Here bytes are kept back, come in crumbs, or are cut off anywhere; and
--- here it is noted which message went to the host when.

local host = require "moondock.host"

local wires = {}

---@class ChaosWires
local Wires = {}
Wires.__index = Wires

local OTHER = { client = "server", server = "client" }
-- Longer than a question.
local TAIL = 40

--- `on_arrived(number)` is called for each question that goes to the host.
function wires.new(port, on_arrived)
  local self = setmetatable({
    relays = {}, links = {}, home = 1, on_arrived = on_arrived, armed = {},
    holds = { client = 0, server = 0 }, crumbs = {}, counts = { cuts = 0, links = 0 },
  }, Wires)
  for i = 1, 2 do
    self.relays[i] = assert(host.relay(port))
    self.links[i] = {}
  end
  return self
end

--- Where the host is told to look for navi, always the same.
function Wires:url()
  return "http://127.0.0.1:" .. self.relays[1]:port()
end

--- From now on navi names the other port.
function Wires:move()
  self.home = self.home % 2 + 1
end

--- Cuts the connection when `after` more bytes have come from a side.
function Wires:arm(from, after, reset)
  self.armed[#self.armed + 1] = { from = from, after = after, reset = reset }
end

--- Keeps back what comes from a side for so long.
function Wires:hold(from, ms)
  self.holds[from] = math.max(self.holds[from], host.real_ms() + ms)
end

--- Passes what comes from a side in pieces of `piece` bytes for so long.
function Wires:crumble(from, ms, piece)
  self.crumbs[from] = { till = host.real_ms() + ms, piece = piece }
end

--- No more trouble.
function Wires:calm()
  self.armed, self.crumbs, self.holds = {}, {}, { client = 0, server = 0 }
end

local function note_arrivals(self, link, bytes)
  local text = link.tail .. bytes
  local rest = 1
  for number, after in text:gmatch("q %a+ (%d+);()") do
    self.on_arrived(tonumber(number))
    rest = after
  end
  link.tail = text:sub(math.max(rest, #text - TAIL))
end

local function cut(self, index, number, reset)
  self.links[index][number] = nil
  self.relays[index]:cut(number, reset)
end

local function say(self, index, number, link, from, bytes)
  if from == "server" then
    note_arrivals(self, link, bytes)
  end
  self.relays[index]:pass(number, OTHER[from], bytes)
end

-- Says bytes of a side, unless a cut falls into them. False when the link is gone.
local function pass(self, index, number, link, from, bytes)
  local armed = self.armed[1]
  if armed and armed.from == from and link.is_socket then
    if armed.after < #bytes then
      table.remove(self.armed, 1)
      say(self, index, number, link, from, bytes:sub(1, armed.after))
      cut(self, index, number, armed.reset)
      self.counts.cuts = self.counts.cuts + 1
      return false
    end
    armed.after = armed.after - #bytes
  end
  say(self, index, number, link, from, bytes)
  return true
end

-- Lets a side's queue go as far as it may now.
local function flush(self, index, number, link, from)
  local queue, now = link.queues[from], host.real_ms()
  local crumb = self.crumbs[from]
  while queue[1] and self.holds[from] <= now do
    local bytes = queue[1]
    if bytes == "" then -- it ended; whatever it said was passed
      cut(self, index, number)
      return
    end
    local piece = crumb and crumb.till > now and crumb.piece or #bytes
    if piece < #bytes then
      queue[1] = bytes:sub(piece + 1)
    else
      table.remove(queue, 1)
    end
    if not pass(self, index, number, link, from, bytes:sub(1, piece)) or piece < #bytes then
      return
    end
  end
end

local happened = {}

function happened.opened(self, index, number)
  self.counts.links = self.counts.links + 1
  self.links[index][number] = { queues = { client = {}, server = {} }, tail = "" }
end

function happened.bytes(self, index, number, side, bytes)
  local link = self.links[index][number]
  if not link then
    return
  end
  if side == "client" then
    link.is_socket = link.is_socket or bytes:find("^GET /websocket") ~= nil
    -- The sandbox's navi names the address it was asked by.
    if bytes:find("^%u+ /v2/navi%.json") or bytes:find("^%u+ /navi%.js") then
      bytes = bytes:gsub("([Hh]ost: 127%.0%.0%.1:)%d+", "%1" .. self.relays[self.home]:port(), 1)
    end
  end
  table.insert(link.queues[side], bytes)
end

function happened.ended(self, index, number, side)
  local link = self.links[index][number]
  if link then
    table.insert(link.queues[side], "")
  end
end

--- Does what is to be done now.
function Wires:pump()
  for index, relay in ipairs(self.relays) do
    local what, number, side, bytes = relay:next()
    while what do
      happened[what](self, index, number, side, bytes)
      what, number, side, bytes = relay:next()
    end
    for link_number, link in pairs(self.links[index]) do
      flush(self, index, link_number, link, "client")
      if self.links[index][link_number] then
        flush(self, index, link_number, link, "server")
      end
    end
  end
end

function Wires:close()
  for _, relay in ipairs(self.relays) do
    relay:close()
  end
end

return wires
