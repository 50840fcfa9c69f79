#include "script/api.h"
#include "script/convert.h"
#include "script/data.h"
#include "script/handover.h"
#include "script/log_lines.h"
#include "script/objects.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#define LOCALE_NAME_MAX 35

/* "zh-CN" */
static bool is_language(struct str name)
{
    if (name.len == 0 || name.len > LOCALE_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!letter)
            return false;
    }
    return true;
}

/* host.languages(): names of the files in locale/, without ".lua" */
static int api_languages(lua_State *L)
{
    const struct version *version = instance_of(L)->version;
    struct str name;
    void *source;
    lua_Integer count = 0;
    lua_newtable(L);
    for (size_t at = 0; map_next(&version->sources, &at, &name, &source);) {
        if (!str_starts(name, STR("locale/")))
            continue;
        name = str_sub(name, 7, name.len - 7 - 4);
        if (!is_language(name))
            continue;
        push_str(L, name);
        lua_rawseti(L, -2, ++count);
    }
    return 1;
}

/* host.catalog(language): the table of locale/LANGUAGE.lua */
static int api_catalog(lua_State *L)
{
    struct str language = check_str(L, 1);
    struct err err = { 0 };
    if (!is_language(language))
        return raise_error(L, "language: there is no %s", lua_tostring(L, 1));
    luaL_checkstack(L, 300, NULL);
    guard_hold();
    const struct data *data = version_catalog(instance_of(L)->version, language, &err);
    guard_release();
    if (!data)
        return raise_error(L, "%s", err.text);
    push_json(L, data_root(data));
    return 1;
}

/* host.log(level, text) */
static int api_log(lua_State *L)
{
    static const char *const words[] = { "error", "warn", "info", "debug", NULL };
    int level = luaL_checkoption(L, 1, NULL, words);
    log_lines_write(instance_of(L), (enum log_level)level, check_str(L, 2));
    return 0;
}

/* host.user(id) */
static int api_user(lua_State *L)
{
    push_user(L, check_user(L, 1, "id"), STR_NONE);
    return 1;
}

/* host.group(id) */
static int api_get_group(lua_State *L)
{
    push_group(L, check_group(L, 1, "id"), STR_NONE);
    return 1;
}

/* host.room(id) */
static int api_get_room(lua_State *L)
{
    push_room(L, check_room(L, 1, "id"));
    return 1;
}

/* host.self(): the bot's own user */
static int api_self(lua_State *L)
{
    instance_note_busy(L);
    const struct script_im *im = &instance_of(L)->runtime->im;
    struct str id = im->user ? im->user(im->arg) : STR_NONE;
    if (id.len == 0)
        lua_pushnil(L);
    else
        push_user(L, id, STR_NONE);
    return 1;
}

/* host.duration(value): milliseconds; raises on what is none */
static int api_duration(lua_State *L)
{
    lua_pushinteger(L, check_duration(L, 1, luaL_optstring(L, 2, "duration")));
    return 1;
}

/* host.on_save(fn), host.on_load(fn): see handover.h */
static int api_on_save(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, HANDOVER_SAVE);
    instance_of(L)->saves = true;
    return 0;
}

static int api_on_load(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, HANDOVER_LOAD);
    return 0;
}

static const luaL_Reg plugin_api[] = {
    { "languages", api_languages },
    { "catalog", api_catalog },
    { "log", api_log },
    { "user", api_user },
    { "group", api_get_group },
    { "room", api_get_room },
    { "self", api_self },
    { "duration", api_duration },
    { "on_save", api_on_save },
    { "on_load", api_on_load },
    { NULL, NULL },
};

const struct api_group host_plugin = API_FUNCTIONS(plugin_api);

static void push_plugin(lua_State *L)
{
    const struct version *version = instance_of(L)->version;
    lua_createtable(L, 0, 2);
    lua_pushstring(L, version->name);
    lua_setfield(L, -2, "name");
    lua_pushstring(L, version->text);
    lua_setfield(L, -2, "version");
}

static void push_config(lua_State *L)
{
    push_json(L, instance_of(L)->version->config);
}

static void push_language(lua_State *L)
{
    lua_pushstring(L, instance_of(L)->runtime->language);
}

static const struct api_value plugin_values[] = {
    { "plugin", push_plugin },
    { "config", push_config },
    { "language", push_language },
    { NULL, NULL },
};

const struct api_group host_plugin_values = API_VALUES(plugin_values);
