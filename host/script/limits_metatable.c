#include "script/limits_metatable.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>

#define COPIES "moondock.metatables"   /* the script's metatable -> our copy */
#define ORIGINALS "moondock.originals" /* our copy -> the script's metatable */
#define NAMES "moondock.metamethods"   /* what is copied */

static void refuse(lua_State *L, const char *name)
{
    lua_pushstring(L, name);
    if (lua_rawget(L, 2) != LUA_TNIL)
        luaL_error(L, "metatables with %s are not allowed", name);
    lua_pop(L, 1);
}

/* --- of a sound library --- */

static int api_setmetatable(lua_State *L)
{
    int type = lua_type(L, 2);
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
        return luaL_error(L, "cannot change a protected metatable");
    if (type == LUA_TTABLE)
        refuse(L, "__gc");
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

/* --- of a defective one --- */

static const char *const names[] = {
    "__index", "__newindex", "__call",  "__tostring", "__name",  "__len",  "__eq",
    "__lt",    "__le",       "__unm",   "__add",      "__sub",   "__mul",  "__div",
    "__mod",   "__pow",      "__idiv",  "__band",     "__bor",   "__bxor", "__shl",
    "__shr",   "__bnot",     "__close", "__mode",     "__pairs",
};

#define NAME_COUNT (sizeof(names) / sizeof(*names))

void limits_push_weak_table(lua_State *L, const char *name)
{
    if (lua_getfield(L, LUA_REGISTRYINDEX, name) == LUA_TTABLE)
        return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "k");
    lua_setfield(L, -2, "__mode");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, name);
}

/* Likewise the names, which are strings of the state then: quicker than to make them. */
static void push_names(lua_State *L)
{
    if (lua_getfield(L, LUA_REGISTRYINDEX, NAMES) == LUA_TTABLE)
        return;
    lua_pop(L, 1);
    lua_createtable(L, (int)NAME_COUNT, 0);
    for (size_t i = 0; i < NAME_COUNT; i++) {
        lua_pushstring(L, names[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, NAMES);
}

/* Raises unless the metatable of the table at 1 is none, or a copy of one that is not
 * protected by the script itself. */
static void check_unprotected(lua_State *L)
{
    bool free_to_change = true;
    if (!lua_getmetatable(L, 1))
        return;
    limits_push_weak_table(L, ORIGINALS);
    lua_insert(L, -2);
    if (lua_rawget(L, -2) != LUA_TTABLE) { /* one of the host's objects */
        free_to_change = false;
    } else {
        lua_pushliteral(L, "__metatable");
        free_to_change = lua_rawget(L, -2) == LUA_TNIL;
    }
    lua_settop(L, 2);
    if (!free_to_change)
        luaL_error(L, "cannot change a protected metatable");
}

/* Leaves the copy of the metatable at 2, a new one or the one it has already. */
static void push_copy(lua_State *L)
{
    limits_push_weak_table(L, COPIES); /* 3 */
    lua_pushvalue(L, 2);
    if (lua_rawget(L, 3) == LUA_TTABLE) {
        lua_remove(L, 3);
        return;
    }
    lua_pop(L, 1);
    lua_newtable(L); /* 4 */
    lua_pushvalue(L, 2);
    lua_pushvalue(L, 4);
    lua_rawset(L, 3);
    limits_push_weak_table(L, ORIGINALS);
    lua_pushvalue(L, 4);
    lua_pushvalue(L, 2);
    lua_rawset(L, -3);
    lua_pop(L, 1);
    lua_remove(L, 3);
}

/* Sets copy[name] = value where they differ; copy at 3, name and value on top (popped).
 */
static void bring_up_to_date(lua_State *L)
{
    lua_pushvalue(L, -2);
    lua_rawget(L, 3); /* name, new, old */
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 1);
    if (same)
        lua_pop(L, 2);
    else
        lua_rawset(L, 3);
}

static int api_setmetatable_copy(lua_State *L)
{
    int type = lua_type(L, 2);
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
    lua_settop(L, 2);
    check_unprotected(L);
    if (type == LUA_TNIL) {
        lua_setmetatable(L, 1);
        return 1;
    }
    refuse(L, "__gc");
    refuse(L, "__concat");
    push_copy(L);  /* 3 */
    push_names(L); /* 4 */
    for (size_t i = 1; i <= NAME_COUNT; i++) {
        lua_rawgeti(L, 4, (lua_Integer)i);
        lua_pushvalue(L, -1);
        lua_rawget(L, 2);
        bring_up_to_date(L);
    }
    lua_pushliteral(L, "__metatable");
    lua_pushvalue(L, -1);
    if (lua_rawget(L, 2) == LUA_TNIL) {
        lua_pop(L, 1);
        lua_pushvalue(L, 2); /* what getmetatable shows */
    }
    bring_up_to_date(L);
    lua_settop(L, 3);
    lua_setmetatable(L, 1);
    lua_settop(L, 1);
    return 1;
}

void limits_push_setmetatable(lua_State *L, bool copies)
{
    lua_pushcfunction(L, copies ? api_setmetatable_copy : api_setmetatable);
}
