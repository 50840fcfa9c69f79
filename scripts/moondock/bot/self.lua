--- The plugin itself: log, configuration, hand-over.

return function(host, bot)
  bot.log = {}
  for _, level in ipairs { "debug", "info", "warn", "error" } do
    bot.log[level] = function(format, ...)
      host.log(level, select("#", ...) > 0 and format:format(...) or tostring(format))
    end
  end

  bot.config = host.config
  bot.plugin = host.plugin
  bot.on_save, bot.on_load = host.on_save, host.on_load
end
