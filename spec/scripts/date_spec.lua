local date = require "moondock.date"

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
