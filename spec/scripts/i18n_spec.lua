local i18n = require "moondock.i18n"

local catalogs = {
  ["zh-CN"] = { ["Hello, {name}!"] = "{name}，你好！" },
  ["zh-TW"] = {},
  de = { ["Hello, {name}!"] = "Hallo, {name}!" },
}

describe("i18n.pick", function()
  it("prefers the exact language, then its main part, then a sister", function()
    assert.equal("zh-TW", i18n.pick(catalogs, "zh-TW"))
    assert.equal("zh-CN", i18n.pick(catalogs, "zh-cn"))
    assert.equal("de", i18n.pick(catalogs, "de-AT"))
    assert.equal("zh-CN", i18n.pick(catalogs, "zh-HK"))
    assert.equal("zh-CN", i18n.pick(catalogs, "zh"))
  end)

  it("gives nil for a language nobody wrote", function()
    assert.is_nil(i18n.pick(catalogs, "en"))
    assert.is_nil(i18n.pick(catalogs, ""))
  end)
end)

describe("i18n.translate", function()
  it("falls back to the English sentence", function()
    assert.equal("{name}，你好！", i18n.translate(catalogs, "Hello, {name}!", "zh-CN"))
    assert.equal("Bye", i18n.translate(catalogs, "Bye", "zh-CN"))
    assert.equal("Hello, {name}!", i18n.translate(catalogs, "Hello, {name}!", "en"))
    assert.equal("Hello, {name}!", i18n.translate(catalogs, "Hello, {name}!"))
  end)
end)

describe("i18n.fill", function()
  it("fills every place, once", function()
    local text = i18n.fill("{a} {b} {a}", { a = "1", b = 2 })
    assert.equal("1 2 1", text)
  end)

  it("never opens a place inside a value", function()
    assert.equal("{b}%1", i18n.fill("{a}", { a = "{b}%1", b = "secret" }))
  end)

  it("leaves places without a value as they are", function()
    assert.equal("{who} {a b}", i18n.fill("{who} {a b}", {}))
    assert.equal("{who}", i18n.fill("{who}"))
  end)

  it("shows false and asks `show` for values", function()
    assert.equal("false", i18n.fill("{on}", { on = false }))
    local text = i18n.fill("Hi {who}", { who = { id = "bob" } }, function(value, name)
      return name .. "@" .. value.id
    end)
    assert.equal("Hi who@bob", text)
  end)
end)

describe("i18n.places", function()
  it("lists the names sorted, each once", function()
    assert.same({ "a", "b" }, i18n.places("{b} {a} {b} { c }"))
  end)
end)

describe("the library's Chinese", function()
  it("keeps every place of its English sentence", function()
    for english, chinese in pairs(require "moondock.locale.zh_cn") do
      assert.same(i18n.places(english), i18n.places(chinese), english)
    end
  end)

  it("has every sentence command.lua can say", function()
    local known = require "moondock.locale.zh_cn"
    local path = assert(package.searchpath("moondock.command", package.path))
    local file <close> = assert(io.open(path))
    local count = 0
    for sentence in file:read("a"):gmatch('problem%(\n?%s*"([^"]+)"') do
      assert.is_string(known[sentence], sentence)
      count = count + 1
    end
    assert.is_true(count >= 9)
  end)
end)
