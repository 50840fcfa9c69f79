--- moondock new bot|plugin|script NAME: writes what works as it is, a folder or a file.
---
--- The folders are copies of scripts/templates/KIND, where the word KIND_name stands for the
--- name, in files and in their names.

local host = require "moondock.host"

local NAME_MAX = 64

-- What follows is printed with FOLDER and NAME filled in.
local kinds = {
  plugin = {
    home = "plugins/",
    files = {
      "plugin.lua", "init.lua", "locale/zh-CN.lua", "spec/plugin_name_spec.lua", "README.md",
    },
    next_steps = [[
Next:
  moondock check FOLDER    says what is wrong with it
  moondock test FOLDER     runs its specs
Then name it in the configuration: plugins = { ["NAME"] = {} }]],
  },
  bot = {
    home = "",
    files = { "moondock.lua", "README.md", ".gitignore" },
    next_steps = [[
Next, in FOLDER:
  export RC_SECRET=secret    the sandbox's app secret
  moondock check             says what is wrong with it
  moondock new plugin NAME   begins a plugin for it
README.md says how to run and meet it.]],
  },
}

kinds.script = {
  home = "",
  files = { "script_name.lua" },
  is_file = true,
  next_steps = [[
Next:
  moondock exec FOLDER/NAME.lua --dry-run demo hello    says what it would do]],
}

local function refuse(format, ...)
  io.stderr:write("moondock new: ", format:format(...), "\n")
  return 1
end

local function read_file(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

local function write_file(path, text)
  assert(host.make_folder(path:match("^(.*)/")))
  local file <close> = assert(io.open(path, "wb"))
  assert(file:write(text))
end

local kind_name, path = ...
local kind = kinds[kind_name]
local name = path:match("([^/]*)/*$")
if not name:find("^[a-z0-9_-]+$") or #name > NAME_MAX then
  return refuse("%q is no name: only a-z, 0-9, _ and -, at most %d of them", name, NAME_MAX)
end
local folder = path:find("/", 1, true) and path:match("^(.-)/*$") or kind.home .. path
local made = kind.is_file and folder .. ".lua" or folder
if host.real_path(made) then
  return refuse("%s exists already", made)
end
if kind.is_file then
  folder = folder:match("^(.*)/") or "."
end

local from = ("%s/templates/%s/"):format(host.library, kind_name)
local placeholder = kind_name .. "_name"
for _, file in ipairs(kind.files) do
  local text = read_file(from .. file):gsub("FOLDER", folder):gsub(placeholder, name)
  local to = folder .. "/" .. file:gsub(placeholder, name)
  local fine, err = pcall(write_file, to, text)
  if not fine then
    return refuse("%s", tostring(err))
  end
  print("  " .. to)
end
local next_steps = kind.next_steps:gsub("FOLDER/NAME", folder .. "/" .. name)
print((next_steps:gsub("FOLDER", folder):gsub("%[\"NAME\"%]", function()
  return name:find("^[%a_][%w_]*$") and name or ('["%s"]'):format(name)
end)))
return 0
