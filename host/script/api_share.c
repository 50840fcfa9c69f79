/* What one plugin exports and another calls: values go from state to state as bytes. */
#include "base/mem.h"
#include "base/must.h"
#include "script/api.h"
#include "script/caps.h"
#include "script/convert.h"
#include "script/inside.h"
#include "script/pack.h"
#include "script/record.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#define ARGUMENTS_MAX 100
#define NAME_MAX_BYTES 64

/*
 * One call. The caller waits for it; what is called does not know whether it still does.
 * Neither is resumed from within the other, so that each may end at any moment.
 */
struct call {
    struct task *caller; /* NULL: it does not wait any more */
    bool runs;           /* the called task has it: freed when that ends */
    char plugin[NAME_MAX_BYTES + 1], function[NAME_MAX_BYTES + 1];
    char capability[NAME_MAX_BYTES + 10]; /* "plugin:NAME" */
    char above[2 * TASK_PATH_MAX + NAME_MAX_BYTES];
    unsigned path;     /* number of the call in its task */
    struct buf values; /* packed: arguments, then results */
    struct err why;
};

static void free_call(struct call *call)
{
    buf_clear(&call->values);
    free(call);
}

/* Packs the `count` values on top as a table with `n`, and pops them. May raise. */
static bool pack_values(lua_State *L, int count, const char *name, struct buf *out,
                        struct err *err)
{
    luaL_checkstack(L, count + 8, NULL);
    lua_createtable(L, count, 1);
    lua_insert(L, -count - 1);
    for (int i = count; i > 0; i--)
        lua_rawseti(L, -i - 1, i);
    lua_pushinteger(L, count);
    lua_setfield(L, -2, "n");
    guard_hold();
    buf_reset(out);
    bool ok = pack_write(L, -1, name, out, err);
    guard_release();
    lua_pop(L, 1);
    return ok;
}

/* Leaves the values; gives their number. */
static int push_values(lua_State *L, const struct buf *packed)
{
    luaL_checkstack(L, ARGUMENTS_MAX + 4 * PACK_DEPTH, NULL);
    must(pack_read(L, buf_str(packed), NULL)); /* pack_write made it */
    int table = lua_gettop(L);
    lua_getfield(L, table, "n");
    int count = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
    for (int i = 1; i <= count; i++)
        lua_rawgeti(L, table, i);
    lua_remove(L, table);
    return count;
}

/* --- the caller's side --- */

/* An error that came as a value is one here, too. */
static int push_results(lua_State *L, void *arg)
{
    const struct call *call = arg;
    if (call->why.code != ERR_NONE)
        return convert_push_failure(L, &call->why);
    int first = lua_gettop(L) + 1, count = push_values(L, &call->values);
    if (count < 2 || !lua_isnil(L, first) || !lua_istable(L, first + 1))
        return count;
    lua_getfield(L, first + 1, "code");
    lua_getfield(L, first + 1, "message");
    bool is_error = lua_type(L, -1) == LUA_TSTRING && lua_type(L, -2) == LUA_TSTRING;
    lua_pop(L, 2);
    if (is_error) {
        lua_settop(L, first + 1);
        convert_as_error(L);
        return 2;
    }
    return count;
}

static void on_over(void *arg)
{
    struct call *call = arg;
    struct task *caller = call->caller;
    caps_done(caller, call->why.code != ERR_NONE ? &call->why : NULL);
    task_wake(caller, push_results, call);
    free_call(call);
}

static void finish_soon(struct call *call)
{
    struct task *caller = call->caller;
    loop_timer_start(caller->instance->runtime->loop, &caller->nap, 0, on_over, call);
}

static void cancel_call(struct task *task)
{
    struct call *call = task->pending;
    const struct err why = { .code = task->undo };
    caps_done(task, &why);
    loop_timer_stop(task->instance->runtime->loop, &task->nap);
    call->caller = NULL;
    if (!call->runs)
        free_call(call);
}

/* --- the called side --- */

static int push_arguments(lua_State *L, void *arg)
{
    const struct call *call = arg;
    lua_pushstring(L, call->function);
    return 1 + push_values(L, &call->values);
}

static void take_results(lua_State *L, int count, void *arg)
{
    struct call *call = arg;
    if (count > ARGUMENTS_MAX) {
        err_set(&call->why, ERR_LIMIT, "more than %d results", ARGUMENTS_MAX);
        return;
    }
    luaL_checkstack(L, count + 1, NULL);
    for (int i = 0; i < count; i++)
        lua_pushvalue(L, -count);
    pack_values(L, count, "results", &call->values, &call->why);
}

static void on_ended(void *arg, struct str result, const struct err *why)
{
    struct call *call = arg;
    (void)result;
    call->runs = false;
    if (!call->caller) {
        free_call(call);
        return;
    }
    if (why) {
        call->why = *why;
        call->why.text[strcspn(call->why.text, "\n")] = '\0';
    }
    finish_soon(call);
}

