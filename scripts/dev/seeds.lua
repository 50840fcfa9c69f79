--- Writes seeds for the fuzz targets, made of the captured frames of frames.json.
---
--- lua5.4 scripts/dev/seeds.lua FOLDER   writes FOLDER/TARGET/NUMBER
local folder = assert(arg[1], "usage: lua5.4 scripts/dev/seeds.lua FOLDER")
local source = "spec/support/frames.json"

local function unhex(hex)
  return (hex:gsub("%x%x", function(pair)
    return string.char(tonumber(pair, 16))
  end))
end

--- The text of a JSON string, without its quotes. Captures have only these escapes.
local function unescape(text)
  return (text:gsub("\\(.)", { n = "\n", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }))
end

local file = assert(io.open(source, "rb"))
local text = file:read("a")
file:close()

local seeds = {
  frame = {}, pb = {}, content = {}, json = {}, gzip = {}, rest = {}, app = {},
  head = {}, wsframe = {},
  orders = {}, multipart = {},
  web = {}, webhook = {},
  navi = {}, token = {}, config = {}, manifest = {}, command = {},
  cron = {}, duration = {}, zone = {}, pack = {}, match = {}, rows = {},
}
local seen = {}

local function add(target, bytes)
  if not seen[target .. bytes] then
    seen[target .. bytes] = true
    table.insert(seeds[target], bytes)
  end
end

for hex in text:gmatch('"hex"%s*:%s*"(%x+)"') do
  add("frame", unhex(hex))
end
for hex in text:gmatch('"payloadHex"%s*:%s*"(%x+)"') do
  add("pb", unhex(hex))
  add("orders", unhex(hex))
  if hex:find("1f8b08", 1, true) then
    add("gzip", unhex(hex:match("1f8b08%x+")))
  end
end
for escaped in text:gmatch('"content"%s*:%s*"({.-[^\\]})"') do
  add("content", unescape(escaped))
  add("json", unescape(escaped))
end

-- What no frame holds: notices, their data as text, numbers of all sorts.
local notice = '{"operatorUserId":"a","operation":"Add","data":{"targetUserIds":["b"],'
  .. '"targetUserDisplayNames":["B"],"timestamp":1700000000000},"message":"","extra":""}'
add("content", notice)
add("content", '{"operation":"Quit","data":"{\\"targetUserIds\\":[\\"b\\"]}"}')
add("content", '{"msgUId":"U","interceptType":1,"extra":""}')
for _, content in ipairs { -- of the kinds that no frame holds
  '{"remoteUrl":"u","duration":3,"format":"aac","sampleRate":16000,"numberOfChannels":1}',
  '{"gifDataSize":9,"remoteUrl":"u","width":3,"height":4}',
  '{"sightUrl":"u","content":"aGk=","duration":9,"size":70,"name":"n"}',
  '{"latitude":47.375,"longitude":-8.5,"poi":"Z","content":"aGk="}',
  '{"title":"t","content":"c","imageUri":"i","url":"u"}',
  '{"content":"y","referMsgUserId":"b","referMsgUid":"U","objName":"RC:TxtMsg","referMsg":{"a":1}}',
  '{"nameList":["A"],"summaryList":["A: t"],"conversationType":3,"remoteUrl":"u"}',
  '{"nameList":["A"],"summaryList":[],"conversationType":1,"msgNum":1,"msgList":[{"a":1}]}',
  '{"name":"n","data":{"a":[1]},"stored":true,"url":"u","latitude":1,"longitude":2}',
} do
  add("content", content)
end
add("json", notice)
add("json", '[0,-1,1.5,1e300,9007199254740993,"\\u0000\\ud83d\\ude00\\ud800",null,true,[],{}]')

