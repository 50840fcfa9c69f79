--- msg:ask: a question, and the answer of who wrote the message.

local TRIES = 3
local WAIT = "5m"

local function trim(text)
  return text:match("^%s*(.-)%s*$")
end

-- The choice that was meant, as the plugin wrote it. People answer in their language.
local function pick(lib, choices, text)
  local given = trim(text):lower()
  for _, choice in ipairs(choices) do
    if given == choice:lower() or given == lib.translate(choice):lower() then
      return choice
    end
  end
end

-- The answer, or nil and what to say about it.
local function judge(lib, opts, text)
  if opts.choices then
    local choice = pick(lib, opts.choices, text)
    if not choice then
      local shown = {}
      for i, one in ipairs(opts.choices) do
        shown[i] = lib.translate(one)
      end
      return nil, lib.library_text("Please answer with one of: {choices}"),
        { choices = table.concat(shown, ", ") }
    end
    text = choice
  end
  if opts.check then
    local fine, reason = opts.check(text)
    if not fine then
      return nil, reason and lib.translate(reason)
        or lib.library_text("That does not fit. Please try again.")
    end
  end
  return text
end

local function check_options(lib, opts)
  if opts.choices ~= nil then
    lib.want("table", opts.choices, "choices")
    for i, choice in ipairs(opts.choices) do
      if type(choice) ~= "string" then
        error(("choices[%d]: want a text, have a %s"):format(i, type(choice)), 4)
      end
    end
  end
  if opts.check ~= nil then
    lib.want("function", opts.check, "check")
  end
end

return function(host, lib, msg, content, params, opts)
  check_options(lib, opts)
  local _ <close> = setmetatable({}, { __close = host.unexpect })
  for _ = 1, TRIES do
    host.expect(msg, msg.sender)
    local sent, err = lib.send(msg, content, params)
    if not sent then
      return nil, err
    end
    local answer
    answer, err = host.answer(sent.time, opts.timeout or WAIT)
    if not answer then
      return nil, err
    end
    local text
    text, content, params = judge(lib, opts, answer.text)
    if text then
      return text
    end
  end
  return nil, host.failure("limit", ("no answer that fits after %d tries"):format(TRIES))
end
