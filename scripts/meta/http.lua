---@meta
--- Requests to the web, and from it.

---@class moondock.Bot
---@field http moondock.Http
local bot = {}

---@class moondock.Http
bot.http = {}

---@class moondock.Response
---@field status integer
---@field headers table<string, string>  lower-case names; what came several times is joined
---@field body string
local Response = {}

---@class moondock.HttpOptions
---@field headers? table<string, string>
---@field query? table<string, string|number|boolean>  written behind the address
---@field json? any                     the body, as JSON; sets Content-Type
---@field timeout? moondock.Duration    of the whole request; 30 s, at most ten minutes
---@field redirects? integer            how many to follow; 5, at most 10
---@field retry? boolean                repeat it when the host died before the answer came

---@class moondock.HttpRequest : moondock.HttpOptions
---@field url string
---@field method? string  "GET", with a body "POST"
---@field body? string

---Fetches an address. Needs `http:HOST` or `http:HOST:PORT`, for redirects too; addresses
---of this machine and of private networks need `http:NUMBER` or `http.private:HOST`.
---At most 8 requests at a time and 1 MiB either way. Any status is an answer.
---@async
---@param url string
---@param opts? moondock.HttpOptions
---@return moondock.Response? response
---@return moondock.Error? err  "denied", "limit", "network", "timeout", "tls", …
function bot.http.get(url, opts) end

---Sends a body to an address; otherwise as `get`. When the host dies before the answer comes,
---nobody can tell whether the server has done it: the task then gets nil and "unknown", unless
---`retry` says to ask again. Both requests carry the same `Idempotency-Key`.
---@async
---@param url string
---@param body? string  or nil, with `opts.json`
---@param opts? moondock.HttpOptions
---@return moondock.Response? response
---@return moondock.Error? err
function bot.http.post(url, body, opts) end

---Any method; otherwise as `get`.
---@async
---@param opts moondock.HttpRequest
---@return moondock.Response? response
---@return moondock.Error? err
function bot.http.request(opts) end

---A request that came in.
---@class moondock.WebRequest
---@field method string
---@field path string  below the plugin, as it came: "/hook"
---@field query table<string, string>
---@field headers table<string, string>  lower-case names
---@field body string

---A text is 200, nothing is 204.
---@alias moondock.WebReply
---| string
---| { status?: integer, headers?: table<string, string>, body?: string, json?: any }
---| nil

---Answers requests to /BOT/PLUGIN/path on the address that the configuration names as
---`listen.http`. Needs `http.serve`. A path that ends in "/" stands for everything below
---it. An error in `fn` is 500, more than 30 s are 504. Anybody may ask: check who does.
---@param path string
---@param fn fun(request: moondock.WebRequest): moondock.WebReply
---@return (fun())? off
---@return moondock.Error? err  "denied", "exists", "limit"
function bot.http.serve(path, fn) end

---The body, read as JSON.
---@return any value
---@return moondock.Error? err
function Response:json() end
