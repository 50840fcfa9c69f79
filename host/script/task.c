#include "script/task.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/must.h"
#include "script/convert.h"

#include <lauxlib.h>
#include <string.h>

#define IDLE_MAX 64 /* threads kept for the next tasks of an instance, 1 KiB each */
#define TRACE_MAX 4000

/* --- records and their threads --- */

static struct task *take_record(struct instance *instance)
{
    struct task *task = instance->idle;
    if (task) {
        instance->idle = task->next;
        instance->idle_count--;
    } else {
        task = MEM_NEW(struct task);
        task->instance = instance;
        task->thread_ref = LUA_NOREF;
    }
    task->next = instance->tasks;
    task->link = &instance->tasks;
    if (task->next)
        task->next->link = &task->next;
    instance->tasks = task;
    instance->task_count++;
    return task;
}

static void unlink_task(struct task *task)
{
    *task->link = task->next;
    if (task->next)
        task->next->link = task->link;
    task->instance->task_count--;
}

/* Ends the record: whoever waits for it hears, the thread goes back to the pool if it is
 * as good as new. */
static void end_task(struct task *task, struct str result, const struct err *why,
                     bool reuse)
{
    struct instance *instance = task->instance;
    struct origin *origin = task->origin;
    task_ended_fn *ended = task->ended;
    void *arg = task->ended_arg;
    must(!task->cancel);
    unlink_task(task);
    task->origin = NULL;
    task->ended = NULL;
    if (ended)
        ended(arg, result, why);
    origin_release(origin);
    if (reuse && instance->idle_count < IDLE_MAX && instance->state != INSTANCE_GONE) {
        task->next = instance->idle;
        instance->idle = task;
        instance->idle_count++;
    } else {
        /* Only fields that exist are assigned: nothing is allocated, nothing can raise.
         */
        if (reuse && instance->state != INSTANCE_GONE)
            luaL_unref(instance->L, LUA_REGISTRYINDEX, task->thread_ref);
        free(task);
    }
    if (instance->state == INSTANCE_DRAINING && instance->task_count == 0 &&
        instance->runtime->on_drained)
        instance->runtime->on_drained(instance->runtime->owner, instance);
}

void task_free_idle(struct instance *instance)
{
    while (instance->idle) {
        struct task *task = instance->idle;
        instance->idle = task->next;
        free(task);
    }
    instance->idle_count = 0;
}

/* --- one run: from a start or a wake to the next wait or the end --- */

enum run_end { RUN_OK, RUN_YIELD, RUN_ERROR };

struct run {
    struct task *task;
    int function_ref; /* of a start */
    bool starts;
    task_push_fn *push;
    void *arg;
    int results;        /* with RUN_OK: on top of the thread */
    bool thread_is_new; /* its thread can be used again */
    char trace[TRACE_MAX];
};

/* Under the guard. Error objects may be anything; only texts are looked into. */
static void take_trace(lua_State *L, lua_State *T, char trace[TRACE_MAX])
{
    struct str text = convert_error_text(T, -1);
    lua_pushlstring(L, text.at, text.len < 2000 ? text.len : 2000);
    luaL_traceback(L, T, lua_tostring(L, -1), 0);
    size_t len;
    const char *at = lua_tolstring(L, -1, &len);
    len = len < TRACE_MAX - 1 ? len : TRACE_MAX - 1;
    memcpy(trace, at, len);
    trace[len] = '\0';
    lua_pop(L, 2);
}

