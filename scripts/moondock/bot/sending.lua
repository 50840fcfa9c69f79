--- Messages that leave: send, reply, recall.

return function(host, bot, lib)
  local Message, Event, Sent = host.Message, host.Event, host.Sent
  local send_text = host.send_text
  local want, translate, fill = lib.want, lib.translate, lib.fill
  local has_languages = lib.has_languages

  local function add_mentions(mentions, more)
    if more == nil or more == "all" then
      return mentions, more == "all"
    end
    want("table", more, "content.mentions")
    mentions = mentions or {}
    for _, user in ipairs(more) do
      mentions[#mentions + 1] = user
    end
    return mentions, false
  end

  local function send(to, content, params, opts)
    local sent, err
    if type(content) == "string" then
      local in_group = host.chat_kind(to) == "group"
      local text, mentions = fill(translate(content, nil, params), params, in_group)
      sent, err = send_text(to, text, mentions, nil, opts)
    elseif type(content) ~= "table" then
      error("content: want a text or a table, have " .. type(content), 3)
    elseif content.type then
      sent, err = host.send_custom(to, content.type, content.content, opts)
    else
      local given = want("string", content.text, "content.text")
      local in_group = host.chat_kind(to) == "group"
      local text, mentions, all = fill(translate(given, nil, params), params, in_group)
      if in_group then
        mentions, all = add_mentions(mentions, content.mentions)
      end
      sent, err = send_text(to, text, mentions, all, opts)
    end
    if sent then
      sent.to = to
    end
    return sent, err
  end

  lib.send = send

  function bot.send(to, content, params, opts)
    return send(to, content, params, opts)
  end

  bot.outbox = host.outbox

  function Message:reply(content, params, opts)
    if params or opts or has_languages or type(content) ~= "string" then
      return send(self, content, params, opts)
    end
    local sent, err = send_text(self, content) -- what most replies are
    if sent then
      sent.to = self
    end
    return sent, err
  end

  function Message:recall()
    return host.recall(self, self.sender, self.id, self.time)
  end

  function Event:reply(content, params, opts)
    return send(self, content, params, opts)
  end

  function Sent:recall()
    return host.recall(self.to, nil, self.id, self.time)
  end
end
