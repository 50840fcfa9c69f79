local command = require "moondock.command"

local function parse(usage, rest, context)
  return command.parse(command.compile(usage), rest, context)
end

local function refused(usage, rest, context)
  local args, problem = parse(usage, rest, context)
  assert.is_nil(args)
  return problem
end

describe("command.compile", function()
  it("reads words and parameters", function()
    local usage = command.compile("birthday Forget <who:user> [why...]")
    assert.same({ "birthday", "forget" }, usage.words)
    assert.same({
      { name = "who", type = "user", required = true, rest = false },
      { name = "why", type = "text", required = false, rest = true },
    }, usage.params)
  end)

  local bad = {
    [""] = "begins with no word",
    ["<who>"] = "begins with no word",
    ["a <b> c"] = 'the word "c" follows an argument',
    ["a <b...> <c>"] = 'nothing can follow "b"',
    ["a [b] <c>"] = '"c" is required after an optional one',
    ["a <b> <b>"] = '"b" is named twice',
    ["a <b:colour>"] = 'there is no type "colour"',
    ["a <b]"] = '"<b]" is neither a word, <name> nor [name]',
    ["a <>"] = '"<>" is neither a word, <name> nor [name]',
    ["a <1>"] = '"<1>" has no name',
  }
  for usage, why in pairs(bad) do
    it(("refuses %q"):format(usage), function()
      local _, problem = pcall(command.compile, usage)
      assert.equal(("usage %q: %s"):format(usage, why), problem)
    end)
  end

  it("gives commands that share a parameter the same one", function()
    local first = command.compile("ban <who:user> [why...]")
    local second = command.compile("kick [why...]")
    assert.equal("ban <who> [why...]", first.shown)
    assert.equal("kick [why...]", second.shown)
    assert.equal(first.params[2], second.params[1])
  end)

  it("refuses what is no string", function()
    local _, problem = pcall(command.compile, 5)
    assert.equal("usage: want a string, have number", problem)
  end)
end)

describe("command.strip", function()
  it("knows both widths of both prefixes", function()
    for _, prefix in ipairs { "/", "!", "／", "！" } do
      assert.same({ "ping", prefix }, { command.strip(prefix .. "ping") })
    end
    assert.equal("ping", (command.strip(" \u{3000}/ping")))
  end)

  it("leaves ordinary talk alone", function()
    assert.is_nil(command.strip("hello /ping"))
    assert.is_nil(command.strip(""))
    assert.is_nil(command.strip("/ping", { "." }))
  end)
end)

describe("command.find", function()
  local short = command.compile("birthday <day:date>")
  local long = command.compile("birthday forget <who>")
  local other = command.compile("ping")

  it("takes the longest literal match", function()
    local usage, rest = command.find({ short, long, other }, "birthday  forget bob")
    assert.equal(long, usage)
    assert.equal(" bob", rest)
    assert.equal(short, (command.find({ short, long, other }, "birthday 05-01")))
  end)

  it("ignores letter case and wide spaces", function()
    assert.equal(long, (command.find({ short, long }, "BIRTHDAY\u{3000}Forget\u{3000}bob")))
  end)

  it("matches whole words only", function()
    assert.is_nil(command.find({ other }, "pingpong"))
    assert.is_nil(command.find({ other }, ""))
  end)
end)

