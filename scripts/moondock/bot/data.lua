--- JSON and random bytes.

return function(host, bot, lib)
  bot.json = {
    encode = host.json_encode,
    decode = host.json_decode,
    null = host.json_null,
  }

  --- Marks a table as a list, so that an empty one is written as [].
  function bot.json.list(items)
    return host.json_list(lib.want("table", items == nil and {} or items, "items"))
  end

  bot.random_bytes = host.random_bytes
end
