--- Key-values: the plugin's own, and those that several plugins of the bot share.

return function(host, bot, lib)
  local options = lib.options

  local Store = {}
  Store.__index = Store

  function Store:get(key, default)
    local value, err = host.store_get(self.shared, self.name, key)
    if err then
      return nil, err
    elseif value == nil then
      return default
    end
    return value
  end

  function Store:set(key, value, opts)
    return host.store_set(self.shared, self.name, key, value, options(opts).ttl)
  end

  function Store:del(key)
    return host.store_set(self.shared, self.name, key, nil)
  end

  function Store:add(key, n)
    return host.store_add(self.shared, self.name, key, n or 1)
  end

  function Store:update(key, fn, opts)
    return host.store_update(self.shared, self.name, key, fn, options(opts).ttl)
  end

  --- Iterates over keys and values in the order of the keys, a page at a time. Entries may be
  --- changed meanwhile; a page that cannot be read raises its error.
  function Store:each(prefix)
    prefix = prefix or ""
    local page, err = host.store_page(self.shared, self.name, prefix, "")
    if not page then
      return nil, err
    end
    local at = 0
    return function()
      if at > 0 and at == #page then
        page, err = host.store_page(self.shared, self.name, prefix, page[at - 1])
        at = 0
        if not page then
          error(err, 0)
        end
      end
      if page[at + 1] == nil then
        return nil
      end
      at = at + 2
      return page[at - 1], page[at]
    end
  end

  --- The plugin's store called `name`, or one that plugins share: `{ shared = NAME }`.
  function bot.store(name)
    local opts = name
    if type(name) ~= "table" then
      opts = { name = name }
    end
    for key in pairs(opts) do
      if key ~= "name" and key ~= "shared" then
        error(("store: want { name, shared }, have %q"):format(tostring(key)), 2)
      end
    end
    local own = opts.name or ""
    if type(own) ~= "string" then
      error("name: want a string, have " .. type(own), 2)
    end
    if opts.shared ~= nil then
      host.store_check(opts.shared)
    end
    return setmetatable({ name = own, shared = opts.shared }, Store)
  end
end
