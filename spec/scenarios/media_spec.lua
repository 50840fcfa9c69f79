--- Files between people, the host and the store of the sandbox.

local host = require "moondock.host"
local stage = require "moondock.stage"

local CODE = [[
local bot = ...
local store = bot.store("probe")

bot.hear("^slow$", function(msg)
  local upload = assert(bot.upload("moon.png", { kind = "image" }))
  store:set("uploaded", upload.url)
  bot.sleep("1h")
  msg:reply(upload.url)
end)

bot.hear("^big$", function(msg)
  local upload, err = bot.upload("big.bin", { progress = function() end })
  msg:reply("{size}", { size = upload and upload.size or err.code })
end)

bot.hear("^uploaded$", function(msg)
  msg:reply("at {url}", { url = store:get("uploaded", "nowhere") })
end)
]]

describe("a bot with files", function()
  local on, alice, pictures

  local function read(path)
    local file <close> = assert(io.open(path, "rb"))
    return file:read("a")
  end

  setup(function()
    on = stage.open { config = "examples/files/moondock.lua" }
    pictures = on:path("pictures")
    assert(host.make_folder(pictures))
    for _, name in ipairs { "plugin.lua", "init.lua", "moon.png" } do
      on:write("pictures/" .. name, read("examples/files/pictures/" .. name))
    end
    assert(host.make_folder(on:path("probe")))
    on:write("probe/plugin.lua",
      'return { name = "probe", version = "1.0.0", summary = "x", needs = { "media" } }')
    on:write("probe/init.lua", CODE)
    on:write("probe/moon.png", read("examples/files/pictures/moon.png"))
    on:write("probe/big.bin", ("0123456789abcdef"):rep(1 << 20)) -- 16 MiB
    on:edit("moondock.lua", "pictures = {", 'probe = { grants = { "media" } }, pictures = {')
    on:start_sandbox()
    on:join("alice", "demo")
    on:join("album", "demo")
    on:start_host()
    alice = on:member("alice")
    alice:enter()
    -- The first event opens parts of the library; in a slow build that may be all it has time for.
    for question, answer in pairs { ["/again none"] = "not_found", uploaded = "nowhere" } do
      repeat
        alice:say({ group = "demo" }, question)
      until alice:take(function(message)
        return message.text and message.text:find(answer)
      end, 3)
    end
  end)

  teardown(function()
    on:close()
  end)

  local function say(content)
    assert(alice:say({ group = "demo" }, content))
  end

  local function from_album(wanted)
    local message = alice:take(function(message)
      return message.sender == "album" and wanted(message)
    end)
    return message or error("not among what came: " .. host.json.encode(alice.inbox), 2)
  end

  local function image()
    return from_album(function(message)
      return message.object_name == "RC:ImgMsg"
    end)
  end

  local function text(pattern)
    return from_album(function(message)
      return message.text and message.text:find(pattern)
    end).text
  end

  local function uploads()
    return on:control("GET", "/state").counts.uploads
  end

  it("answers with a picture that can be fetched", function()
    say("/moon")
    local message = image()
    local content = host.json.decode(message.content)
    local got = assert(host.http { url = content.imageUri })
    assert.equal(read("examples/files/pictures/moon.png"), got.body)
    assert.equal("image/png", got.content_type)
  end)

  it("keeps a picture in the folder of its grant, and sends it again", function()
    say("/moon")
    local url = host.json.decode(image().content).imageUri
    say { object_name = "RC:ImgMsg", content = { content = "", imageUri = url } }
    local name = text("^Kept "):match("^Kept png number 1, 433 bytes, as (%d+%-alice)%.$")
    assert.equal(read("examples/files/pictures/moon.png"), read(on:path("var/kept/" .. name)))
    say("/again " .. name)
    local file = from_album(function(message)
      return message.object_name == "RC:FileMsg"
    end)
    assert.equal(433, host.json.decode(file.content).size)
  end)

  it("uploads once, also when it is killed afterwards", function()
    local before = uploads()
    say("slow")
    on:wait(function()
      return uploads() > before
    end)
    local url
    repeat -- the record is saved with what the handler stored
      say("uploaded")
      url = text("^at "):sub(4)
    until url ~= "nowhere"
    on:kill_host()
    on:start_host()
    on:move_clock("3600s")
    assert.equal(url, text("^http"))
    assert.equal(before + 1, uploads())
  end)

  it("holds little of a large file in memory", function()
    local function memory()
      local status = read(("/proc/%d/status"):format(on:worker().pid))
      return tonumber(status:match("VmHWM:%s+(%d+)"))
    end
    local before = memory()
    say("big")
    assert.equal(tostring(16 << 20), text("^%d+$"))
    assert.is_true(memory() - before < 8 * 1024, memory() - before .. " KiB more")
  end)
end)