static int run_body(void *arg)
{
    struct run *run = arg;
    struct task *task = run->task;
    struct instance *instance = task->instance;
    lua_State *L = instance->L;
    if (task->thread_ref == LUA_NOREF) {
        luaL_checkstack(L, 4, NULL);
        task->T = lua_newthread(L);
        task->thread_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    lua_State *T = task->T;
    luaL_checkstack(T, 12, NULL);
    if (run->starts)
        lua_rawgeti(T, LUA_REGISTRYINDEX, run->function_ref);
    int nargs = run->push ? run->push(T, run->arg) : 0;
    int status = guard_resume(T, NULL, nargs, &run->results);
    if (status == LUA_OK)
        return RUN_OK;
    if (status == LUA_YIELD) {
        lua_pop(T, run->results); /* never settop: the waiting call's frame is on top */
        return RUN_YIELD;
    }
    take_trace(L, T, run->trace);
    run->thread_is_new = false;
    if (!instance->limits.raised) /* else it is deaf to hooks: throw it away */
        run->thread_is_new = lua_resetthread(T) == LUA_OK;
    if (run->thread_is_new)
        lua_settop(T, 0);
    else
        luaL_unref(L, LUA_REGISTRYINDEX, task->thread_ref);
    return RUN_ERROR;
}

static enum task_result finish_ok(struct task *task, int results)
{
    lua_State *T = task->T;
    int first = lua_gettop(T) - results + 1;
    bool stops = results > 0 && lua_isboolean(T, first) && lua_toboolean(T, first);
    struct str result = STR_NONE;
    if (results > 0 && lua_type(T, first) == LUA_TSTRING)
        result.at = lua_tolstring(T, first, &result.len);
    char *copy = task->ended && result.len > 0 ? str_dup(result) : NULL;
    lua_settop(T, 0);
    end_task(task, copy ? str_of(copy, result.len) : STR_NONE, NULL, true);
    free(copy);
    return stops ? TASK_STOPS : TASK_ENDED;
}

static int collect_body(void *arg)
{
    lua_gc(((struct instance *)arg)->L, LUA_GCCOLLECT);
    return 0;
}

/* A state full of what is alive would fail every event from now on: start it again. */
static bool is_full(struct instance *instance)
{
    size_t most = instance->limits.memory_soft - instance->limits.memory_soft / 16;
    if (instance->limits.arena.used < most)
        return false;
    return instance_run(instance, collect_body, instance) < 0 ||
           instance->limits.arena.used >= most;
}

static enum task_result finish_error(struct task *task, const struct run *run)
{
    struct instance *instance = task->instance;
    struct err why = { 0 };
    instance->errors++;
    if (task->ended)
        err_set(&why, ERR_PLUGIN, "%s", run->trace);
    else
        instance_report(instance, str_from(run->trace));
    bool strained = instance->limits.raised;
    end_task(task, STR_NONE, &why, run->thread_is_new);
    if (strained && is_full(instance))
        instance_give_up(instance, guard_stop_text(GUARD_MEMORY));
    else if (strained && instance->runtime->on_strained)
        instance->runtime->on_strained(instance->runtime->owner, instance);
    return instance->state == INSTANCE_GONE ? TASK_LOST : TASK_FAILED;
}

static enum task_result run_task(struct run *run)
{
    struct task *task = run->task;
    struct instance *instance = task->instance;
    instance->current = task;
    instance->host_wait = false;
    int end = instance_run(instance, run_body, run);
    instance->current = NULL;
    if (end < 0)
        return TASK_LOST; /* with all its tasks, this one too */
    instance->host_wait = false;
    if (end == RUN_YIELD)
        return TASK_PARKED;
    return end == RUN_OK ? finish_ok(task, run->results) : finish_error(task, run);
}

enum task_result task_start(struct instance *instance, const struct task_start *start)
{
    if (instance->task_count >= TASKS_MAX) {
        struct err why = { 0 };
        err_set(&why, ERR_LIMIT, "more than %d tasks wait", TASKS_MAX);
        instance_report(instance, str_from(why.text));
        if (start->ended)
            start->ended(start->ended_arg, STR_NONE, &why);
        return TASK_FAILED;
    }
    struct task *task = take_record(instance);
    task->origin = start->origin ? origin_ref(start->origin) : NULL;
    task->path = start->path;
    task->sent = 0;
    task->audit_verb = NULL;
    task->ended = start->ended;
    task->ended_arg = start->ended_arg;
    struct run run;
    run.task = task;
    run.function_ref = start->function_ref;
    run.starts = true;
    run.push = start->push;
    run.arg = start->arg;
    run.thread_is_new = true;
    return run_task(&run);
}

void task_wake(struct task *task, task_push_fn *push, void *arg)
{
    must(task->cancel);
    task->cancel = NULL;
    task->pending = NULL;
    struct run run;
    run.task = task;
    run.starts = false;
    run.push = push;
    run.arg = arg;
    run.thread_is_new = true;
    run_task(&run);
}

/* --- waiting --- */

struct task *task_current(lua_State *L)
{
    struct task *task = instance_of(L)->current;
    if (!task)
        raise_error(L, "only inside a handler, not while the plugin is loaded");
    return task;
}

struct task *task_check_wait(lua_State *L)
{
    struct task *task = task_current(L);
    if (!guard_can_yield())
        raise_error(L, "cannot wait here");
    return task;
}

int task_park(lua_State *L, struct task *task)
{
    must(task->cancel);
    task->instance->host_wait = true;
    return lua_yield(L, 0);
}

static int push_cancelled(lua_State *L, void *arg)
{
    struct err why = { 0 };
    err_set(&why, ERR_CANCELLED, "%s", (const char *)arg);
    return convert_push_failure(L, &why);
}

void task_cancel_all(struct instance *instance, const char *why)
{
    /* Each at most once: what it starts to wait for afterwards is ended by task_end_all.
     */
    size_t left = instance->task_count;
    struct task **list = mem_alloc((left ? left : 1) * sizeof(struct task *));
    size_t count = 0;
    for (struct task *task = instance->tasks; task; task = task->next)
        list[count++] = task;
    must(count == left);
    for (size_t i = 0; i < count && instance->state != INSTANCE_GONE; i++) {
        task_cancel_fn *cancel = list[i]->cancel;
        if (!cancel)
            continue; /* it is the one that runs */
        cancel(list[i]);
        task_wake(list[i], push_cancelled, (void *)why);
    }
    free(list);
}

void task_end_all(struct instance *instance, const char *why)
{
    struct err err = { 0 };
    err_set(&err, ERR_CANCELLED, "%s", why);
    while (instance->tasks) {
        struct task *task = instance->tasks;
        task_cancel_fn *cancel = task->cancel;
        task->cancel = NULL;
        if (cancel)
            cancel(task);
        end_task(task, STR_NONE, &err, false);
    }
}
