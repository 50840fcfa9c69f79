--- scripts/dev/test.sh: counts what its parts say, and lets none fail or vanish unseen.

local host = require "moondock.host"

describe("test.sh", function()
  local folder, script

  setup(function()
    script = assert(host.real_path("scripts/dev/test.sh"))
  end)

  before_each(function()
    folder = assert(host.temp_folder())
  end)

  after_each(function()
    host.remove_folder(folder)
  end)

  local function write(name, text, executable)
    local path = folder .. "/" .. name
    assert(host.make_folder(path:match("^(.*)/")))
    local file <close> = assert(io.open(path, "w"))
    assert(file:write(text))
    if executable then
      local chmod <close> = assert(host.spawn { "chmod", "+x", path })
      assert(chmod:wait() == 0)
    end
  end

  -- A C test: its source, and a program that does `before`, prints and exits so.
  local function c_test(name, output, status, before, room)
    local path = ("spec/host/%s/%s_test"):format(room or "base", name)
    write(path .. ".c", "")
    write("out/" .. path, ("#!/bin/sh\n%s\ncat <<'.'\n%s\n.\nexit %d\n"):format(before or "",
      output, status), true)
  end

  -- Stands for moondock: prints what the spec file says, and exits so.
  local function spec(name, output, status)
    write("spec/host/app/" .. name .. "_spec.lua", output .. "\n")
    write("out/moondock",
      ('#!/bin/sh\n[ "$1" = test ] && cat "$2"\nexit %d\n'):format(status), true)
  end

  local function run(name)
    local process <close> = assert(host.spawn {
      "sh", script, name, folder = folder, env = { OUT = "out", JOBS = "2" },
    })
    process:end_input()
    local status = assert(process:wait(30))
    local lines = process:lines("out")
    return status, lines[#lines], table.concat(process:lines(), "\n")
  end

  it("passes what passes", function()
    c_test("a", "[  PASSED  ] 3 test(s).", 0)
    local status, last = run("a")
    assert.same({ 0, "3 passed, 0 failed" }, { status, last })
  end)

  it("adds C tests and specs of the same name", function()
    c_test("a", "[  PASSED  ] 3 test(s).", 0)
    spec("a", "2 successes / 0 failures / 0 errors / 0 pending : 0.1 seconds", 0)
    local status, last = run("a")
    assert.same({ 0, "5 passed, 0 failed" }, { status, last })
  end)

  it("fails when one part fails, and names it", function()
    c_test("a", "[  PASSED  ] 3 test(s).", 0)
    spec("a", "2 successes / 1 failure / 1 error / 0 pending : 0.1 seconds", 2)
    local status, last, all = run("a")
    assert.same({ 1, "5 passed, 2 failed" }, { status, last })
    assert.truthy(all:find("failed: spec/host/app/a_spec", 1, true))
  end)

  it("counts what cmocka says of failures", function()
    c_test("a", "[  PASSED  ] 1 test(s).\n[  FAILED  ] 2 test(s), listed below:", 2)
    local status, last = run("a")
    assert.same({ 1, "1 passed, 2 failed" }, { status, last })
  end)

  it("takes a crash for a failure", function()
    c_test("a", "[  PASSED  ] 3 test(s).", 139)
    local status, last, all = run("a")
    assert.same({ 1, "3 passed, 1 failed" }, { status, last })
    assert.truthy(all:find("spec/host/base/a_test: ended with status 139", 1, true))
  end)

  it("takes silence for a failure", function()
    c_test("a", "nothing to see", 0)
    local status, last, all = run("a")
    assert.same({ 1, "0 passed, 1 failed" }, { status, last })
    assert.truthy(all:find("spec/host/base/a_test: ran no test", 1, true))
  end)

  it("understands colours and its own line", function()
    local said = "\27[32m2\27[0m passed, 0 failed\n\27[32m1 success\27[0m / 0 failures / 0 errors"
    c_test("a", said, 0)
    local status, last = run("a")
    assert.same({ 0, "3 passed, 0 failed" }, { status, last })
  end)

  it("tells apart those of one name, and runs them at once", function()
    local pipe <close> = assert(host.spawn { "mkfifo", folder .. "/pipe" })
    assert(pipe:wait() == 0)
    -- Neither gets past the pipe before the other is there.
    c_test("a", "one\n[  PASSED  ] 3 test(s).", 0, "echo > pipe")
    c_test("a", "two\n[  FAILED  ] 1 test(s), listed below:", 1, "read line < pipe", "net")
    local status, last, all = run("a")
    assert.same({ 1, "3 passed, 1 failed" }, { status, last })
    assert.truthy(all:find("== spec/host/net/a_test\ntwo\n[  FAILED  ]", 1, true))
    assert.falsy(all:find("one", 1, true))
  end)

  it("takes a job that was killed for a failure", function()
    c_test("a", "[  PASSED  ] 3 test(s).", 0, "read _ _ _ job _ < /proc/$PPID/stat; kill -9 $job")
    local status, last = run("a")
    assert.same({ 1, "0 passed, 1 failed" }, { status, last })
  end)

  it("knows what it does not know", function()
    write("spec/scripts/x", "")
    for _, name in ipairs { "plugins", "host", "scenarios" } do
      write("spec/" .. name .. "/x", "")
    end
    local status, _, all = run("nothing")
    assert.equal(2, status)
    assert.truthy(all:find("no test is called nothing", 1, true))
  end)
end)