-- A page of the App Server: which one (spec/fuzz/app.c), its query, a line's end, the body.
add("app", '\0\n{"account":"cat","password":"pw","nickname":"Cat","portraitUri":""}')
add("app", '\2\n{"ids":["ann","ben","x y"]}')
add("app", '\5\n{"friendId":"ben","message":"hi"}')
add("app", '\9\n{"name":"Tea","memberIds":["ben","cat"]}')
add("app", '\11\n{"groupId":"g","memberIds":["ben"]}')
add("app", '\14\n{"groupId":"g","memberIds":["ben"]}')
add("app", '\16\n{"groupId":"g","bulletin":"soon"}')
add("app", '\17\n{"groupId":"g","muteStatus":1,"userId":["ben"]}')
add("app", '\18\n{"groupId":"g","memberIds":["ben"],"minute":-1}')
add("app", "\19groupId=g\n")
add("app", "\20count=3&before=9\n{}")
add("app", "\21conversationType=3&targetId=g&count=100\n{}")

-- A call of the Server API: which one and what kind of body (spec/fuzz/rest.c), the body.
local message = 'fromUserId=a&objectName=RC:TxtMsg&content=%7B%22content%22%3A%22hi%22%7D'
add("rest", "\0userId=a%2Db&name=A+%E5%BC%A0&portraitUri=undefined")
add("rest", "\5groupId=g&groupName=G&userId=a&userId=b,c&bindNotifyMsg=true&" .. message)
add("rest", "\6groupId=g&userId=a")
add("rest", "\7groupId=g&userId=a&minute=0")
add("rest", "\9toUserId=b&msgRandom=7&isMentioned=1&extraContent={}&expansion=True&" .. message)
add("rest", "\10toGroupId=g&toUserId=b&isIncludeSender=1&" .. message)
add("rest", "\11fromUserId=a&conversationType=3&targetId=g&messageUID=2222-2222-3222-2222")
add("rest", '\141{"words":[{"word":"one"},{"word":"two","replaceWord":"2"}]}')
add("rest", "\14chatroom%5Br%5D=Room&chatroom[s]=")
add("rest", '\15groupId=i&name=I&owner=a&userIds=b,c&permissions={"joinPerm":1}')
add("rest", "\16groupId=h&userIds=c,d")
add("rest", '\17groupId=h&name=x&groupProfile={"announcement":"x"}')
add("rest", "\18groupId=h&size=1&pageToken=1")
add("rest", "\19userId=a&targetId=b&optType=2")
add("rest", "\20userId=a&size=1")
add("rest", "\21userId=a&targetId=b&remarkName=B")
add("rest", '\22userId=a&userProfile={"name":"A","level":3}&userExtProfile={"k":"v"}')

add("webhook", "\0appKey=k&timestamp=1700000000123&nonce=582093&signature=" .. ("2"):rep(40))
add("webhook", "\1fromUserId=a&toUserId=g&objectName=RC:TxtMsg&content=%7B%7D&channelType=GROUP"
  .. "&msgTimestamp=1700000000101&msgUID=5FGT-7VA9-G4DD-4V5P&groupUserIds=[%22b%22]&source=Server")
add("webhook", "\2appKey=k&fromUserId=a&targetId=b&msgType=RC:TxtMsg&content=%7B%7D&os=iOS"
  .. "&channelType=PERSON&msgTimeStamp=1700000000100&messageId=6ABC&toUserIds=b,c")
add("webhook", '\3[{"userid":"a","status":"0","os":"iOS","time":1700000000050,"sessionId":"s"}]')
add("webhook", '\4{"eventType":1,"fromUserId":"a","optTime":1700000009000,"conversationInfo":'
  .. '{"conversationType":3,"targetId":"g"},"originalMsgInfo":{"messageId":"5FGT","messageTime":1},'
  .. '"recallMsgInfo":{"isDelete":0,"isAdmin":0}}')
add("webhook", '\5{"result":10001,"msgUID":"6ABC","serviceProvider":"p","content":"{}"}')
add("webhook", '\6{"profiles":[{"groupId":"g","eventType":2,"time":1,"userIds":["b"]}]}')
add("webhook", '\7[{"chatRoomId":"r","userIds":["a"],"status":0,"type":1,"time":1}]')
add("webhook", "\8userId=b&operateId=BQ7N&type=0&code=0&time=1700000000123")
add("webhook", '\9{"type":"group:bot_join","timestamp":1,"bot":{"userId":"d"},"data":{}}')
add("webhook", '\10[{"id":"e1","groupId":"g","eventType":2,"time":1,"optUserId":"a",'
  .. '"userIds":["b"]},{"id":"e2","eventType":31,"time":2,"optUserId":"a","userIds":["bot"]}]')

