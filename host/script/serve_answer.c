#include "script/serve_answer.h"

#include "script/convert.h"
#include "script/limits_guard.h"
#include "script/quota.h"
#include "script/web_header.h"

#include <string.h>

#define HEADERS_MAX 32
#define HEADER_BYTES_MAX 8192
#define TYPE_MAX 200

void serve_answer_init(struct serve_answer *answer)
{
    memset(answer, 0, sizeof(*answer));
    answer->status = 204;
    buf_init(&answer->type, TYPE_MAX);
    buf_init(&answer->headers, HEADER_BYTES_MAX);
    buf_init(&answer->body, QUOTA_HTTP_BODY_BYTES_MAX);
}

void serve_answer_clear(struct serve_answer *answer)
{
    buf_clear(&answer->type);
    buf_clear(&answer->headers);
    buf_clear(&answer->body);
}

static bool wrong(struct serve_answer *answer, const char *what)
{
    return err_set(&answer->problem, ERR_ARGUMENT, "the answer to a request: %s", what);
}

/* Leaves a field of the table on top; its type. */
static int push_field(lua_State *L, const char *name)
{
    lua_pushstring(L, name);
    return lua_rawget(L, -2);
}

static bool take_text(struct serve_answer *answer, lua_State *L, struct buf *out,
                      const char *name)
{
    struct str text = STR_NONE;
    if (lua_isnil(L, -1))
        return true;
    if (lua_type(L, -1) != LUA_TSTRING)
        return err_set(&answer->problem, ERR_ARGUMENT,
                       "the answer to a request: %s: want a text, have a %s", name,
                       lua_typename(L, lua_type(L, -1)));
    text.at = lua_tolstring(L, -1, &text.len);
    return buf_add_str(out, text) ||
           err_set(&answer->problem, ERR_LIMIT,
                   "the answer to a request: %s: %zu bytes, at most %zu", name, text.len,
                   out->max);
}

/* Name and value on top. */
static bool take_header(struct serve_answer *answer, lua_State *L)
{
    struct str name, value;
    if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
        return wrong(answer, "headers: want texts");
    name.at = lua_tolstring(L, -2, &name.len);
    value.at = lua_tolstring(L, -1, &value.len);
    if (!web_header_may(name) || !web_header_is_line(value))
        return err_set(&answer->problem, ERR_ARGUMENT,
                       "the answer to a request: headers: \"%.*s\" cannot be set",
                       STR_ARG(str_cut_utf8(name, 60)));
    if (str_eq_nocase(name, STR("Content-Type"))) {
        buf_reset(&answer->type);
        return buf_add_str(&answer->type, value) || wrong(answer, "headers: too large");
    }
    return (buf_add_str(&answer->headers, name) && buf_add_byte(&answer->headers, 0) &&
            buf_add_str(&answer->headers, value) && buf_add_byte(&answer->headers, 0)) ||
           wrong(answer, "headers: too large");
}

static bool take_headers(struct serve_answer *answer, lua_State *L)
{
    int count = 0;
    if (lua_isnil(L, -1))
        return true;
    if (!lua_istable(L, -1))
        return wrong(answer, "headers: want a table");
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        bool ok = ++count <= HEADERS_MAX ? take_header(answer, L)
                                         : wrong(answer, "headers: too many");
        lua_pop(L, 1);
        if (!ok) {
            lua_pop(L, 1);
            return false;
        }
    }
    return true;
}

static bool take_json(struct serve_answer *answer, lua_State *L)
{
    struct err err = { 0 };
    if (lua_isnil(L, -1))
        return true;
    buf_add_str(&answer->type, STR("application/json"));
    return convert_to_json(L, -1, &answer->body, &err) ||
           err_set(&answer->problem, err.code, "the answer to a request: json: %s",
                   err.text);
}

static bool take_status(struct serve_answer *answer, lua_State *L)
{
    if (lua_isnil(L, -1)) {
        answer->status = 200;
        return true;
    }
    lua_Integer status = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 0;
    answer->status = (int)status;
    return (status >= 200 && status <= 599) ||
           wrong(answer, "status: want a number from 200 to 599");
}

static void take_table(struct serve_answer *answer, lua_State *L)
{
    push_field(L, "status");
    bool ok = take_status(answer, L);
    lua_pop(L, 1);
    push_field(L, "json");
    ok = ok && take_json(answer, L);
    lua_pop(L, 1);
    push_field(L, "body");
    ok = ok && take_text(answer, L, &answer->body, "body");
    lua_pop(L, 1);
    push_field(L, "headers");
    ok = ok && take_headers(answer, L);
    lua_pop(L, 1);
}

void serve_answer_take(struct serve_answer *answer, lua_State *L, int count)
{
    if (count == 0 || lua_isnil(L, -count))
        return;
    if (!lua_checkstack(L, 20)) {
        wrong(answer, "no room on the stack");
        return;
    }
    guard_hold();
    lua_pushvalue(L, -count);
    if (lua_istable(L, -1)) {
        take_table(answer, L);
    } else if (lua_type(L, -1) == LUA_TSTRING) {
        answer->status = 200;
        take_text(answer, L, &answer->body, "body");
    } else {
        wrong(answer, "want a text or a table");
    }
    lua_pop(L, 1);
    guard_release();
}

void serve_answer_send(const struct serve_answer *answer, struct server_request *request)
{
    struct server_header_pair pairs[HEADERS_MAX + 1];
    const char *at = answer->headers.at, *end = at + answer->headers.len;
    char type[TYPE_MAX + 1] = "text/plain; charset=utf-8";
    size_t count = 0;
    while (at < end) {
        pairs[count].name = at;
        at += strlen(at) + 1;
        pairs[count++].value = at;
        at += strlen(at) + 1;
    }
    pairs[count] = (struct server_header_pair){ NULL, NULL };
    if (answer->type.len > 0) {
        memcpy(type, answer->type.at, answer->type.len);
        type[answer->type.len] = '\0';
    }
    server_reply(request, answer->status, type, pairs, buf_str(&answer->body));
}
