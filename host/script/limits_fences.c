#include "script/limits_fences.h"

#include "base/clock.h"
#include "base/log.h"
#include "script/convert.h"
#include "script/instance.h"
#include "script/limits_coroutine.h"
#include "script/limits_metatable.h"
#include "script/log_lines.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#define REP_MAX ((lua_Integer)1 << 20)

static int api_load(lua_State *L)
{
    size_t len;
    luaL_argexpected(L, lua_type(L, 1) == LUA_TSTRING, 1, "string");
    const char *text = lua_tolstring(L, 1, &len);
    const char *name = luaL_optstring(L, 2, "=load");
    bool own_env = !lua_isnone(L, 4);
    if (len > VERSION_SOURCE_MAX) {
        luaL_pushfail(L);
        lua_pushliteral(L, "load: the text is larger than 64 KiB");
        return 2;
    }
    if (luaL_loadbufferx(L, text, len, name, "t") != LUA_OK) {
        luaL_pushfail(L);
        lua_insert(L, -2);
        return 2;
    }
    if (own_env) {
        lua_pushvalue(L, 4);
        lua_setupvalue(L, -2, 1);
    }
    return 1;
}

static int api_collectgarbage(lua_State *L)
{
    const char *what = luaL_optstring(L, 1, "collect");
    if (strcmp(what, "count") == 0)
        lua_pushnumber(L, (lua_Number)instance_of(L)->limits.arena.used / 1024);
    else
        lua_pushinteger(
            L, 0); /* a full collection per message would be a cheap way to burn CPU */
    return 1;
}

static int api_print(lua_State *L)
{
    int count = lua_gettop(L);
    luaL_Buffer line;
    luaL_buffinit(L, &line);
    for (int i = 1; i <= count; i++) {
        if (i > 1)
            luaL_addchar(&line, '\t');
        luaL_tolstring(L, i, NULL);
        luaL_addvalue(&line);
    }
    luaL_pushresult(&line);
    log_lines_write(instance_of(L), LOG_INFO, check_str(L, -1));
    return 0;
}

static int api_rep(lua_State *L)
{
    struct str s = check_str(L, 1), between = { "", 0 };
    lua_Integer count = luaL_checkinteger(L, 2);
    if (!lua_isnoneornil(L, 3))
        between = check_str(L, 3);
    if (count <= 0 || s.len + between.len == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    if (count > REP_MAX || (lua_Integer)(s.len + between.len) > REP_MAX / count)
        return luaL_error(L, "string.rep: the result is larger than 1 MiB");
    luaL_Buffer out;
    char *at = luaL_buffinitsize(L, &out, (s.len + between.len) * (size_t)count),
         *start = at;
    for (lua_Integer i = 0; i < count; i++) {
        if (i > 0) {
            memcpy(at, between.at, between.len);
            at += between.len;
        }
        memcpy(at, s.at, s.len);
        at += s.len;
    }
    luaL_pushresultsize(&out, (size_t)(at - start));
    return 1;
}

/* Calls the stock function in the upvalue; libc takes locks in it, so no hard stop may
 * fall inside. */
static int call_stock(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    guard_hold();
    int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    guard_release();
    return status == LUA_OK ? lua_gettop(L) : lua_error(L);
}

static int api_time(lua_State *L)
{
    if (!lua_isnoneornil(L, 1))
        return call_stock(L);
    lua_pushinteger(L, clock_wall_ms() / 1000);
    return 1;
}

static int api_date(lua_State *L)
{
    luaL_optstring(L, 1, "%c");
    lua_settop(L, 2);
    if (lua_isnil(L, 1)) {
        lua_pushliteral(L, "%c");
        lua_replace(L, 1);
    }
    if (lua_isnil(L, 2)) {
        lua_pushinteger(L, clock_wall_ms() / 1000);
        lua_replace(L, 2);
    }
    return call_stock(L);
}

static int api_clock(lua_State *L)
{
    uint64_t ticks = instance_of(L)->limits.samples;
    lua_pushnumber(L, (lua_Number)ticks * GUARD_TICK_MS / 1000);
    return 1;
}

static const char *const base_names[] = {
    "assert",   "error",    "getmetatable", "ipairs", "next",     "pairs",
    "pcall",    "rawequal", "rawget",       "rawlen", "rawset",   "select",
    "tonumber", "tostring", "type",         "xpcall", "_VERSION", NULL,
};
static const char *const string_names[] = {
    "byte",  "char", "find",    "format", "gmatch", "gsub",  "len", "lower",
    "match", "pack", "reverse", "sub",    "unpack", "upper", NULL,
};
static const luaL_Reg base_api[] = {
    { "collectgarbage", api_collectgarbage },
    { "load", api_load },
    { "print", api_print },
    { "warn", api_print },
    { NULL, NULL },
};

/* Copies the named fields of the table at `from` to the one on top. */
static void copy_names(lua_State *L, int from, const char *const *names)
{
    for (; *names; names++) {
        lua_getfield(L, from, *names);
        lua_setfield(L, -2, *names);
    }
}

/* Leaves the library's own table on the stack; it becomes garbage soon. */
static int push_stock(lua_State *L, lua_CFunction open)
{
    lua_pushcfunction(L, open);
    lua_call(L, 0, 1);
    return lua_gettop(L);
}

static void push_string_library(lua_State *L)
{
    int stock = push_stock(L, luaopen_string);
    lua_newtable(L);
    copy_names(L, stock, string_names);
    lua_pushcfunction(L, api_rep);
    lua_setfield(L, -2, "rep");
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1); /* made by luaopen_string: stock, ours, "", meta */
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 2);
    lua_remove(L, stock);
}

static void push_os_library(lua_State *L)
{
    int stock = push_stock(L, luaopen_os);
    lua_newtable(L);
    lua_getfield(L, stock, "difftime");
    lua_setfield(L, -2, "difftime");
    lua_getfield(L, stock, "time");
    lua_pushcclosure(L, api_time, 1);
    lua_setfield(L, -2, "time");
    lua_getfield(L, stock, "date");
    lua_pushcclosure(L, api_date, 1);
    lua_setfield(L, -2, "date");
    lua_pushcfunction(L, api_clock);
    lua_setfield(L, -2, "clock");
    lua_remove(L, stock);
}

void limits_open_fences(lua_State *L)
{
    int stock =
        push_stock(L, luaopen_base); /* the globals so far: about to be replaced */
    lua_newtable(L);
    copy_names(L, stock, base_names);
    luaL_setfuncs(L, base_api, 0);
    limits_push_setmetatable(L);
    lua_setfield(L, -2, "setmetatable");
    push_string_library(L);
    lua_setfield(L, -2, "string");
    push_os_library(L);
    lua_setfield(L, -2, "os");
    push_stock(L, luaopen_table);
    lua_setfield(L, -2, "table");
    push_stock(L, luaopen_math);
    lua_setfield(L, -2, "math");
    push_stock(L, luaopen_utf8);
    lua_setfield(L, -2, "utf8");
    limits_push_coroutine(L);
    lua_setfield(L, -2, "coroutine");
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "_G");
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_settop(L, stock - 1);
}
