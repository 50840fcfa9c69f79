--- A full disk, played by a limit on the size of files.

local host = require "moondock.host"
local screenplay = require "moondock.screenplay"
local stage = require "moondock.stage"

local function limit_files(on, bytes)
  local process <close> = assert(host.spawn {
    "prlimit", "--pid", tostring(on:worker().pid), "--fsize=" .. bytes .. ":unlimited",
  })
  assert(process:wait() == 0, table.concat(process:lines(), "\n"))
end

describe("a full disk", function()
  it("stops the bot until there is room, and loses nothing", function()
    local on = stage.open { config = "examples/group/moondock.lua" }
    finally(function()
      on:close()
    end)
    screenplay.perform(on, [[
      the sandbox starts
      alice joins demo
      gatekeeper joins demo
      the host starts
      alice comes online
      alice says "/ping" in demo
      alice sees gatekeeper: "pong"
    ]])
    limit_files(on, 1000)
    screenplay.perform(on, [[
      alice says "/hello" in demo
      gatekeeper is degraded, because "*"
      alice has seen nothing else from gatekeeper
      alice says "/ping" in demo
      the clock moves 30s
      gatekeeper is degraded, because "*"
      alice has seen nothing else from gatekeeper
    ]])
    local detail = on:status().detail
    assert.truthy(detail:find("gatekeeper.db", 1, true) or detail:find("disk", 1, true), detail)
    limit_files(on, "unlimited")
    screenplay.perform(on, [[
      the clock moves 10s
      gatekeeper is online
      alice sees gatekeeper: "Hello, alice!"
      alice sees gatekeeper: "pong"
      alice says "/ping" in demo
      alice sees gatekeeper: "pong"
      alice has seen nothing else from gatekeeper
      the host stops
    ]])
  end)
end)
