--- Answers with a picture, and keeps those that people send.
local bot = ... ---@type moondock.Bot

bot.command { "moon", help = "A picture of the moon", run = function(msg)
  local sent, err = msg:reply { image = { path = "moon.png", thumb = "moon.png" } }
  if not sent then
    bot.log.warn("no picture: %s", err)
    msg:reply("I cannot find it.")
  end
end }

bot.command { "again <name>", help = "Sends a picture that was kept", run = function(msg, args)
  local sent, err = msg:reply { file = args.name }
  if not sent then
    msg:reply("{name}: {why}", { name = args.name, why = err.code })
  end
end }

local formats = { ["image/jpeg"] = "jpg", ["image/png"] = "png", ["image/gif"] = "gif" }
local kept = 0

bot.on("message", function(msg)
  if msg.kind ~= "image" then
    return
  end
  -- The name is ours: what strangers write is no name for a file.
  local file, err = msg:download { to = ("%d-%s"):format(msg.time, msg.sender.id:gsub("%W", "_")),
    max = 5000000 }
  if not file then
    bot.log.warn("not kept: %s", err)
    return
  end
  kept = kept + 1
  msg:reply("Kept {kind} number {n}, {size} bytes, as {name}.", {
    kind = formats[file.type] or "file", n = kept, size = file.size, name = file.path,
  })
end)
