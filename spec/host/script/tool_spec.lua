--- The host's library of `moondock lua`: what specs and tools stand on.

local host = require "moondock.host"
local stage = require "moondock.stage"

describe("host.spawn", function()
  it("gives the lines of both streams, and the status", function()
    local process = host.spawn { "sh", "-c", "echo one; echo two >&2; echo last; exit 7" }
    assert.equal(7, process:wait())
    assert.same({ "one", "last" }, process:lines("out"))
    assert.same({ "two" }, process:lines("err"))
    assert.is_false(process:runs())
  end)

  it("finds a line by its pattern", function()
    local process = host.spawn { "sh", "-c", "echo a; echo b 12; echo c" }
    assert.equal("b 12", (process:next_line(5, "^b %d+$")))
    assert.equal("c", (process:next_line(5)))
    local line, err = process:next_line(5)
    assert.is_nil(line)
    assert.equal("closed", err.code)
  end)

  it("writes to it, and ends its input", function()
    local process = host.spawn { "cat" }
    process:write("hello\nwor")
    process:write("ld\n")
    assert.equal("hello", (process:next_line(5)))
    process:end_input()
    assert.equal(0, process:wait())
    assert.same({ "hello", "world" }, process:lines())
    assert.equal("closed", select(2, process:write("more")).code)
  end)

  it("gives it variables and a folder", function()
    local process = host.spawn {
      "sh", "-c", "echo $NAME; pwd", env = { NAME = "value" }, folder = "/",
    }
    process:wait()
    assert.same({ "value", "/" }, process:lines())
  end)

  it("signals it, and says which signal ended it", function()
    local process = host.spawn { "sleep", "60" }
    local status, err = process:wait(0.05)
    assert.is_nil(status)
    assert.equal("timeout", err.code)
    assert.is_true(process:signal("TERM"))
    assert.equal(128 + 15, process:wait())
    assert.equal("closed", select(2, process:signal("TERM")).code)
  end)

  it("says when there is no such program", function()
    local process, err = host.spawn { "/no/such/program" }
    assert.is_nil(process)
    assert.truthy(tostring(err):find("/no/such/program", 1, true))
  end)

  it("refuses commands that are none", function()
    assert.has_error(function()
      host.spawn {}
    end)
    assert.has_error(function()
      host.spawn { "echo", 5 }
    end)
  end)

  it("kills what is left when it is closed", function()
    local process = host.spawn { "sleep", "60" }
    local id = process:id()
    process:close()
    assert.is_nil(io.open(("/proc/%d/stat"):format(id)))
  end)
end)

describe("host.json", function()
  it("keeps what it reads", function()
    local text = '{"a":[1,2.5,"x",true,null],"b":{"c":"\u{1F600}"}}'
    local value = host.json.decode(text)
    assert.equal(host.json.null, value.a[5])
    assert.equal("integer", math.type(value.a[1]))
    assert.same(value, host.json.decode(host.json.encode(value)))
  end)

  it("says where the text is wrong", function()
    local value, err = host.json.decode('{"a":}')
    assert.is_nil(value)
    assert.equal("proto", err.code)
  end)

  it("refuses what JSON cannot say", function()
    local loop = {}
    loop.loop = loop
    for _, value in ipairs { { print }, { 1, x = 2 }, { 0 / 0 }, loop, { [1.5] = 1 } } do
      assert.has_error(function()
        host.json.encode(value)
      end)
    end
  end)
end)

describe("host.http", function()
  it("gives every answer at once", function()
    local on = stage.open()
    finally(function()
      on:close()
    end)
    on:start_sandbox()
    local before = host.real_ms()
    for _ = 1, 30 do
      local answer = assert(host.http { url = on.server .. "/ping" })
      assert.equal(200, answer.status)
    end
    assert.is_true(host.real_ms() - before < 5000)
  end)

  it("says why there is none", function()
    local answer, err = host.http { url = "http://127.0.0.1:1/" }
    assert.is_nil(answer)
    assert.equal("network", err.code)
    assert.equal("argument", select(2, host.http { url = "nonsense" }).code)
  end)
end)

describe("clients", function()
  local on

  before_each(function()
    on = stage.open()
    on:start_sandbox()
  end)

  after_each(function()
    on:close()
  end)

  local function enter(name)
    local member = on:member(name)
    member:enter()
    return member.client
  end

  it("talk to each other, in private and in a group", function()
    on:join("alice", "g")
    on:join("bob", "g")
    local alice, bob = enter("alice"), enter("bob")
    local sent = assert(alice:send({ user = "bob" }, "psst"))
    local got = assert(bob:next(10))
    assert.equal("psst", got.text)
    assert.equal("alice", got.user)
    assert.equal(sent.uid, got.uid)
    assert(bob:send({ group = "g" }, "hello", { mentions = { "alice" } }))
    got = assert(alice:next(10, function(message)
      return message.group == "g"
    end))
    assert.equal("bob", got.sender)
    assert.truthy(got.content:find('"userIdList":["alice"]', 1, true))
  end)

  it("say why a message was refused", function()
    local alice = enter("alice")
    local sent, err = alice:send({ group = "g" }, "anybody?")
    assert.is_nil(sent)
    assert.equal("refused", err.code)
    assert.equal(22406, err.status)
  end)

  it("send own types, recall, and read the history", function()
    on:join("alice", "g")
    on:join("bob", "g")
    local alice, bob = enter("alice"), enter("bob")
    assert(alice:send({ group = "g" }, {
      object_name = "app:card", content = { title = "t" },
    }, { stored = true }))
    assert.equal("app:card", assert(bob:next(10)).object_name)
    local sent = assert(alice:send({ group = "g" }, "oops"))
    assert(alice:recall { group = "g", uid = sent.uid, sent_ms = sent.sent_ms })
    local recall = assert(bob:next(10, function(message)
      return message.object_name == "RC:RcCmd"
    end))
    assert.truthy(recall.content:find(sent.uid, 1, true))
    assert.is_true(#assert(bob:history({ group = "g" }, 10)) >= 1)
  end)

  it("time out, in real time", function()
    local alice = enter("alice")
    local message, err = alice:next(0.01)
    assert.is_nil(message)
    assert.equal("timeout", err.code)
  end)
end)