describe("command.parse", function()
  it("reads every type", function()
    local args = parse(
      "x <a> <b:integer> <c:number> <d:duration> <e:date> <f:switch> <g:on|Auto> [h...]",
      " word -3 2.5 1h 2026-05-01 off AUTO  all  the rest  "
    )
    assert.equal("word", args.a)
    assert.equal(-3, args.b)
    assert.equal(2.5, args.c)
    assert.equal(3600, args.d)
    assert.equal("2026-05-01", args.e:format("%Y-%m-%d"))
    assert.is_false(args.f)
    assert.equal("Auto", args.g)
    assert.equal("all  the rest", args.h)
  end)

  it("takes quoted words whole", function()
    assert.equal("two words", parse("x <a>", '"two words"').a)
    assert.equal("两 个", parse("x <a>", "“两 个”").a)
    assert.same({ a = '"open', b = "end" }, parse("x <a> <b>", '"open end'))
  end)

  it("says what is missing and what is too much", function()
    assert.same({
      text = "Missing: {name}. Usage: {usage}",
      params = { name = "b", usage = "/x <a> <b>" },
    }, refused("x <a> <b>", "1"))
    assert.same({
      text = "Too much: {value}. Usage: {usage}",
      params = { value = "2 3", usage = "/x <a>" },
    }, refused("x <a>", "1 2 3 "))
  end)

  it("says what does not fit", function()
    local bad = {
      ["x <a:integer>"] = "{value} is not a whole number.",
      ["x <a:number>"] = "{value} is not a number.",
      ["x <a:duration>"] = "{value} is not a duration, like 30s, 10m, 3h or 1d12h.",
      ["x <a:date>"] = "{value} is not a date, like 05-01 or 2026-05-01.",
      ["x <a:switch>"] = "{value} is neither on nor off.",
      ["x <a:b|c>"] = "{value} is not one of: {choices}.",
      ["x [a:integer]"] = "{value} is not a whole number.",
    }
    for usage, text in pairs(bad) do
      local problem = refused(usage, "1x")
      assert.equal(text, problem.text)
      assert.equal("1x", problem.params.value)
    end
  end)

  it("refuses numbers that do not fit an integer", function()
    assert.is_truthy(refused("x <a:integer>", "99999999999999999999"))
    assert.is_truthy(refused("x <a:number>", "0x10"))
    assert.is_truthy(refused("x <a:number>", "1e5"))
  end)

  it("leaves out an optional argument that does not fit", function()
    local usage = "mute <who:user> [time:duration] [reason...]"
    local args = parse(usage, "bob spam and more")
    assert.is_nil(args.time)
    assert.equal("spam and more", args.reason)
    args = parse(usage, "bob 10m spam")
    assert.equal(600, args.time)
    assert.equal("spam", args.reason)
    assert.same({ who = { id = "bob" } }, parse(usage, "bob"))
  end)
end)

describe("a user argument", function()
  local bob, ann = { id = "u1", name = "Bob Smith" }, { id = "u2", name = "Bob" }

  it("is a mention by the longest name that fits", function()
    local args = parse("x <who:user> [why...]", "@Bob Smith spam", { mentions = { ann, bob } })
    assert.equal(bob, args.who)
    assert.equal("spam", args.why)
  end)

  it("is a mention under any name the sender's program wrote", function()
    local args = parse("x <a:user> <b:user>", "@Robert @Anna", { mentions = { bob, ann } })
    assert.equal(bob, args.a)
    assert.equal(ann, args.b)
  end)

  it("is no mention by half a name", function()
    local args = parse("x <who:user> [why...]", "@Bobby spam", { mentions = { bob, ann } })
    assert.equal(bob, args.who) -- the first mention, under a name we do not know
    assert.equal("spam", args.why)
  end)

  it("is an id, written plainly or with the sign", function()
    assert.same({ id = "carol" }, parse("x <who:user>", "carol").who)
    assert.same({ id = "carol" }, parse("x <who:user>", "@carol").who)
  end)

  it("is the author of the message replied to", function()
    local args = parse("x <who:user> [why...]", "because", { replied = ann })
    assert.equal(ann, args.who)
    assert.equal("because", args.why)
    args = parse("x <who:user>", "@Bob Smith", { replied = ann, mentions = { bob } })
    assert.equal(bob, args.who)
  end)

  it("is refused when nobody has that id", function()
    local nobody = { user = function() end }
    assert.equal("{value} is not a user.", refused("x <who:user>", "zed", nobody).text)
    assert.equal("{value} is not a user.", refused("x <who:user>", "@zed", nobody).text)
    assert.is_truthy(refused("x <who:user>", ("z"):rep(65)))
    assert.is_truthy(refused("x <who:user>", '""'))
  end)

  it("tells what was typed at most in part, and in whole letters", function()
    local typed = ("早"):rep(20)
    assert.equal(("早"):rep(13) .. "…", refused("x <n:integer>", typed).params.value)
    assert.equal("…", refused("x <n:integer>", ("\xAE"):rep(60)).params.value)
  end)
end)
