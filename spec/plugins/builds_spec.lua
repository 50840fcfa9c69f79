local test = require "moondock.test"

describe("the plugin of examples/web", function()
  local world, dev

  before_each(function()
    world = test.world {
      plugin = "examples/web/builds",
      grants = { "http.serve", "send", "http:builds.example.org" },
      config = { group = "dev", key = "k" },
    }
    dev = world:group("dev", { "alice" })
  end)

  after_each(function()
    world:close()
  end)

  local function post(body, key)
    return world:request("/done", { body = body, headers = { ["X-Key"] = key or "k" } })
  end

  it("tells the group what was posted", function()
    assert.equal(200, post('{"name":"main","ok":true}').status)
    assert.equal(200, post('{"name":"main"}').status)
    assert.same({ "main is built", "main is broken" }, world:replies())
  end)

  it("tells nothing without the key, or without a build", function()
    assert.equal(403, post('{"name":"main"}', "other").status)
    assert.equal(400, post("main").status)
    assert.equal(400, post("[]").status)
    assert.same({}, world:replies())
  end)

  it("says when the message could not be sent", function()
    world:fail("send", "refused", "muted", 1, 22408)
    assert.equal(502, post('{"name":"main"}').status)
  end)

  it("asks the server", function()
    world:page("GET https://builds.example.org/api/build?name=main",
      { json = { state = "running" } })
    dev.alice:says("/build main")
    dev.alice:says("/build main") -- too soon
    assert.same({ "main: running", "Please wait a little before doing that again." },
      world:replies())
  end)

  it("finds nothing where nothing is", function()
    dev.alice:says("/build other")
    world:advance("2s")
    world:page("*", { status = 500, body = "oops" })
    dev.alice:says("/build other")
    assert.same({ "I cannot find other.", "I cannot find other." }, world:replies())
  end)
end)
