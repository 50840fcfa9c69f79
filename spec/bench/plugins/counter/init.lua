--- Sends every text back and counts them, across reloads.
local bot = ... ---@type moondock.Bot

local state = { handled = 0, loads = 0 }

bot.on("message", function(msg)
  state.handled = state.handled + 1
  msg:reply(msg.text)
end)

bot.on_save(function()
  return state
end)

bot.on_load(function(old)
  state = old
  state.loads = state.loads + 1
end)

--- For whoever asks through the control socket.
function counted() -- luacheck: ignore
  return state
end
