--- Crons and schedules in moondock.test: time passes from one timer to the next.

local host = require "moondock.host"
local test = require "moondock.test"

describe("time in a world", function()
  local world, folder

  local function open(code, zone)
    folder = host.temp_folder()
    assert(os.execute("mkdir " .. folder .. "/p"))
    for name, text in pairs {
      ["plugin.lua"] = [[return { name = "p", version = "1.0.0", summary = "x" }]],
      ["init.lua"] = "local bot = ...\n" .. code,
    } do
      local file <close> = assert(io.open(folder .. "/p/" .. name, "w"))
      file:write(text)
    end
    world = test.world { plugin = folder .. "/p", grants = { "send" }, time_zone = zone }
  end

  after_each(function()
    world:close()
    host.remove_folder(folder)
  end)

  -- Half past midnight in Shanghai, whatever the time is here.
  local function begin_a_day()
    local day, ahead = 86400000, 8 * 3600000
    host.clock.add(day - (host.now() + ahead) % day + 1800000)
  end

  it("brings every cron of a day", function()
    begin_a_day()
    open([[
      local n = 0
      bot.cron("0 9,21 * * *", function(now)
        n = n + 1
        bot.send(bot.user("spec"), now:format("%H:%M %Z"))
      end)]], "Asia/Shanghai")
    world:advance("1d")
    local replies = world:replies()
    table.sort(replies)
    assert.same({ "09:00 CST", "21:00 CST" }, replies)
  end)

  it("brings what a reload did not handle", function()
    open [[
      bot.command { "later", run = function(msg)
        bot.schedule("90m", "later", msg.text)
      end }
      bot.on("schedule.later", function(event)
        event:reply("now")
      end)]]
    local group = world:group("g", { "alice" })
    group.alice:says("/later")
    world:advance("1h")
    assert.same({}, world:replies())
    assert(world:reload())
    world:advance("30m")
    assert.same({ "now" }, world:replies())
    world:advance("1d")
    assert.same({}, world:replies())
  end)
end)
