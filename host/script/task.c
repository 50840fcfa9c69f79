#include "script/task.h"

#include "base/mem.h"
#include "base/must.h"
#include "script/convert.h"
#include "script/later.h"
#include "script/objects.h"
#include "script/quota.h"
#include "script/record.h"
#include "script/task_inside.h"
#include "script/trace.h"
#include "store/attempts.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

/* --- one run: from a start or a wake to the next wait or the end --- */

enum run_end { RUN_OK, RUN_YIELD, RUN_ERROR, RUN_CLOSED };

struct run {
    struct task *task;
    bool starts;
    int function_ref; /* of a start; LUA_NOREF: function and values are there already */
    task_push_fn *push;
    void *arg;
    int results;        /* with RUN_OK: on top of the thread */
    bool thread_is_new; /* its thread can be used again */
    char trace[TRACE_MAX];
};

static void make_thread(struct task *task)
{
    lua_State *L = task->instance->L;
    luaL_checkstack(L, 4, NULL);
    task->T = lua_newthread(L);
    task->thread_ref = luaL_ref(L, LUA_REGISTRYINDEX);
}

/* Under the guard: a thread of its own, with the function and the values for it. */
static inline int push_start(struct run *run)
{
    struct task *task = run->task;
    if (task->thread_ref == LUA_NOREF)
        make_thread(task);
    if (task->start_count >= 0)
        return task->start_count;
    /* It is empty: there are LUA_MINSTACK slots. */
    lua_rawgeti(task->T, LUA_REGISTRYINDEX, run->function_ref);
    return run->push ? run->push(task->T, run->arg) : 0;
}

/* A task that raised, or was closed: is its thread as good as new? */
static void keep_thread(struct run *run, bool is_reset)
{
    struct task *task = run->task;
    struct instance *instance = task->instance;
    /* A hook raised in it: it is deaf to hooks. */
    run->thread_is_new = is_reset && !instance->limits.raised;
    if (run->thread_is_new)
        lua_settop(task->T, 0);
    else
        luaL_unref(instance->L, LUA_REGISTRYINDEX, task->thread_ref);
}

/* Where a cancelled task would wait again it ends: `__close` runs, nothing else. */
static int close_body(struct run *run)
{
    struct task *task = run->task;
    bool ok = guard_reset(task->T) == LUA_OK;
    if (!ok)
        trace_error(task->T, run->trace);
    keep_thread(run, ok);
    return ok ? RUN_CLOSED : RUN_ERROR;
}

static int run_body(void *arg)
{
    struct run *run = arg;
    struct task *task = run->task;
    int nargs;
    if (run->starts) {
        nargs = push_start(run);
        task->start_count = -1;
    } else {
        luaL_checkstack(task->T, 12, NULL);
        nargs = run->push ? run->push(task->T, run->arg) : 0;
        if (task->call)
            record_woken(task, task->T, nargs);
    }
    int status = guard_resume(task->T, NULL, nargs, &run->results);
    if (status == LUA_OK) {
        if (task->take)
            task->take(task->T, run->results, task->ended_arg);
        return RUN_OK;
    }
    if (status == LUA_YIELD) {
        /* Never settop: the waiting call's frame is on top. */
        lua_pop(task->T, run->results);
        return task->cancel ? RUN_YIELD : close_body(run);
    }
    bool quiet = task->ends != ERR_NONE && convert_error_is(task->T, -1, task->ends);
    if (!quiet)
        trace_error(task->T, run->trace);
    keep_thread(run, !task->instance->limits.raised && guard_reset(task->T) == LUA_OK);
    return quiet ? RUN_CLOSED : RUN_ERROR;
}

static enum task_result finish_ok(struct task *task, int results)
{
    lua_State *T = task->T;
    int first = lua_gettop(T) - results + 1;
    bool stops = lua_isboolean(T, first) && lua_toboolean(T, first);
    struct str result = STR_NONE;
    if (lua_type(T, first) == LUA_TSTRING)
        result.at = lua_tolstring(T, first, &result.len);
    char *copy = task->ended && result.len > 0 ? str_dup(result) : NULL;
    lua_settop(T, 0);
    task_end(task, copy ? str_of(copy, result.len) : STR_NONE, NULL, true);
    free(copy);
    return stops ? TASK_STOPS : TASK_ENDED;
}

