--- The web of moondock.test: pages that are made up, and asking a plugin for what it serves.

local host = require "moondock.host"
local test = require "moondock.test"

local CODE = [[
local bot = ...
bot.command { "weather <city>", run = function(msg, args)
  local response, err = bot.http.get("https://weather.test/now", { query = { city = args.city } })
  if not response then
    return msg:reply("{why}", { why = err.code .. ": " .. err.message })
  end
  msg:reply("{t} degrees", { t = response:json().temperature })
end }
bot.command { "report", run = function(msg)
  local response = assert(bot.http.post("https://weather.test/report", nil,
    { json = { who = msg.sender.id }, headers = { ["X-Key"] = "k" } }))
  msg:reply("{s} {h}", { s = response.status, h = response.headers["x-id"] })
end }
bot.command { "moved", run = function(msg)
  msg:reply("{s}", { s = bot.http.get("https://weather.test/old").body })
end }
assert(bot.http.serve("count", function(request)
  return { json = { method = request.method, n = #request.body } }
end))
]]

describe("the web of a world", function()
  local world, folder, room

  before_each(function()
    folder = host.temp_folder()
    host.make_folder(folder .. "/p")
    local function write(name, text)
      local file <close> = assert(io.open(folder .. "/p/" .. name, "w"))
      file:write(text)
    end
    write("plugin.lua", [[return { name = "p", version = "1.0.0", summary = "x",
      needs = { "http:weather.test", "http.serve" } }]])
    write("init.lua", CODE)
    world = test.world { plugin = folder .. "/p", grants = { "http:weather.test", "http.serve" } }
    room = world:group("g", { "alice" })
  end)

  after_each(function()
    world:close()
    host.remove_folder(folder)
  end)

  it("has the pages the spec made", function()
    world:page("https://weather.test/now?city=oslo", { json = { temperature = -3 } })
    room.alice:says("/weather oslo")
    assert.same({ "-3 degrees" }, world:replies())
    world:page("GET https://weather.test/now*", { json = { temperature = 20 } })
    room.alice:says("/weather rome")
    assert.same({ "20 degrees" }, world:replies())
  end)

  it("shows what was asked", function()
    world:page("POST https://weather.test/report", { status = 201, headers = { ["X-Id"] = "7" } })
    room.alice:says("/report")
    assert.same({ "201 7" }, world:replies())
    local asked = world:acts("http")
    assert.equal(1, #asked)
    assert.equal("POST", asked[1].method)
    assert.equal('{"who":"alice"}', asked[1].body)
    assert.equal(1, select(2, table.concat(asked[1].headers, "\n"):gsub("X%-Key: k", "")))
  end)

  it("follows redirects", function()
    world:page("https://weather.test/old",
      { status = 302, headers = { Location = "https://weather.test/new" } })
    world:page("https://weather.test/new", { body = "here" })
    room.alice:says("/moved")
    assert.same({ "here" }, world:replies())
  end)

  it("reaches nobody else, and fails when it shall", function()
    room.alice:says("/weather oslo")
    assert.same({ "network: the spec says nothing of GET https://weather.test/now?city=oslo" },
      world:replies())
    world:page("https://weather.test/now*", { json = { temperature = 1 } })
    world:fail("http", "timeout", "too slow")
    room.alice:says("/weather oslo")
    room.alice:says("/weather oslo")
    assert.same({ "timeout: too slow", "1 degrees" }, world:replies())
  end)

  it("asks the plugin for what it serves", function()
    local answer = world:request("/count", { body = "four" })
    assert.equal(200, answer.status)
    assert.same({ method = "POST", n = 4 }, host.json.decode(answer.body))
    assert.equal(404, world:request("/other").status)
  end)
end)
