#include "base/log.h"
#include "script/api.h"
#include "script/caps.h"
#include "script/convert.h"
#include "script/serve.h"

#include <lauxlib.h>
#include <stdio.h>

#define PATH_BYTES_MAX 200

/* Paths are compared as they come, so they are given as they come. */
static bool is_path(struct str path)
{
    for (size_t i = 0; i < path.len; i++)
        if (path.at[i] <= ' ' || path.at[i] >= 0x7f || path.at[i] == '?' ||
            path.at[i] == '#')
            return false;
    return path.len > 0 && path.len < PATH_BYTES_MAX;
}

static bool may_serve(struct instance *instance, const char *path, struct err *err)
{
    bool may = caps_has(instance, "http.serve");
    caps_audit(instance->runtime, str_from(instance->version->name), "http.serve",
               str_from(path), may ? STR("done") : str_from(err_word(ERR_DENIED)));
    return may || err_set(err, ERR_DENIED,
                          "the plugin %s is not granted \"http.serve\" (grants in the "
                          "configuration)",
                          instance->version->name);
}

/* host.serve(path, fn): a number for serve_off, or nil and an error */
static int api_serve(lua_State *L)
{
    instance_note_busy(L);
    struct instance *instance = instance_of(L);
    struct str given = check_str(L, 1);
    struct err err = { 0 };
    char path[PATH_BYTES_MAX + 1];
    snprintf(path, sizeof(path), "%s%.*s", str_starts(given, STR("/")) ? "" : "/",
             STR_ARG(given));
    guard_hold();
    bool may = may_serve(instance, path, &err);
    guard_release();
    if (!may)
        return convert_push_failure(L, &err);
    if (!is_path(given))
        return raise_error(L, "path: want a text like \"hook\", without blanks");
    luaL_checktype(L, 2, LUA_TFUNCTION);
    if (instance->state == INSTANCE_DRAINING)
        return raise_error(L, "this version of the plugin has been replaced");
    lua_settop(L, 2);
    int function_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    guard_hold();
    int number = serve_add(instance, str_from(path), function_ref, &err);
    if (number == 1 && !instance->runtime->serves) /* said once */
        log_warn(LOG_SCRIPT,
                 "bot=%s plugin=%s serves %s, but nothing listens: the configuration "
                 "names no listen.http",
                 instance->runtime->bot, instance->version->name, path);
    guard_release();
    if (number == 0) {
        luaL_unref(L, LUA_REGISTRYINDEX, function_ref);
        return convert_push_failure(L, &err);
    }
    lua_pushinteger(L, number);
    return 1;
}

/* host.serve_off(number); one that is gone is fine */
static int api_serve_off(lua_State *L)
{
    int number = (int)luaL_checkinteger(L, 1);
    guard_hold();
    int function_ref = serve_off(instance_of(L), number);
    guard_release();
    luaL_unref(L, LUA_REGISTRYINDEX, function_ref);
    return 0;
}

static const luaL_Reg serve_api[] = {
    { "serve", api_serve },
    { "serve_off", api_serve_off },
    { NULL, NULL },
};

const struct api_group host_serve = API_FUNCTIONS(serve_api);
