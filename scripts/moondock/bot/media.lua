--- Files: up to the cloud's store and down from it.

return function(host, bot, lib)
  local Message = host.Message
  local WATCH = 0.2 -- seconds between two looks at how far it is

  local carriers = { "file", "image", "gif", "video", "voice", "combined" }

  -- Calls `fn`, and meanwhile tells `progress` how far the transfer is.
  local function watched(progress, fn, ...)
    if progress == nil then
      return fn(...)
    end
    lib.want("function", progress, "opts.progress")
    local number, told = host.next_transfer(), 0
    local _ <close> = setmetatable({ number = host.every(WATCH, function()
      local done, total = host.transferred(number)
      if done and done > told then
        told = done
        progress(done, total)
      end
    end) }, {
      __close = function(self)
        host.stop(self.number)
      end,
    })
    local result, err = fn(...)
    if result then
      progress(result.size, result.size)
    end
    return result, err
  end

  local function upload(to, kind, path, opts)
    return watched(opts.progress, host.upload, to, kind, path, opts.timeout)
  end

  function bot.upload(path, opts)
    opts = lib.options(opts)
    return upload(nil, opts.kind or "file", path, opts)
  end

  function Message:download(opts)
    opts = lib.options(opts)
    local url
    for _, kind in ipairs(carriers) do
      local carried = self[kind]
      url = url or carried and carried.url
    end
    return watched(opts.progress, host.download, url, opts.to, opts.max, opts.timeout)
  end

  -- What an upload tells of each kind, besides the address.
  local known = {
    image = {}, gif = { "size" }, voice = { "format" }, video = { "size", "name" },
    file = { "size", "name", "format" },
  }

  --- What a message of the kind says of `value`, with what it names uploaded. Other kinds, and
  --- values without a file, are given back as they are.
  function lib.attach(to, kind, value)
    local fields = known[kind]
    if not fields then
      return value
    elseif type(value) == "string" and not value:find("^%a[%w+.-]*:") then
      value = { path = value }
    end
    if type(value) ~= "table" or value.path == nil and value.thumb == nil then
      return value
    end
    local given = {}
    for name, field in pairs(value) do
      given[name] = field
    end
    local err
    if value.thumb ~= nil then
      given.thumb = nil
      given.thumbnail, err = host.thumbnail(value.thumb)
      if not given.thumbnail then
        return nil, err
      end
    end
    if value.path ~= nil then
      local uploaded
      given.path, given.progress, given.timeout = nil, nil, nil
      uploaded, err = upload(to, kind, value.path, value)
      if not uploaded then
        return nil, err
      end
      given.url = uploaded.url
      for _, name in ipairs(fields) do
        if given[name] == nil then
          given[name] = uploaded[name]
        end
      end
    end
    return given
  end
end
