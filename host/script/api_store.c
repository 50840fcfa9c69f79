#include "base/clock.h"
#include "base/log.h"
#include "script/api.h"
#include "script/caps.h"
#include "script/convert.h"
#include "script/exec.h"
#include "script/record.h"
#include "store/kv.h"

#include <lauxlib.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define KEY_MAX 512
#define NAME_LEN_MAX 64
#define PAGE_ENTRIES 100
#define PAGE_BYTES ((size_t)64 << 10)

/*
 * Values are kept as JSON text. The calls are answered at once by today's embedded store,
 * but promise only to wait: a store on another machine must fit behind them.
 *
 * Each begins with (shared, name, …): shared is nil for the plugin's own store, else the
 * name under which several plugins share one.
 */

/* A store, opened for one call. */
struct opened {
    struct task *task;
    struct instance *instance;
    struct kv_name in;
    char owner[NAME_LEN_MAX + 24]; /* of shared rows; no plugin is called that */
};

/* The permission comes first; false with what the call returns pushed. */
static bool open_store(lua_State *L, struct opened *opened, int *results)
{
    struct err err = { 0 };
    struct task *task = task_check_wait(L);
    opened->task = task;
    opened->instance = task->instance;
    opened->in.plugin = str_from(task->instance->version->name);
    if (!lua_isnil(L, 1)) {
        char capability[NAME_LEN_MAX + 16], target[NAME_LEN_MAX + 24];
        struct str shared = check_str(L, 1); /* checked when it was opened */
        snprintf(capability, sizeof(capability), "store.shared:%.*s",
                 (int)(shared.len < NAME_LEN_MAX ? shared.len : NAME_LEN_MAX), shared.at);
        snprintf(target, sizeof(target), "store:%s", capability + 13);
        guard_hold();
        bool may = caps_has(task->instance, capability) ||
                   caps_gate_on(task, capability, str_from(target), &err);
        guard_release();
        if (!may) {
            *results = convert_push_failure(L, &err);
            return false;
        }
        snprintf(opened->owner, sizeof(opened->owner), "shared:%s", capability + 13);
        opened->in.plugin = str_from(opened->owner);
    }
    opened->in.name = check_str(L, 2);
    struct str name = opened->in.name;
    if (name.len > NAME_LEN_MAX || !str_is_utf8(name) || memchr(name.at, 0, name.len))
        raise_error(L, "name: want a text of at most %d bytes", NAME_LEN_MAX);
    return true;
}

static struct str check_key(lua_State *L)
{
    struct str key = STR_NONE;
    if (lua_type(L, 3) == LUA_TSTRING)
        key.at = lua_tolstring(L, 3, &key.len);
    if (key.len == 0 || key.len > KEY_MAX || !str_is_utf8(key) ||
        memchr(key.at, 0, key.len))
        raise_error(L, "key: want a text of 1 to %d bytes, have %s", KEY_MAX,
                    lua_type(L, 3) == LUA_TSTRING ? "another" : luaL_typename(L, 3));
    return key;
}

/* A time to live at `index`, or nothing: the moment it ends. */
static bool check_expiry(lua_State *L, int index, int64_t *expires_ms)
{
    if (lua_isnoneornil(L, index))
        return false;
    *expires_ms = clock_wall_ms() + check_duration(L, index, "opts.ttl");
    return true;
}

static bool push_text(lua_State *L, struct str text, struct err *err)
{
    struct json *value = json_parse(text, err);
    if (!value)
        return false;
    push_json(L, value);
    json_free(value);
    return true;
}

/* Pushes the stored value or nil. Held. */
static bool push_value(lua_State *L, const struct opened *opened, struct str key,
                       int64_t *expires_ms, struct err *err)
{
    struct buf *scratch = &opened->instance->scratch;
    bool found = false;
    buf_reset(scratch);
    if (!kv_get(opened->instance->runtime->store, opened->in, key, clock_wall_ms(),
                scratch, &found, expires_ms, err))
        return false;
    if (found)
        return push_text(L, buf_str(scratch), err);
    lua_pushnil(L);
    return true;
}

