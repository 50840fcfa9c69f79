/*
 * host.proxy: stands between an SDK and a server, passes everything on and keeps what it
 * saw: HTTP calls and WebSocket frames. In answers the server's address becomes its own,
 * so that a client told by navi to go there comes here.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "net/http.h"
#include "net/server.h"
#include "net/ws.h"
#include "script/tool_host.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#define CLASS "moondock.Proxy"
#define BODY_MAX ((size_t)16 << 20)
#define URL_MAX 8192

/* Headers that are passed on, both navi's and the Server API's. */
static const char *const passed[] = {
    "Content-Type", "RC-Appkey", "RC-Negotiate", "App-Key",   "RC-App-Key",   "Nonce",
    "RC-Nonce",     "Timestamp", "RC-Timestamp", "Signature", "RC-Signature", "Origin",
};
#define PASSED (sizeof(passed) / sizeof(*passed))

/* Something seen, in the order it was. */
struct sight {
    struct sight *next;
    bool is_frame;
    bool from_client;
    int connection; /* number of the WebSocket, from 1 */
    int64_t time_ms;
    struct buf bytes; /* frame; or the answer's body */
    /* HTTP calls, and the upgrade of a WebSocket (method "WS") */
    struct buf request; /* method, path, query and body, each ended by NUL */
    size_t path, query, body;
    int status;
};

struct link;

struct proxy {
    struct tool *tool;
    struct server *server; /* NULL once closed */
    struct link *links;
    struct sight *first, **last;
    int connections;
    struct buf target; /* "127.0.0.1:7800" */
    struct buf own;    /* "127.0.0.1:4711" */
};

/* One thing passed on: an HTTP call or a WebSocket. */
struct link {
    struct link *next, **at;
    struct proxy *proxy;
    int number;
    struct server_request *request;
    struct http_call *call;
    struct sight *sight; /* of the HTTP call; NULL once forgotten */
    struct server_peer *peer;
    struct ws *ws;
    bool opened;
    struct buf early; /* what the client sent before the other side was open */
};

static struct sight *add_sight(struct proxy *proxy)
{
    struct sight *sight = MEM_NEW(struct sight);
    sight->time_ms = clock_wall_ms();
    buf_init(&sight->bytes, BODY_MAX);
    buf_init(&sight->request, BODY_MAX);
    *proxy->last = sight;
    proxy->last = &sight->next;
    return sight;
}

static struct link *add_link(struct proxy *proxy)
{
    struct link *link = MEM_NEW(struct link);
    link->proxy = proxy;
    link->next = proxy->links;
    link->at = &proxy->links;
    if (link->next) {
        link->next->at = &link->next;
    }
    proxy->links = link;
    buf_init(&link->early, BODY_MAX);
    return link;
}

static void drop_link(struct link *link)
{
    if (link->call) {
        http_cancel(link->call);
    }
    if (link->ws) {
        ws_close(link->ws);
    }
    *link->at = link->next;
    if (link->next) {
        link->next->at = link->at;
    }
    buf_clear(&link->early);
    free(link);
}

/* Appends `text` with each `from` turned into `to`. */
static void add_replaced(struct buf *out, struct str text, struct str from, struct str to)
{
    ptrdiff_t at;
    while (from.len > 0 && (at = str_find(text, from)) >= 0) {
        buf_add(out, text.at, (size_t)at);
        buf_add_str(out, to);
        text = str_sub(text, (size_t)at + from.len, text.len);
    }
    buf_add_str(out, text);
}

static void add_part(struct buf *out, struct str part)
{
    buf_add_str(out, part);
    buf_add_byte(out, 0);
}

static void keep_request(struct sight *sight, struct str method, struct str path,
                         struct str query, struct str body)
{
    add_part(&sight->request, method);
    sight->path = sight->request.len;
    add_part(&sight->request, path);
    sight->query = sight->request.len;
    add_part(&sight->request, query);
    sight->body = sight->request.len;
    add_part(&sight->request, body);
}

/* --- HTTP --- */

static void on_answered(void *arg, const struct http_answer *answer,
                        const struct err *why)
{
    struct link *link = arg;
    link->call = NULL;
    if (!answer) {
        server_reply(link->request, 502, "text/plain", NULL, str_from(why->text));
        drop_link(link);
        return;
    }
    char type[200];
    snprintf(type, sizeof(type), "%.*s", STR_ARG(answer->content_type));
    struct server_header_pair cors[] = { { "Access-Control-Allow-Origin", "*" },
                                         { NULL, NULL } };
    struct buf body;
    buf_init(&body, BODY_MAX);
    add_replaced(&body, answer->body, buf_str(&link->proxy->target),
                 buf_str(&link->proxy->own));
    server_reply(link->request, answer->status, type[0] ? type : "application/json", cors,
                 buf_str(&body));
    if (link->sight) {
        link->sight->status = answer->status;
        buf_add_str(&link->sight->bytes, buf_str(&body));
    }
    buf_clear(&body);
    drop_link(link);
}