-- Answers to orders (im/order.h): of the Server API; those over the socket are among the
-- captured payloads.
add("orders", '{"users":[{"id":"a"},{"userId":"b"}],"groups":[{"id":"g","name":"G"}],'
  .. '"groupinfo":[{"groupId":"g","stat":1}],"createTime":"2026-11-22 21:09:09","pageToken":"1",'
  .. '"friendList":[{"userId":"a","name":"A"}],"members":[{"userId":"a","role":3}]}')
add("orders", '{"userList":[{"userProfile":"{\\"name\\":\\"A\\",\\"level\\":3}",'
  .. '"userExtProfile":"{\\"k\\":\\"v\\"}"}],"users":["a"],"next":"1","status":"1"}')
add("orders", '{"name":"A","gender":2,"extra":{"k":"v"}}')
add("orders", '{"profiles":[{"groupId":"g","groupName":"G","owner":"a","memberCount":1,'
  .. '"groupProfile":"{\\"announcement\\":\\"x\\"}"}]}')

-- A text, and 70,000 letters "a": more than the target has room for.
add("gzip", unhex("1f8b0800000000000203cb48cdc9c957c840903a0ad54ac9f97925a979254a564a19994ab500"
  .. "5f37529523000000"))
add("gzip", unhex("1f8b0800000000000203edc13101000000c2a0aceb5fc2129e40010000" .. ("0"):rep(130)
  .. "6f0304e2291270110100"))

