--- Starting wrong: a clear sentence and the right exit status.

local host = require "moondock.host"
local stage = require "moondock.stage"

-- The number of the line of the configuration that holds `text`.
local function line_of(on, text)
  local before = stage.read_file(on:path("moondock.lua")):match("^(.-)" .. text:gsub("%p", "%%%0"))
  local _, count = before:gsub("\n", "")
  return count + 1
end

describe("starting", function()
  local on

  before_each(function()
    on = stage.open { config = "examples/group/moondock.lua" }
  end)

  after_each(function()
    on:close()
  end)

  local function run(...)
    local status, out, err = stage.run { env = { RC_SECRET = on.secret }, ... }
    return status, table.concat(out, "\n") .. table.concat(err, "\n")
  end

  it("a second host on the same state is refused, and says who is there", function()
    on:start_sandbox()
    on:start_host()
    local env = { RC_SECRET = on.secret, MOONDOCK_SERVER = on.server }
    local status, _, err = stage.run { "run", on:path("moondock.lua"), env = env }
    assert.equal(1, status)
    assert.truthy(table.concat(err):find(tostring(on.host:id()), 1, true), table.concat(err))
    assert.equal("online", on:status().state)
  end)

  it("a sandbox on a port in use is refused", function()
    on:start_sandbox()
    local status, text = run("sandbox", "--listen", on.listen, "--app-key", "k",
      "--app-secret", "s")
    assert.equal(1, status)
    assert.truthy(text:find("in use", 1, true), text)
    assert.truthy(text:find(on.listen:match(":(%d+)$"), 1, true), text)
  end)

  it("a certificate that cannot be used is named with the reason", function()
    local function try(cert, key)
      return run("sandbox", "--listen", "127.0.0.1:0", "--app-key", "k", "--app-secret", "s",
        "--tls-cert", cert, "--tls-key", key)
    end
    local status, text = try(on:path("none.pem"), on:path("none.pem"))
    assert.equal(1, status)
    assert.truthy(text:find("none.pem: No such file", 1, true), text)
    status, text = try(on:path("moondock.lua"), on:path("moondock.lua"))
    assert.equal(1, status)
    assert.truthy(text:find("moondock.lua: no start line", 1, true), text)
  end)

  it("ctl without a host ends with 3", function()
    local status, text = run("ctl", "--state", on:path("var"), "status")
    assert.equal(3, status)
    assert.is_true(#text > 0)
  end)

  it("wrong command lines show the usage and end with 2", function()
    for _, words in ipairs {
      {}, { "dance" }, { "sandbox", "--port", "1" }, { "run", "a", "b" }, { "chat" },
      { "ctl" }, { "ctl", "reload" }, { "ctl", "dance" }, { "lua" }, { "lua", "--dance" },
      { "chat", "--server", "nowhere", "--app-key", "k", "--secret", "s", "--user", "u" },
    } do
      local status, text = run(table.unpack(words))
      assert.equal(2, status, table.concat(words, " "))
      assert.truthy(text:lower():find("usage", 1, true), text)
    end
  end)

  it("every command has its help, and --version anywhere tells the version", function()
    for _, name in ipairs { "run", "sandbox", "chat", "check", "lua", "ctl" } do
      local status, text = run(name, "--help")
      assert.equal(0, status, name)
      assert.truthy(text:find("usage: moondock " .. name, 1, true), text)
      status, text = run(name, "--version")
      assert.equal(0, status, name)
      assert.truthy(text:find("^moondock %d"), text)
    end
  end)

  describe("with a wrong configuration", function()
    local wrong = {
      ["a missing file"] = { file = "none.lua", wants = { "none.lua" } },
      ["a syntax error"] = { from = "bots = {", to = "bots = = {", line = true, wants = {} },
      ["a missing key"] = { from = 'user = "gatekeeper",', to = "", wants = { "user" } },
      ["a wrong type"] = {
        from = 'owners = { "olivia" }', to = "owners = 5", line = true, wants = { "owners" },
      },
      ["an unknown key"] = {
        from = "moderators = {", to = "moderatorz = {", line = true,
        wants = { "moderatorz" },
      },
      ["an unknown plugin"] = {
        from = "hello = {},", to = "helo = {},", line = true,
        wants = { "bots.gatekeeper.plugins.helo" },
      },
      ["a server without a scheme"] = {
        from = "navi = { server }", to = 'navi = { "nowhere" }', line = true,
        wants = { "account.navi[1]", "nowhere" },
      },
      ["an unknown option"] = {
        from = "warn_limit = 3", to = "warn_limits = 3", line = true,
        wants = { "plugins.moderation.config.warn_limits" },
      },
      ["an option of the wrong type"] = {
        from = "warn_limit = 3", to = 'warn_limit = "many"', line = true,
        wants = { "plugins.moderation.config.warn_limit" },
      },
      ["a grant that does not exist"] = {
        from = '"group.kick" }', to = '"group.kicks" }', line = true,
        wants = { "plugins.moderation.grants", "group.kicks" },
      },
      ["a bad duration"] = {
        from = 'command_max_age = "10m"', to = 'command_max_age = "soon"', line = true,
        wants = { "command_max_age" },
      },
    }
    for what, case in pairs(wrong) do
      it(what .. " is named by check", function()
        if case.from then
          on:edit("moondock.lua", case.from, case.to)
        end
        if case.line then
          table.insert(case.wants, ("moondock.lua:%d:"):format(line_of(on, case.to)))
        end
        local status, text = run("check", on:path(case.file or "moondock.lua"))
        assert.equal(1, status, text)
        assert.truthy(text:find("moondock.lua", 1, true) or case.file, text)
        for _, part in ipairs(case.wants) do
          assert.truthy(text:find(part, 1, true), ("%s not in:\n%s"):format(part, text))
        end
      end)
    end

    it("run names it too, and starts nothing", function()
      on:edit("moondock.lua", "owners =", "ownerz =")
      local status, text = run("run", on:path("moondock.lua"))
      assert.equal(1, status)
      assert.truthy(text:find(("moondock.lua:%d:"):format(line_of(on, "ownerz =")), 1, true), text)
      assert.truthy(text:find("ownerz", 1, true), text)
    end)
  end)

  it("a right configuration passes check", function()
    local status, text = run("check", on:path("moondock.lua"))
    assert.equal(0, status, text)
  end)

  it("a plugin with an error does not keep the others from starting", function()
    on:start_sandbox()
    on:copy_plugin("hello")
    on:edit("plugins/hello/init.lua", "local bot = ...", "local bot = = ...")
    on:start_host()
    local failed, running = nil, 0
    for _, plugin in ipairs(on:status().plugins) do
      if plugin.name == "hello" then
        failed = plugin
      else
        running = running + 1
      end
    end
    assert.equal(2, running)
    assert.truthy(host.json.encode(failed):find("init.lua:2:", 1, true))
  end)
end)
