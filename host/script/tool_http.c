/* host.http: one HTTP call, waited for. */
#include "base/clock.h"
#include "base/mem.h"
#include "net/http.h"
#include "script/tool_host.h"

#include <lauxlib.h>
#include <string.h>

#define CLASS "moondock.Call"
#define HEADERS_MAX 64
#define ANSWER_MAX ((size_t)64 << 20)
#define HEADERS_BYTES ((size_t)65536)

/* A userdata, so that an interrupted wait leaves nothing behind. */
struct call {
    struct http_call *call; /* NULL once done */
    bool done, failed;
    int status;
    struct buf body, content_type, headers;
    struct err err;
};

static void on_done(void *arg, const struct http_answer *answer, const struct err *why)
{
    struct call *call = arg;
    call->call = NULL;
    call->done = true;
    if (!answer) {
        call->failed = true;
        call->err = *why;
        return;
    }
    call->status = answer->status;
    buf_add_str(&call->body, answer->body);
    buf_add_str(&call->content_type, answer->content_type);
    buf_add_str(&call->headers, answer->headers);
}

static bool is_done(void *arg)
{
    const struct call *call = arg;
    return call->done;
}

static int call_close(lua_State *L)
{
    struct call *call = luaL_checkudata(L, 1, CLASS);
    if (call->call) {
        http_cancel(call->call);
    }
    call->call = NULL;
    buf_clear(&call->body);
    buf_clear(&call->content_type);
    buf_clear(&call->headers);
    return 0;
}

/* "Name: value" lines of the table `headers`, kept on the stack in a new table. */
static size_t read_headers(lua_State *L, struct str *headers)
{
    size_t count = 0;
    if (lua_getfield(L, 1, "headers") == LUA_TNIL) {
        return 0;
    }
    luaL_checktype(L, -1, LUA_TTABLE);
    int table = lua_gettop(L);
    lua_newtable(L);
    lua_pushnil(L);
    while (lua_next(L, table)) {
        luaL_argcheck(L, count < HEADERS_MAX, 1, "too many headers");
        lua_pushfstring(L, "%s: %s", luaL_checkstring(L, -2), luaL_checkstring(L, -1));
        headers[count].at = lua_tolstring(L, -1, &headers[count].len);
        lua_rawseti(L, table + 1, (lua_Integer)++count);
        lua_pop(L, 1);
    }
    return count;
}

/* host.http{ method =, url =, headers = { Name = value }, body =, timeout = } ->
 * { status, body, content_type, headers: as they came } */
static int api_http(lua_State *L)
{
    struct str headers[HEADERS_MAX];
    struct tool *tool = tool_of(L);
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    double seconds = tool_field_number(L, 1, "timeout", 10);
    luaL_argcheck(L, seconds > 0 && seconds <= 3600, 1,
                  "timeout: want seconds up to an hour");
    struct http_request request = {
        .method = tool_field_str(L, 1, "method").at,
        .url = tool_field_str(L, 1, "url"),
        .body = tool_field_str(L, 1, "body"),
        .timeout_ms = (int64_t)(seconds * 1000),
        .answer_max = ANSWER_MAX,
    };
    request.header_count = read_headers(L, headers);
    request.headers = headers;
    struct call *call = lua_newuserdatauv(L, sizeof(*call), 0);
    memset(call, 0, sizeof(*call));
    buf_init(&call->body, ANSWER_MAX);
    buf_init(&call->content_type, 1000);
    buf_init(&call->headers, HEADERS_BYTES);
    luaL_setmetatable(L, CLASS);
    call->call = http_start(tool->net, &request, on_done, call, &call->err);
    if (!call->call) {
        return tool_fail(L, &call->err);
    }
    /* The client's own limit runs on a clock that a spec may have frozen. */
    if (!tool_wait(L, tool, is_done, call, clock_real_ms() + request.timeout_ms + 1000)) {
        return tool_fail_with(L, ERR_TIMEOUT, "no answer in time");
    }
    if (call->failed) {
        return tool_fail(L, &call->err);
    }
    lua_createtable(L, 0, 4);
    lua_pushinteger(L, call->status);
    lua_setfield(L, -2, "status");
    tool_push_str(L, buf_str(&call->body));
    lua_setfield(L, -2, "body");
    tool_push_str(L, buf_str(&call->content_type));
    lua_setfield(L, -2, "content_type");
    tool_push_str(L, buf_str(&call->headers));
    lua_setfield(L, -2, "headers");
    buf_clear(&call->body);
    return 1;
}

static const luaL_Reg call_methods[] = { { NULL, NULL } };

static const luaL_Reg http_api[] = {
    { "http", api_http },
    { NULL, NULL },
};

void tool_open_http(lua_State *L, struct tool *tool)
{
    tool_make_class(L, tool, CLASS, call_methods, call_close);
    tool_set_functions(L, tool, http_api);
}
