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

for _, topic in ipairs {
  "texts", "sending", "groups", "users", "history", "roles", "events", "commands", "time",
  "calendar", "tasks", "dialogs", "sharing", "store", "self", "http", "data",
} do
  require("moondock.bot." .. topic)(host, bot, lib)
end

return bot
