--- What people and groups are called, where an App Server knows it. A name that cannot be had is
--- no error: the id stands in its place.

return function(host, _, lib)
  local MOST = 100
  local asks = true -- until the account turns out to have no App Server

  --- Asks for the names of those ids that are not known; `which` "user_names" or "group_names".
  function lib.learn(which, ids)
    local seen, batch = {}, {}
    for _, id in ipairs(ids) do
      if not seen[id] then
        seen[id], batch[#batch + 1] = true, id
      end
    end
    for from = 1, #batch, MOST do
      local list, err
      if asks then
        local last = math.min(from + MOST - 1, #batch)
        list, err = host[which](nil, { table.unpack(batch, from, last) })
      end
      asks = asks and (list ~= nil or err.code ~= "denied")
    end
  end

  function lib.learn_senders(messages)
    local ids = {}
    for i, message in ipairs(messages) do
      ids[i] = message.sender.id
    end
    lib.learn("user_names", ids)
  end
end
