--- A port that leads to another one, where a tool decides what passes; and sends that are not
--- waited for.

local host = require "moondock.host"
local stage = require "moondock.stage"

describe("host.relay", function()
  local on, relay

  before_each(function()
    on = stage.open {}
    on:start_sandbox()
    relay = assert(host.relay(math.tointeger(tonumber(on.server:match(":(%d+)$")))))
  end)

  after_each(function()
    relay:close()
    on:close()
  end)

  -- Passes what `change` makes of what happens until `over()`; gives how often each thing
  -- happened.
  local function carry(over, change)
    local seen = {}
    assert(host.sleep_until(function()
      local what, link, side, bytes = relay:next()
      while what do
        seen[what] = (seen[what] or 0) + 1
        if what == "ended" then
          relay:cut(link)
        elseif what == "bytes" then
          change(link, side, bytes)
        end
        what, link, side, bytes = relay:next()
      end
      return over()
    end))
    return seen
  end

  local function pass(link, side, bytes)
    relay:pass(link, side == "client" and "server" or "client", bytes)
  end

  local function new_client(user)
    return assert(host.client {
      server = "http://127.0.0.1:" .. relay:port(), app_key = on.app_key, secret = on.secret,
      user = user, api = on.server,
    })
  end

  it("passes what it is told to, both ways", function()
    local client <close> = new_client("ann")
    local seen = carry(function()
      return client:state() == "online"
    end, pass)
    assert.is_true(seen.opened >= 2) -- navi, and the socket it names: this port again
    assert.is_true(seen.bytes >= 4)
  end)

  it("cuts where it is told to, and says who ended", function()
    local client <close> = new_client("ann")
    local cuts = 0
    carry(function()
      return client:state() == "online"
    end, function(link, side, bytes)
      if side == "server" and cuts < 2 then
        cuts = cuts + 1
        pass(link, side, bytes:sub(1, 10))
        assert.is_true(relay:cut(link, cuts == 1))
        assert.is_false(relay:cut(link))
        assert.is_false(relay:pass(link, "client", "more"))
      else
        pass(link, side, bytes)
      end
    end)
    assert.equal(2, cuts)
  end)

  it("says that nobody is there", function()
    on:stop_sandbox()
    local client <close> = assert(host.client {
      server = "http://127.0.0.1:" .. relay:port(), app_key = on.app_key, token = "t",
      user = "ann",
    })
    local seen
    host.sleep_until(function()
      local what, _, side = relay:next()
      seen = what == "ended" and side or seen
      return seen
    end)
    assert.equal("server", seen)
    assert.is_not.equal("online", client:state())
  end)
end)

describe("client:post", function()
  it("gives the answer when it has come", function()
    local on = stage.open {}
    on:start_sandbox()
    finally(function()
      on:close()
    end)
    on:join("ann", "g")
    local ann <close> = assert(host.client {
      server = on.server, app_key = on.app_key, secret = on.secret, user = "ann",
    })
    assert(ann:wait_state("online"))
    local posted, refused = ann:post({ group = "g" }, "hello"), ann:post({ group = "h" }, "hello")
    local nothing = ann:post({ group = "g" }, ("x"):rep(200000))
    assert.is_nil((posted:take()))
    local sent = host.sleep_until(function()
      return posted:take()
    end)
    assert.truthy(sent.uid ~= "" and sent.sent_ms > 0)
    assert.equal("limit", select(2, nothing:take()).code)
    host.sleep_until(function()
      return select(2, refused:take())
    end)
    assert.equal("refused", select(2, refused:take()).code)
  end)
end)