static void on_request(void *arg, struct server_request *request)
{
    struct proxy *proxy = arg;
    struct link *link = add_link(proxy);
    char url[URL_MAX], method[16], lines[PASSED][1000];
    struct str headers[PASSED];
    size_t count = 0;
    struct str query = server_query(request);
    snprintf(url, sizeof(url), "http://%s%.*s%s%.*s", proxy->target.at,
             STR_ARG(server_path(request)), query.len ? "?" : "", STR_ARG(query));
    snprintf(method, sizeof(method), "%.*s", STR_ARG(server_method(request)));
    for (size_t i = 0; i < PASSED; i++) {
        struct str value = server_header(request, passed[i]);
        if (value.at && value.len < 900) {
            int len = snprintf(lines[count], sizeof(lines[count]), "%s: %.*s", passed[i],
                               STR_ARG(value));
            headers[count] = str_of(lines[count], (size_t)len);
            count++;
        }
    }
    link->request = request;
    link->sight = add_sight(proxy);
    keep_request(link->sight, str_from(method), server_path(request), query,
                 server_body(request));
    server_set_request_data(request, link);
    struct http_request call = {
        .method = method,
        .url = str_from(url),
        .headers = headers,
        .header_count = count,
        .body = server_body(request),
        .timeout_ms = 60000,
        .answer_max = BODY_MAX,
    };
    struct err err;
    link->call = http_start(proxy->tool->net, &call, on_answered, link, &err);
    if (!link->call) {
        on_answered(link, NULL, &err);
    }
}

static void on_request_gone(void *arg, struct server_request *request)
{
    (void)arg;
    drop_link(server_request_data(request));
}

/* --- WebSocket --- */

static void keep_frame(struct link *link, bool from_client, struct str bytes)
{
    struct sight *sight = add_sight(link->proxy);
    sight->is_frame = true;
    sight->from_client = from_client;
    sight->connection = link->number;
    buf_add_str(&sight->bytes, bytes);
}

static void on_opened(void *arg)
{
    struct link *link = arg;
    link->opened = true;
    /* Clients of this protocol wait for CONNACK, so at most one frame came early. */
    if (link->early.len > 0) {
        ws_send(link->ws, buf_str(&link->early));
        buf_reset(&link->early);
    }
}

static void on_server_frame(void *arg, struct str bytes)
{
    struct link *link = arg;
    keep_frame(link, false, bytes);
    server_ws_send(link->peer, bytes);
}

static void on_server_closed(void *arg, const struct err *why)
{
    struct link *link = arg;
    (void)why;
    ws_close(link->ws);
    link->ws = NULL;
    server_ws_close(link->peer);
}

static bool on_ws_open(void *arg, struct server_peer *peer)
{
    static const struct ws_events events = { on_opened, on_server_frame,
                                             on_server_closed };
    struct proxy *proxy = arg;
    char url[URL_MAX];
    struct str query = server_peer_query(peer);
    struct link *link = add_link(proxy);
    snprintf(url, sizeof(url), "ws://%s%.*s%s%.*s", proxy->target.at,
             STR_ARG(server_peer_path(peer)), query.len ? "?" : "", STR_ARG(query));
    link->peer = peer;
    link->number = ++proxy->connections;
    struct sight *sight = add_sight(proxy);
    sight->connection = link->number;
    keep_request(sight, STR("WS"), server_peer_path(peer), query, STR_NONE);
    server_set_peer_data(peer, link);
    struct ws_options options = { .url = str_from(url), .message_max = BODY_MAX };
    struct err err;
    link->ws = ws_open(proxy->tool->net, &options, &events, link, &err);
    if (!link->ws) {
        drop_link(link);
        return false;
    }
    return true;
}

static void on_client_frame(void *arg, struct server_peer *peer, struct str bytes)
{
    struct link *link = server_peer_data(peer);
    (void)arg;
    keep_frame(link, true, bytes);
    if (link->opened && link->ws) {
        ws_send(link->ws, bytes);
    } else {
        buf_add_str(&link->early, bytes);
    }
}

static void on_client_closed(void *arg, struct server_peer *peer)
{
    (void)arg;
    drop_link(server_peer_data(peer));
}

static const struct server_events server_events = {
    .on_request = on_request,
    .on_request_gone = on_request_gone,
    .on_ws_open = on_ws_open,
    .on_ws_message = on_client_frame,
    .on_ws_closed = on_client_closed,
};

/* --- Lua --- */

static struct proxy *check_proxy(lua_State *L)
{
    return luaL_checkudata(L, 1, CLASS);
}

static void forget(struct proxy *proxy)
{
    for (struct link *link = proxy->links; link; link = link->next) {
        link->sight = NULL;
    }
    while (proxy->first) {
        struct sight *next = proxy->first->next;
        buf_clear(&proxy->first->bytes);
        buf_clear(&proxy->first->request);
        free(proxy->first);
        proxy->first = next;
    }
    proxy->last = &proxy->first;
}

