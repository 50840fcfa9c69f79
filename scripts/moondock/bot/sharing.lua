--- What plugins of a bot offer each other.

return function(host, bot, lib)
  local want = lib.want
  local exports

  -- Errors travel as plain tables; the host makes errors of them again.
  local function plain(value, err, ...)
    if value == nil and type(err) == "table" then
      return nil, { code = err.code, message = err.message, status = err.status }
    end
    return value, err, ...
  end

  local function dispatch(name, ...)
    local fn = exports[name]
    if not fn then
      local text = ("%s exports no function %q"):format(bot.plugin.name, name)
      return plain(nil, host.failure("not_found", text))
    end
    return plain(fn(...))
  end

  function bot.export(functions)
    for name, fn in pairs(want("table", functions, "functions")) do
      if type(name) ~= "string" or type(fn) ~= "function" then
        error("functions: want names and functions", 2)
      end
    end
    if not exports then
      exports = {}
      host.export(dispatch)
    end
    for name, fn in pairs(functions) do
      exports[name] = fn
    end
  end

  function bot.require(plugin)
    want("string", plugin, "plugin")
    return setmetatable({}, {
      __index = function(proxy, name)
        local function call(...)
          return host.call(plugin, name, ...)
        end
        rawset(proxy, name, call)
        return call
      end,
    })
  end
end
