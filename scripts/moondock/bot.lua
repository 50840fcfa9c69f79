--- The bot handle: what a plugin gets as `...`. Built from the host's primitives (`host`,
-- host/script/api_*.c), a file of bot/ for each topic; everything that is policy or comfort
-- is there, every permission is checked in C.

local host = ...

local bot = {}

-- What the topics share. Checks of arguments blame whoever called the bot function.
local lib = {}

function lib.want(kind, value, name)
  if type(value) ~= kind then
    error(("%s: want a %s, have %s"):format(name, kind, type(value)), 3)
  end
  return value
end

function lib.options(value)
  if value ~= nil and type(value) ~= "table" then
    error("opts: want a table, have " .. type(value), 3)
  end
  return value or {}
end

function lib.off_for(number)
  return function()
    host.off(number)
  end
end

-- A topic is opened when something of it is first asked for: an instance is made for every
-- plugin of every bot, and most plugins use few of them.

local topics = "texts sending groups users history roles events commands running time calendar "
  .. "tasks dialogs sharing store self http data media conversations rooms names"

-- Where to look first; these are texts because tables would be made at every start. What is not
-- listed is found all the same, by opening everything.
local gives = [[
  on=events once=events hear=events words=events check_event=events command=commands
  commands=commands run_command=running role=roles rank=roles may=roles outranks=roles
  grant=roles revoke=roles send=sending outbox=sending
  typing=sending t=texts translate=texts library_text=texts
  fill=texts has_languages=texts group=groups groups=groups each=groups create_group=groups
  room=rooms
  learn=names learn_senders=names
  user=users friends=users blocked=users profile=users set_profile=users
  history=history clear_history=history
  conversations=conversations conversation=conversations
  now=time sleep=time after=time every=time date=calendar
  cron=calendar schedule=calendar unschedule=calendar traceback=tasks on_error=tasks spawn=tasks
  all=tasks export=sharing require=sharing wait=dialogs emit=dialogs store=store log=self
  config=self
  plugin=self on_save=self on_load=self http=http json=data random_bytes=data
  upload=media attach=media ]]

local function topic_of(name)
  local _, past = gives:find(" " .. tostring(name) .. "=", 1, true)
  return past and gives:match("^%l+", past + 1)
end

-- The topics that methods of a class are in.
local extends = " Message=sending history dialogs media; Event=sending; Sent=sending; "
  .. "Group=groups; Room=rooms; User=texts users; Request=users; Response=http; "

local opened = {} -- true, or the coroutine that is at it

-- A stop can fall in here at any moment; whoever asks next then begins anew. Topics may ask for
-- each other, and for themselves.
local function open(topic)
  local mine = coroutine.running()
  if opened[topic] ~= true and opened[topic] ~= mine then
    opened[topic] = mine
    require("moondock.bot." .. topic)(host, bot, lib)
    opened[topic] = true
  end
end

local function open_all()
  for topic in topics:gmatch("%l+") do
    open(topic)
  end
end

local function find(handle, name)
  local topic = topic_of(name)
  if topic and opened[topic] ~= true then
    open(topic)
    local value = rawget(handle, name)
    if value ~= nil then
      return value
    end
  end
  open_all()
  return rawget(handle, name)
end

host.on_method(function(class)
  for topic in (extends:match(" " .. class .. "=([^;]*)") or ""):gmatch("%l+") do
    open(topic)
  end
end)

local function each(handle)
  open_all()
  return next, handle
end

host.on_missing(lib, find)
host.on_missing(bot, find, each)

if host.languages()[1] then
  open "texts" -- a broken catalog is an error of loading, not of a handler
else
  lib.has_languages = false
  function lib.translate(text)
    return text
  end
end

return bot
