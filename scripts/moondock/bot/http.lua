--- Requests to the web, and from it.

return function(host, bot, lib)
  local Response = host.Response

  bot.http = {}

  function bot.http.get(url, opts)
    return host.http("GET", url, nil, opts)
  end

  function bot.http.post(url, body, opts)
    return host.http("POST", url, body, opts)
  end

  --- `opts.url`, `opts.method` and `opts.body` besides what get and post take.
  function bot.http.request(opts)
    if type(opts) ~= "table" then
      error("opts: want a table, have " .. type(opts), 2)
    end
    local method = opts.method
    if method == nil then
      method = (opts.body or opts.json) and "POST" or "GET"
    end
    return host.http(method, opts.url, opts.body, opts)
  end

  --- Answers requests to /BOT/PLUGIN/path.
  function bot.http.serve(path, fn)
    lib.want("string", path, "path")
    lib.want("function", fn, "fn")
    local number, err = host.serve(path, fn)
    if not number then
      return nil, err
    end
    return function()
      host.serve_off(number)
    end
  end

  --- The body as a value.
  function Response:json()
    return host.json_decode(self.body)
  end
end
