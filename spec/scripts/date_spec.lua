local date = require "moondock.date"

describe("date.at", function()
  it("agrees with os.date for every day of a few centuries", function()
    for seconds = -62135596800 // 8, 20000000000, 86400 * 37 + 12345 do
      local want = os.date("!*t", seconds)
      local have = date.at(seconds * 1000)
      for _, name in ipairs { "year", "month", "day", "hour", "min", "sec", "wday", "yday" } do
        assert.equal(want[name], have[name], name .. " of " .. seconds)
      end
      assert.equal(os.date("!%Y-%m-%d %H:%M:%S %j %a %A %b %B %I %p %w %u %y", seconds),
        have:format("%F %T %j %a %A %b %B %I %p %w %u %y"))
      assert.equal(seconds, date.seconds(have))
    end
  end)

  it("counts from where clocks are", function()
    local moment = date.at(1777593600000, 8 * 3600, "CST")
    assert.equal("2026-05-01 08:00:00 +0800", tostring(moment))
    assert.equal("CST 08:00 -0330", moment:format("%Z %R ")
      .. date.at(0, -12600, "NST"):format("%z"))
    assert.is_true(date.is_date(moment))
    assert.is_false(date.is_date({}))
  end)

  it("compares by the moment", function()
    assert.is_true(date.at(5, 3600) == date.at(5, 0))
    assert.is_true(date.at(5) < date.at(6) and date.at(5) <= date.at(5))
  end)

  it("names what is no local time", function()
    for problem, fields in pairs {
      ["month: want 1 to 12, have 0"] = { year = 2026, month = 0, day = 1 },
      ["day: 2026-04 has no day 31"] = { year = 2026, month = 4, day = 31 },
      ["hour: want 0 to 23, have 24"] = { year = 2026, month = 4, day = 1, hour = 24 },
      ["min: want 0 to 59, have 1.5"] = { year = 2026, month = 4, day = 1, min = 1.5 },
      ["year: want 1 to 9999, have nil"] = { month = 4, day = 1 },
    } do
      assert.same({ nil, problem }, { date.seconds(fields) })
    end
  end)
end)

describe("date.parse", function()
  it("reads a day with and without its year", function()
    assert.equal("2026-05-01", date.parse("2026-5-1"):format("%Y-%m-%d"))
    assert.equal("05/01", date.parse("05-01"):format("%m/%d"))
  end)

  it("knows the calendar", function()
    for _, text in ipairs { "2024-02-29", "2000-02-29", "02-29", "12-31" } do
      assert.is_truthy(date.parse(text), text)
    end
    for _, text in ipairs {
      "2026-02-29", "1900-02-29", "04-31", "13-01", "00-10", "1-0", "today", "", "2026-1-1x",
    } do
      assert.is_nil(date.parse(text), text)
    end
  end)

  it("formats only what it has", function()
    assert.equal("100% 01", date.parse("05-01"):format("100%% %d"))
    assert.has_error(function()
      date.parse("05-01"):format("%Y")
    end, "this day has no year")
    assert.has_error(function()
      date.parse("05-01"):format("%H")
    end)
  end)
end)
