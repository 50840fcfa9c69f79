--- Writes the history of a group to a file, a JSON object a line, the oldest first.
--- usage: export GROUP FILE [DAYS]
--- needs: history
---
--- Started again it goes on behind the last line of FILE, which may be cut off: so it also brings
--- a file up to date. DAYS: no further back than that.

local bot, script = ...

local id, path, days = table.unpack(script.args)
if not path or #script.args > 3 or days and not tonumber(days) then
  script.usage()
end

-- The last whole line says where to go on; what of the same millisecond is there already.
local function last_time()
  local time, ids, cut = nil, {}, false
  local lines, err = script.lines(path)
  if not lines then
    return err.code == "not_found" and 0 or error(err), ids, false
  end
  for line in lines do
    local fine, row = pcall(bot.json.decode, line)
    cut = not (fine and type(row) == "table" and row.time)
    if not cut then
      if row.time ~= time then
        time, ids = row.time, {}
      end
      ids[row.id] = true
    end
  end
  return time or 0, ids, cut
end

local function row_of(msg)
  return bot.json.encode {
    id = msg.id, time = msg.time, sender = msg.sender.id, type = msg.type, content = msg.content,
    raw = not msg.content and msg.raw or nil,
  }
end

local PIECE = 32768

local from, known, cut = last_time()
if days then
  from = math.max(from, bot.now() - math.floor(days * 86400000))
end
local count, size, rows = 0, 0, cut and { "" } or {}
local function flush()
  if #rows > 0 then
    assert(script.append(path, table.concat(rows, "\n") .. "\n"))
    size, rows = 0, {}
  end
end

local after = from > 0 and from - 1 or nil
for msg in assert(bot.history(bot.group(id), { after = after, oldest_first = true })) do
  if not known[msg.id] then
    local row = row_of(msg)
    if size + #row > PIECE then
      flush()
    end
    rows[#rows + 1] = row
    size = size + #row + 1
    count = count + 1
    if count % 100 == 0 then
      script.progress(count, 0, bot.date(msg.time):format("%F"))
    end
  end
end
flush()
print(("%d messages"):format(count))
