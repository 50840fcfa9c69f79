---@meta
--- Files: up to the cloud's store and down from it.

---@class moondock.Bot
local bot = {}

---@class moondock.Message
local Message = {}

---A file in the place of an address: `path` instead of `url`. It is uploaded first; what else
---can be known of it (size, name, format) is filled in. A text in the place of such a table is a
---path as well, unless it begins like an address, "https:".
---
---    msg:reply { image = "cat.png" }
---    msg:reply { image = { path = "cat.png", thumb = "cat-small.jpg" } }
---    msg:reply { voice = { path = "hello.aac", duration = 2 } }
---@class moondock.Attachment
---@field path? string           below the plugin's folder, else below the one of `media:FOLDER`
---@field thumb? string          the thumbnail: a path, or the bytes of a JPEG or PNG; 64 KiB
---@field timeout? moondock.Duration
---@field progress? moondock.Progress

---Called a few times a second with the bytes done, and in all as far as that is known; at the
---end once more. Not called again for what was done before a crash.
---@alias moondock.Progress fun(done: integer, total?: integer)

---@class moondock.UploadOptions
---@field kind? "image"|"gif"|"voice"|"video"|"file"  what RongCloud keeps it as; "file"
---@field timeout? moondock.Duration  ten minutes, at most an hour
---@field progress? moondock.Progress

---@class moondock.Upload
---@field url string
---@field name string    "cat.png"
---@field format string  "png"
---@field type string    "image/png"
---@field size integer

---@class moondock.DownloadOptions
---@field to? string      the name it gets in the folder that the operator granted
---@field max? integer    bytes; at most 1 MiB, into a file 100 MiB
---@field timeout? moondock.Duration  five minutes, at most an hour
---@field progress? moondock.Progress

---@class moondock.Download
---@field data? string  the bytes; nil with `to`
---@field path? string  the name of the file; it can be uploaded by it
---@field size integer
---@field type string   "image/png", as its store says

---Uploads a file of the plugin's folder, or of the one granted by `media:FOLDER`; links are not
---followed. Needs `media`. At most 100 MiB, read as the network takes it. What is sent with a
---`path` is uploaded in the same way. When the host dies before the answer comes, the file is
---uploaded again, under another address.
---
---    local upload = assert(bot.upload("report.pdf"))
---    msg:reply("It is at {url}", { url = upload.url })
---@async
---@param path string
---@param opts? moondock.UploadOptions
---@return moondock.Upload? upload
---@return moondock.Error? err  "denied", "not_found", "limit", "refused", "network", "timeout", …
function bot.upload(path, opts) end

---Downloads the file that a message carries: as bytes, or with `to` into the folder granted by
---`media:FOLDER`, where it gets its name when all of it is there. Needs `media`. Whoever wrote the
---message chose the address: it must be a public one, in the account's own store, or one that
---the plugin is granted as for `bot.http`.
---
---    bot.on("message", function(msg)
---      if msg.kind == "image" then
---        assert(msg:download { to = msg.id .. ".jpg", max = 5000000 })
---      end
---    end)
---@async
---@param opts? moondock.DownloadOptions
---@return moondock.Download? file
---@return moondock.Error? err  "denied", "not_found" (it carries none), "limit", "storage", …
function Message:download(opts) end
