--- Requests to the web.

return function(host, bot)
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

  --- The body as a value.
  function Response:json()
    return host.json_decode(self.body)
  end
end
