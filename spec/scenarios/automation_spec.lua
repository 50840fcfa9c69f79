local screenplay = require "moondock.screenplay"
local host = require "moondock.host"
local stage = require "moondock.stage"

-- The scripts of scripts/exec, run as people run them.
describe("the script", function()
  local on

  before_each(function()
    on = stage.open { config = "examples/group/moondock.lua" }
    screenplay.perform(on, [[
      the sandbox starts
      gatekeeper joins demo
      alice joins demo
      bob joins demo
      the host starts
      alice comes online
    ]])
  end)

  after_each(function()
    assert.equal(0, on:close())
  end)

  -- Lines of standard output, and the exit status.
  local function exec(name, ...)
    local process <close> = assert(host.spawn {
      host.executable, "exec", name, "--config", on:path("moondock.lua"), "--", ...,
    })
    process:end_input()
    local status = assert(process:wait(stage.PATIENCE))
    assert.equal("", table.concat(process:lines("err"), "\n"))
    return process:lines("out"), status
  end

  local function rows_of(name)
    local rows = {}
    for line in io.lines(on:path(name)) do
      local row = assert(host.json.decode(line), line)
      rows[#rows + 1] = row.content and row.content.content or row.type
    end
    return rows
  end

  local function texts_seen(name, pattern)
    on:pump()
    local texts = {}
    for _, message in ipairs(on:member(name).inbox) do
      if message.text and message.text:find(pattern) then
        texts[#texts + 1] = message.text
      end
    end
    return texts
  end

  it("export writes a history, goes on behind its last line, and mends a cut one", function()
    screenplay.perform(on, "olivia joins demo\nolivia comes online")
    for i = 1, 230 do
      on:member("olivia"):say({ group = "demo" }, "line " .. i)
    end
    local path = on:path("demo.jsonl")
    local out, status = exec("export", "demo", path)
    assert.equal(0, status)
    local rows = rows_of("demo.jsonl")
    assert.same({ #rows .. " messages" }, out)
    assert.equal("line 230", rows[#rows])
    assert.equal("line 1", rows[#rows - 229])
    local before = #rows
    assert.same({ "0 messages" }, (exec("export", "demo", path)))
    on:member("olivia"):say({ group = "demo" }, "line 231")
    assert.same({ "1 messages" }, (exec("export", "demo", path)))
    -- A crash in the middle of a line.
    local file <close> = assert(io.open(path, "ab"))
    assert(file:write('{"id":"half", "ti'))
    file:close()
    on:member("olivia"):say({ group = "demo" }, "line 232")
    assert.same({ "1 messages" }, (exec("export", "demo", path)))
    local lines = {}
    for line in io.lines(path) do
      lines[#lines + 1] = line
    end
    assert.equal(before + 3, #lines)
    assert.equal("line 232", host.json.decode(lines[#lines]).content.content)
  end)

  it("announce gives each group one message of a name, whoever has it already", function()
    screenplay.perform(on, [[
      gatekeeper joins other
      alice joins other
    ]])
    on:write("news.txt", "Tea at five.\nBring {cups}.\n")
    on:write("groups.txt", "# where\ndemo\nother  the other one\ndemo\nnowhere\n")
    local out, status = exec("announce", "tea", on:path("news.txt"), on:path("groups.txt"))
    assert.equal(1, status)
    assert.equal("2 of 3 groups have it", out[#out])
    assert.truthy(out[1]:find("^nowhere: "))
    out, status = exec("announce", "tea", on:path("news.txt"))
    assert.equal(0, status)
    assert.same({ "2 of 2 groups have it" }, out)
    -- A refusal is no message: once the bot is there, the group gets it.
    screenplay.perform(on, "gatekeeper joins nowhere\nalice joins nowhere")
    exec("announce", "tea", on:path("news.txt"), on:path("groups.txt"))
    screenplay.perform(on, [[
      alice says "/ping" in nowhere
      alice sees gatekeeper: "pong"
    ]])
    assert.same({ "Tea at five.\nBring {cups}.", "Tea at five.\nBring {cups}.",
      "Tea at five.\nBring {cups}." }, texts_seen("alice", "^Tea"))
  end)

  it("invite brings those in who are not there yet", function()
    on:write("users.txt", "alice\n# a comment\nzoe\nyves # late\nzoe\n")
    local out, status = exec("invite", "demo", on:path("users.txt"))
    assert.equal(0, status)
    assert.same({ "2 invited, 1 were in it, 0 failed" }, out)
    assert.same({ "0 invited, 3 were in it, 0 failed" },
      (exec("invite", "demo", on:path("users.txt"))))
    screenplay.perform(on, [[
      zoe comes online
      zoe says "here I am" in demo
      alice sees zoe: "here I am"
    ]])
  end)

  it("inactive lists who wrote nothing", function()
    screenplay.perform(on, [[
      carol joins demo
      alice says "hello" in demo
    ]])
    on:move_clock("49h")
    screenplay.perform(on, [[
      bob comes online
      bob says "hello" in demo
    ]])
    local silent = table.concat((exec("inactive", "demo", "2")), "\n") .. "\n"
    assert.truthy(silent:find("alice\talice\n", 1, true))
    assert.truthy(silent:find("carol\tcarol\n", 1, true))
    assert.falsy(silent:find("bob", 1, true))
    silent = table.concat((exec("inactive", "demo", "3")), "\n")
    assert.falsy(silent:find("alice", 1, true))
  end)

  it("copy gives one group the settings of another", function()
    on:must_api("/group/create.json", { userId = "gatekeeper", groupId = "new", groupName = "New" })
    on:must_api("/group/ban/add.json", { groupId = "demo" })
    on:must_api("/group/user/ban/whitelist/add.json", { groupId = "demo", userId = "alice" })
    on:must_api("/group/user/ban/whitelist/add.json", { groupId = "new", userId = "zoe" })
    local out, status = exec("copy", "demo", "new")
    table.sort(out)
    assert.equal(0, status)
    assert.same({ "alice may speak: done", "everybody is muted: true: done",
      "zoe may not speak: done" }, out)
    assert.same({ "alice" },
      on:must_api("/group/user/ban/whitelist/query.json", { groupId = "new" }).userIds)
    assert.same({ "everybody is muted: true: done" }, (exec("copy", "demo", "new")))
  end)

  it("says how it is used", function()
    for _, name in ipairs { "announce", "copy", "export", "inactive", "invite" } do
      local out, status = exec(name)
      assert.equal(2, status)
      assert.truthy(out[1]:find("^usage: moondock exec " .. name .. " "), out[1])
    end
  end)
end)
