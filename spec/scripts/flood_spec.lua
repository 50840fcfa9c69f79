local flood = require "moondock.flood"

describe("the flood counter", function()
  it("tells the limit within the window, once", function()
    local counter = flood.new(3, 5000)
    assert.is_false(counter:hit("a", 0))
    assert.is_false(counter:hit("a", 1000))
    assert.is_true(counter:hit("a", 5000))
    assert.is_false(counter:hit("a", 5001))
  end)

  it("forgets what is older than the window", function()
    local counter = flood.new(3, 5000)
    assert.is_false(counter:hit("a", 0))
    assert.is_false(counter:hit("a", 1000))
    assert.is_false(counter:hit("a", 5001))
    assert.is_true(counter:hit("a", 5002))
  end)

  it("keeps people apart", function()
    local counter = flood.new(2, 5000)
    assert.is_false(counter:hit("a", 0))
    assert.is_false(counter:hit("b", 0))
    assert.is_true(counter:hit("b", 0))
  end)

  it("bears messages out of order", function()
    local counter = flood.new(3, 100)
    assert.is_false(counter:hit("a", 200))
    assert.is_false(counter:hit("a", 150))
    assert.is_false(counter:hit("a", 320)) -- 150 is too old now, 200 is too
    assert.is_false(counter:hit("a", 330))
    assert.is_true(counter:hit("a", 325))
  end)

  it("sees no flood in what waited", function()
    local counter, told = flood.new(8, 5000), 0
    for i = 1, 10000 do -- an hour's talk, handed over in one go
      told = told + (counter:hit("user" .. i % 10, i * 360) and 1 or 0)
    end
    assert.equal(0, told)
  end)

  it("does not remember everyone who ever spoke", function()
    local counter = flood.new(3, 5000)
    for i = 1, 10000 do
      counter:hit("user" .. i, i * 100)
    end
    local count = 0
    for _ in pairs(counter.times) do
      count = count + 1
    end
    assert.is_true(count <= 1000)
    assert.equal(count, counter.keys)
  end)

  it("keeps those who still talk when it forgets", function()
    local counter = flood.new(3, 5000)
    for i = 1, 1500 do
      counter:hit("user" .. i, 0)
    end
    counter:hit("user1", 10)
    assert.is_true(counter:hit("user1", 20))
  end)
end)