-- Requests and addresses; frames of a client, short and long, whole and in pieces.
add("head", "GET //a/b%2F?x=1&y=%20+ HTTP/1.1\r\nHost: h:80\r\nUpgrade: websocket\r\n"
  .. "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
add("head", "POST http://h/user HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\na=b")
add("head", "\r\nOPTIONS * HTTP/1.1\r\nhost:\r\nTransfer-Encoding: chunked\r\n\r\n")
add("head", "wss://name.example:8443/path?token=a@b;c")
add("head", "ws://[::1]:80?x")
add("multipart", "multipart/form-data; boundary=X\n--X\r\nContent-Disposition: form-data; "
  .. 'name="key"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--X--\r\n')
add("multipart", 'multipart/form-data; a=b; boundary="X Y"\n--X Y\r\nX: y\r\n'
  .. "Content-Disposition: form-data; name=token\r\n\r\n\r\n--X Y\r\n--X Y--")
add("wsframe", "\x82\x85\1\2\3\4hello")
add("wsframe", "\x01\x80\0\0\0\0")
add("wsframe", "\x89\xfd\1\1\1\1" .. ("x"):rep(125))
add("wsframe", "\x82\xfe\0\x7e\9\9\9\9" .. ("y"):rep(126))
add("wsframe", "\x80\xff\0\0\0\0\0\1\0\0\9\9\9\9")

-- Packed Lua values (script/pack.h).
add("pack", "P1A\2Z\2S\3abcS\1kA\0S\1tTNS\2meR\0N")
add("pack", "P1D\0\0\0\0\0\0\248\63")
add("pack", "P1Z\255\255\255\255\255\255\255\255\255\1")
add("pack", "P1A\1A\1A\0NNN")

-- Rows of a database: a message, the entries of a history, what a call returned.
add("rows", "\0" .. string.pack("<BBBBi8i8i8I4I4I4I4", 1, 3, 1, 0, 1700000000000, 5, 9, 2, 3, 9, 2)
  .. "g1bobRC:TxtMsg{}")
add("rows", "\1" .. string.pack("<c1I8s4c1I8s4", "R", 7, "P2\1T", "S", 8, ""))
add("rows", "\2P2\2ZS\3abc")
add("rows", "\2P2\1O\0A\0S\2idS\1uN")
add("rows", "\2P2\2A\1TNR\0")
add("rows", "\2P2\1M\200\1" .. ("\0"):rep(200))

-- Specs of cron; lengths of time; files of time zones, with many changes, with a rule, with
-- neither.
add("cron", "*/5 0,12 1-15/2 jan-mar mon-fri")
add("cron", "30 2 29 2 *")
add("duration", "1w2d3h4m5s")
add("duration", "3155760000")
add("cron", "59 23 31 12 sat-sun,7,0")
for _, name in ipairs { "Europe/Berlin", "Asia/Shanghai", "Etc/UTC", "Africa/Casablanca" } do
  local zone <close> = assert(io.open("/usr/share/zoneinfo/" .. name, "rb"))
  add("zone", zone:read("a"))
end

-- A pattern, a zero, what it is looked for in.
for _, case in ipairs {
  "^%s*(.-)%s*$\0  some text ", "(%w+)=(%w*)\0key=value, k=", "%b()()\0f(a(b)c)",
  "%f[%w]%a+\0one two",
  "(a)%1+[^%d_-]?$\0aaa-", "[]%]a-z^-]-(b)\0]%ab", "((a*)*)*b\0aaaaaaaa", "%\0x", "[a\0a", "(()\0a",
} do
  add("match", case)
end

-- A grant, its length before it, and an address.
for grant, address in pairs {
  ["http:api.example.org"] = "https://api.example.org/x?y",
  ["http:*.example.org:81"] = "http://a.b.example.org:81",
  ["http:10.0.0.7:8080"] = "http://10.0.0.7:8080/", ["http:[::1]"] = "http://[0:0::1]/",
  ["http.private:git.test"] = "http://GIT.test:443/", ["http.serve"] = "http://serve/",
} do
  add("web", string.char(#grant) .. grant .. address)
end

-- Answers of navi, in both formats; files of operators and of plugins; a usage, a zero, what
-- somebody types.
add("navi", 'cb({"code":200,"openAnti":true,"userProfile":true,"serverAddr":['
  .. '{"protocol":6,"addr":"a.test:443","weight":2},{"protocol":5,"addr":"b.test:80"}]})')
add("navi", '{"code":200,"server":"a.test:80","backupServer":"b.test:80,c.test:80"}')
add("navi", '{"code":200,"server":"a.test:80","uploadServer":"up.test","ossConfig":'
  .. '"[{\\"aliyun\\":\\"o.test\\",\\"p\\":\\"2\\"},{\\"qiniu\\":\\"q.test\\",\\"p\\":\\"1\\"}]"}')
add("navi", '{"code":401}')
-- What programs print for a token, and headers with cookies.
add("token", "token@host;host\n")
add("token", '{ "token": "t", "expires": 1900000000 }\n')
add("token", '{"token":"t","expires":"1900000000123"}')
add("token", "HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/; HttpOnly\r\nset-cookie: c=d\r\n")
add("config", [[return { state = "var", plugin_path = { "plugins" }, listen = { http = "h:1" },
bots = { b = { account = { app_key = "k", user = "u", secret = "s", navi = { "n" },
token = { from = "static", value = "t" } }, owners = { "o" }, durable = "full",
command_max_age = "10m", time_zone = "UTC", on_kicked = "retry", language = "zh-CN",
plugins = { hello = { grants = { "send" }, config = { n = 1 } } } } } }]])
add("config", 'return { state = env("X"), bots = {}, control = { eval = true } }')
add("manifest", [[return { name = "p", version = "1.0.0", summary = "x", needs = { "recall" },
serial = true, drain = "10s", options = { n = { type = "integer", default = 3, min = 1, max = 9,
help = "h" }, c = { type = "string", choices = { "a", "b" }, default = "a", help = "h" },
l = { type = "list", default = {}, help = "h" }, d = { type = "duration", help = "h" } } }]])
for _, case in ipairs {
  "warn <who:user> [time:duration] [reason...]\0/warn @bob 10m for \"spam\"",
  "group mute <who:user>\0\239\188\143Group  mute\227\128\128bob",
  "roll [n:integer] <how:a|b> [x:switch]\0!roll 6 b on",
  "at <when:date> <what:text...>\0/at 09:00 x",
} do
  add("command", case)
end

for target, list in pairs(seeds) do
  assert(#list > 0, "no seeds for " .. target)
  local path = folder .. "/" .. target
  assert(os.execute(("mkdir -p '%s'"):format(path)))
  for i, bytes in ipairs(list) do
    local out = assert(io.open(("%s/%03d"):format(path, i), "wb"))
    out:write(bytes)
    out:close()
  end
end
