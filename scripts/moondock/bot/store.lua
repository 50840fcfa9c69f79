--- The plugin's own key-values.

return function(host, bot, lib)
  local want, options = lib.want, lib.options

  local Store = {}
  Store.__index = Store

  function Store:get(key, default)
    local value, err = host.store_get(self.name, key)
    if err then
      return nil, err
    elseif value == nil then
      return default
    end
    return value
  end

  function Store:set(key, value, opts)
    return host.store_set(self.name, key, value, options(opts).ttl)
  end

  function Store:del(key)
    return host.store_del(self.name, key)
  end

  function Store:add(key, n)
    return host.store_add(self.name, key, n or 1)
  end

  function bot.store(name)
    return setmetatable({ name = want("string", name or "", "name") }, Store)
  end
end
