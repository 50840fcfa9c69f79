#include "script/limits_fences.h"

#include "base/clock.h"
#include "base/log.h"
#include "script/convert.h"
#include "script/instance.h"
#include "script/limits_coroutine.h"
#include "script/limits_math.h"
#include "script/limits_metatable.h"
#include "script/limits_probe.h"
#include "script/limits_stock.h"
#include "script/limits_string.h"
#include "script/limits_table.h"
#include "script/limits_text.h"
#include "script/log_lines.h"
#include "script/record.h"

#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#define DATE_FORMAT_MAX 512
#define UTF8_PATTERN "[\0-\x7F\xC2-\xFD][\x80-\xBF]*" /* as stock has it */

static int api_load(lua_State *L)
{
    size_t len;
    luaL_argexpected(L, lua_type(L, 1) == LUA_TSTRING, 1, "string");
    const char *text = lua_tolstring(L, 1, &len);
    const char *name = luaL_optstring(L, 2, "=load");
    const char *mode = luaL_optstring(L, 3, "t");
    bool own_env = !lua_isnone(L, 4);
    if (len > VERSION_SOURCE_MAX) {
        luaL_pushfail(L);
        lua_pushliteral(L, "load: the text is larger than 64 KiB");
        return 2;
    }
    if (!strchr(mode, 't')) {
        luaL_pushfail(L);
        lua_pushfstring(L, "attempt to load a text chunk (mode is '%s')", mode);
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

/* A full collection per message would be a cheap way to burn CPU: it only counts. */
static int api_collectgarbage(lua_State *L)
{
    static const char *const options[] = { "collect",      "count",     "incremental",
                                           "generational", "isrunning", "restart",
                                           "step",         "stop",      NULL };
    const char *what = options[luaL_checkoption(L, 1, "collect", options)];
    if (strcmp(what, "count") == 0)
        lua_pushnumber(L, (lua_Number)instance_of(L)->limits.arena.used / 1024);
    else if (strcmp(what, "isrunning") == 0)
        lua_pushboolean(L, 1);
    else if (strcmp(what, "step") == 0)
        lua_pushboolean(L, 0); /* no cycle ended by it */
    else if (what[0] == 'i' || what[0] == 'g')
        lua_pushliteral(L, "incremental"); /* the mode it was in */
    else
        lua_pushinteger(L, 0);
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
        limits_push_text(L, i);
        luaL_addvalue(&line);
    }
    luaL_pushresult(&line);
    log_lines_write(instance_of(L), LOG_INFO, check_str(L, -1));
    return 0;
}

/* --- xpcall --- */

/* Stands for the handler in the upvalue. After a stop hooks are off here: the plugin's
 * code could not be stopped softly any more. */
static int call_handler(lua_State *L)
{
    if (guard_stopping())
        return 1; /* the message as it is */
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}

/* The stock function, in the upvalue, runs in our frame. */
static int api_xpcall(lua_State *L)
{
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, call_handler, 1);
    lua_replace(L, 2);
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

/* --- os --- */

/* Calls the stock function in the upvalue with the `nargs` values on top, plain ones, so
 * that nothing of the plugin runs; leaves one result. libc takes locks in it, so no hard
 * stop may fall inside. */
static void call_held(lua_State *L, int nargs)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, -nargs - 1);
    guard_hold();
    int status = lua_pcall(L, nargs, 1, 0);
    guard_release();
    if (status != LUA_OK)
        raise_error(L, "%s", lua_tostring(L, -1));
}

static const char *const date_fields[] = { "year", "month", "day",  "hour", "min",
                                           "sec",  "isdst", "wday", "yday" };
#define DATE_FIELDS (int)(sizeof(date_fields) / sizeof(*date_fields))

static void copy_date(lua_State *L, int from, int to)
{
    for (int i = 0; i < DATE_FIELDS; i++) {
        lua_getfield(L, from, date_fields[i]);
        lua_setfield(L, to, date_fields[i]);
    }
}

