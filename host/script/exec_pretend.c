#include "base/clock.h"
#include "script/convert.h"
#include "script/exec.h"
#include "script/objects.h"

#include <lauxlib.h>

#define SHOWN_MAX 60 /* bytes of a text */

static void add_argument(lua_State *L, int index, struct buf *out)
{
    struct str text;
    switch (lua_type(L, index)) {
    case LUA_TSTRING:
        text = check_str(L, index);
        buf_add_format(out, "\"%.*s\"%s", STR_ARG(str_cut_utf8(text, SHOWN_MAX)),
                       text.len > SHOWN_MAX ? "…" : "");
        return;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index))
            buf_add_format(out, "%lld", (long long)lua_tointeger(L, index));
        else
            buf_add_format(out, "%g", lua_tonumber(L, index));
        return;
    case LUA_TBOOLEAN:
        buf_add_str(out, lua_toboolean(L, index) ? STR("true") : STR("false"));
        return;
    case LUA_TTABLE:
        lua_pushliteral(L, "id");
        lua_rawget(L, index);
        if (lua_type(L, -1) == LUA_TSTRING)
            buf_add_str(out, check_str(L, -1));
        else
            buf_add_str(out, STR("{…}"));
        lua_pop(L, 1);
        return;
    default:
        buf_add_str(out, STR("nil"));
    }
}

/* What a send gives, of one that did not happen. */
static void push_unsent(lua_State *L)
{
    lua_createtable(L, 0, 3);
    lua_pushliteral(L, "");
    lua_setfield(L, -2, "id");
    lua_pushinteger(L, clock_wall_ms());
    lua_setfield(L, -2, "time");
    objects_set(L, OBJECT_SENT);
}

int exec_pretend(lua_State *L, const struct record_call *call)
{
    struct exec *exec = instance_of(L)->exec;
    int last = lua_gettop(L);
    while (last > 0 && lua_isnil(L, last))
        last--;
    luaL_checkstack(L, 4, NULL);
    guard_hold();
    struct buf text;
    buf_init(&text, EXEC_TEXT_MAX);
    buf_add_format(&text, "would %s(", call->name);
    for (int i = 1; i <= last; i++) {
        buf_add_str(&text, i > 1 ? STR(", ") : STR(""));
        add_argument(L, i, &text);
    }
    buf_add_byte(&text, ')');
    struct json *item = json_object();
    json_add_str(item, "print", buf_str(&text));
    exec_say(exec, item);
    buf_clear(&text);
    guard_release();
    if (call->flags & RECORD_SENDS)
        push_unsent(L);
    else
        lua_pushboolean(L, 1);
    return 1;
}
