--- Answers "q KIND NUMBER;" with one or more "KIND NUMBER PART [SUM]".
local bot = ... ---@type moondock.Bot

local answers = {}

-- While the disk is full nothing is kept and nothing sent, and the call says so: then it is
-- tried until there is room. Any other failure is final.
local function insist(fn, ...)
  local done, err = fn(...)
  while not done and err.code == "storage" do
    bot.sleep(0.1)
    done, err = fn(...)
  end
  return done, err
end

local function say(msg, text)
  insist(msg.reply, msg, text)
end

function answers.plain(msg, number)
  say(msg, "plain " .. number .. " 1")
end

function answers.two(msg, number)
  say(msg, "two " .. number .. " 1")
  say(msg, "two " .. number .. " 2")
end

function answers.spawn(msg, number)
  for part = 1, 2 do
    local function run()
      say(msg, ("spawn %s %d"):format(number, part))
    end
    if not bot.spawn(run) then -- a thousand tasks wait already
      run()
    end
  end
end

function answers.sleep(msg, number)
  bot.sleep(0.001 * (tonumber(number) % 250))
  say(msg, "sleep " .. number .. " 1")
end

function answers.store(msg, number)
  local store = bot.store()
  local count = (store:get("count/" .. number) or 0) + 1
  insist(store.set, store, "count/" .. number, count)
  say(msg, ("store %s %d"):format(number, count))
end

-- All of this kind make one sum.
function answers.sum(msg, number)
  local store = bot.store()
  say(msg, ("sum %s 1 %d"):format(number, insist(store.add, store, "sum")))
end

-- Others come between reading and writing.
function answers.later(msg, number)
  local store = bot.store()
  local count = store:get("later/" .. number) or 0
  bot.sleep(0.001 * (tonumber(number) % 100))
  insist(store.set, store, "later/" .. number, count + 1)
  say(msg, ("later %s %d"):format(number, count + 1))
end

function answers.http(msg, number)
  say(msg, "http " .. number .. " 1")
  bot.http.get(bot.config.url)
  say(msg, "http " .. number .. " 2")
end

function answers.ask(msg, number)
  local text, err = insist(msg.ask, msg, "ask " .. number .. " 1")
  if text ~= "yes " .. number then
    bot.log.error("%s was answered with %s %s", number, text, err)
  end
  say(msg, ("ask %s %d"):format(number, text == "yes " .. number and 2 or 3))
end

bot.on("message", function(msg)
  local kind, number = (msg.text or ""):match("^q (%a+) (%d+);$")
  if answers[kind] then
    answers[kind](msg, number)
  end
end)
