---@meta
--- Chatrooms: whoever is there hears what is said, nobody is told afterwards. Messages come as
--- others do, with `msg.room`; `bot.send`, `bot.history` and `msg:reply` work there, too.
--- Muting and blocking take the app secret; without it the answer is `nil` and "denied".

---@class moondock.Bot
local bot = {}

---@class moondock.Room
---@field id string
---@field name string  the id
local Room = {}

---@class moondock.RoomInfo
---@field id string
---@field count integer       members
---@field created? integer    in milliseconds
---@field muted? boolean      everybody is muted
---@field silenced? boolean   the bot is; of `join`

---@class moondock.JoinOptions
---@field old? integer  of the last messages, 0 to 50 come as if just said; 0 by default

---@class moondock.Entry
---@field value string
---@field user string   who set it
---@field time integer  in milliseconds

---@class moondock.EntryOptions
---@field brief? boolean  it goes when the bot leaves; of `set`
---@field force? boolean  also when somebody else set it

---A handle of the chatroom called `id`; nothing is asked of the cloud.
---@param id string|moondock.Room
---@return moondock.Room room
function bot.room(id) end

---Joins it, making it if there is none. The bot stays there, over lost connections and restarts
---of the host, and hears what was said meanwhile, as far as the cloud has kept it; at most 100
---rooms. Needs `room.join`.
---
---    bot.on("connected", function()
---      bot.spawn(function() assert(bot.room("lobby"):join()) end)
---    end)
---@async
---@param opts? moondock.JoinOptions
---@return moondock.RoomInfo? info
---@return moondock.Error? err
function Room:join(opts) end

---Needs `room.join`.
---@async
---@return true? done
---@return moondock.Error? err
function Room:leave() end

---Asks the cloud. Needs `room.read`.
---@async
---@return moondock.RoomInfo? info
---@return moondock.Error? err
function Room:info() end

---Who is there, since `joined` (milliseconds), who came first first: 500 with the app secret, else
---20. Needs `room.read`. `for user in room:members() do … end`
---@async
---@return (fun(): moondock.User?)? iterator
---@return moondock.Error? err
function Room:members() end

---Its entries by their keys; of a room the bot is in. Needs `room.read`.
---@async
---@return table<string, moondock.Entry>? entries
---@return moondock.Error? err
function Room:entries() end

---The value of one entry, `nil` when there is none. Needs `room.read`.
---@async
---@param key string
---@return string? value
---@return moondock.Error? err
function Room:get(key) end

---Sets an entry of a room the bot is in: `room:set("topic", "tea")`. The others get "room.entry".
---What somebody else has set takes `force`, else it is "refused" (23424). Needs `room.entries`.
---@async
---@param key string    1 to 128 of A-Z, a-z, 0-9 and + = - _
---@param value string  1 to 4096 characters
---@param opts? moondock.EntryOptions
---@return true? done
---@return moondock.Error? err
function Room:set(key, value, opts) end

---Takes an entry away. Needs `room.entries`.
---@async
---@param key string
---@param opts? moondock.EntryOptions
---@return true? done
---@return moondock.Error? err
function Room:drop(key, opts) end

---Nobody hears what they say there, until then. Needs `room.mute`.
---@async
---@param user moondock.User|string
---@param duration moondock.Duration  at most 30 days
---@return true? done
---@return moondock.Error? err
function Room:mute(user, duration) end

---Needs `room.mute`.
---@async
---@param user moondock.User|string
---@return true? done
---@return moondock.Error? err
function Room:unmute(user) end

---Those who are muted, each with `until` (milliseconds). Needs `room.read`.
---@async
---@return (fun(): moondock.User?)? iterator
---@return moondock.Error? err
function Room:muted() end

---Mutes everybody, or ends that. Needs `room.mute`.
---@async
---@param on boolean
---@return true? done
---@return moondock.Error? err
function Room:mute_all(on) end

---Puts somebody out and keeps them out, until then. Needs `room.block`.
---@async
---@param user moondock.User|string
---@param duration moondock.Duration  at most 30 days
---@return true? done
---@return moondock.Error? err
function Room:block(user, duration) end

---Needs `room.block`.
---@async
---@param user moondock.User|string
---@return true? done
---@return moondock.Error? err
function Room:unblock(user) end

---Those who are kept out, each with `until` (milliseconds). Needs `room.read`.
---@async
---@return (fun(): moondock.User?)? iterator
---@return moondock.Error? err
function Room:blocked() end
