local duration = require "moondock.duration"

describe("duration.parse", function()
  local good = {
    ["30s"] = 30, ["10m"] = 600, ["3h"] = 10800, ["2d"] = 172800, ["1w"] = 604800,
    ["1d12h"] = 129600, ["12h1d"] = 129600, ["1D12H"] = 129600, ["45"] = 45, ["0s"] = 0,
  }
  for text, seconds in pairs(good) do
    it("reads " .. text, function()
      assert.equal(seconds, duration.parse(text))
    end)
  end

  for _, text in ipairs { "", "m", "10x", "1m1m", "-5m", "1.5h", " 5m", "5m ", "5m x" } do
    it(("refuses %q"):format(text), function()
      local seconds, problem = duration.parse(text)
      assert.is_nil(seconds)
      assert.equal("not a duration", problem)
    end)
  end

  it("takes numbers as seconds", function()
    assert.equal(2.5, duration.parse(2.5))
  end)

  it("refuses what is out of range", function()
    for _, value in ipairs { -1, 0 / 0, math.huge, duration.MAX + 1, "5300w", "9999999999w" } do
      local seconds, problem = duration.parse(value)
      assert.is_nil(seconds)
      assert.equal("out of range", problem)
    end
  end)

  it("refuses other types", function()
    assert.is_nil(duration.parse(nil))
    assert.is_nil(duration.parse(true))
    assert.is_nil(duration.parse({}))
  end)
end)

describe("duration.ms", function()
  it("gives whole milliseconds", function()
    assert.equal(600000, duration.ms("10m"))
    assert.equal(1500, duration.ms(1.5))
    assert.equal("integer", math.type(duration.ms(0.0015)))
  end)

  it("raises, naming the argument", function()
    assert.has_error(function()
      duration.ms("soon", "timeout")
    end, "timeout: not a duration")
  end)
end)

describe("duration.format", function()
  local good = {
    ["0s"] = 0, ["59s"] = 59.9, ["10m"] = 600, ["1d12h"] = 129600, ["2w1d1s"] = 1296001,
  }
  for text, seconds in pairs(good) do
    it("writes " .. text, function()
      assert.equal(text, duration.format(seconds))
    end)
  end

  it("writes what parse reads", function()
    for _, seconds in ipairs { 1, 61, 3661, 90061, 694861, duration.MAX } do
      assert.equal(seconds, duration.parse(duration.format(seconds)))
    end
  end)
end)
