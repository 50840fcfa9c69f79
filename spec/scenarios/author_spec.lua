--- An author's path, as plugins/README.md tells it: each of its commands is run, in order, and
--- must print what stands below it.

local host = require "moondock.host"
local stage = require "moondock.stage"

local PAGE = "plugins/README.md"

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

-- The fenced blocks of a page: { kind, file, text, line }.
local function blocks_of(text)
  local blocks, open, number = {}, nil, 0
  for line in text:gmatch("(.-)\n") do
    number = number + 1
    local kind, file = line:match("^```(%a+) ?(%S*)$")
    if open and line == "```" then
      open.text = table.concat(open, "\n")
      blocks[#blocks + 1], open = open, nil
    elseif open then
      open[#open + 1] = line
    elseif kind then
      open = { kind = kind, file = file, line = number }
    end
  end
  return blocks
end

describe("an author's path", function()
  local folder, here, env, running, printed

  before_each(function()
    folder = assert(host.temp_folder())
    here, running, printed = folder, {}, {}
    env = {
      PATH = folder .. "/bin:" .. os.getenv("PATH"),
      MOONDOCK_DATA = host.library:match("^(.*)/scripts/?$"),
    }
    host.make_folder(folder .. "/bin")
    local link <close> = assert(host.spawn {
      "ln", "-s", host.executable, folder .. "/bin/moondock",
    })
    assert.equal(0, link:wait())
  end)

  after_each(function()
    for index = #running, 1, -1 do
      running[index]:signal("TERM")
      running[index]:wait(20)
      running[index]:close()
    end
    host.remove_folder(folder)
  end)

  -- `moondock … &`: until it says that it is ready.
  local function start(words)
    local command = { folder = here, env = env, own_session = true }
    for word in words:gsub("127%.0%.0%.1:%d+", "127.0.0.1:0"):gmatch("%S+") do
      command[#command + 1] = word
    end
    command[1] = host.executable
    local process = assert(host.spawn(command))
    running[#running + 1] = process
    local line = process:next_line(stage.PATIENCE, " ready")
    assert(line, words .. ":\n" .. table.concat(process:lines(), "\n"))
    env.MOONDOCK_SERVER = line:match("^sandbox ready (%S+)") or env.MOONDOCK_SERVER
  end

  local function run(line, where)
    local fails = line:find("# fails$") ~= nil
    local command = line:gsub("http://127.0.0.1:7800", env.MOONDOCK_SERVER or "%0")
    local process <close> = assert(host.spawn { "sh", "-c", command, folder = here, env = env })
    process:end_input()
    local status = assert(process:wait(60))
    for _, text in ipairs(process:lines()) do
      printed[#printed + 1] = text
    end
    local all = table.concat(process:lines(), "\n")
    assert((status ~= 0) == fails, ("%s: %s: status %d\n%s"):format(where, line, status, all))
  end

  local function do_line(line, where)
    local folder_name, name, value = line:match("^cd (%S+)$"), line:match("^export (%S+)=(%S+)$")
    if folder_name then
      here = here .. "/" .. folder_name
    elseif name then
      env[name] = value
    elseif line:find("^moondock .* ?&$") then
      start(line:sub(1, -3))
    else
      run(line, where)
    end
  end

  local function expect(wanted, where)
    local pattern = "^" .. wanted:gsub("[^%w%s*]", "%%%0"):gsub("%*", ".*") .. "$"
    for _, line in ipairs(printed) do
      if line:find(pattern) then
        return
      end
    end
    error(("%s: not printed: %s\n  but:\n  %s"):format(where, wanted,
      table.concat(printed, "\n  ")), 0)
  end

  it("is what the tutorial says", function()
    local commands = {}
    for _, block in ipairs(blocks_of(read(PAGE))) do
      local where = ("%s:%d"):format(PAGE, block.line)
      if block.kind == "sh" then
        printed = {}
        for _, line in ipairs(block) do
          commands[#commands + 1] = line
          do_line(line, where)
        end
      elseif block.kind == "text" then
        for _, line in ipairs(block) do
          expect(line, where)
        end
      elseif block.file ~= "" then
        stage.write_file(here .. "/" .. block.file, block.text .. "\n")
      end
    end
    -- The page may change, but not lose its way.
    local path = table.concat(commands, "\n")
    for _, step in ipairs {
      "new bot", "new plugin", "check", "test", "sandbox", "run", "chat", "ctl reload",
      "ctl rollback", "console",
    } do
      assert(path:find("moondock " .. step, 1, true), "the tutorial has no " .. step)
    end
  end)

  it("is the same in Chinese", function()
    local ours, theirs = blocks_of(read(PAGE)), blocks_of(read("plugins/README.zh-CN.md"))
    for index, block in ipairs(ours) do
      local other = theirs[index] or {}
      assert.equal(block.text, other.text)
      assert.equal(block.file, other.file)
    end
    assert.equal(#ours, #theirs)
  end)
end)
