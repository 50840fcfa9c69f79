#include "script/api.h"
#include "script/convert.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#define LOADED "moondock.loaded"
#define LOAD_FILE "moondock.load_file"

/* Leaves the function. */
static void load_library(lua_State *L, const char *name)
{
    struct err err = { 0 };
    guard_hold();
    struct code *code = runtime_code(instance_of(L)->runtime, name, &err);
    guard_release();
    if (!code)
        raise_error(L, "%s", err.text);
    if (code_load(L, code) != LUA_OK)
        lua_error(L);
}

void api_call_library(lua_State *L, const char *name, int nargs)
{
    load_library(L, name);
    lua_insert(L, -nargs - 1);
    lua_call(L, nargs, 1);
}

/* --- the plugin's own files --- */

/* (name) -> function. Raises. */
static int load_file(lua_State *L)
{
    struct instance *instance = instance_of(L);
    const char *name = luaL_checkstring(L, 1);
    struct err err = { 0 };
    guard_hold();
    struct code *code = version_source(instance->version, name, &err);
    guard_release();
    if (!code)
        return raise_error(L, "%s", err.text);
    if (code_load(L, code) != LUA_OK)
        return lua_error(L);
    return 1;
}

/* "a.b_2" */
static bool is_module_name(struct str name)
{
    bool start = true; /* of a part */
    if (name.len == 0 || name.len > 100)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        if (c == '.' && start)
            return false;
        start = c == '.';
        if (!start && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_')
            return false;
    }
    return !start;
}

/* Leaves the chunk of a module. */
static void load_module(lua_State *L, struct str name)
{
    char file[128];
    snprintf(file, sizeof(file), "%.*s", STR_ARG(name));
    for (char *at = file; *at; at++)
        if (*at == '.')
            *at = '/';
    strcat(file, ".lua");
    if (str_starts(name, STR("moondock."))) {
        load_library(L, file);
        return;
    }
    lua_getfield(L, LUA_REGISTRYINDEX, LOAD_FILE);
    lua_pushstring(L, file);
    lua_call(L, 1, 1);
}

/* require(name): `moondock.…` is the bundled library, anything else a file of the plugin,
 * run once with the bot handle and its name. */
static int api_require(lua_State *L)
{
    struct str name = check_str(L, 1);
    if (!is_module_name(name))
        return raise_error(
            L, "require: a module is called like \"lists.words\", not \"%s\"", name.at);
    lua_settop(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, LOADED); /* 2: what has been loaded */
    lua_pushvalue(L, 1);
    int type = lua_rawget(L, 2);
    if (type == LUA_TLIGHTUSERDATA)
        return raise_error(L, "require: %s is being loaded, in a circle", name.at);
    if (type != LUA_TNIL)
        return 1;
    load_module(L, name);
    lua_pushvalue(L, 1);
    lua_pushlightuserdata(L, L);
    lua_rawset(L, 2); /* a mark: a circle ends here, and so does an error */
    lua_getfield(L, LUA_REGISTRYINDEX, "moondock.bot");
    lua_pushvalue(L, 1);
    int status = lua_pcall(L, 2, 1, 0);
    lua_pushvalue(L, 1);
    if (status != LUA_OK)
        lua_pushnil(L);
    else if (lua_isnil(L, -2))
        lua_pushboolean(L, 1);
    else
        lua_pushvalue(L, -2);
    lua_rawset(L, 2);
    if (status != LUA_OK)
        return lua_error(L);
    lua_pushvalue(L, 1);
    lua_rawget(L, 2);
    return 1;
}

void api_open_require(lua_State *L)
{
    lua_newtable(L);
    lua_setfield(L, LUA_REGISTRYINDEX, LOADED);
    lua_pushcfunction(L, load_file);
    lua_setfield(L, LUA_REGISTRYINDEX, LOAD_FILE);
    lua_pushcfunction(L, api_require);
    lua_setglobal(L, "require");
}
