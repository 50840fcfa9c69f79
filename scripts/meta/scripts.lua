---@meta
--- Scripts: one file each, run once by `moondock exec`, from its start to its end. A script gets
--- the bot handle and this as `...`. Lines `--- needs: send, history` of its head grant it what
--- plugins are granted in the configuration; `--- usage: NAME ARGS` says how it is called.

---What only scripts have. `print` is `script.print` there; what the file returns, a whole number,
---is the exit status.
---
---    --- needs: send
---    local bot, script = ...
---    for id in assert(script.lines(script.args[1])) do
---      local sent, err = bot.send(bot.group(id), "Closed on Friday.", nil, { once = "friday" })
---      if not sent then print(id, err) end
---    end
---@class moondock.Script
---@field name string    "announce"
---@field args string[]  the words behind its name
---@field dry boolean    `--dry-run`: what would change something is said instead, and gives true
local Script = {}

---Prints a line, the values with tabs between them. Waits while nobody reads.
---@param ... any
function Script.print(...) end

---Shows a bar on the terminal of whoever runs the script: `script.progress(3, 10, "demo")`. A
---`total` of 0 is one that nobody knows.
---@param done integer
---@param total integer
---@param text? string
function Script.progress(done, total, text) end

---Iterates over the lines of a file (UTF-8) of whoever runs the script; "-" is the standard input.
---A file that is not there is nil and "not_found".
---@async
---@param path string
---@return (fun(): string?)? iterator
---@return moondock.Error? err
function Script.lines(path) end

---Appends to a file of whoever runs the script, and makes it if it is not there. On disk when it
---returns: a script that is started again can go on behind it.
---
---    assert(script.append("out.txt", line .. "\n"))
---@async
---@param path string
---@param text string  at most 64 KiB
---@return true? done
---@return moondock.Error? err
function Script.append(path, text) end

---Ends the script: `script.exit(1)`.
---@param status? integer  0 by default
function Script.exit(status) end

---Prints what is wrong, if anything, and the line "usage" of its head, and ends it with status 2.
---@param problem? string
function Script.usage(problem) end
