#include "base/mem.h"
#include "script/api.h"
#include "script/convert.h"
#include "script/quota.h"
#include "script/task.h"
#include "script/trace.h"

#include <lauxlib.h>
#include <string.h>

#define ARGUMENTS_MAX 100

/* host.spawn(fn, …): the task's number, or nil and an error */
static int api_spawn(lua_State *L)
{
    instance_note_busy(L);
    struct err err = { 0 };
    int count = lua_gettop(L) - 1;
    luaL_checktype(L, 1, LUA_TFUNCTION);
    task_current(L);
    if (count > ARGUMENTS_MAX)
        return raise_error(L, "more than %d arguments", ARGUMENTS_MAX);
    struct task *task = task_spawn(L, count, &err);
    if (!task)
        return convert_push_failure(L, &err);
    lua_pushinteger(L, (lua_Integer)task->id);
    return 1;
}

/* host.cancel(number); one that has ended is fine */
static int api_cancel(lua_State *L)
{
    lua_Integer id = luaL_checkinteger(L, 1);
    guard_hold();
    struct task *task = task_find(instance_of(L), (uint64_t)id);
    if (task)
        task_cancel(task, ERR_CANCELLED, "the task was cancelled");
    guard_release();
    return 0;
}

/* --- join --- */

struct joined {
    struct join *join;
    struct task *task; /* NULL: it has ended */
    struct err *why;   /* of one that did not return */
};

/* What a task waits for that joined others. */
struct join {
    struct task *waiter;
    size_t count, left;
    struct joined all[];
};

static void free_join(struct join *join)
{
    for (size_t i = 0; i < join->count; i++)
        free(join->all[i].why);
    free(join);
}

/* Whoever does not wait for them any more does not want what they would do. */
static void cancel_join(struct task *task)
{
    struct join *join = task->pending;
    loop_timer_stop(task->instance->runtime->loop, &task->nap);
    for (size_t i = 0; i < join->count; i++) {
        struct task *other = join->all[i].task;
        if (!other)
            continue;
        other->ended = NULL;
        task_cancel(other, task->undo, "the task that waited for it was cancelled");
    }
    free_join(join);
}

/* -> errors by place, none for those that returned */
static int push_joined(lua_State *L, void *arg)
{
    const struct join *join = arg;
    lua_newtable(L);
    for (size_t i = 0; i < join->count; i++) {
        if (!join->all[i].why)
            continue;
        push_error(L, join->all[i].why);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static void on_all_ended(void *arg)
{
    struct join *join = arg;
    task_wake(join->waiter, push_joined, join);
    free_join(join);
}

/* Of a trace only its first line. */
static struct err *copy_error(const struct err *why)
{
    struct err *copy = MEM_NEW(struct err);
    *copy = *why;
    copy->text[strcspn(copy->text, "\n")] = '\0';
    return copy;
}

static void on_one_ended(void *arg, struct str result, const struct err *why)
{
    struct joined *one = arg;
    struct join *join = one->join;
    (void)result;
    one->task = NULL;
    one->why = why ? copy_error(why) : NULL;
    if (--join->left == 0)
        loop_timer_start(join->waiter->instance->runtime->loop, &join->waiter->nap, 0,
                         on_all_ended, join);
}

/* The numbers of tasks in the list at 1, which were spawned in this very run. */
static void join_all(struct task *task, struct join *join, const lua_Integer *ids)
{
    join->waiter = task;
    for (size_t i = 0; i < join->count; i++) {
        struct task *other = task_find(task->instance, (uint64_t)ids[i]);
        join->all[i].join = join;
        join->all[i].task = other;
        if (!other)
            continue;
        other->ended = on_one_ended;
        other->ended_arg = &join->all[i];
        join->left++;
    }
    task->pending = join;
    task->cancel = cancel_join;
    task_set_limit(task, 0); /* each of them has its own */
    if (join->left == 0)
        loop_timer_start(task->instance->runtime->loop, &task->nap, 0, on_all_ended,
                         join);
}

/* host.join(numbers): waits until those tasks have ended. Gives the errors of those that
 * raised, by their place in the list. */
static int api_join(lua_State *L)
{
    lua_Integer ids[QUOTA_TASKS_MAX];
    struct task *task = task_check_wait(L);
    luaL_checktype(L, 1, LUA_TTABLE);
    size_t count = (size_t)lua_rawlen(L, 1);
    if (count > QUOTA_TASKS_MAX)
        return raise_error(L, "more than %d tasks", QUOTA_TASKS_MAX);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, 1, (lua_Integer)i + 1);
        ids[i] = luaL_checkinteger(L, -1);
        lua_pop(L, 1);
    }
    guard_hold();
    struct join *join = mem_zero(sizeof(*join) + count * sizeof(join->all[0]));
    join->count = count;
    task->call = NULL; /* not recorded: each of them is */
    join_all(task, join, ids);
    guard_release();
    return task_park(L, task);
}

/* host.failure(code, text): an error */
static int api_failure(lua_State *L)
{
    static const char *const words[] = { "limit", "not_found", "plugin", NULL };
    static const enum err_code codes[] = { ERR_LIMIT, ERR_NOT_FOUND, ERR_PLUGIN };
    struct err err = { 0 };
    int which = luaL_checkoption(L, 1, NULL, words);
    err_set(&err, codes[which], "%s", luaL_checkstring(L, 2));
    push_error(L, &err);
    return 1;
}

/* host.on_error(fn): fn(error, chat?) hears of tasks that raised; nil: nobody does */
static int api_on_error(lua_State *L)
{
    struct instance *instance = instance_of(L);
    if (!lua_isnoneornil(L, 1))
        luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    if (instance->error_ref != 0)
        luaL_unref(L, LUA_REGISTRYINDEX, instance->error_ref);
    instance->error_ref = lua_isnil(L, 1) ? 0 : luaL_ref(L, LUA_REGISTRYINDEX);
    return 0;
}

/* host.traceback(message?): it and the plugin's functions that run */
static int api_traceback(lua_State *L)
{
    char text[TRACE_MAX];
    trace_here(L, 1, str_from(luaL_optstring(L, 1, "")), text);
    lua_pushstring(L, text[0] == '\n' ? text + 1 : text);
    return 1;
}

static const luaL_Reg tasks_api[] = {
    { "spawn", api_spawn },
    { "cancel", api_cancel },
    { "join", api_join },
    { "failure", api_failure },
    { "on_error", api_on_error },
    { "traceback", api_traceback },
    { NULL, NULL },
};

const struct api_group host_tasks = API_FUNCTIONS(tasks_api);
