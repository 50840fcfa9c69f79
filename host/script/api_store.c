#include "base/clock.h"
#include "script/api.h"
#include "script/caps.h"
#include "script/convert.h"
#include "store/kv.h"

#include <lauxlib.h>
#include <string.h>

#define KEY_MAX 512

/*
 * Values are kept as JSON text. The calls are answered at once by today's embedded store,
 * but promise only to wait: a store on another machine must fit behind them.
 */

static struct kv_name check_name(lua_State *L, struct instance *instance)
{
    struct kv_name name = { str_from(instance->version->name), check_str(L, 1) };
    if (name.name.len > 64 || !str_is_utf8(name.name) ||
        memchr(name.name.at, 0, name.name.len))
        raise_error(L, "name: want a text of at most 64 bytes");
    return name;
}

static struct str check_key(lua_State *L)
{
    struct str key = check_str(L, 2);
    if (key.len == 0 || key.len > KEY_MAX || !str_is_utf8(key) ||
        memchr(key.at, 0, key.len))
        raise_error(L, "key: want a text of 1 to %d bytes", KEY_MAX);
    return key;
}

/* Pushes the stored value or nil. Held. */
static bool push_value(lua_State *L, struct instance *instance, struct kv_name name,
                       struct str key, struct err *err)
{
    struct buf *scratch = &instance->scratch;
    bool found = false;
    buf_reset(scratch);
    if (!kv_get(instance->runtime->store, name, key, clock_wall_ms(), scratch, &found,
                NULL, err))
        return false;
    if (!found) {
        lua_pushnil(L);
        return true;
    }
    struct json *value = json_parse(buf_str(scratch), err);
    if (!value)
        return false;
    push_json(L, value);
    json_free(value);
    return true;
}

/* host.store_get(name, key) */
static int api_store_get(lua_State *L)
{
    struct err err = { 0 };
    struct instance *instance = task_check_wait(L)->instance;
    struct kv_name name = check_name(L, instance);
    struct str key = check_key(L);
    luaL_checkstack(L, 300, NULL);
    guard_hold();
    bool ok = push_value(L, instance, name, key, &err);
    guard_release();
    return ok ? 1 : convert_push_failure(L, &err);
}

static bool set_value(lua_State *L, struct instance *instance, struct kv_name name,
                      struct str key, int index, int64_t expires_ms, struct err *err)
{
    struct buf *scratch = &instance->scratch;
    buf_reset(scratch);
    return convert_to_json(L, index, scratch, err) &&
           kv_set(instance->runtime->store, name, key, buf_str(scratch), expires_ms,
                  caps_store_size(instance), err);
}

/* host.store_set(name, key, value, ttl?) */
static int api_store_set(lua_State *L)
{
    struct err err = { 0 };
    struct instance *instance = task_check_wait(L)->instance;
    struct kv_name name = check_name(L, instance);
    struct str key = check_key(L);
    int64_t expires_ms = 0;
    luaL_checkany(L, 3);
    if (!lua_isnoneornil(L, 4))
        expires_ms = clock_wall_ms() + check_duration(L, 4, "ttl");
    guard_hold();
    bool ok = lua_isnil(L, 3) ? kv_del(instance->runtime->store, name, key, &err)
                              : set_value(L, instance, name, key, 3, expires_ms, &err);
    guard_release();
    if (!ok && err.code == ERR_ARGUMENT)
        return raise_error(L, "value: %s", err.text);
    if (!ok)
        return convert_push_failure(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* host.store_del(name, key) */
static int api_store_del(lua_State *L)
{
    struct err err = { 0 };
    struct instance *instance = task_check_wait(L)->instance;
    struct kv_name name = check_name(L, instance);
    struct str key = check_key(L);
    guard_hold();
    bool ok = kv_del(instance->runtime->store, name, key, &err);
    guard_release();
    if (!ok)
        return convert_push_failure(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* host.store_add(name, key, n): the new number. Nothing can come in between. */
static int api_store_add(lua_State *L)
{
    struct err err = { 0 };
    struct instance *instance = task_check_wait(L)->instance;
    struct kv_name name = check_name(L, instance);
    struct str key = check_key(L);
    luaL_checknumber(L, 3);
    lua_settop(L, 3);
    luaL_checkstack(L, 300, NULL);
    guard_hold();
    bool ok = push_value(L, instance, name, key, &err);
    if (ok && lua_isnil(L, 4)) {
        lua_pushinteger(L, 0);
        lua_replace(L, 4);
    }
    if (ok && lua_type(L, 4) != LUA_TNUMBER)
        ok = err_set(&err, ERR_ARGUMENT, "the value of %.*s is no number", STR_ARG(key));
    if (ok) {
        lua_pushvalue(L, 3);
        lua_arith(L, LUA_OPADD); /* of two numbers: cannot raise */
        ok = set_value(L, instance, name, key, 4, 0, &err);
    }
    guard_release();
    return ok ? 1 : convert_push_failure(L, &err);
}

static const luaL_Reg store_api[] = {
    { "store_get", api_store_get },
    { "store_set", api_store_set },
    { "store_del", api_store_del },
    { "store_add", api_store_add },
    { NULL, NULL },
};

void api_open_store(lua_State *L)
{
    luaL_setfuncs(L, store_api, 0);
}
