--- What `make run` does: a short play in a group, over the real protocol, then the chance to
--- join in. Runs as `moondock lua scripts/dev/demo.lua [OPTION…]`, with options
--- of `moondock run`.

local host = require "moondock.host"
local screenplay = require "moondock.screenplay"
local stage = require "moondock.stage"

-- Dora says nothing; what is printed is what she receives, in that order.
local WITNESS = "dora"

local PLAY = [[
Scene: somebody joins and is welcomed
dora joins demo
dora comes online
alice joins demo
bob joins demo
gatekeeper joins demo
the plugin hello is copied to be edited
the host starts
gatekeeper is online
alice comes online
bob comes online
carol comes online
carol joins demo
dora sees gatekeeper: "Welcome, @carol!"
carol sees gatekeeper: "Welcome, @carol!"

Scene: a command is answered
alice says "/hello" in demo
dora sees gatekeeper: "Hello, alice!"
alice sees gatekeeper: "Hello, alice!"

Scene: a forbidden word is recalled and its author warned
bob says "anyone for the casino tonight?" in demo
dora sees bob: "anyone for the casino*"
dora sees the recall of what bob said
dora sees gatekeeper: "@bob has been warned (1/3): forbidden word"
bob sees gatekeeper: "@bob has been warned (1/3): forbidden word"

Scene: a flooder is muted
carol says 8 times "buy my shoes" in demo
dora sees gatekeeper: "@carol sends too many messages and is muted for 10m."
carol says "and my hats" in demo, refused 22408

Scene: a plugin is edited and reloaded, and no message is lost
alice says "/ping" in demo
in plugins/hello/plugin.lua, "1.0.0" becomes "1.0.1"
in plugins/hello/init.lua, ""pong"" becomes ""pong, with a new spring""
reload hello begins
bob says "/ping" in demo
dora sees gatekeeper: "pong*"
dora sees gatekeeper: "pong*"
reload hello ends: "reloaded hello 1.0.0 -> 1.0.1 generation 2"
alice says "/ping" in demo
dora sees gatekeeper: "pong, with a new spring"
dora has seen nothing else from gatekeeper
]]

local function tell(text)
  print("  " .. text)
  io.stdout:flush()
end

-- Leaves the person at the keyboard in the group until they have enough.
local function join_in(on)
  on:join("you", "demo")
  print "\nYou are in the group now. Try /hello, /ping, or say casino. Ctrl-D or Ctrl-C ends it.\n"
  io.stdout:flush()
  -- In a session of its own, so that Ctrl-C reaches only us.
  local chat <close> = assert(host.spawn {
    host.executable, "chat", "--server", on.server, "--app-key", on.app_key,
    "--secret", on.secret, "--user", "you", "--group", "demo",
    inherit = true, own_session = true,
  })
  while not chat:wait(3600) do end
end

local function perform(on)
  on:start_sandbox { "--notices" }
  local scenes, steps = screenplay.perform(on, PLAY, {
    on_scene = function(name)
      print("\n" .. name)
    end,
  })
  print(("\n%d scenes, %d steps: all as it should be."):format(scenes, steps))
  if host.is_terminal() then
    join_in(on)
  end
end

host.log_level("error")
host.catch_interrupts()
print "A bot in a group, over RongCloud's wire protocol, against the local sandbox."
local on = stage.open {
  config = host.library .. "/../examples/group/moondock.lua", tell = tell, witness = WITNESS,
}
on.host_options = { ... }
local fine, why = pcall(perform, on)
local complaints = on.host and on.host:lines("err") or {}
local status = on:close()
if tostring(why):find("interrupted$") then
  print "\nstopped"
  return 0
elseif not fine then
  io.stderr:write("\nFAILED: ", tostring(why), "\n")
  for _, line in ipairs(complaints) do
    io.stderr:write("  host: ", line, "\n")
  end
  return 1
end
if status ~= 0 then
  io.stderr:write("\nthe host ended with status ", tostring(status), "\n")
  return 1
end
return 0