static enum task_result finish_closed(struct task *task, bool reuse)
{
    struct err why = { 0 };
    err_set(&why, task->ends, "%s", task->ends_why);
    task_end(task, STR_NONE, &why, reuse);
    return TASK_ENDED;
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

/* --- bot.on_error --- */

struct complaint {
    const struct origin *origin;
    const struct err *why;
};

/* -> the error, and the chat that the failed task handled, if any */
static int push_complaint(lua_State *L, void *arg)
{
    const struct complaint *complaint = arg;
    push_error(L, complaint->why);
    if (!complaint->origin || complaint->origin->target.len == 0)
        return 1;
    push_chat(L, complaint->origin->type, complaint->origin->target);
    return 2;
}

/* As a task of the same event, so that it may answer there; what it raises is only
 * logged. */
static void complain(struct instance *instance, struct origin *origin, const char *path,
                     const struct err *why)
{
    struct complaint complaint = { origin, why };
    struct task_start start = {
        .function_ref = instance->error_ref,
        .push = push_complaint,
        .arg = &complaint,
        .origin = origin,
        .above = path,
        .beside = true,
        .blame = BLAME_LOG,
    };
    task_start(instance, &start);
}

static enum task_result finish_error(struct task *task, const struct run *run)
{
    struct instance *instance = task->instance;
    struct origin *origin = task->origin ? origin_ref(task->origin) : NULL;
    enum task_blame blame = task->blame;
    struct err why = { 0 };
    char path[TASK_PATH_MAX];
    task_path(task, path);
    instance->errors++;
    err_set(&why, ERR_PLUGIN, "%s", run->trace);
    if (blame != BLAME_CALLER)
        instance_report(instance, origin ? origin->id : STR_NONE, str_from(run->trace));
    bool strained = instance->limits.raised;
    instance->tally.soft_stops += strained;
    task_end(task, STR_NONE, &why, run->thread_is_new);
    if (blame != BLAME_CALLER && instance->runtime->on_failed)
        instance->runtime->on_failed(instance->runtime->owner, instance,
                                     str_from(why.text));
    if (strained && is_full(instance))
        instance_give_up(instance, guard_stop_text(GUARD_MEMORY));
    else if (strained && instance->runtime->on_strained)
        instance->runtime->on_strained(instance->runtime->owner, instance);
    if (blame == BLAME_PLUGIN && instance->error_ref &&
        instance->state != INSTANCE_GONE) {
        why.text[strcspn(why.text, "\n")] = '\0';
        complain(instance, origin, path, &why);
    }
    origin_release(origin);
    return instance->state == INSTANCE_GONE ? TASK_LOST : TASK_FAILED;
}

/* What is left of a run that did not just end. */
static enum task_result finish(struct run *run, int end)
{
    struct task *task = run->task;
    if (end < 0)
        return TASK_LOST; /* with all its tasks, this one too */
    switch ((enum run_end)end) {
    case RUN_OK:
        return finish_ok(task, run->results);
    case RUN_ERROR:
        return finish_error(task, run);
    case RUN_CLOSED:
        return finish_closed(task, run->thread_is_new);
    case RUN_YIELD:
        break;
    }
    return TASK_PARKED;
}

static inline enum task_result run_task(struct run *run)
{
    struct task *task = run->task;
    struct instance *instance = task->instance;
    task->limit_ms = TASK_WAIT_MS;
    instance->current = task;
    struct store *store = instance->runtime->store;
    bool noted = task->origin && task->origin->keyed;
    if (noted)
        attempts_now(store, record_root(task->origin)->id);
    int end = instance_run(instance, run_body, run);
    instance->current = NULL;
    if (noted)
        attempts_now(store, STR_NONE);
    instance->host_wait = false;
    if (end != RUN_OK || run->results > 0)
        return finish(run, end);
    task_end(task, STR_NONE, NULL, true); /* nothing is left on its thread */
    return TASK_ENDED;
}

/* --- tasks that begin later: spawned, or waiting for their turn --- */

static void cancel_start(struct task *task)
{
    loop_timer_stop(task->instance->runtime->loop, &task->nap);
}

static void on_start_due(void *arg)
{
    struct run run;
    run.task = arg;
    run.starts = true;
    run.task->cancel = NULL;
    run_task(&run);
}

/* Never within this call, and never twice in a turn: a task that spawns itself for ever
 * must not keep the loop from its input. */
static void start_soon(struct task *task)
{
    task->cancel = cancel_start;
    loop_timer_start(task->instance->runtime->loop, &task->nap, 0, on_start_due, task);
}

struct task *task_spawn(lua_State *L, int count, struct err *err)
{
    struct instance *instance = instance_of(L);
    struct task *parent = task_current(L);
    char path[TASK_PATH_MAX];
    if (!quota_check(QUOTA_TASKS, instance->task_count, err)) {
        lua_pop(L, count + 1);
        return NULL;
    }
    if (!instance->idle)
        task_add_idle(L);
    if (!lua_checkstack(instance->idle->T, count + LUA_MINSTACK))
        luaL_error(L, "too many arguments");
    lua_xmove(L, instance->idle->T, count + 1);
    guard_hold();
    struct task *task = task_take_record(instance);
    task->start_count = count;
    task->origin = parent->origin ? origin_ref(parent->origin) : NULL;
    task->above = str_dup(task_path(parent, path));
    task->path = ++parent->spawned;
    start_soon(task);
    guard_release();
    return task;
}

void task_give_turn(struct instance *instance)
{
    struct task *task = instance->queue;
    instance->turn = NULL;
    if (!task || instance->state == INSTANCE_GONE)
        return;
    instance->queue = task->queued;
    task->queued = NULL;
    instance->turn = task;
    start_soon(task);
}

static void leave_queue(struct task *task)
{
    struct task **link = &task->instance->queue;
    while (*link != task)
        link = &(*link)->queued;
    *link = task->queued;
    task->queued = NULL;
}

static int queue_body(void *arg)
{
    struct run *run = arg;
    run->task->start_count = push_start(run);
    return 0;
}

/* The values lie in the instance's own memory, which bounds how many may wait. */
static enum task_result queue_task(struct run *run)
{
    struct task *task = run->task;
    struct instance *instance = task->instance;
    if (instance_run(instance, queue_body, run) < 0)
        return TASK_LOST;
    struct task **link = &instance->queue;
    while (*link)
        link = &(*link)->queued;
    *link = task;
    task->cancel = leave_queue;
    return TASK_PARKED;
}

static bool has_room(const struct instance *instance, bool queues)
{
    return instance->task_count < QUOTA_TASKS_MAX &&
           !(queues && instance->limits.arena.used > instance->limits.memory_soft / 2);
}

bool task_fits(const struct instance *instance)
{
    return has_room(instance, instance->version->serial && instance->turn);
}

/* Those before it go first, but for the one whose turn has come. */
static bool is_behind(const struct instance *instance, const struct task_start *start)
{
    return instance->later && start->keeps && !instance->runtime->later;
}

/* The instance has no room for one more. */
static enum task_result refuse(struct instance *instance, const struct task_start *start)
{
    struct err why;
    if (quota_check(QUOTA_TASKS, instance->task_count, &why))
        err_set(&why, ERR_LIMIT, "too much waits for its turn (serial = true)");
    instance_report(instance, start->origin ? start->origin->id : STR_NONE,
                    str_from(why.text));
    if (start->ended)
        start->ended(start->ended_arg, STR_NONE, &why);
    return TASK_FAILED;
}

enum task_result task_start(struct instance *instance, const struct task_start *start)
{
    bool in_turn = instance->version->serial && !start->beside;
    bool queues = in_turn && instance->turn;
    if (!has_room(instance, queues) || is_behind(instance, start)) {
        if (start->keeps && later_add(instance, start->origin, start->path))
            return TASK_PARKED;
        return refuse(instance, start);
    }
    struct task *task = task_take_record(instance);
    task->origin = start->origin ? origin_ref(start->origin) : NULL;
    task->above = start->above ? str_dup(str_from(start->above)) : NULL;
    task->path = start->path;
    task->blame = start->blame;
    task->take = start->take;
    task->ended = start->ended;
    task->ended_arg = start->ended_arg;
    struct run run;
    run.task = task;
    run.starts = true;
    run.function_ref = start->function_ref;
    run.push = start->push;
    run.arg = start->arg;
    if (queues)
        return queue_task(&run);
    if (in_turn)
        instance->turn = task;
    return run_task(&run);
}

void task_wake(struct task *task, task_push_fn *push, void *arg)
{
    must(task->cancel);
    task->cancel = NULL;
    task->pending = NULL;
    loop_timer_stop(task->instance->runtime->loop, &task->limit);
    struct run run;
    run.task = task;
    run.starts = false;
    run.push = push;
    run.arg = arg;
    run_task(&run);
}
