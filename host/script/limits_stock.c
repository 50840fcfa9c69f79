#include "script/limits_stock.h"

#include "base/must.h"
#include "script/limits_guard.h"

/* The list is the light userdata at 1, the table at 2. */
static int fill(lua_State *L)
{
    for (luaL_Reg *entry = lua_touserdata(L, 1); entry->name; entry++) {
        lua_getfield(L, 2, entry->name);
        lua_CFunction function = lua_tocfunction(L, -1);
        must(function && !lua_getupvalue(L, -1, 1));
        entry->func = function;
        lua_pop(L, 1);
    }
    return 0;
}

static void find(luaL_Reg *list, lua_CFunction open)
{
    lua_State *L = luaL_newstate();
    must(L);
    lua_pushcfunction(L, fill);
    lua_pushlightuserdata(L, list);
    lua_pushcfunction(L, open);
    must(lua_pcall(L, 0, 1, 0) == LUA_OK);
    must(lua_pcall(L, 2, 0, 0) == LUA_OK);
    lua_close(L);
}

void limits_stock_find(luaL_Reg *list, lua_CFunction open)
{
    if (list->func)
        return;
    guard_hold(); /* no stop between the first and the last */
    find(list, open);
    guard_release();
}
