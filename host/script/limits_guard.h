/*
 * limits_guard: the only way into a Lua state.
 *
 * A timer on the thread's CPU clock ticks every 10 ms of work. An entry that is still
 * running after `soft_ticks` gets a hook on its running coroutines that raises an error
 * (soft stop: pcall cannot swallow it, the instance lives). After `hard_ticks` the signal
 * handler jumps out of Lua to guard_run (hard stop): the state is lost, nothing may touch
 * it again but limits_clear. The same exit is taken by a memory request past the cap, a C
 * stack overflow and a panic.
 *
 * Jumping is safe because what Lua owns lies in its arena, and because host work called
 * from Lua stands between guard_hold and guard_release: a stop that falls inside waits
 * for the next tick. Between the two, no Lua call that can raise (host/README.md,
 * decisions).
 *
 * The guard is the one record of this room that a signal handler must reach, hence
 * static.
 *
 * Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_LIMITS_GUARD_H
#define SCRIPT_LIMITS_GUARD_H

#include "base/err.h"
#include "script/limits_arena.h"

#include <stdbool.h>
#include <stdint.h>

struct lua_State;

#define GUARD_TICK_MS 10

/* By how much CPU budgets are longer than they say, for builds that are slow: with
 * sanitizers, or under valgrind (Makefile). */
#ifndef GUARD_PATIENCE
#define GUARD_PATIENCE 1
#endif

struct limits {
    struct limits_arena arena;
    size_t memory_soft; /* a collection, then an error at the next instruction */
    size_t memory_cap;  /* the state is dropped */
    int soft_ticks, hard_ticks;
    bool armed;      /* the memory hook is set */
    int poor;        /* collections in a row that freed little */
    unsigned forced; /* full collections, each because the limit was met */
    bool raised; /* a hook raised in this entry: that thread is deaf to hooks for ever */
    uint64_t owner;   /* what guard_show shows while it runs */
    uint64_t samples; /* ticks spent in this state: its CPU time / 10 ms */
};

/* Negative results of guard_run. */
enum guard_stop {
    GUARD_CPU = -1,
    GUARD_MEMORY = -2,
    GUARD_STACK = -3,
    GUARD_PANIC = -4,
};

/* Installs timer and handlers for this thread; counted, so each open needs its close. */
bool guard_open(struct err *err);
void guard_close(void);

void limits_init(struct limits *limits, struct limits_pool *pool, size_t memory,
                 int64_t cpu_ms);
void limits_set_cpu(struct limits *limits, int64_t cpu_ms);
void limits_clear(struct limits *limits); /* frees all memory of the state */

/* For lua_newstate, with a struct limits; and for lua_atpanic. */
void *limits_alloc(void *limits, void *at, size_t old, size_t size);
int guard_panic(struct lua_State *L);

/* Calls `fn(arg)` with the state's limits in force and gives what it gave (>= 0), or a
 * guard_stop. Not reentrant. */
typedef int guard_fn(void *arg);
int guard_run(struct limits *limits, struct lua_State *L, guard_fn *fn, void *arg);

/* lua_resume, so that stops reach the coroutine. Only inside guard_run. */
int guard_resume(struct lua_State *co, struct lua_State *from, int nargs, int *nresults);

/* lua_resetthread, so that stops reach what `__close` runs. Nothing can wait in there.
 * Only inside guard_run. */
int guard_reset(struct lua_State *co);

/* Whether everything that runs now, the script's own coroutines included, can yield. */
bool guard_can_yield(void);

/* Whether a soft stop is under way: what the plugin runs now cannot be stopped softly. */
bool guard_stopping(void);

bool guard_inside(void);

/* From now on *at (NULL: nothing) is the `owner` of the limits in force, 0 outside of
 * Lua: for somebody else to read when this process hangs or has died. */
void guard_show(volatile uint64_t *at);

const char *guard_stop_text(int stop); /* "CPU budget exceeded" */

extern volatile int guard_holds;

static inline void guard_hold(void)
{
    guard_holds++;
}

static inline void guard_release(void)
{
    guard_holds--;
}

#endif
