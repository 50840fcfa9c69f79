local screenplay = require "moondock.screenplay"
local host = require "moondock.host"
local stage = require "moondock.stage"

describe("the console", function()
  local on

  setup(function()
    on = stage.open { config = "examples/group/moondock.lua" }
    screenplay.perform(on, [[
      the sandbox starts
      gatekeeper joins demo
      the host starts
    ]])
  end)

  teardown(function()
    assert.equal(0, on:close())
  end)

  -- What it prints for the lines typed, and its exit status.
  local function console(lines, ...)
    local process <close> = assert(host.spawn {
      host.executable, "console", "--config", on:path("moondock.lua"), ...,
    })
    process:write(table.concat(lines, "\n") .. "\n")
    process:end_input()
    local status = assert(process:wait(stage.PATIENCE))
    return process:lines("out"), status, table.concat(process:lines("err"), "\n")
  end

  it("shows what code gives, one value a line", function()
    assert.same({ "2", '"moon"', "nil", "true" }, (console { "1 + 1", "'moon', nil, true" }))
  end)

  it("lays large tables out and keeps small ones in a line", function()
    assert.same({
      '{ a = 1, b = { "x" } }',
      "{",
      '  "' .. ("y"):rep(60) .. '",',
      '  "' .. ("z"):rep(60) .. '",',
      "}",
    }, (console { "{ b = { 'x' }, a = 1 }", "{ ('y'):rep(60), ('z'):rep(60) }" }))
  end)

  it("waits for the end of code over several lines", function()
    assert.same({ "6" }, (console {
      "sum = 0", "for i = 1, 3 do", "  sum = sum + i", "end", "", "sum",
    }))
  end)

  it("says what was wrong, goes on, and ends with status 1", function()
    local out, status, err = console { "nonsense nonsense", "error 'oops'", "7" }
    assert.same({ "7" }, out)
    assert.equal(1, status)
    assert.truthy(err:find("syntax error near 'nonsense'", 1, true))
    assert.truthy(err:find("eval:1: oops", 1, true))
    local _, open, why = console { "for i = 1, 3 do" }
    assert.equal(1, open)
    assert.truthy(why:find("near <eof>", 1, true))
  end)

  it("stops code that does not end, and the bot lives", function()
    local out, _, err = console { "while true do end", "'alive'" }
    assert.same({ '"alive"' }, out)
    assert.truthy(err:find("CPU budget exceeded", 1, true))
  end)

  it("speaks to the plugin that is named", function()
    assert.same({ '"hello"' }, (console({ "bot.plugin.name" }, "--plugin", "hello")))
    local _, status, err = console({ "1" }, "--plugin", "nobody")
    assert.equal(1, status)
    assert.truthy(err:find("nobody is not loaded", 1, true))
  end)

  it("completes names without running anything", function()
    local function complete(text)
      local order = { ["do"] = "complete", code = text }
      return assert(host.ask(on:path("var/ctl.sock"), order)).text
    end
    assert.equal("bot.store", complete("bot.sto"))
    assert.equal("bot.log.debug", complete("bot.log.d"))
    assert.equal("bot.words", complete("bot.wor"))
    assert.equal("string.find\nstring.format", complete("string.f"))
    assert.equal("", complete("bot.nothing.here"))
    assert.equal("", complete("bot.send('x')."))
  end)

  it("says so when there is no host, and when the operator wants none", function()
    local status = stage.run { "console", "--state", on:path("nowhere") }
    assert.equal(3, status)
    on:stop_host()
    on:edit("moondock.lua", "return {", "return { eval = false,")
    on:start_host()
    local out, refused, err = console { "1" }
    assert.same({}, out)
    assert.equal(1, refused)
    assert.truthy(err:find("eval = false", 1, true))
  end)
end)
