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

describe("i18n.plural", function()
  local expected = {
    en = { one = "1", other = "0 2 11 1.5" },
    ["zh-CN"] = { other = "0 1 2 5" },
    fr = { one = "0 1 1.5", other = "2 10" },
    ru = { one = "1 21 101", few = "2 4 22", many = "0 5 11 12 14 111", other = "1.5" },
    pl = { one = "1", few = "2 3 24", many = "0 5 12 21", other = "0.5" },
    cs = { one = "1", few = "2 4", many = "1.5", other = "0 5" },
    ar = { zero = "0", one = "1", two = "2", few = "3 110", many = "11 99", other = "100 102" },
    he = { one = "1", two = "2", other = "0 3" },
    ro = { one = "1", few = "0 2 19 119", other = "20 100" },
    sl = { one = "1 101", two = "2", few = "3 4 1.5", other = "0 5" },
    xx = { one = "1", other = "2" },
  }
  for language, forms in pairs(expected) do
    it("knows the forms of " .. language, function()
      for form, numbers in pairs(forms) do
        for number in numbers:gmatch("%S+") do
          assert.equal(form, i18n.plural(language, tonumber(number)), number)
        end
      end
    end)
  end

  it("minds no sign and no notation", function()
    assert.equal("one", i18n.plural("en", -1))
    assert.equal("one", i18n.plural("en", 1.0))
  end)
end)

describe("plural translations", function()
  local plural = {
    en = {
      ["{n} days"] = { one = "{n} day", other = "{n} days" },
      ["{a} of {b}"] = { by = "b", one = "only one", other = "{a} of {b}" },
    },
    ru = { ["{n} days"] = { one = "{n} день", few = "{n} дня", other = "{n} дней" } },
  }

  it("are chosen by n, by count, or by what they name", function()
    local function say(text, language, params)
      return i18n.translate(plural, text, language, params)
    end
    assert.equal("{n} day", say("{n} days", "en", { n = 1 }))
    assert.equal("{n} days", say("{n} days", "en", { n = "7" }))
    assert.equal("{n} day", say("{n} days", "en", { count = 1 }))
    assert.equal("{n} дня", say("{n} days", "ru", { n = 22 }))
    assert.equal("{n} дней", say("{n} days", "ru", { n = 5 })) -- no form "many"
    assert.equal("only one", say("{a} of {b}", "en", { a = 5, b = 1, n = 3 }))
    assert.equal("{n} days", say("{n} days", "en"))
    assert.equal("{n} day", say("{n} days", "de", { n = 1 })) -- English is what is left
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
