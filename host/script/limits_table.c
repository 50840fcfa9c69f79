#include "script/limits_table.h"

#include "script/convert.h"
#include "script/limits_stock.h"

#include <lauxlib.h>
#include <lualib.h>

#define ELEMENTS_MAX 1000000
#define UNPACK_MAX 10000

static lua_Integer check_length(lua_State *L, int index)
{
    luaL_checktype(L, index, LUA_TTABLE);
    return (lua_Integer)lua_rawlen(L, index);
}

/* Raises when `from` to `to` are more than `most` elements; both may be anything. */
static void check_count(lua_State *L, const char *name, lua_Integer from, lua_Integer to,
                        lua_Unsigned most)
{
    if (from <= to && (lua_Unsigned)to - (lua_Unsigned)from >= most)
        raise_error(L, "table.%s: more than %d elements", name, (int)most);
}

static int api_insert(lua_State *L)
{
    lua_Integer end = check_length(L, 1) + 1, at = end;
    int count = lua_gettop(L);
    if (count != 2 && count != 3)
        return raise_error(L, "wrong number of arguments to 'insert'");
    if (count == 3) {
        at = luaL_checkinteger(L, 2);
        luaL_argcheck(L, (lua_Unsigned)at - 1u < (lua_Unsigned)end, 2,
                      "position out of bounds");
        check_count(L, "insert", at, end, ELEMENTS_MAX);
    }
    for (lua_Integer i = end; i > at; i--) {
        lua_rawgeti(L, 1, i - 1);
        lua_rawseti(L, 1, i);
    }
    lua_rawseti(L, 1, at);
    return 0;
}

static int api_remove(lua_State *L)
{
    lua_Integer size = check_length(L, 1), at = luaL_optinteger(L, 2, size);
    if (at != size)
        luaL_argcheck(L, (lua_Unsigned)at - 1u <= (lua_Unsigned)size, 2,
                      "position out of bounds");
    check_count(L, "remove", at, size, ELEMENTS_MAX);
    lua_rawgeti(L, 1, at);
    for (; at < size; at++) {
        lua_rawgeti(L, 1, at + 1);
        lua_rawseti(L, 1, at);
    }
    lua_pushnil(L);
    lua_rawseti(L, 1, at);
    return 1;
}

static int api_move(lua_State *L)
{
    lua_Integer from = luaL_checkinteger(L, 2), to = luaL_checkinteger(L, 3),
                dest = luaL_checkinteger(L, 4);
    int target = lua_isnoneornil(L, 5) ? 1 : 5;
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, target, LUA_TTABLE);
    check_count(L, "move", from, to, ELEMENTS_MAX);
    lua_Integer count = from <= to ? to - from + 1 : 0;
    luaL_argcheck(L, count == 0 || dest <= LUA_MAXINTEGER - count + 1, 4,
                  "destination wrap around");
    bool upward = dest > to || dest <= from || !lua_rawequal(L, 1, target);
    for (lua_Integer i = 0; i < count; i++) {
        lua_Integer at = upward ? i : count - 1 - i;
        lua_rawgeti(L, 1, from + at);
        lua_rawseti(L, target, dest + at);
    }
    lua_pushvalue(L, target);
    return 1;
}

static int api_concat(lua_State *L)
{
    lua_Integer last = check_length(L, 1);
    struct str between = lua_isnoneornil(L, 2) ? STR("") : check_str(L, 2);
    lua_Integer at = luaL_optinteger(L, 3, 1);
    last = luaL_optinteger(L, 4, last);
    check_count(L, "concat", at, last, ELEMENTS_MAX);
    lua_Integer count = at <= last ? last - at + 1 : 0;
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    for (lua_Integer i = 0; i < count; i++) {
        lua_rawgeti(L, 1, at + i);
        if (!lua_isstring(L, -1))
            return raise_error(L, "invalid value (%s) at index %I in table for 'concat'",
                               luaL_typename(L, -1), (LUAI_UACINT)(at + i));
        luaL_addvalue(&out);
        if (i + 1 < count)
            luaL_addlstring(&out, between.at, between.len);
    }
    luaL_pushresult(&out);
    return 1;
}

static int api_unpack(lua_State *L)
{
    lua_Integer from = luaL_optinteger(L, 2, 1);
    lua_Integer to = lua_isnoneornil(L, 3) ? check_length(L, 1) : luaL_checkinteger(L, 3);
    luaL_checktype(L, 1, LUA_TTABLE);
    if (from > to)
        return 0;
    int count = (int)(to - from + 1);
    if ((lua_Unsigned)to - (lua_Unsigned)from >= UNPACK_MAX || !lua_checkstack(L, count))
        return raise_error(L, "too many results to unpack");
    for (int i = 0; i < count; i++)
        lua_rawgeti(L, 1, from + i);
    return count;
}

/* A length that lies would make the stock one, in the upvalue, sort what is not there. */
static int api_sort(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    if (luaL_getmetafield(L, 1, "__len") != LUA_TNIL)
        return raise_error(L, "table.sort: not for tables with __len");
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

static const luaL_Reg table_api[] = {
    { "concat", api_concat }, { "insert", api_insert }, { "move", api_move },
    { "remove", api_remove }, { "unpack", api_unpack }, { NULL, NULL },
};

static luaL_Reg table_stock[] = { { "pack", NULL }, { NULL, NULL } };
static luaL_Reg sort_stock[] = { { "sort", NULL }, { NULL, NULL } };

void limits_push_table(lua_State *L)
{
    limits_stock_find(table_stock, luaopen_table);
    limits_stock_find(sort_stock, luaopen_table);
    lua_createtable(L, 0, 8);
    luaL_setfuncs(L, table_api, 0);
    luaL_setfuncs(L, table_stock, 0);
    lua_pushcfunction(L, sort_stock->func);
    lua_pushcclosure(L, api_sort, 1);
    lua_setfield(L, -2, "sort");
}
