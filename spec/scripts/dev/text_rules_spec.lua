local rules = dofile("scripts/dev/text_rules.lua")

describe("text rules", function()
  it("let a tidy source be", function()
    assert.same({}, rules.scan("host/base/a.c", "int a;\n"))
    assert.same({}, rules.scan("host/base/a.c", ("int a;\n"):rep(500)))
  end)

  it("name a source that is too long", function()
    for _, path in ipairs { "host/a.c", "host/a.h", "a.lua", "a.mjs", "a.sh", "Makefile" } do
      local found = rules.scan(path, ("a\n"):rep(501))
      assert.same({ path .. ":501: 501 lines; look for the second idea" }, found)
    end
    assert.equal(1, #rules.scan("scripts/dev/need", "#!/bin/sh\n" .. ("a\n"):rep(500)))
    assert.same({}, rules.scan("README.md", ("a\n"):rep(501)))
    assert.same({}, rules.scan("spec/interop/package-lock.json", ("a\n"):rep(501)))
  end)

  it("name what was put off", function()
    local word = "TO" .. "DO"
    local found = rules.scan("a.c", "int a;\n/* " .. word .. ": later */\n")
    assert.equal(1, #found)
    assert.truthy(found[1]:find("^a%.c:2: " .. word))
    assert.same({}, rules.scan("a.c", "int my" .. word .. "s;\n"))
  end)

  it("name blanks at the end of a line and a missing newline", function()
    assert.same({ "a.lua:1: blanks at the end of the line" }, rules.scan("a.lua", "a = 1 \n"))
    assert.same({ "a.lua:1: no newline at the end" }, rules.scan("a.lua", "a = 1"))
  end)
end)
