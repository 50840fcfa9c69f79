/* task: waiting, the limits of a wait, and cancelling. */
#include "base/clock.h"
#include "base/mem.h"
#include "base/must.h"
#include "script/convert.h"
#include "script/record.h"
#include "script/task.h"

#include <lauxlib.h>

struct task *task_current(lua_State *L)
{
    struct instance *instance = instance_of(L);
    if (instance->current)
        return instance->current;
    if (instance->state == INSTANCE_STAGING)
        raise_error(L, "only inside a handler, not while the plugin is loaded");
    raise_error(L, "cannot wait here");
    return NULL;
}

struct task *task_check_wait(lua_State *L)
{
    struct task *task = task_current(L);
    if (!guard_can_yield())
        raise_error(L, "cannot wait here");
    if (task->ends != ERR_NONE) {
        task->instance->host_wait = true;
        lua_yield(L, 0); /* never comes back: with nothing pending, the task is closed */
    }
    return task;
}

void task_set_limit(struct task *task, int64_t ms)
{
    task->limit_ms = ms;
}

static int push_timeout(lua_State *L, void *limit_ms)
{
    struct err why = { 0 };
    err_set(&why, ERR_TIMEOUT, "nothing came within %g s",
            (double)*(int64_t *)limit_ms / 1000);
    return convert_push_failure(L, &why);
}

static void on_limit(void *arg)
{
    struct task *task = arg;
    int64_t limit_ms = task->limit_ms;
    if (clock_mono_ms() - task->born_ms >= TASK_LIFE_MS) {
        task_cancel(task, ERR_TIMEOUT, "the task has waited for 7 days");
        return;
    }
    task->undo = ERR_TIMEOUT;
    task->cancel(task);
    task_wake(task, push_timeout, &limit_ms);
}

int task_park(lua_State *L, struct task *task)
{
    must(task->cancel);
    guard_hold();
    int64_t now = clock_mono_ms();
    if (task->born_ms == 0)
        task->born_ms = now;
    int64_t ms = task->born_ms + TASK_LIFE_MS - now;
    if (task->limit_ms > 0 && task->limit_ms < ms)
        ms = task->limit_ms;
    loop_timer_start(task->instance->runtime->loop, &task->limit, ms, on_limit, task);
    task->instance->host_wait = true;
    record_keep(task);
    guard_release();
    return lua_yield(L, 0);
}

/* --- cancelling --- */

static int push_end(lua_State *L, void *arg)
{
    const struct task *task = arg;
    struct err why = { 0 };
    err_set(&why, task->ends, "%s", task->ends_why);
    return convert_push_failure(L, &why);
}

static void wake_cancelled(void *task)
{
    task_wake(task, push_end, task);
}

static void cancel_wake(struct task *task)
{
    loop_timer_stop(task->instance->runtime->loop, &task->nap);
}

void task_cancel(struct task *task, enum err_code code, const char *why)
{
    if (task->ends != ERR_NONE)
        return;
    task->ends = task->undo = code;
    task->ends_why = why;
    if (!task->cancel)
        return; /* it runs: it ends where it would wait */
    struct loop *loop = task->instance->runtime->loop;
    task->cancel(task);
    task->pending = NULL;
    loop_timer_stop(loop, &task->limit);
    if (task->start_count < 0) {
        task->cancel = cancel_wake;
        loop_timer_start(loop, &task->nap, 0, wake_cancelled, task);
        return;
    }
    struct err err = { 0 };
    err_set(&err, code, "%s", why);
    task->cancel = NULL;
    if (task->instance->state != INSTANCE_GONE)
        lua_settop(task->T, 0); /* what it would have begun with */
    task_end(task, STR_NONE, &err, true);
}

void task_cancel_all(struct instance *instance, enum err_code code, const char *why)
{
    /* By their ids: one that runs may cancel others. */
    size_t count = 0;
    uint64_t *ids = mem_alloc((instance->task_count + 1) * sizeof(*ids));
    for (const struct task *task = instance->tasks; task; task = task->next)
        ids[count++] = task->id;
    while (count > 0 && instance->state != INSTANCE_GONE) {
        struct task *task = task_find(instance, ids[--count]);
        if (task)
            task_cancel(task, code, why);
        task = task_find(instance, ids[count]);
        if (!task || task->cancel != cancel_wake)
            continue; /* it had not begun, or it is the one that runs */
        cancel_wake(task);
        wake_cancelled(task);
    }
    free(ids);
}

void task_end_all(struct instance *instance, const char *why)
{
    struct err err = { 0 };
    err_set(&err, ERR_CANCELLED, "%s", why);
    while (instance->tasks) {
        struct task *task = instance->tasks;
        task_cancel_fn *cancel = task->cancel;
        task->undo = ERR_CANCELLED;
        if (cancel)
            cancel(task);
        task->cancel = NULL;
        loop_timer_stop(instance->runtime->loop, &task->limit);
        task_end(task, STR_NONE, &err, false);
    }
}
