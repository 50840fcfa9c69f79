--- Plays: what people do in a group and what they must see, one sentence a line.
---
---     Scene: a command is answered
---     alice says "/hello" in demo
---     gatekeeper replies "Hello, alice!"
---     bob sees gatekeeper: "Hello, alice!"
---
--- On a stage (moondock.stage) everything is real, and every sentence waits for its
--- observation, with a deadline. In a spec's world (moondock.test) the same sentences are
--- about one plugin and a fake cloud; those about programs are for stages only. The first
--- sentence that fails ends the play with the scene, the sentence and what was seen instead.
--- In quoted texts `*` stands for anything. Lines that begin with `--` are remarks.

local duration = require "moondock.duration"
local host = require "moondock.host"
local stage = require "moondock.stage"

local screenplay = {}

-- Whether `text` fits `wanted`, where * stands for anything.
local function fits(text, wanted)
  local pattern = wanted:gsub("[^%w%s*]", "%%%0"):gsub("%*", ".*")
  return text ~= nil and text:find("^" .. pattern .. "$") ~= nil
end

local function fail(why, ...)
  error(why:format(...), 0)
end

-- What `member` has not been asked about, for messages of failure.
local function heard(member)
  local lines = {}
  for _, message in ipairs(member.inbox) do
    local text = message.text or message.object_name
    lines[#lines + 1] = ("\n    %s: %s"):format(message.sender, text)
  end
  return #lines > 0 and table.concat(lines) or " nothing"
end

-- Takes the first message that fits, or fails.
local function see(member, wanted, what)
  local message = member:take(wanted)
  if not message then
    fail("%s did not see %s; saw besides:%s", member.name, what, heard(member))
  end
  return message
end

local function say(on, name, text, to)
  local member = on:member(name)
  if not member.client then
    member:enter()
  end
  local sent, err = member:say(to, text)
  if not sent then
    fail("not sent: %s", tostring(err))
  end
  on.spoke = { name = name, to = to }
end

-- What only a stage, or only a world can do.
local function must_know(on, verb)
  if not on[verb] then
    fail("that cannot be played here")
  end
end

local function say_refused(on, name, text, to, status)
  local sent, err = on:member(name):say(to, text)
  if sent then
    fail("it was sent, not refused")
  elseif err.status ~= tonumber(status) then
    fail("refused with %s (%s), not %s", tostring(err.status), tostring(err), status)
  end
  on.tell(("%s  %s was refused: %s"):format(to.group or "private", name, status))
end

local function check_answer(on, command, want_ok, status, out, err, wanted)
  local text = want_ok and out or err
  on.tell(("$ moondock ctl %s: %s"):format(command, (text:gsub("\n", "; "))))
  if (status == 0) ~= want_ok then
    fail("exit status %d: %s%s", status, out, err)
  elseif not fits(text, wanted) then
    fail("it said %q", text)
  end
end

-- Sentences: a pattern and what it does. NAME, WORD and "TEXT" are what they say.
local sentences = {}

local function sentence(form, run)
  local pattern = form
    :gsub("[%-%.]", "%%%0")
    :gsub('"TEXT"', '"(.-)"')
    :gsub("NAME", "([%%w_]+)")
    :gsub("WORD", "(%%S+)")
  sentences[#sentences + 1] = { pattern = "^" .. pattern .. "$", run = run }
end

sentence("NAME comes online", function(on, name)
  on:member(name):enter()
end)

sentence("NAME goes offline", function(on, name)
  on:member(name):leave()
end)

sentence("NAME joins NAME", function(on, name, group)
  on:join(name, group)
end)

sentence("NAME leaves NAME", function(on, name, group)
  on:quit(name, group)
end)

sentence('NAME says "TEXT" in NAME', function(on, name, text, group)
  say(on, name, text, { group = group })
end)

sentence('NAME says "TEXT" to NAME', function(on, name, text, user)
  say(on, name, text, { user = user })
end)

-- Where somebody spoke last; at first in the one group there is.
sentence('NAME says "TEXT"', function(on, name, text)
  if not on.spoke then
    must_know(on, "only_place")
  end
  say(on, name, text, on.spoke and on.spoke.to or on:only_place())
end)

-- Where, and to whom, the last thing was said.
sentence('NAME replies "TEXT"', function(on, name, wanted)
  local spoke = on.spoke or fail("nobody has said anything")
  see(on:member(spoke.name), function(message)
    return message.sender == name and message.group == spoke.to.group
      and fits(message.text, wanted)
  end, ("%s: %q"):format(name, wanted))
end)

sentence('NAME says "TEXT" in NAME, refused WORD', function(on, name, text, group, status)
  say_refused(on, name, text, { group = group }, status)
end)

sentence('NAME says "TEXT" to NAME, refused WORD', function(on, name, text, user, status)
  say_refused(on, name, text, { user = user }, status)
end)

sentence('NAME says WORD times "TEXT" in NAME', function(on, name, times, text, group)
  for number = 1, tonumber(times) do
    say(on, name, text .. " " .. number, { group = group })
  end
end)

sentence('NAME sees NAME: "TEXT"', function(on, name, sender, wanted)
  see(on:member(name), function(message)
    return message.sender == sender and fits(message.text, wanted)
  end, ("%s: %q"):format(sender, wanted))
end)

-- The message itself was seen before; its recall names its uid.
sentence('NAME sees the recall of what NAME said', function(on, name, author)
  local said = on:member(author).last
  see(on:member(name), function(message)
    local content = message.object_name == "RC:RcCmd" and host.json.decode(message.content)
    return content and content.messageUId == said.uid
  end, "the recall of " .. said.text)
end)

local function order(on, kind, user, group, also)
  must_know(on, "take_order")
  local call = on:take_order(kind, function(call)
    return call.user == user and call.group == group and (not also or also(call))
  end)
  if not call then
    fail("the bot asked for no such %s", kind)
  end
end

sentence("NAME mutes NAME in NAME for WORD", function(on, _, user, group, length)
  order(on, "mute", user, group, function(call)
    return call.minutes * 60000 == duration.ms(length)
  end)
end)

sentence("NAME unmutes NAME in NAME", function(on, _, user, group)
  order(on, "unmute", user, group)
end)

sentence("NAME kicks NAME from NAME", function(on, _, user, group)
  order(on, "kick", user, group)
end)

sentence("the plugin is reloaded", function(on)
  must_know(on, "reload")
  on:reload()
end)

-- What came before the last thing seen has arrived, since a chat keeps its order.
sentence("NAME has seen nothing else from NAME", function(on, name, sender)
  on:pump()
  for _, message in ipairs(on:member(name).inbox) do
    if message.sender == sender then
      fail("%s also saw: %s", name, message.text or message.object_name)
    end
  end
end)

sentence("the sandbox starts", function(on)
  must_know(on, "start_sandbox")
  on:start_sandbox { "--notices" }
end)

sentence("the host starts", function(on)
  must_know(on, "start_host")
  on:start_host()
end)

sentence("the host stops", function(on)
  must_know(on, "stop_host")
  local status = on:stop_host()
  if status ~= 0 then
    fail("it ended with status %s", tostring(status))
  end
end)

sentence("the host is killed", function(on)
  must_know(on, "kill_host")
  on:kill_host()
end)

sentence("NAME is WORD", function(on, bot, state)
  must_know(on, "await_state")
  local status = on:await_state(state)
  if status.user ~= bot then
    fail("the bot is %s", status.user)
  end
end)

sentence('NAME is WORD, because "TEXT"', function(on, _, state, wanted)
  must_know(on, "await_state")
  local status = on:await_state(state)
  if not fits(status.detail, wanted) then
    fail("the reason is %q", status.detail)
  end
end)

sentence("the plugin NAME is copied to be edited", function(on, name)
  must_know(on, "copy_plugin")
  on:copy_plugin(name)
end)

sentence('in WORD, "TEXT" becomes "TEXT"', function(on, file, from, to)
  must_know(on, "edit")
  on:edit(file, from, to)
  on.tell(("$ edit %s: %s -> %s"):format(file, from, to))
end)

sentence('in WORD, "TEXT" becomes nothing', function(on, file, from)
  must_know(on, "edit")
  on:edit(file, from, "")
end)

sentence('reload NAME: "TEXT"', function(on, plugin, wanted)
  must_know(on, "ctl")
  local status, out, err = on:ctl("reload", plugin)
  check_answer(on, "reload " .. plugin, true, status, out, err, wanted)
end)

sentence('reload NAME, refused: "TEXT"', function(on, plugin, wanted)
  must_know(on, "ctl")
  local status, out, err = on:ctl("reload", plugin)
  check_answer(on, "reload " .. plugin, false, status, out, err, wanted)
end)

-- The two halves of a reload, to do something in between.
sentence("reload NAME begins", function(on, plugin)
  must_know(on, "ctl")
  on.reloading = host.spawn {
    host.executable, "ctl", "--state", on:path("var"), "reload", plugin,
  }
end)

sentence('reload NAME ends: "TEXT"', function(on, plugin, wanted)
  local status = on.reloading:wait(stage.PATIENCE)
  local out = table.concat(on.reloading:lines("out"), "\n")
  local err = table.concat(on.reloading:lines("err"), "\n")
  check_answer(on, "reload " .. plugin, true, status or -1, out, err, wanted)
end)

sentence("the clock moves WORD", function(on, length)
  on:move_clock(length)
end)

-- The first sentence that fits a line. Longer forms are told from shorter ones by their
-- whole line, so at most one fits.
local function find_sentence(line)
  for _, one in ipairs(sentences) do
    local found = table.pack(line:match(one.pattern))
    if found[1] then
      return one.run, found
    end
  end
end

--- Plays `text` on a stage. `options.on_scene(name)` is called at each scene. Raises a text
--- with scene, line and reason when a step fails; gives how many scenes and steps there were.
---@param on moondock.Stage|moondock.test.Stage
---@param text string
---@param options? { on_scene?: fun(name: string) }
---@return integer scenes
---@return integer steps
function screenplay.perform(on, text, options)
  local on_scene = options and options.on_scene or function() end
  local scene, scenes, steps, number = "the beginning", 0, 0, 0
  for line in (text .. "\n"):gmatch("(.-)\n") do
    number = number + 1
    line = line:match("^%s*(.-)%s*$")
    local title = line:match("^Scene: (.+)$")
    if title then
      scene, scenes = title, scenes + 1
      on_scene(title)
    elseif line ~= "" and not line:find("^%-%-") then
      local run, found = find_sentence(line)
      if not run then
        fail("line %d is no sentence: %s", number, line)
      end
      steps = steps + 1
      local fine, why = pcall(run, on, table.unpack(found, 1, found.n))
      if not fine and tostring(why):find("interrupted$") then
        error(why, 0) -- somebody pressed Ctrl-C: no fault of the play
      elseif not fine then
        fail("scene %q, line %d: %s\n  %s", scene, number, line, tostring(why))
      end
      on:pump()
    end
  end
  return scenes, steps
end

--- A play of its own: opens a stage with the configuration, plays, clears the stage.
---@param config string   path of the configuration
---@param text string
function screenplay.play(config, text)
  local on = stage.open { config = config }
  local fine, why = pcall(screenplay.perform, on, text)
  local status = on:close()
  if not fine then
    error(why, 0)
  elseif status and status ~= 0 then
    error(("the host ended with status %s"):format(status), 0)
  end
end

return screenplay
