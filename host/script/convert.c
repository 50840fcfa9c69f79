#include "script/convert.h"

#include "base/duration.h"
#include "script/limits_guard.h"

#include <lauxlib.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DEPTH_MAX 32
#define INTEGER_MAX ((lua_Integer)1 << 53)
#define ERROR_TYPE "moondock.Error"
#define LIST_TYPE "moondock.List"

static int show_error(lua_State *L)
{
    lua_getfield(L, 1, "message");
    luaL_tolstring(L, -1, NULL);
    return 1;
}

void convert_open(lua_State *L)
{
    luaL_newmetatable(L, ERROR_TYPE);
    lua_pushcfunction(L, show_error);
    lua_setfield(L, -2, "__tostring");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
    luaL_newmetatable(L, LIST_TYPE);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}

void convert_mark_list(lua_State *L)
{
    luaL_setmetatable(L, LIST_TYPE);
}

void convert_push_null(lua_State *L)
{
    lua_pushlightuserdata(L, NULL);
}

void push_str(lua_State *L, struct str s)
{
    lua_pushlstring(L, s.at ? s.at : "", s.len);
}

static void push_number(lua_State *L, double value)
{
    if (floor(value) == value && fabs(value) <= (double)INTEGER_MAX)
        lua_pushinteger(L, (lua_Integer)value);
    else
        lua_pushnumber(L, value);
}

static void push_node(lua_State *L, const struct json *node, bool exact);

static void push_members(lua_State *L, const struct json *node, bool exact)
{
    bool list = json_kind(node) == JSON_ARRAY;
    lua_Integer index = 0;
    luaL_checkstack(L, 4, "nested too deeply");
    lua_createtable(L, list ? (int)json_size(node) : 0, list ? 0 : (int)json_size(node));
    for (const struct json *at = json_next(node, NULL); at; at = json_next(node, at)) {
        if (list) {
            push_node(L, at, exact);
            lua_rawseti(L, -2, ++index);
        } else if (json_kind(at) != JSON_NULL) {
            push_str(L, json_name(at));
            push_node(L, at, exact);
            lua_rawset(L, -3);
        }
    }
}

static void push_node(lua_State *L, const struct json *node, bool exact)
{
    switch (json_kind(node)) {
    case JSON_ABSENT:
        lua_pushnil(L);
        break;
    case JSON_NULL:
        if (exact)
            convert_push_null(L);
        else
            lua_pushnil(L);
        break;
    case JSON_BOOL:
        lua_pushboolean(L, json_bool(node, false));
        break;
    case JSON_NUMBER:
        push_number(L, json_number(node, 0));
        break;
    case JSON_STRING:
        push_str(L, json_str(node));
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        push_members(L, node, exact);
        break;
    }
}

void push_json(lua_State *L, const struct json *node)
{
    push_node(L, node, false);
}

void convert_push_json_exact(lua_State *L, const struct json *node)
{
    push_node(L, node, true);
}

void push_error(lua_State *L, const struct err *why)
{
    lua_createtable(L, 0, 3);
    lua_pushstring(L, err_word(why->code));
    lua_setfield(L, -2, "code");
    lua_pushstring(L, why->text);
    lua_setfield(L, -2, "message");
    if (why->code == ERR_REFUSED) {
        lua_pushinteger(L, why->status);
        lua_setfield(L, -2, "status");
    }
    luaL_setmetatable(L, ERROR_TYPE);
}

void convert_as_error(lua_State *L)
{
    luaL_setmetatable(L, ERROR_TYPE);
}

int convert_push_failure(lua_State *L, const struct err *why)
{
    lua_pushnil(L);
    push_error(L, why);
    return 2;
}

int raise_error(lua_State *L, const char *format, ...)
{
    lua_Debug ar;
    int level = 1;
    while (lua_getstack(L, level, &ar) && lua_getinfo(L, "S", &ar) &&
           strncmp(ar.short_src, "moondock/", 9) == 0)
        level++;
    luaL_where(L, level);
    va_list args;
    va_start(args, format);
    lua_pushvfstring(L, format, args);
    va_end(args);
    lua_concat(L, 2);
    return lua_error(L);
}

struct str check_str(lua_State *L, int index)
{
    struct str s;
    s.at = luaL_checklstring(L, index, &s.len);
    return s;
}

int64_t check_duration(lua_State *L, int index, const char *name)
{
    const int64_t most = (int64_t)100 * 366 * 86400 * 1000;
    int64_t ms;
    if (lua_type(L, index) == LUA_TNUMBER) {
        double seconds = lua_tonumber(L, index);
        if (seconds >= 0 && seconds * 1000 <= (double)most)
            return (int64_t)(seconds * 1000 + 0.5);
    } else if (lua_type(L, index) == LUA_TSTRING) {
        struct str text;
        text.at = lua_tolstring(L, index, &text.len);
        if (duration_parse(text, &ms))
            return ms;
    }
    return raise_error(L, "%s: want a duration, seconds or a text like \"10m\"", name);
}

/* --- Lua to JSON --- */

static bool add(struct buf *out, const char *text, struct err *err)
{
    return buf_add_str(out, str_from(text)) ||
           err_set(err, ERR_LIMIT, "larger than %zu bytes as JSON", out->max);
}

static bool add_string(lua_State *L, int index, struct buf *out, struct err *err)
{
    struct str s;
    s.at = lua_tolstring(L, index, &s.len);
    if (!str_is_utf8(s))
        return err_set(err, ERR_ARGUMENT, "a text is not UTF-8");
    return json_write_str(out, s) ||
           err_set(err, ERR_LIMIT, "larger than %zu bytes as JSON", out->max);
}

