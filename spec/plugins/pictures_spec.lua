local host = require "moondock.host"
local test = require "moondock.test"

describe("the plugin of examples/files", function()
  local world, demo, kept

  before_each(function()
    kept = host.temp_folder()
    world = test.world { plugin = "examples/files/pictures", grants = { "media:" .. kept } }
    demo = world:group("demo", { "alice" })
  end)

  after_each(function()
    world:close()
    host.remove_folder(kept)
  end)

  local function sends_picture(url)
    world:deliver {
      type = "group", target = "demo", sender = "alice", object_name = "RC:ImgMsg",
      content = { content = "", imageUri = url }, sent_ms = 7,
    }
  end

  it("answers with a picture", function()
    demo.alice:says("/moon")
    local upload = world:acts("upload")[1]
    assert.same({ "moon.png", "image/png" }, { upload.name, upload.type })
    local sent = world:acts("send")[1]
    assert.equal("RC:ImgMsg", sent.object_name)
    assert.equal("https://files.example/moon.png", sent.content.imageUri)
    assert.matches("^iVBORw0KGgo", sent.content.content)
  end)

  it("says when it cannot", function()
    world:fail("upload", "refused", "no", 1, 403)
    demo.alice:says("/moon")
    assert.same({ "I cannot find it." }, world:replies())
  end)

  it("keeps what people send, and sends it again", function()
    world:page("https://files.example/a", { headers = { ["Content-Type"] = "image/png" },
      body = "a picture" })
    sends_picture("https://files.example/a")
    assert.same({ "Kept png number 1, 9 bytes, as 7-alice." }, world:replies())
    local file <close> = assert(io.open(kept .. "/7-alice"))
    assert.equal("a picture", file:read("a"))
    demo.alice:says("/again 7-alice")
    assert.equal(9, world:acts("upload")[1].size)
    local sent = world:acts("send")[1]
    assert.equal("RC:FileMsg", sent.object_name)
    assert.same({ "7-alice", 9 }, { sent.content.name, sent.content.size })
  end)

  it("keeps nothing that is not there, and finds nothing that was not kept", function()
    world:page("*", { status = 404 })
    sends_picture("https://files.example/a")
    demo.alice:says("/again ../plugin.lua")
    assert.same({ "../plugin.lua: not_found" }, world:replies())
  end)
end)
