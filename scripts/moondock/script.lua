--- `moondock exec`: runs a script, which gets the bot handle and what is here as `...`.
--- Runs in the script's own instance.

local host, bot = ...

local LEAVE = {} -- raised by script.exit

-- A line of the head: "--- usage: export GROUP FILE".
local function head(code, word)
  for line in code:gmatch("[^\n]*") do
    if not line:find("^%s*%-%-") then
      return nil
    end
    local value = line:match("^%s*%-%-%- " .. word .. ":%s*(.-)%s*$")
    if value then
      return value
    end
  end
end

-- The lines of a text that comes in pieces.
local function lines_of(piece)
  local rest, from, ended = "", 0, false
  return function()
    while true do
      local line, past = rest:match("^([^\n]*)\n()")
      if line then
        rest = rest:sub(past)
        return (line:gsub("\r$", ""))
      elseif ended then
        line, rest = rest, ""
        return line ~= "" and line or nil
      end
      local more = piece(from)
      ended = more == ""
      rest, from = rest .. more, from + #more
    end
  end
end

local function new_script(name, code, dry, args)
  local script = { name = name:gsub("^script%.", ""), args = args, dry = dry }

  --- A line for whoever runs the script.
  function script.print(...)
    local parts = table.pack(...)
    for i = 1, parts.n do
      parts[i] = tostring(parts[i])
    end
    host.exec_print(table.concat(parts, "\t"))
  end

  --- Shows how far long work is; the last call for a work has done == total.
  function script.progress(done, total, text)
    host.exec_progress(done, total, text or "")
  end

  --- Iterates over the lines of a file of whoever runs the script; "-" is the input.
  function script.lines(path)
    local first, err = host.exec_read(path, 0)
    if not first then
      return nil, err
    end
    return lines_of(function(from)
      if from == 0 then
        return first
      end
      local piece, why = host.exec_read(path, from)
      return piece or error(tostring(why), 0)
    end)
  end

  --- Appends to a file of whoever runs the script; it is on disk then.
  function script.append(path, text)
    return host.exec_append(path, text)
  end

  --- Ends the script; 0: all went well.
  function script.exit(status)
    LEAVE.status = status or 0
    error(LEAVE, 0)
  end

  --- Says how the script is used, and ends it.
  function script.usage(problem)
    if problem then
      script.print(problem)
    end
    script.print("usage: moondock exec " .. (head(code, "usage") or script.name))
    script.exit(2)
  end

  return script
end

--- Gives the exit status as a text.
return function(name, code, dry, args)
  local script = new_script(name, code, dry, args)
  local env = setmetatable({ print = script.print }, { __index = _G })
  local chunk, problem = load(code, "=" .. script.name, "t", env)
  if not chunk then
    error(problem, 0)
  end
  local ended = table.pack(xpcall(chunk, function(err)
    return err == LEAVE and err or bot.traceback(tostring(err))
  end, bot, script))
  if not ended[1] and ended[2] ~= LEAVE then
    error(ended[2], 0)
  end
  local status = ended[2]
  if status == LEAVE then
    status = LEAVE.status
  end
  return tostring(math.type(status) == "integer" and status or 0)
end