static int api_time(lua_State *L)
{
    instance_note_busy(L);
    if (lua_isnoneornil(L, 1)) {
        lua_pushinteger(L, record_integer(L, "time", clock_wall_ms() / 1000));
        return 1;
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_newtable(L); /* 2: without metamethods */
    copy_date(L, 1, 2);
    lua_pushvalue(L, 2);
    call_held(L, 1);
    copy_date(L, 2, 1); /* brought into their ranges, as stock does */
    return 1;
}

static int api_date(lua_State *L)
{
    instance_note_busy(L);
    size_t len;
    const char *format = luaL_optlstring(L, 1, "%c", &len);
    bool now = lua_isnoneornil(L, 2);
    lua_Integer at =
        now ? record_integer(L, "time", clock_wall_ms() / 1000) : luaL_checkinteger(L, 2);
    if (len > DATE_FORMAT_MAX)
        return raise_error(L, "os.date: the format is longer than %d bytes",
                           DATE_FORMAT_MAX);
    lua_pushstring(L, format);
    lua_pushinteger(L, at);
    call_held(L, 2);
    return 1;
}

/* Not recorded: a loop that waits for it to go on would not end. */
static int api_clock(lua_State *L)
{
    instance_note_busy(L);
    uint64_t ticks = instance_of(L)->limits.samples;
    lua_pushnumber(L, (lua_Number)ticks * GUARD_TICK_MS / 1000);
    return 1;
}

static luaL_Reg base_stock[] = {
    { "assert", NULL },   { "error", NULL },    { "getmetatable", NULL },
    { "ipairs", NULL },   { "next", NULL },     { "pairs", NULL },
    { "pcall", NULL },    { "rawequal", NULL }, { "rawget", NULL },
    { "rawlen", NULL },   { "rawset", NULL },   { "select", NULL },
    { "tonumber", NULL }, { "type", NULL },     { NULL, NULL },
};
static luaL_Reg xpcall_stock[] = { { "xpcall", NULL }, { NULL, NULL } };
static const luaL_Reg base_api[] = {
    { "collectgarbage", api_collectgarbage },
    { "load", api_load },
    { "print", api_print },
    { "warn", api_print },
    { NULL, NULL },
};

/* The stock function in the upvalue without its last argument, `lax`. */
static int call_strict(lua_State *L, int nargs)
{
    if (lua_gettop(L) > nargs)
        lua_settop(L, nargs);
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

static int api_utf8_strict(lua_State *L)
{
    return call_strict(L, 3);
}

static int api_utf8_codes(lua_State *L)
{
    return call_strict(L, 1);
}

static int api_utf8_char(lua_State *L)
{
    for (int i = lua_gettop(L); i > 0; i--) {
        lua_Integer code = luaL_checkinteger(L, i);
        luaL_argcheck(L,
                      code >= 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff),
                      i, "no Unicode character");
    }
    return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

static const luaL_Reg utf8_api[] = {
    { "char", api_utf8_char },
    { "codepoint", api_utf8_strict },
    { "codes", api_utf8_codes },
    { "len", api_utf8_strict },
    { NULL, NULL },
};
static luaL_Reg utf8_stock[] = {
    { "char", NULL }, { "codepoint", NULL }, { "codes", NULL },
    { "len", NULL },  { NULL, NULL },
};
static luaL_Reg utf8_plain[] = { { "offset", NULL }, { NULL, NULL } };

/* Puts our functions into the table on top, each over the stock one of the same place in
 * its upvalue. */
static void wrap_names(lua_State *L, const luaL_Reg *stock, const luaL_Reg *api)
{
    for (; api->name; api++, stock++) {
        lua_pushcfunction(L, stock->func);
        lua_pushcclosure(L, api->func, 1);
        lua_setfield(L, -2, api->name);
    }
}

static void push_utf8_library(lua_State *L)
{
    limits_stock_find(utf8_stock, luaopen_utf8);
    limits_stock_find(utf8_plain, luaopen_utf8);
    lua_createtable(L, 0, 6);
    luaL_setfuncs(L, utf8_plain, 0);
    wrap_names(L, utf8_stock, utf8_api);
    lua_pushlstring(L, UTF8_PATTERN, sizeof(UTF8_PATTERN) - 1);
    lua_setfield(L, -2, "charpattern");
}

static const luaL_Reg os_api[] = {
    { "clock", api_clock },
    { "date", api_date },
    { "time", api_time },
    { NULL, NULL },
};
static luaL_Reg os_stock[] = {
    { "clock", NULL },
    { "date", NULL },
    { "time", NULL },
    { NULL, NULL },
};
static luaL_Reg os_plain[] = { { "difftime", NULL }, { NULL, NULL } };

static void push_os_library(lua_State *L)
{
    limits_stock_find(os_stock, luaopen_os);
    limits_stock_find(os_plain, luaopen_os);
    lua_createtable(L, 0, 4);
    luaL_setfuncs(L, os_plain, 0);
    wrap_names(L, os_stock, os_api);
}

void limits_open_fences(lua_State *L)
{
    limits_stock_find(base_stock, luaopen_base);
    limits_stock_find(xpcall_stock, luaopen_base);
    lua_createtable(L, 0, 32); /* the globals */
    luaL_setfuncs(L, base_stock, 0);
    luaL_setfuncs(L, base_api, 0);
    lua_pushliteral(L, LUA_VERSION);
    lua_setfield(L, -2, "_VERSION");
    limits_push_setmetatable(L, limits_lua_is_defective());
    lua_setfield(L, -2, "setmetatable");
    lua_pushcfunction(L, xpcall_stock->func);
    lua_pushcclosure(L, api_xpcall, 1);
    lua_setfield(L, -2, "xpcall");
    limits_push_tostring(L);
    lua_setfield(L, -2, "tostring");
    limits_push_string(L);
    lua_setfield(L, -2, "string");
    push_os_library(L);
    lua_setfield(L, -2, "os");
    limits_push_table(L);
    lua_setfield(L, -2, "table");
    limits_push_math(L);
    lua_setfield(L, -2, "math");
    push_utf8_library(L);
    lua_setfield(L, -2, "utf8");
    limits_push_coroutine(L);
    lua_setfield(L, -2, "coroutine");
    lua_pushvalue(L, -1);
    lua_setfield(L, -2, "_G");
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}
