/*
 * instance: one plugin loaded for one bot: its own Lua state, limits, tasks, handlers and
 * timers. What it holds outside Lua hangs on this record, so that a state can be dropped
 * at any moment.
 *
 * It can be asleep: live, with handlers, without a state. An event that one of them wants
 * makes the state then (instance_wake).
 *
 *   STAGING --commit--> LIVE --retire--> DRAINING --end--> GONE
 *
 * While STAGING nothing it registered is seen and no timer runs. DRAINING, it has no
 * handlers and timers any more, only tasks that finish. A hard stop leads to GONE at
 * once.
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_INSTANCE_H
#define SCRIPT_INSTANCE_H

#include "script/rate.h"
#include "script/runtime.h"
#include "script/tally.h"
#include "script/version.h"

#include <lua.h>

#define INSTANCE_START_CPU_MS 200 /* to load it, and for each step of a hand-over */
#define INSTANCE_PAUSE 200        /* of the collector, in percent, as Lua has it */

struct cron_timer;
struct emit;
struct exec;
struct handler;
struct later;
struct route;
struct task;
struct timer;

enum instance_state { INSTANCE_STAGING, INSTANCE_LIVE, INSTANCE_DRAINING, INSTANCE_GONE };

struct instance {
    struct runtime *runtime;
    struct version *version; /* a reference */
    enum instance_state state;
    unsigned order; /* of loading: ties between plugins */

    lua_State *L; /* NULL: asleep, or gone */
    struct limits limits;
    int pause;            /* of the collector; not INSTANCE_PAUSE near the limit */
    struct buf scratch;   /* for JSON on its way in and out */
    struct json *decoded; /* on its way into Lua, which may be stopped meanwhile */

    struct task *tasks;   /* not ended */
    struct task *idle;    /* pooled threads */
    struct task *current; /* the one that runs */
    size_t task_count, idle_count;
    uint64_t last_task;
    struct task *turn;  /* of a serial plugin: who has it; the others wait in `queue` */
    struct task *queue; /* in order */
    struct later *later, **later_tail; /* events without room (later.h) */
    size_t later_count;
    struct loop_timer later_due;
    bool host_wait; /* a yield of now is a wait for the host, not the script's own */

    struct handler *handlers, *handlers_tail; /* in order of registration */
    unsigned handler_count, last_handler;
    size_t handler_records; /* with those taken back and not yet swept away */
    struct emit *emits;     /* events of its own that are on their way */
    size_t emit_count;
    struct loop_timer emit_due;
    struct timer *timers;
    struct cron_timer *crons; /* calendar.h */
    size_t timer_count;
    int last_timer;

    size_t http_count;          /* requests under way */
    struct transfer *transfers; /* those of them that bring or take a file (transfer.h) */
    int last_transfer;
    struct route *routes;
    int last_route;
    size_t served_count;    /* requests in its hands */
    size_t intercept_count; /* messages that wait for its verdict */
    struct rate error_rate, log_rate, send_rate, denial_rate;
    unsigned ended; /* tasks, evals left out */
    unsigned errors;
    struct tally tally;
    uint64_t told_samples; /* of its CPU time, the runtime has heard so far */
    int error_ref;         /* of bot.on_error; else 0 */
    int export_ref;    /* calls what the plugin exports by name; 0: it exports nothing */
    int eval_ref;      /* the console's function, once it was used; else 0 */
    struct exec *exec; /* the script it was made for (exec.h); else NULL */
    int message_type_ref; /* the metatable of messages */
    bool saves;           /* bot.on_save was called */
    bool busy;   /* its main chunk did more than to register: instance_note_busy */
    bool waking; /* its main chunk runs again for the handlers it has already */
    bool seeded; /* it seeded math.random: those numbers are its own affair */
    bool grown;  /* it registered or took back later */
    bool slept;  /* what it knew before lies with its plugin */
};

/* Gives a staged instance without state. Takes a reference on `version`. */
struct instance *instance_new(struct runtime *runtime, struct version *version);

/* Makes the state and runs init.lua. ERR_PLUGIN with file and line. */
bool instance_start(struct instance *instance, struct err *err);

/* Makes the state of one that sleeps. False when it could not: it is given up then. */
bool instance_wake(struct instance *instance);

/* Drops the state, keeps the handlers. It must rest: no tasks, timers and the like. */
void instance_sleep(struct instance *instance);

void instance_commit(struct instance *instance); /* handlers and timers come alive */
void instance_retire(struct instance *instance); /* ... and go; tasks may finish */

/* Cancels what waits, runs nothing of Lua any more, drops the state. Safe from within one
 * of its own callbacks; the record itself is freed by instance_free. */
void instance_end(struct instance *instance);
void instance_free(struct instance *instance); /* NULL is fine */

/* Runs fn under the guard, of one that sleeps after waking it; a hard stop ends the
 * instance and tells the runtime. */
static inline int instance_run(struct instance *instance, guard_fn *fn, void *arg);

/* What instance_run leaves to be done: a stop, ticks to be told of, a collector to be
 * tuned. */
void instance_ran(struct instance *instance, int result);

/* Ends it as a hard stop does: its state is of no use any more. */
void instance_give_up(struct instance *instance, const char *why);

/* Logs an error of the plugin's code, with the id of the event it handled (may be
 * nothing); often the same, only now and then. */
void instance_report(struct instance *instance, struct str event, struct str trace);

#define INSTANCE_WAITS ((uintptr_t)1) /* mark of a coroutine parked by a host wait */

static inline struct instance *instance_of(lua_State *L)
{
    return (struct instance *)(*(uintptr_t *)lua_getextraspace(L) & ~INSTANCE_WAITS);
}

static inline int instance_run(struct instance *instance, guard_fn *fn, void *arg)
{
    const struct limits *limits = &instance->limits;
    if (!instance->L && !instance_wake(instance))
        return GUARD_PANIC; /* it is given up already */
    int result = guard_run(&instance->limits, instance->L, fn, arg);
    if (result < 0 || limits->samples != instance->told_samples ||
        limits->arena.used > limits->memory_soft / 2 || instance->pause != INSTANCE_PAUSE)
        instance_ran(instance, result);
    return result;
}

/* What is called in a main chunk looks at something outside, or begins something: another
 * run of the same files might register something else. */
static inline void instance_note_busy(lua_State *L)
{
    instance_of(L)->busy = true;
}

#endif
