-- Our client makes the calls that the official SDK made for frames.json. Started by
-- topics/frames.mjs: client.lua PROXY API KEY SECRET
local host = require "moondock.host"

local server, api, key, secret = table.unpack(arg)

local client = assert(host.client {
  server = server, api = api, app_key = key, secret = secret, user = "client",
})
assert(client:wait_state("online", 10))
print("online")
io.stdout:flush()

-- The spec sends this one once it has seen us online.
assert(client:next(10, function(message) return message.text == "hello" end))
local club = { group = "club" }
assert(client:send({ user = "asker" }, "to you"))
local sent = assert(client:send(club, "to all"))
assert(client:send(club, "at", {
  mentions = { "asker" }, push_text = "you were mentioned", push_data = '{"k":1}',
}))
assert(client:recall { group = "club", uid = sent.uid, sent_ms = sent.sent_ms })
assert(client:history({ user = "asker" }, 20))
assert(client:history(club, 2))
client:close()
print("done")