static bool add_number(lua_State *L, int index, struct buf *out, struct err *err)
{
    char text[40];
    if (lua_isinteger(L, index)) {
        lua_Integer value = lua_tointeger(L, index);
        if (value > INTEGER_MAX || value < -INTEGER_MAX)
            return err_set(err, ERR_ARGUMENT, "%lld is too large an integer",
                           (long long)value);
        snprintf(text, sizeof(text), "%lld", (long long)value);
    } else {
        double value = lua_tonumber(L, index);
        if (!isfinite(value))
            return err_set(err, ERR_ARGUMENT, "a number is not finite");
        snprintf(text, sizeof(text), "%.17g", value);
    }
    return add(out, text, err);
}

static bool add_value(lua_State *L, int index, struct buf *out, int depth,
                      struct err *err);

static bool add_list(lua_State *L, int table, lua_Integer count, struct buf *out,
                     int depth, struct err *err)
{
    if (!add(out, "[", err))
        return false;
    for (lua_Integer i = 1; i <= count; i++) {
        lua_rawgeti(L, table, i);
        bool ok = (i == 1 || add(out, ",", err)) &&
                  add_value(L, lua_gettop(L), out, depth + 1, err);
        lua_pop(L, 1);
        if (!ok)
            return false;
    }
    return add(out, "]", err);
}

static bool add_object(lua_State *L, int table, struct buf *out, int depth,
                       struct err *err)
{
    bool first = true;
    if (!add(out, "{", err))
        return false;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        bool ok = lua_type(L, -2) == LUA_TSTRING ||
                  err_set(err, ERR_ARGUMENT, "a table has keys that are no texts");
        ok = ok && (first || add(out, ",", err)) &&
             add_string(L, lua_gettop(L) - 1, out, err) && add(out, ":", err) &&
             add_value(L, lua_gettop(L), out, depth + 1, err);
        first = false;
        lua_pop(L, 1);
        if (!ok) {
            lua_pop(L, 1);
            return false;
        }
    }
    return add(out, "}", err);
}

/* An empty table says of itself that it is a list. */
static bool is_marked_list(lua_State *L, int table)
{
    if (!lua_getmetatable(L, table))
        return false;
    luaL_getmetatable(L, LIST_TYPE);
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

static bool add_table(lua_State *L, int table, struct buf *out, int depth,
                      struct err *err)
{
    if (depth >= DEPTH_MAX || !lua_checkstack(L, 8))
        return err_set(err, ERR_ARGUMENT, "tables are nested too deeply");
    lua_Integer length = (lua_Integer)lua_rawlen(L, table), entries = 0;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        lua_pop(L, 1);
        entries++;
    }
    if ((length > 0 && length == entries) || (entries == 0 && is_marked_list(L, table)))
        return add_list(L, table, length, out, depth, err);
    return add_object(L, table, out, depth, err);
}

static bool add_value(lua_State *L, int index, struct buf *out, int depth,
                      struct err *err)
{
    switch (lua_type(L, index)) {
    case LUA_TSTRING:
        return add_string(L, index, out, err);
    case LUA_TNUMBER:
        return add_number(L, index, out, err);
    case LUA_TBOOLEAN:
        return add(out, lua_toboolean(L, index) ? "true" : "false", err);
    case LUA_TTABLE:
        return add_table(L, index, out, depth, err);
    case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(L, index) == NULL)
            return add(out, "null", err);
        /* fall through */
    default:
        return err_set(err, ERR_ARGUMENT, "a %s cannot be written as JSON",
                       luaL_typename(L, index));
    }
}

bool convert_to_json(lua_State *L, int index, struct buf *out, struct err *err)
{
    if (!lua_checkstack(L, 8))
        return err_set(err, ERR_LIMIT, "no room on the stack");
    return add_value(L, lua_absindex(L, index), out, 0, err);
}

static bool is_our_error(lua_State *L, int index)
{
    if (!lua_istable(L, index) || !lua_getmetatable(L, index))
        return false;
    luaL_getmetatable(L, ERROR_TYPE);
    bool ours = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return ours;
}

bool convert_error_is(lua_State *L, int index, enum err_code code)
{
    index = lua_absindex(L, index);
    if (!lua_checkstack(L, 4) || !is_our_error(L, index))
        return false;
    lua_pushstring(L, err_word(code));
    lua_pushliteral(L, "code");
    lua_rawget(L, index);
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

struct str convert_error_text(lua_State *L, int index)
{
    struct str text = STR_NONE;
    index = lua_absindex(L, index);
    if (lua_isstring(L, index)) {
        text.at = lua_tolstring(L, index, &text.len);
        return text;
    }
    if (is_our_error(L, index)) {
        lua_pushliteral(L, "message");
        if (lua_rawget(L, index) == LUA_TSTRING)
            text.at = lua_tolstring(L, -1, &text.len);
        lua_pop(L, 1); /* still held by the table */
    }
    if (text.at)
        return text;
    static const char *const words[] = {
        "nil",     "a boolean",  "a light userdata", "a number",    "a string",
        "a table", "a function", "a userdata",       "a coroutine",
    };
    char room[64];
    int type = lua_type(L, index);
    snprintf(room, sizeof(room), "(the error object is %s)", words[type < 0 ? 0 : type]);
    lua_pushstring(L, room);
    text.at = lua_tolstring(L, -1, &text.len);
    lua_replace(L, index); /* keeps it alive in the place of the object */
    return text;
}
