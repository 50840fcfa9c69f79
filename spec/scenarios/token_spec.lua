--- A bot without the app secret: its token comes from a program, or from the App Server.

local host = require "moondock.host"
local stage = require "moondock.stage"

local PASSWORD = "the bot's password"

-- Prints what is in the file `token` beside the configuration, or fails; notes how it was
-- called, and what it could see of the host's secrets.
local PROGRAM = [[
#!/bin/sh
echo "renew=$MOONDOCK_RENEW secret=${RC_SECRET-unset} vault=$VAULT" >>called
if [ -e sealed ]; then
  echo "the vault is sealed" >&2
  exit 3
fi
cat token
]]

describe("a token", function()
  local on

  before_each(function()
    on = stage.open { config = "examples/group/moondock.lua" }
    on:start_sandbox()
  end)

  after_each(function()
    on:close()
  end)

  local function token_for(user)
    return on:must_api("/user/getToken.json", { userId = user, name = user }).token
  end

  local function user(name)
    for _, one in ipairs(on:control("GET", "/state").users) do
      if one.user_id == name then
        return one
      end
    end
  end

  -- The host and all it says, to look for what must not be said.
  local function said()
    local status, out = on:ctl("status", "--json")
    assert.equal(0, status)
    return out .. table.concat(on.host:lines(), "\n")
  end

  local function without_secret(source, more)
    on:edit("moondock.lua", 'secret = env("RC_SECRET"),', more or "")
    on:edit("moondock.lua", '{ from = "server_api" }', source)
  end

  -- The next connection, with what is kept on disk.
  local function reconnect()
    on:stop_host()
    on:start_host()
    on:await_state("online")
  end

  it("from the configuration that is wrong needs a person", function()
    for _, token in ipairs { "nobody-gave-this", "ended" } do
      if token == "ended" then
        token = token_for("gatekeeper")
        on:control("POST", "/token/expire", { user_id = "gatekeeper" })
      else
        on:edit("moondock.lua", '{ from = "server_api" }', '{ from = "static", value = env("IT") }')
      end
      on.env.IT = token
      on:start_host()
      local status = on:await_state("token_refused")
      assert.truthy(status.detail:find("put another token into the configuration", 1, true),
        status.detail)
      assert.is_nil(said():find(token, 1, true))
      on:stop_host()
    end
  end)

  describe("from a program", function()
    before_each(function()
      on:write("get-token", PROGRAM)
      assert.equal(0, (assert(host.spawn { "chmod", "+x", on:path("get-token") }):wait()))
      on:write("token", token_for("gatekeeper") .. "\n")
      without_secret('{ from = "command", argv = { "./get-token" }, env = { "VAULT" } }')
      on.env.VAULT = "v1"
    end)

    it("brings the bot online, and is asked for again when it is refused", function()
      on:start_host()
      on:await_state("online")
      assert.equal("renew=0 secret=unset vault=v1\n", stage.read_file(on:path("called")))
      on:control("POST", "/token/expire", { user_id = "gatekeeper" })
      local fresh = token_for("gatekeeper")
      on:write("token", host.json.encode { token = fresh, expires = host.now() + 86400000 })
      reconnect()
      assert.truthy(stage.read_file(on:path("called")):find("\nrenew=1 secret=unset", 1, true))
      assert.is_nil(said():find(fresh, 1, true))
    end)

    it("says why there is none, and goes on asking", function()
      on:write("sealed", "")
      on:start_host { wait = false }
      local status = on:await_state("offline")
      assert.truthy(status.detail:find("./get-token exited with status 3: the vault is sealed", 1,
        true), status.detail)
      os.remove(on:path("sealed"))
      host.sleep_until(function()
        on:move_clock("5s")
        return on:status().state == "online"
      end, stage.PATIENCE)
      on:await_state("online")
    end)

    it("is not waited for for ever", function()
      on:write("get-token", "#!/bin/sh\necho $$ >pid\nexec sleep 1000\n")
      on.log = "warn"
      on:start_host { wait = false }
      local pid = host.sleep_until(function()
        local file <close> = io.open(on:path("pid"))
        return file and file:read("n")
      end, stage.PATIENCE)
      on:move_clock("31s")
      assert.truthy(host.sleep_until(function()
        return said():find("./get-token did not end within 30 s", 1, true)
      end, stage.PATIENCE))
      assert.is_nil(io.open(("/proc/%d/cmdline"):format(pid)))
    end)

    it("is told from rubbish, of which nothing is said", function()
      for _, case in ipairs {
        { "", "printed nothing" },
        { "ru bb ish\n", "what came as a token is none" },
        { "one\ntwo\n", "printed several lines" },
        { '{ "tokens": "rubbish" }', 'printed JSON without a "token"' },
        { ("rubbish"):rep(3000) .. "\n", "printed more than" },
      } do
        on:write("token", case[1])
        on:start_host { wait = false }
        local status = on:await_state("offline")
        assert.truthy(status.detail:find(case[2], 1, true), status.detail)
        assert.is_nil(said():find("rubbish", 1, true))
        on:stop_host()
      end
    end)

    it("is looked for by `moondock check`", function()
      local env = { MOONDOCK_SERVER = on.server }
      local status, out = stage.run { "check", on:path("moondock.lua"), env = env }
      assert.equal(0, status)
      assert.truthy(table.concat(out, "\n"):find("token from command", 1, true))
      os.remove(on:path("get-token"))
      local err
      status, out, err = stage.run { "check", on:path("moondock.lua"), env = env }
      assert.equal(1, status, table.concat(out, "\n"))
      assert.truthy(table.concat(err, "\n"):find("there is no program ./get-token to run", 1, true))
    end)
  end)

  describe("from the App Server", function()
    before_each(function()
      without_secret('{ from = "app_server" }', [[
        app_server = { url = server, account = "gatekeeper", password = env("APP_PASSWORD") },]])
      on.env.APP_PASSWORD = PASSWORD
    end)

    local function register()
      return on:must_app("gatekeeper", "POST", "/user/register",
        { account = "gatekeeper", password = PASSWORD }).token
    end

    it("brings the bot online; one that ended is replaced", function()
      local stored = register()
      on:start_host()
      on:await_state("online")
      assert.equal(1, user("gatekeeper").connects)
      on:control("POST", "/token/expire", { user_id = "gatekeeper" })
      reconnect()
      local fresh = on:must_app("gatekeeper", "POST", "/user/login",
        { account = "gatekeeper", password = PASSWORD }).token
      assert.not_equal(stored, fresh)
      local all = said()
      for _, secret in ipairs { stored, fresh, PASSWORD } do
        assert.is_nil(all:find(secret, 1, true))
      end
    end)

    it("needs a person when the password is wrong", function()
      register()
      on.env.APP_PASSWORD = "another password"
      on:start_host()
      local status = on:await_state("token_refused")
      assert.truthy(status.detail:find("refuses to log in gatekeeper", 1, true), status.detail)
      assert.truthy(status.detail:find("Account or password wrong.", 1, true), status.detail)
      assert.truthy(status.detail:find("see account and password of app_server", 1, true))
      on:move_clock("1h")
      assert.equal(2, on:control("GET", "/state").counts.app) -- register, and one log-in
      assert.is_nil(said():find("another password", 1, true))
    end)

    it("waits for an App Server that is busy, or down", function()
      register()
      for _, case in ipairs {
        { { http_status = 429 }, "the App Server is busy (HTTP 429" },
        { { http_status = 503 }, "the App Server is busy (HTTP 503" },
        { { close = true }, "no token: App Server: " },
      } do
        os.remove(on:path("var/gatekeeper.db"))
        on:fault { when = "http", path = "/user/login", times = 2, ["do"] = case[1] }
        on:start_host { wait = false }
        local status = on:await_state("offline")
        assert.truthy(status.detail:find(case[2], 1, true), status.detail)
        host.sleep_until(function()
          on:move_clock("5s")
          return on:status().state == "online"
        end, stage.PATIENCE)
        on:await_state("online")
        on:stop_host()
      end
    end)

    it("is renewed ahead of its end", function()
      on:control("POST", "/limits", { token_ms = 3600000 })
      register()
      on:start_host()
      on:await_state("online")
      local tokens = user("gatekeeper").tokens
      on:move_clock("56m")
      assert.truthy(host.sleep_until(function()
        return user("gatekeeper").tokens == tokens + 1
      end, stage.PATIENCE))
      on:move_clock("10m") -- the first one has ended
      reconnect()
      assert.equal(1, user("gatekeeper").tokens) -- the one that came ahead; no third
    end)
  end)
end)