/* The version that is live now, whichever it was when the proxy was made. */
static void on_call_due(void *arg)
{
    struct call *call = arg;
    struct task *caller = call->caller;
    struct plugin *plugin =
        script_find(caller->instance->runtime->owner, str_from(call->plugin));
    struct instance *instance = plugin ? plugin->live : NULL;
    if (!plugin)
        err_set(&call->why, ERR_NOT_FOUND, "%s is not loaded", call->plugin);
    else if (!instance || instance->state != INSTANCE_LIVE)
        err_set(&call->why, ERR_CLOSED, "%s is switched off", call->plugin);
    else if (instance->export_ref == 0)
        err_set(&call->why, ERR_NOT_FOUND, "%s exports nothing", call->plugin);
    if (call->why.code != ERR_NONE) {
        on_over(call);
        return;
    }
    struct task_start start = {
        .function_ref = instance->export_ref,
        .push = push_arguments,
        .arg = call,
        .origin = caller->origin,
        .above = call->above,
        .path = call->path,
        .take = take_results,
        .ended = on_ended,
        .ended_arg = call,
    };
    call->runs = true;
    task_start(instance, &start);
}

/* --- the functions --- */

static const char *check_name(lua_State *L, int index, const char *what)
{
    struct str name = check_str(L, index);
    if (name.len == 0 || name.len > NAME_MAX_BYTES || memchr(name.at, 0, name.len))
        raise_error(L, "%s: want a text of 1 to %d bytes", what, NAME_MAX_BYTES);
    return name.at;
}

/* The gate of caps_gate, for what belongs to no conversation. */
static bool may_call(struct task *task, const char *plugin, const char *function,
                     struct err *err)
{
    const struct instance *instance = task->instance;
    char capability[NAME_MAX_BYTES + 10];
    snprintf(capability, sizeof(capability), "plugin:%s", plugin);
    snprintf(task->audit_target, sizeof(task->audit_target), "%s.%s", plugin, function);
    task->audit_verb = NULL;
    if (caps_has(instance, capability))
        return true;
    caps_audit(instance->runtime, str_from(instance->version->name), capability,
               str_from(task->audit_target), str_from(err_word(ERR_DENIED)));
    return err_set(err, ERR_DENIED,
                   "the plugin %s is not granted \"%s\" (grants in the configuration)",
                   instance->version->name, capability);
}

/* With the arguments in the scratch buf. */
static void start_call(struct task *task, const char *plugin, const char *function)
{
    char path[TASK_PATH_MAX];
    struct call *call = MEM_NEW(struct call);
    call->caller = task;
    snprintf(call->plugin, sizeof(call->plugin), "%s", plugin);
    snprintf(call->function, sizeof(call->function), "%s", function);
    snprintf(call->capability, sizeof(call->capability), "plugin:%s", plugin);
    snprintf(call->above, sizeof(call->above), "%.40s:%.*s",
             task->instance->version->name, STR_ARG(task_path(task, path)));
    call->path = record_is_kept(task) ? task->calls + 1 : ++task->spawned;
    buf_init(&call->values, PACK_MAX);
    must(buf_add_str(&call->values, buf_str(&task->instance->scratch)));
    task->audit_verb = call->capability;
    task->pending = call;
    task->cancel = cancel_call;
    loop_timer_start(task->instance->runtime->loop, &task->nap, 0, on_call_due, call);
}

/* host.call(plugin, function, …): what the function of the other plugin returns */
static int api_call(lua_State *L)
{
    struct err err = { 0 };
    struct task *task = task_check_wait(L);
    const char *plugin = check_name(L, 1, "plugin"),
               *function = check_name(L, 2, "function");
    int count = lua_gettop(L) - 2;
    guard_hold();
    bool ok = may_call(task, plugin, function, &err);
    guard_release();
    if (!ok)
        return convert_push_failure(L, &err);
    if (count > ARGUMENTS_MAX)
        return raise_error(L, "more than %d arguments", ARGUMENTS_MAX);
    ok = pack_values(L, count, "arguments", &task->instance->scratch, &err);
    if (!ok && err.code == ERR_ARGUMENT)
        return raise_error(L, "%s", err.text);
    if (!ok)
        return convert_push_failure(L, &err);
    guard_hold();
    start_call(task, plugin, function);
    guard_release();
    return task_park(L, task);
}

/* host.export(fn): fn(name, …) is what others call */
static int api_export(lua_State *L)
{
    instance_note_busy(L);
    struct instance *instance = instance_of(L);
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    if (instance->export_ref != 0)
        luaL_unref(L, LUA_REGISTRYINDEX, instance->export_ref);
    instance->export_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

static const struct record_call share_calls[] = {
    { "export", api_export, RECORD_NOT },
    { "call", api_call, 0 },
    { NULL, NULL, 0 },
};

const struct api_group host_share = RECORD_CALLS(share_calls);
