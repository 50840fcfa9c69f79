/* host.json: encode, decode, null. */
#include "script/tool_host.h"

#include <lauxlib.h>
#include <math.h>

#define DEPTH_MAX 60
#define TEXT_MAX ((size_t)64 << 20)

static const char null_key = 0;

static void push_value(lua_State *L, const struct json *node);

static void push_members(lua_State *L, const struct json *node, bool named)
{
    const struct json *member = NULL;
    lua_Integer index = 0;
    luaL_checkstack(L, 4, "JSON is too deep");
    lua_newtable(L);
    while ((member = json_next(node, member))) {
        if (named)
            tool_push_str(L, json_name(member));
        else
            lua_pushinteger(L, ++index);
        push_value(L, member);
        lua_rawset(L, -3);
    }
}

static void push_number(lua_State *L, double number)
{
    if (number == floor(number) && fabs(number) <= 9007199254740992.0)
        lua_pushinteger(L, (lua_Integer)number);
    else
        lua_pushnumber(L, number);
}

static void push_value(lua_State *L, const struct json *node)
{
    switch (json_kind(node)) {
    case JSON_ABSENT:
        lua_pushnil(L);
        break;
    case JSON_NULL:
        lua_pushlightuserdata(L, (void *)&null_key);
        break;
    case JSON_BOOL:
        lua_pushboolean(L, json_bool(node, false));
        break;
    case JSON_NUMBER:
        push_number(L, json_number(node, 0));
        break;
    case JSON_STRING:
        tool_push_str(L, json_str(node));
        break;
    case JSON_ARRAY:
        push_members(L, node, false);
        break;
    case JSON_OBJECT:
        push_members(L, node, true);
        break;
    }
}

void tool_push_json(lua_State *L, const struct json *node)
{
    push_value(L, node);
}

/* Raises for what JSON cannot say; run over the whole value before anything is built, so
 * that building holds no tree while it could raise. */
static void check_value(lua_State *L, int index, int depth)
{
    int type = lua_type(L, index);
    luaL_checkstack(L, 6, "JSON is too deep");
    if (depth > DEPTH_MAX)
        luaL_error(L, "JSON: deeper than %d", DEPTH_MAX);
    if (type == LUA_TLIGHTUSERDATA && lua_touserdata(L, index) == &null_key)
        return;
    if (type == LUA_TNUMBER && !isfinite(lua_tonumber(L, index)))
        luaL_error(L, "JSON: cannot write %f", lua_tonumber(L, index));
    if (type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING)
        return;
    if (type != LUA_TTABLE)
        luaL_error(L, "JSON: cannot write a %s", lua_typename(L, type));
    bool is_list = lua_rawlen(L, index) > 0;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        int want = is_list ? LUA_TNUMBER : LUA_TSTRING;
        if (lua_type(L, -2) != want)
            luaL_error(L, "JSON: a table is either a list or has names only");
        check_value(L, lua_gettop(L), depth + 1);
        lua_pop(L, 1);
    }
}

/* Of a checked value; room on the stack was made by the check. */
static struct json *build_value(lua_State *L, int index, struct json *parent,
                                const char *name)
{
    size_t len;
    const char *text;
    struct json *child;
    switch (lua_type(L, index)) {
    case LUA_TBOOLEAN:
        json_add_bool(parent, name, lua_toboolean(L, index));
        return NULL;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index))
            json_add_int(parent, name, lua_tointeger(L, index));
        else
            json_add_number(parent, name, lua_tonumber(L, index));
        return NULL;
    case LUA_TSTRING:
        text = lua_tolstring(L, index, &len);
        json_add_str(parent, name, str_of(text, len));
        return NULL;
    case LUA_TLIGHTUSERDATA:
        json_add_null(parent, name);
        return NULL;
    default:
        break;
    }
    bool is_list = lua_rawlen(L, index) > 0;
    child = is_list ? json_array() : json_object();
    if (parent)
        json_add(parent, name, child);
    if (is_list) {
        lua_Integer count = (lua_Integer)lua_rawlen(L, index);
        for (lua_Integer i = 1; i <= count; i++) {
            lua_rawgeti(L, index, i);
            build_value(L, lua_gettop(L), child, NULL);
            lua_pop(L, 1);
        }
        return child;
    }
    lua_pushnil(L);
    while (lua_next(L, index)) {
        build_value(L, lua_gettop(L), child, lua_tostring(L, -2));
        lua_pop(L, 1);
    }
    return child;
}

struct json *tool_check_json(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    luaL_checktype(L, index, LUA_TTABLE);
    check_value(L, index, 1);
    return build_value(L, index, NULL, NULL);
}

/* host.json.encode(table): the text. An empty table is an object. */
static int json_encode(lua_State *L)
{
    struct buf out;
    struct json *root = tool_check_json(L, 1);
    buf_init(&out, TEXT_MAX);
    bool fits = json_write(root, &out);
    json_free(root);
    /* A userdata would be collected if this raised; only memory can fail here. */
    tool_push_str(L, buf_str(&out));
    buf_clear(&out);
    return fits ? 1 : luaL_error(L, "JSON: too large");
}

static int json_decode(lua_State *L)
{
    struct err err;
    struct json *root = json_parse(tool_check_str(L, 1), &err);
    if (!root)
        return tool_fail(L, &err);
    push_value(L, root);
    json_free(root);
    return 1;
}

static const luaL_Reg json_api[] = {
    { "encode", json_encode },
    { "decode", json_decode },
    { NULL, NULL },
};

void tool_open_json(lua_State *L, struct tool *tool)
{
    lua_newtable(L);
    tool_set_functions(L, tool, json_api);
    lua_pushlightuserdata(L, (void *)&null_key);
    lua_setfield(L, -2, "null");
    lua_setfield(L, -2, "json");
}
