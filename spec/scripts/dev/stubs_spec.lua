package.path = "./scripts/dev/?.lua;" .. package.path
local reference = require "reference"
local stubs = require "stubs"

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

-- All of spec/ as one text, without the stub spec itself.
local function all_specs()
  local parts = {}
  local pipe <close> = assert(io.popen(
    "find spec examples plugins -name node_modules -prune -o -name '*.lua' -print"
      .. " -o -name '*.c' -print"))
  for path in pipe:lines() do
    if not path:find("stubs_spec", 1, true) then
      parts[#parts + 1] = read(path)
    end
  end
  return table.concat(parts, "\n")
end

local function write_stub(text)
  local path = os.tmpname()
  local file <close> = assert(io.open(path, "wb"))
  file:write(text)
  return path
end

describe("the stubs", function()
  local all = stubs.parse(reference.files())

  it("document every function, argument and result", function()
    assert.same({}, stubs.problems(all))
    assert.is_true(#all.functions > 80)
  end)

  it("complete what follows a value", function()
    local bot = stubs.complete(all, "moondock.Bot")
    assert.equal("function", bot.command)
    assert.equal("function", bot.on)
    assert.equal("moondock.Log", bot.log)
    local message = stubs.complete(all, "moondock.Message")
    assert.equal("function", message.reply)
    assert.equal("moondock.User", message.sender)
    assert.equal("function", stubs.complete(all, "moondock.Group").kick)
    assert.equal("function", stubs.complete(all, "moondock.Http").get)
    assert.equal("moondock.Duration", stubs.complete(all, "moondock.HttpRequest").timeout)
  end)

  it("give every result a type that can be completed further", function()
    for _, fn in ipairs(all.functions) do
      for _, result in ipairs(fn.returns) do
        assert.is_true(#result.type > 0, fn.name)
      end
    end
  end)

  it("name functions that the specs use", function()
    local specs, missing = all_specs(), {}
    for _, fn in ipairs(all.functions) do
      local name = fn.name:match("[.:][%w_]+$")
      if not specs:find(name, 1, true) then
        missing[#missing + 1] = fn.name
      end
    end
    assert.same({}, missing)
  end)

  it("say what is missing", function()
    local path = write_stub([[
---@meta
--- A topic.

---@class moondock.Bot
local bot = {}

---@param a moondock.Nothing
---@param c string
function bot.bad(a, b) end

---Waits.
---@async
function bot.worse() end
]])
    local topic = path:match("([%w_]+)$")
    os.rename(path, path .. ".lua")
    local found = stubs.problems(stubs.parse { path .. ".lua" })
    os.remove(path .. ".lua")
    assert.same({
      topic .. ": bot.bad: has no argument c",
      topic .. ": bot.bad: nothing about b",
      topic .. ": bot.bad: says nothing",
      topic .. ": bot.bad: there is no type moondock.Nothing",
      topic .. ": bot.worse: waits, and says nothing of what it returns",
    }, found)
  end)
end)

describe("the reference", function()
  it("says what the stubs say (else: make reference)", function()
    assert.equal(reference.page(), read(reference.path))
  end)
end)
