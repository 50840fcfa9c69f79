--- Looks at messages before they are delivered.
local bot = ... ---@type moondock.Bot
local config = bot.config

assert(bot.on("message.intercept", function(msg)
  if not msg.text then
    return "allow"
  end
  local text = msg.text:lower()
  for _, banned in ipairs(config.banned) do
    if text:find(banned, 1, true) then
      return { deny = "advertising is not allowed here" }
    end
  end
  local shown = msg.text
  for _, word in ipairs(config.masked) do
    shown = shown:gsub("%f[%w]" .. word .. "%f[%W]", ("*"):rep(#word))
  end
  if shown ~= msg.text then
    return { replace = shown }
  end
end))

bot.on("user.online", function(event)
  bot.log.info("%s is online with %s", event.user.id, event.os or "something")
end)
