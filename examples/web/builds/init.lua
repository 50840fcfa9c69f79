--- Tells a group about builds: takes hooks, and asks.
local bot = ... ---@type moondock.Bot
local config = bot.config

assert(bot.http.serve("done", function(request)
  if request.headers["x-key"] ~= config.key then
    return { status = 403, body = "wrong key\n" }
  end
  local build = bot.json.decode(request.body)
  if type(build) ~= "table" or type(build.name) ~= "string" then
    return { status = 400, body = "want a build as JSON\n" }
  end
  local text = build.ok and "{name} is built" or "{name} is broken"
  local sent, err = bot.send(bot.group(config.group), text, { name = build.name })
  return sent and { json = { sent = sent.id } } or { status = 502, body = err.message .. "\n" }
end))

bot.command { "build <name>", help = "How a build ended", cooldown = 2, run = function(msg, args)
  local url = config.server .. "/api/build"
  local response, err = bot.http.get(url, { query = { name = args.name } })
  local build = response and response.status == 200 and response:json()
  if not build then
    bot.log.warn("no build %s: %s", args.name, err or response.status)
    return msg:reply("I cannot find {name}.", { name = args.name })
  end
  msg:reply("{name}: {state}", { name = args.name, state = build.state })
end }
