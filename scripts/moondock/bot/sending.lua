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

  local function send_text_table(to, content, params, opts)
    local given = content.text
    if type(given) ~= "string" then
      error("content.text: want a string, have " .. type(given), 3)
    end
    local in_group = host.chat_kind(to) == "group"
    local text, mentions, all = fill(translate(given, nil, params), params, in_group)
    if in_group then
      mentions, all = add_mentions(mentions, content.mentions)
    end
    local quoted = content.quote
    if quoted == nil then
      return send_text(to, text, mentions, all, opts)
    end
    -- A message, or what `quote` of one says. As raw text it is quoted to the letter: tables do
    -- not tell an empty list from an empty object.
    return host.send_kind(to, "quote", {
      text = text, id = quoted.id, type = quoted.type,
      content = quoted.raw or quoted.content,
      user = quoted.user or quoted.sender and quoted.sender.id,
    }, mentions, all, opts)
  end

  -- The one field that is not `mentions` says the kind.
  local function send_kind(to, content, opts)
    local kind
    for name in pairs(content) do
      if name ~= "mentions" then
        if kind then
          error(("content: one kind at a time, have %s and %s"):format(kind, name), 3)
        end
        kind = name
      end
    end
    local mentions, all
    if host.chat_kind(to) == "group" then
      mentions, all = add_mentions(nil, content.mentions)
    end
    local value, err = lib.attach(to, kind, content[kind])
    if err then
      return nil, err
    end
    return host.send_kind(to, tostring(kind), value, mentions, all, opts)
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
    elseif content.text ~= nil or next(content) == nil then
      sent, err = send_text_table(to, content, params, opts)
    else
      sent, err = send_kind(to, content, opts)
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

  -- Who wrote a message to a group, or asks about one, is told that this bot has read it.
  local function confirm(chat, user, id)
    local ids = { receiptMessageDic = { [user.id] = { id } } }
    return host.send_custom(chat, "RC:RRRspMsg", ids, { only = { user } })
  end

  -- In private all until this one counts as read; in groups those who wrote are told.
  function Message:read()
    local done, err
    if self.group then
      done, err = confirm(self, self.sender, self.id)
    else
      local last = { messageUId = self.id, lastMessageSendTime = self.time, type = 1 }
      done, err = host.send_custom(self, "RC:ReadNtf", last)
    end
    return done and true, err
  end

  --- Of "message.read_asked": says yes.
  function Event:read()
    local done, err = confirm(self, self.user, self.id)
    return done and true, err
  end

  function Sent:ask_read()
    local done, err = host.send_custom(self.to, "RC:RRReqMsg", { messageUId = self.id })
    return done and true, err
  end

  local function edit(chat, id, content, params)
    if type(content) == "string" then
      content = fill(translate(content, nil, params), params, host.chat_kind(chat) == "group")
    end
    return host.edit(chat, id, content)
  end

  function Message:edit(content, params)
    return edit(self, self.id, content, params)
  end

  function Sent:edit(content, params)
    return edit(self.to, self.id, content, params)
  end

  local function expand(chat, id, changes)
    local done, err = host.expand(chat, id, changes)
    return done and true, err
  end

  function Message:expand(changes)
    return expand(self, self.id, changes)
  end

  function Sent:expand(changes)
    return expand(self.to, self.id, changes)
  end

  bot.typing = host.typing

  function Event:reply(content, params, opts)
    return send(self, content, params, opts)
  end

  function Sent:recall()
    return host.recall(self.to, nil, self.id, self.time)
  end
end