/* Keeps the value at `index`; nil deletes. Held. */
static bool set_value(lua_State *L, const struct opened *opened, struct str key,
                      int index, int64_t expires_ms, struct err *err)
{
    struct store *store = opened->instance->runtime->store;
    struct buf *scratch = &opened->instance->scratch;
    if (exec_is_dry(opened->instance))
        return true;
    if (lua_isnil(L, index))
        return kv_del(store, opened->in, key, err);
    buf_reset(scratch);
    return convert_to_json(L, index, scratch, err) &&
           kv_set(store, opened->in, key, buf_str(scratch), expires_ms,
                  caps_store_size(opened->instance), err);
}

/* nil and the error; what the plugin's own value is to blame for is raised. */
static int fail(lua_State *L, const struct err *err)
{
    if (err->code == ERR_ARGUMENT)
        return raise_error(L, "value: %s", err->text);
    return convert_push_failure(L, err);
}

/* host.store_get(shared, name, key) */
static int api_store_get(lua_State *L)
{
    struct err err = { 0 };
    struct opened opened;
    int results;
    if (!open_store(L, &opened, &results))
        return results;
    struct str key = check_key(L);
    luaL_checkstack(L, 300, NULL);
    guard_hold();
    bool ok = push_value(L, &opened, key, NULL, &err);
    guard_release();
    return ok ? 1 : convert_push_failure(L, &err);
}

