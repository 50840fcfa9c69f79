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
 * A wait ends with nil and "timeout" after 30 s unless task_set_limit says otherwise.
 * A task that is cancelled gets nil and "cancelled" from the call it waits in, so that it
 * can tidy up; where it would wait once more, it ends: what it marked `<close>` is closed
 * and no line below runs. pcall cannot hold that up.
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_TASK_H
#define SCRIPT_TASK_H

#include "net/loop.h"
#include "script/instance.h"
#include "script/origin.h"

#define TASK_WAIT_MS (30 * 1000)
#define TASK_LIFE_MS ((int64_t)7 * 86400 * 1000) /* as long as message UIDs are kept */
#define TASK_PATH_MAX 64

struct waiter;
struct task;

/* Pushes values on L and gives their number. Called under the guard: what Lua raises here
 * ends the instance, so nothing but pushing. */
typedef int task_push_fn(lua_State *L, void *arg);

/* Undoes the pending operation, whose callback must not come any more. */
typedef void task_cancel_fn(struct task *task);

/* Looks at the `count` results on top of L, under the guard. May raise nothing. */
typedef void task_take_fn(lua_State *L, int count, void *arg);

/* The task has ended. `result`: its first result if that was a string. */
typedef void task_ended_fn(void *arg, struct str result, const struct err *why);

/* Who hears that it raised. */
enum task_blame {
    BLAME_PLUGIN, /* the log, and who asked for it with bot.on_error */
    BLAME_LOG,
    BLAME_CALLER, /* only `ended` */
};

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
    uint64_t id; /* in its instance, never again */

    struct origin *origin; /* what it handles; may be NULL */
    struct origin *heard;  /* where what it waited for last came from; may be NULL */
    char *above;           /* the path of the task that spawned it; NULL: a handler */
    unsigned path;         /* number of the handler in its instance, or within `above` */
    unsigned sent;         /* keyed calls made so far */
    unsigned spawned;

    const struct record_call *pretends; /* in a dry run: the call at hand; else NULL */

    /* record.c */
    const struct record_call *call; /* the one under way */
    uint64_t digest;                /* of it with its arguments */
    unsigned calls;                 /* entries so far */
    bool resends;                   /* the send that begins did so in an earlier life */
    bool again;                     /* of the call under way, there is a moment */
    bool begun;                     /* it may act from now on */
    int64_t moment;
    struct record *record; /* NULL: nothing to keep yet */

    task_cancel_fn *cancel; /* while something is pending; set with it, under one hold */
    void *pending;
    int start_count;       /* not started yet: values that wait on its stack, else -1 */
    struct loop_timer nap; /* of bot.sleep, and of starts and wakes that are due */
    struct loop_timer limit;
    int64_t limit_ms;   /* of the next wait; 0: none */
    int64_t born_ms;    /* of the first wait */
    enum err_code ends; /* it is cancelled; else ERR_NONE */
    const char *ends_why;
    enum err_code undo;    /* what `cancel` is called for */
    struct task *queued;   /* the next one that waits for its turn */
    struct waiter *waiter; /* what it asked or waits for (waiters.h) */
    enum task_blame blame;
    const char *audit_verb; /* of the pending call; NULL: it leaves no row */
    char audit_target[160];

    task_take_fn *take;
    task_ended_fn *ended;
    void *ended_arg;
};

struct task_start {
    int function_ref; /* in the instance's registry */
    task_push_fn *push;
    void *arg;
    struct origin *origin; /* gets a reference; may be NULL */
    const char *above;     /* copied; NULL: none */
    unsigned path;
    bool keeps;  /* where there is no room, its event is kept for later (later.h) */
    bool beside; /* does not wait for its turn in an instance that is `serial` */
    enum task_blame blame;
    task_take_fn *take;   /* of `ended_arg`; may be NULL */
    task_ended_fn *ended; /* may be NULL; may be called before task_start returns */
    void *ended_arg;
};

enum task_result task_start(struct instance *instance, const struct task_start *start);

/* Whether a handler finds room, or at least a place to wait for its turn. */
bool task_fits(const struct instance *instance);

/* A task beside the one that runs, for the function and its `count` arguments on top of
 * L, which are popped. It begins later in this turn of the loop, or in the next. NULL
 * with ERR_LIMIT. Raises when memory runs out. */
struct task *task_spawn(lua_State *L, int count, struct err *err);

/* Resumes a parked task with what `push` leaves. The task may be gone when it returns. */
void task_wake(struct task *task, task_push_fn *push, void *arg);

/* The task that runs; raises in a main chunk. */
struct task *task_current(lua_State *L);

/* The same, and raises where a wait is impossible: main chunks, sort comparators, gsub
 * callbacks, metamethods called from C, `where`. Ends a task that is cancelled. */
struct task *task_check_wait(lua_State *L);

/* How long the wait that is being started may take; 0: as long as a task may live. */
void task_set_limit(struct task *task, int64_t ms);

int task_park(lua_State *L, struct task *task);

/* "2.1.3", into `room` of TASK_PATH_MAX. Long ones are folded into a hash. */
struct str task_path(const struct task *task, char *room);

struct task *task_find(const struct instance *instance, uint64_t id);

/* Of one that runs, waits or has not begun; again is fine. Also while Lua runs (held):
 * whatever it leads to comes later. `why` is static. */
void task_cancel(struct task *task, enum err_code code, const char *why);

/* Ends the record: whoever waits for it hears, the thread goes back to the pool if it is
 * as good as new. For task*.c. */
void task_end(struct task *task, struct str result, const struct err *why, bool reuse);

/* Ends all tasks of the instance without running them; pending operations are cancelled.
 */
void task_end_all(struct instance *instance, const char *why);

/* Cancels every task and lets each run once more; what parks again stays parked. */
void task_cancel_all(struct instance *instance, enum err_code code, const char *why);

/* Frees the pool; the threads' memory belongs to the state. */
void task_free_idle(struct instance *instance);

#endif
