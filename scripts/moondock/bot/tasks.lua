--- Tasks: pieces of work that go on beside each other.

return function(host, bot, lib)
  local want = lib.want

  local Task = {}
  Task.__index = Task

  function Task:cancel()
    host.cancel(self.id)
  end

  bot.traceback = host.traceback

  function bot.on_error(fn)
    host.on_error(want("function", fn, "fn"))
    return function()
      host.on_error(nil)
    end
  end

  function bot.spawn(fn, ...)
    local id, err = host.spawn(want("function", fn, "fn"), ...)
    if not id then
      return nil, err
    end
    return setmetatable({ id = id }, Task)
  end

  local function run_one(results, place, fn)
    local value, err = fn()
    if value == nil then
      results.errors[place] = err
    else
      results[place] = value
    end
  end

  function bot.all(fns)
    want("table", fns, "fns")
    for place, fn in ipairs(fns) do
      want("function", fn, ("fns[%d]"):format(place))
    end
    local results = { n = #fns, errors = {} }
    local ids, places = {}, {}
    for place, fn in ipairs(fns) do
      local id, err = host.spawn(run_one, results, place, fn)
      if id then
        ids[#ids + 1], places[#places + 1] = id, place
      else
        results.errors[place] = err
      end
    end
    local failed, err = host.join(ids)
    if not failed then
      return nil, err
    end
    for index, problem in pairs(failed) do
      results.errors[places[index]] = problem
    end
    return results
  end
end
