-- Whatever the bundled plugins and the library say to people, they say in Chinese too, with the
-- same places to fill; and nothing is translated that nobody says.
local command = require "moondock.command"
local i18n = require "moondock.i18n"

local function list(folder)
  local names = {}
  local pipe <close> = assert(io.popen(("ls -1 '%s'"):format(folder)))
  for name in pipe:lines() do
    names[#names + 1] = name
  end
  return names
end

local function read(path)
  local file <close> = io.open(path, "rb")
  return file and file:read("a")
end

-- The text literals of Lua source, unescaped, each with what stands before it on its line.
local function literals(source)
  local found, at = {}, 1
  while at <= #source do
    local from, _, mark = source:find('(["%-%[])', at)
    if not from then
      break
    elseif mark == '"' then
      local to = from + 1
      while source:sub(to, to) ~= '"' do
        to = to + (source:sub(to, to) == "\\" and 2 or 1)
      end
      local text = assert(load("return " .. source:sub(from, to)))()
      found[#found + 1] = { text = text, before = source:sub(1, from - 1):match("[^\n]*$") }
      at = to + 1
    elseif source:find("^%-%-", from) then
      at = source:find("\n", from, true) or #source + 1
    else
      at = from + 1
    end
  end
  return found
end

-- Sentences begin with a capital letter or a place, and are no formats of the log; what is said
-- through bot.t is one in any case.
local function is_said(literal)
  local text, before = literal.text, literal.before
  if before:find("bot%.t%($") or before:find("reply%($") then
    return true
  elseif text:find("%%[sdq]") or before:find("summary = $") or before:find("error%(%(?$") then
    return false
  end
  return text:find("^[%u{].*[ }]") ~= nil
end

-- What is shown of a usage line with arguments; nil for other literals.
local function usage_of(literal)
  if literal.text:find("^%l[^\n]* [<%[]") and literal.before:find("^%s*$") then
    local ok, usage = pcall(command.compile, literal.text)
    return ok and usage.shown or nil
  end
end

local function forms(translation)
  return type(translation) == "table" and translation or { translation }
end

-- What is wrong between the sentences and a catalog.
local function compare(sentences, catalog)
  local problems = {}
  for text in pairs(sentences) do
    if not catalog[text] then
      problems[#problems + 1] = "not translated: " .. text
    end
  end
  for text, translation in pairs(catalog) do
    if not sentences[text] then
      problems[#problems + 1] = "nobody says: " .. text
    end
    for form, said in pairs(forms(translation)) do
      local same = table.concat(i18n.places(text)) == table.concat(i18n.places(said))
      if form ~= "by" and form ~= "one" and not same then
        problems[#problems + 1] = "other places: " .. said
      end
    end
  end
  table.sort(problems)
  return problems
end

local function collect(sentences, path, wanted)
  for _, literal in ipairs(literals(assert(read(path), path))) do
    local usage = usage_of(literal)
    if usage or wanted(literal) then
      sentences[usage or literal.text] = true
    end
  end
end

describe("the Chinese of", function()
  local folders = list("plugins")
  assert(#folders >= 3)
  for _, name in ipairs(folders) do
    local folder = "plugins/" .. name
    if read(folder .. "/plugin.lua") then
      it("the plugin " .. name, function()
        local sentences = {}
        for _, file in ipairs(list(folder)) do
          if file == "plugin.lua" then
            collect(sentences, folder .. "/" .. file, function(literal)
              return literal.before:find("default = $") and is_said(literal)
            end)
          elseif file:find("%.lua$") then
            collect(sentences, folder .. "/" .. file, is_said)
          end
        end
        local catalog = assert(loadfile(folder .. "/locale/zh-CN.lua"))()
        assert.same({}, compare(sentences, catalog))
      end)
    end
  end

  it("the library", function()
    local sentences = {}
    local function is_library(literal)
      local text = literal.text
      return text:find("^[%u{].* .*%.$") or text:find("^%u.* .*{%l+}$")
    end
    for _, file in ipairs { "ask.lua", "command.lua" } do
      collect(sentences, "scripts/moondock/" .. file, is_library)
    end
    for _, file in ipairs(list("scripts/moondock/bot")) do
      collect(sentences, "scripts/moondock/bot/" .. file, is_library)
    end
    assert.same({}, compare(sentences, require "moondock.locale.zh_cn"))
  end)
end)
