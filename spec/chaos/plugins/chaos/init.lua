--- Answers "q KIND NUMBER;" with one or more "KIND NUMBER PART".
local bot = ... ---@type moondock.Bot

local answers = {}

function answers.plain(msg, number)
  msg:reply("plain " .. number .. " 1")
end

function answers.two(msg, number)
  msg:reply("two " .. number .. " 1")
  msg:reply("two " .. number .. " 2")
end

function answers.spawn(msg, number)
  for part = 1, 2 do
    bot.spawn(function()
      msg:reply(("spawn %s %d"):format(number, part))
    end)
  end
end

function answers.sleep(msg, number)
  bot.sleep(0.001 * (tonumber(number) % 250))
  msg:reply("sleep " .. number .. " 1")
end

function answers.store(msg, number)
  local store = bot.store()
  local count = (store:get("count/" .. number) or 0) + 1
  store:set("count/" .. number, count)
  msg:reply(("store %s %d"):format(number, count))
end

bot.on("message", function(msg)
  local kind, number = (msg.text or ""):match("^q (%a+) (%d+);$")
  if answers[kind] then
    answers[kind](msg, number)
  end
end)
