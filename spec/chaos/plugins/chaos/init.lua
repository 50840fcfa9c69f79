--- Answers "q KIND NUMBER;" with one or more "KIND NUMBER PART [SUM]".
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

-- All of this kind make one sum.
function answers.sum(msg, number)
  msg:reply(("sum %s 1 %d"):format(number, bot.store():add("sum")))
end

-- Others come between reading and writing.
function answers.later(msg, number)
  local store = bot.store()
  local count = store:get("later/" .. number) or 0
  bot.sleep(0.001 * (tonumber(number) % 100))
  store:set("later/" .. number, count + 1)
  msg:reply(("later %s %d"):format(number, store:get("later/" .. number)))
end

function answers.http(msg, number)
  msg:reply("http " .. number .. " 1")
  bot.http.get(bot.config.url)
  msg:reply("http " .. number .. " 2")
end

function answers.ask(msg, number)
  local text, err = msg:ask("ask " .. number .. " 1")
  if text ~= "yes " .. number then
    bot.log.error("%s was answered with %s %s", number, text, err)
  end
  msg:reply(("ask %s %d"):format(number, text == "yes " .. number and 2 or 3))
end

bot.on("message", function(msg)
  local kind, number = (msg.text or ""):match("^q (%a+) (%d+);$")
  if answers[kind] then
    answers[kind](msg, number)
  end
end)
