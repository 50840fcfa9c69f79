--- Waiting for what comes: an event, an answer. And events of the plugin's own.

return function(host, bot, lib)
  local want, options = lib.want, lib.options

  local WAIT = "5m"

  function bot.wait(event, opts)
    lib.check_event(event)
    if event:find("^schedule%.") then
      error("event: what was scheduled comes to bot.on, also after a restart", 2)
    end
    opts = options(opts)
    if opts.where ~= nil then
      want("function", opts.where, "where")
    end
    if (opts.chat == nil) ~= (opts.from == nil) then
      error("opts: chat and from go together", 2)
    elseif opts.chat ~= nil and event ~= "message" then
      error('opts: chat and from are for "message"', 2)
    end
    return host.wait(event, opts.timeout or WAIT, opts.where, opts.chat, opts.from)
  end

  function bot.emit(event, data)
    if not want("string", event, "event"):find(":", 1, true) then
      error('event: own events have a colon in their name, as "quiz:over"', 2)
    end
    return host.emit(event, data)
  end

  local ask -- the library, once somebody asks

  function host.Message:ask(content, params, opts)
    ask = ask or require "moondock.ask"
    return ask(host, lib, self, content, params, options(opts))
  end
end