static int proxy_close(lua_State *L)
{
    struct proxy *proxy = check_proxy(L);
    if (proxy->server) {
        server_close(proxy->server); /* drops every link, through its callbacks */
    }
    proxy->server = NULL;
    forget(proxy);
    buf_clear(&proxy->target);
    buf_clear(&proxy->own);
    return 0;
}

/* proxy:url() */
static int proxy_url(lua_State *L)
{
    lua_pushfstring(L, "http://%s", check_proxy(L)->own.at);
    return 1;
}

static void set_buf(lua_State *L, const char *name, const struct buf *value)
{
    tool_push_str(L, buf_str(value));
    lua_setfield(L, -2, name);
}

/* proxy:frames() -> { { from = "client" | "server", bytes, connection, time_ms } ... } */
static int proxy_frames(lua_State *L)
{
    const struct proxy *proxy = check_proxy(L);
    lua_Integer count = 0;
    lua_newtable(L);
    for (const struct sight *sight = proxy->first; sight; sight = sight->next) {
        if (!sight->is_frame) {
            continue;
        }
        lua_createtable(L, 0, 4);
        lua_pushstring(L, sight->from_client ? "client" : "server");
        lua_setfield(L, -2, "from");
        set_buf(L, "bytes", &sight->bytes);
        lua_pushinteger(L, sight->connection);
        lua_setfield(L, -2, "connection");
        lua_pushinteger(L, sight->time_ms);
        lua_setfield(L, -2, "time_ms");
        lua_rawseti(L, -2, ++count);
    }
    return 1;
}

/* proxy:requests() -> { { method, path, query, body, status, answer } ... }; a
 * WebSocket's upgrade has the method "WS" and its connection's number. */
static int proxy_requests(lua_State *L)
{
    const struct proxy *proxy = check_proxy(L);
    lua_Integer count = 0;
    lua_newtable(L);
    for (const struct sight *sight = proxy->first; sight; sight = sight->next) {
        if (sight->is_frame) {
            continue;
        }
        const char *request = sight->request.at;
        lua_createtable(L, 0, 7);
        lua_pushstring(L, request);
        lua_setfield(L, -2, "method");
        lua_pushstring(L, request + sight->path);
        lua_setfield(L, -2, "path");
        lua_pushstring(L, request + sight->query);
        lua_setfield(L, -2, "query");
        lua_pushlstring(L, request + sight->body, sight->request.len - sight->body - 1);
        lua_setfield(L, -2, "body");
        lua_pushinteger(L, sight->status);
        lua_setfield(L, -2, "status");
        lua_pushinteger(L, sight->connection);
        lua_setfield(L, -2, "connection");
        set_buf(L, "answer", &sight->bytes);
        lua_rawseti(L, -2, ++count);
    }
    return 1;
}

/* host.proxy{ target = "http://127.0.0.1:7800" } -> proxy */
static int api_proxy(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    struct str target = tool_field_str(L, 1, "target");
    struct str scheme = STR("http://");
    luaL_argcheck(L, str_starts(target, scheme), 1, "target: want http://HOST:PORT");
    target = str_sub(target, scheme.len, target.len);
    luaL_argcheck(L, target.len > 0 && str_index(target, '/') < 0, 1,
                  "target: want http://HOST:PORT without a path");
    struct proxy *proxy = lua_newuserdatauv(L, sizeof(*proxy), 0);
    memset(proxy, 0, sizeof(*proxy));
    proxy->tool = tool_of(L);
    proxy->last = &proxy->first;
    buf_init(&proxy->target, 300);
    buf_init(&proxy->own, 300);
    luaL_setmetatable(L, CLASS);
    buf_add_str(&proxy->target, target);
    struct server_options options = { .host = STR("127.0.0.1"), .body_max = BODY_MAX };
    struct err err;
    proxy->server = server_open(proxy->tool->net, &options, &server_events, proxy, &err);
    if (!proxy->server) {
        return tool_fail(L, &err);
    }
    buf_add_format(&proxy->own, "127.0.0.1:%d", server_port(proxy->server));
    return 1;
}

/* proxy:forget(): what was seen until now. */
static int proxy_forget(lua_State *L)
{
    forget(check_proxy(L));
    return 0;
}

static const luaL_Reg proxy_methods[] = {
    { "url", proxy_url },           { "frames", proxy_frames },
    { "requests", proxy_requests }, { "forget", proxy_forget },
    { "close", proxy_close },       { NULL, NULL },
};

static const luaL_Reg proxy_api[] = {
    { "proxy", api_proxy },
    { NULL, NULL },
};

void tool_open_proxy(lua_State *L, struct tool *tool)
{
    tool_make_class(L, tool, CLASS, proxy_methods, proxy_close);
    tool_set_functions(L, tool, proxy_api);
}