/* host.store_set(shared, name, key, value, ttl?) */
static int api_store_set(lua_State *L)
{
    struct err err = { 0 };
    struct opened opened;
    int64_t expires_ms = 0;
    int results;
    if (!open_store(L, &opened, &results))
        return results;
    struct str key = check_key(L);
    luaL_checkany(L, 4);
    check_expiry(L, 5, &expires_ms);
    guard_hold();
    bool ok = set_value(L, &opened, key, 4, expires_ms, &err);
    guard_release();
    if (!ok)
        return fail(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* host.store_add(shared, name, key, n): the new number. Nothing can come in between; an
 * entry that expires goes on doing so. */
static int api_store_add(lua_State *L)
{
    struct err err = { 0 };
    struct opened opened;
    int64_t expires_ms = 0;
    int results;
    if (!open_store(L, &opened, &results))
        return results;
    struct str key = check_key(L);
    if (lua_type(L, 4) != LUA_TNUMBER)
        return raise_error(L, "n: want a number, have %s", luaL_typename(L, 4));
    lua_settop(L, 4);
    luaL_checkstack(L, 300, NULL);
    guard_hold();
    bool ok = push_value(L, &opened, key, &expires_ms, &err);
    if (ok && lua_isnil(L, 5)) {
        lua_pushinteger(L, 0);
        lua_replace(L, 5);
    }
    if (ok && lua_type(L, 5) != LUA_TNUMBER)
        ok = err_set(&err, ERR_ARGUMENT, "what is kept under %.*s is no number",
                     STR_ARG(key));
    if (ok) {
        lua_pushvalue(L, 4);
        lua_arith(L, LUA_OPADD); /* of two numbers: cannot raise */
        ok = set_value(L, &opened, key, 5, expires_ms, &err);
    }
    guard_release();
    return ok ? 1 : convert_push_failure(L, &err);
}

/* host.store_update(shared, name, key, fn, ttl?): keeps what fn makes of the value, and
 * gives that. fn is called from C, so it cannot wait: nothing comes in between. */
static int api_store_update(lua_State *L)
{
    struct err err = { 0 };
    struct opened opened;
    int64_t expires_ms = 0, kept_ms = 0;
    int results;
    if (!open_store(L, &opened, &results))
        return results;
    struct str key = check_key(L);
    if (!lua_isfunction(L, 4))
        return raise_error(L, "fn: want a function, have %s", luaL_typename(L, 4));
    bool given = check_expiry(L, 5, &expires_ms);
    lua_settop(L, 4);
    luaL_checkstack(L, 300, NULL);
    lua_pushvalue(L, 4);
    guard_hold();
    bool ok = push_value(L, &opened, key, &kept_ms, &err);
    guard_release();
    if (!ok)
        return convert_push_failure(L, &err);
    bool kept = record_input(L, 5);
    lua_call(L, 1, 1);
    if (kept)
        return 1;
    guard_hold();
    ok = set_value(L, &opened, key, 5, given ? expires_ms : kept_ms, &err);
    guard_release();
    return ok ? 1 : fail(L, &err);
}

/* --- pages --- */

struct page {
    lua_State *L; /* a list of keys and values in turn on top */
    lua_Integer count;
    size_t bytes;
    const struct opened *opened;
};

/* It is somebody's who edited the file; the others are still good. */
static void pass_by(const struct opened *opened, struct str key, const struct err *why)
{
    const struct kv_name *in = &opened->in;
    int len = (int)(key.len < 64 ? key.len : 64);
    log_warn(LOG_SCRIPT, "bot=%s plugin=%.*s store=%.*s key=%.*s cannot be read: %s",
             opened->instance->runtime->bot, STR_ARG(in->plugin), STR_ARG(in->name), len,
             key.at, why->text);
}

static bool add_entry(void *arg, struct str key, struct str value)
{
    struct page *page = arg;
    lua_State *L = page->L;
    struct err why = { 0 };
    if (!push_text(L, value, &why)) {
        pass_by(page->opened, key, &why);
        return true;
    }
    lua_rawseti(L, -2, page->count + 2);
    push_str(L, key);
    lua_rawseti(L, -2, page->count + 1);
    page->count += 2;
    page->bytes += key.len + value.len;
    return page->bytes < PAGE_BYTES && page->count < 2 * PAGE_ENTRIES;
}

/* host.store_page(shared, name, prefix, after): { key, value, key, value … }, a part of
 * them; the next part begins after its last key */
static int api_store_page(lua_State *L)
{
    struct err err = { 0 };
    struct opened opened;
    int results;
    if (!open_store(L, &opened, &results))
        return results;
    if (lua_type(L, 3) != LUA_TSTRING || lua_rawlen(L, 3) > KEY_MAX)
        return raise_error(L, "prefix: want a text of at most %d bytes", KEY_MAX);
    struct str prefix = check_str(L, 3), after = check_str(L, 4);
    luaL_checkstack(L, 300, NULL);
    lua_createtable(L, 2 * PAGE_ENTRIES, 0);
    struct page page = { .L = L, .opened = &opened };
    guard_hold();
    bool ok = kv_each(opened.instance->runtime->store, opened.in, prefix, after,
                      clock_wall_ms(), INT_MAX, add_entry, &page, &err);
    guard_release();
    return ok ? 1 : convert_push_failure(L, &err);
}

/* host.store_check(shared): raises when no store can be shared under that name */
static int api_store_check(lua_State *L)
{
    struct str name = STR_NONE;
    if (lua_type(L, 1) == LUA_TSTRING)
        name.at = lua_tolstring(L, 1, &name.len);
    bool good = name.len > 0 && name.len <= NAME_LEN_MAX;
    for (size_t i = 0; good && i < name.len; i++)
        good = name.at[i] != '\0' &&
               strchr("abcdefghijklmnopqrstuvwxyz0123456789_.-", name.at[i]);
    if (!good)
        return raise_error(L, "shared: want 1 to %d of a-z, 0-9, _ . and -",
                           NAME_LEN_MAX);
    return 0;
}

static const struct record_call store_calls[] = {
    { "store_update", api_store_update, RECORD_NOT },
    { "store_check", api_store_check, RECORD_NOT },
    { "store_get", api_store_get, 0 },
    { "store_set", api_store_set, RECORD_ACTS },
    { "store_add", api_store_add, RECORD_ACTS },
    { "store_page", api_store_page, 0 },
    { NULL, NULL, 0 },
};

const struct api_group host_store = RECORD_CALLS(store_calls);
