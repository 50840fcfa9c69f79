--- The bot's list of conversations, as its account has it on every device.

return function(host, bot, lib)
  local Conversation = {}
  Conversation.__index = Conversation

  local COUNT_MAX = 100

  -- Until when this plugin has read: "group/ID" or "user/ID" to milliseconds.
  local function reads()
    return bot.store("conversations.read")
  end

  local function key_of(conversation)
    return conversation.kind .. "/" .. conversation.chat.id
  end

  local function new(row)
    local kind = row.group and "group" or "user"
    local id = row.group or row.user
    local last = row.last
    if last then
      last.sender = bot.user(last.sender)
    end
    return setmetatable({
      kind = kind, chat = row.group and bot.group(id) or bot.user(id), time = row.time, last = last,
      pinned = row.pinned == true, level = row.level or "default",
    }, Conversation)
  end

  --- A handle of the conversation with a group or a person; nothing is asked of the cloud.
  function bot.conversation(chat)
    local kind = host.chat_kind(chat) == "group" and "group" or "user"
    local thing = chat.group or chat.sender or chat
    return new { [kind] = thing.id }
  end

  local function marks_by_key()
    local list, err = host.marks()
    if not list then
      return nil, err
    end
    local marks = {}
    for _, mark in ipairs(list) do
      marks[(mark.group and "group/" or "user/") .. (mark.group or mark.user)] = mark
    end
    return marks
  end

  -- What those of a page are called, and who said the last of each.
  local function learn(list)
    local users, groups = {}, {}
    for _, row in ipairs(list) do
      users[#users + 1] = row.user
      users[#users + 1] = row.last and row.last.sender
      groups[#groups + 1] = row.group
    end
    lib.learn("user_names", users)
    lib.learn("group_names", groups)
  end

  --- Iterates over them, the one where something was said last first.
  function bot.conversations()
    local marks, err = marks_by_key()
    if not marks then
      return nil, err
    end
    local page
    page, err = host.conversations(nil, 0)
    if not page then
      return nil, err
    end
    learn(page.list)
    local at = 0
    return function()
      while true do
        at = at + 1
        local row = page.list[at]
        if row then
          local mark = marks[(row.group and "group/" or "user/") .. (row.group or row.user)] or {}
          row.pinned, row.level = mark.pinned, mark.level
          return new(row)
        elseif not page.next then
          return nil
        end
        page, err = host.conversations(nil, page.next)
        if not page then
          error(err, 2)
        end
        learn(page.list)
        at = 0
      end
    end
  end

  function Conversation:pin(on)
    return host.pin(self.chat, on ~= false)
  end

  function Conversation:notify(level)
    return host.notify(self.chat, level)
  end

  function Conversation:hide()
    return host.hide(self.chat)
  end

  --- How many messages of others came since the plugin read it, as far as `limit`.
  function Conversation:unread(limit)
    limit = math.min(limit or COUNT_MAX, COUNT_MAX)
    local own, count = bot.user(), 0
    local since, err = reads():get(key_of(self), 0)
    if not since then
      return nil, err
    end
    local messages
    messages, err = bot.history(self.chat, { after = since })
    if not messages then
      return nil, err
    end
    for message in messages do
      if not own or message.sender.id ~= own.id then
        count = count + 1
      end
      if count >= limit then
        break
      end
    end
    return count
  end

  --- It is read until now, also on the account's other devices.
  function Conversation:read()
    local now = host.now()
    local kept, err = reads():set(key_of(self), now)
    if not kept then
      return nil, err
    end
    local only = self.kind == "group" and { only = { bot.user() } } or nil
    local done
    done, err = host.send_custom(self.chat, "RC:SRSMsg", { lastMessageSendTime = now }, only)
    return done and true, err
  end

  lib.Conversation = Conversation
end
