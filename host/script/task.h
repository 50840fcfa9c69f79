/*
 * task: a coroutine doing one piece of work in an instance. This file has the only
 * lua_resume for handlers; host code enters Lua through task_start and task_wake.
 *
 * A call that waits:
 *
 *     static int api_sleep(lua_State *L)
 *     {
 *         struct task *task = task_check_wait(L);      raises where waiting is impossible
 *         ... check arguments ...
 *         guard_hold();
 *         ... start the operation with `task` as its argument; set task->cancel ...
 *         guard_release();
 *         return task_park(L, task);                   yields: no line below it runs
 *     }
 *
 * and when it is over, never before the start returned, its callback ends with
 * task_wake(task, push_results, arg). Waits pass through the script's own coroutines.
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_TASK_H
#define SCRIPT_TASK_H

#include "net/loop.h"
#include "script/instance.h"
#include "script/origin.h"

#define TASKS_MAX 1000 /* of one instance, parked ones included */

struct task;

/* Pushes values on L and gives their number. Called under the guard: what Lua raises here
 * ends the instance, so nothing but pushing. */
typedef int task_push_fn(lua_State *L, void *arg);

/* Undoes the pending operation, whose callback must not come any more. */
typedef void task_cancel_fn(struct task *task);

/* The task has ended. `result`: its first result if that was a string. */
typedef void task_ended_fn(void *arg, struct str result, const struct err *why);

enum task_result {
    TASK_ENDED,
    TASK_STOPS, /* it returned true: nobody else gets this event */
    TASK_PARKED,
    TASK_FAILED, /* reported already */
    TASK_LOST,   /* a hard stop; the instance is gone */
};

struct task {
    struct instance *instance;
    struct task *next, **link;
    lua_State *T;
    int thread_ref;

    struct origin *origin; /* what it handles; may be NULL */
    unsigned path;         /* number of the handler in its instance */
    unsigned sent;         /* keyed calls made so far */

    task_cancel_fn *cancel; /* while something is pending; set with it, under one hold */
    void *pending;
    struct loop_timer nap;  /* of bot.sleep */
    const char *audit_verb; /* of the pending call; NULL: it leaves no row */
    char audit_target[160];

    task_ended_fn *ended;
    void *ended_arg;
};

struct task_start {
    int function_ref; /* in the instance's registry */
    task_push_fn *push;
    void *arg;
    struct origin *origin; /* gets a reference; may be NULL */
    unsigned path;
    task_ended_fn *ended; /* may be NULL; may be called before task_start returns */
    void *ended_arg;
};

enum task_result task_start(struct instance *instance, const struct task_start *start);

/* Resumes a parked task with what `push` leaves. The task may be gone when it returns. */
void task_wake(struct task *task, task_push_fn *push, void *arg);

/* The task that runs; raises in a main chunk. */
struct task *task_current(lua_State *L);

/* The same, and raises where a wait is impossible: main chunks, sort comparators, gsub
 * callbacks, metamethods called from C. */
struct task *task_check_wait(lua_State *L);

int task_park(lua_State *L, struct task *task);

/* Ends all tasks of the instance without running them; pending operations are cancelled.
 */
void task_end_all(struct instance *instance, const char *why);

/* Completes every pending call with nil, "cancelled"; what parks again stays parked. */
void task_cancel_all(struct instance *instance, const char *why);

/* Frees the pool; the threads' memory belongs to the state. */
void task_free_idle(struct instance *instance);

#endif
