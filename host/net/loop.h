/*
 * loop: the one event loop of a process, on libuv.
 *
 * A turn: I/O callbacks and due timers, then the deferred calls, then the turn-end hooks
 * (where the store commits), then queued output is written. Timers live in our own heap
 * on base/clock, so a spec that moves the clock moves them; equal deadlines fire in the
 * order they were started. A timer started inside a timer's callback fires in the next
 * turn at the earliest, and so does what a turn-end hook defers.
 *
 * Layer: net.  Thread: loop thread only.
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

struct loop;
typedef void loop_fn(void *arg);

struct loop *loop_new(struct err *err);

/* Closes what the loop itself holds and frees it. Everything opened on it must be closed
 * before; must() fails if handles are left after running the loop dry. */
void loop_free(struct loop *loop);

/* Runs until loop_stop. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* Runs one turn, waiting for events at most `max_wait_ms` of real time. For callers that
 * wait in straight lines (moondock lua). Must not be called from inside a turn. */
void loop_turn(struct loop *loop, int64_t max_wait_ms);

/* Embedded in its owner; all-zero is "not running". */
struct loop_timer {
    int64_t due_ms; /* on clock_mono_ms */
    uint64_t order;
    size_t slot; /* place in the heap + 1; 0: not running */
    loop_fn *fn;
    void *arg;
};

/* (Re)starts: `fn(arg)` once, after `delay_ms` (negative counts as 0). */
void loop_timer_start(struct loop *loop, struct loop_timer *timer, int64_t delay_ms,
                      loop_fn *fn, void *arg);
void loop_timer_stop(struct loop *loop,
                     struct loop_timer *timer); /* not running is fine */
bool loop_timer_runs(const struct loop_timer *timer);

/* Milliseconds until the next one is due, 0 when it is overdue; -1: there is none. */
int64_t loop_next_timer_ms(const struct loop *loop);

/* Calls `fn(arg)` later in this turn (or the next one if called outside a turn), before
 * the hooks. Each call queues one. */
void loop_defer(struct loop *loop, loop_fn *fn, void *arg);
/* Forgets the deferred calls with this fn and arg. */
void loop_defer_cancel(struct loop *loop, loop_fn *fn, void *arg);

/* Calls `fn(arg)` at the end of every turn, in the order added. */
struct loop_hook {
    struct loop *loop; /* NULL: not added */
    struct loop_hook *next, **link;
    loop_fn *fn;
    void *arg;
};
void loop_hook_add(struct loop *loop, struct loop_hook *hook, loop_fn *fn, void *arg);
/* After all those hooks: where the sockets of this room write what was queued for them.
 */
void loop_hook_add_last(struct loop *loop, struct loop_hook *hook, loop_fn *fn,
                        void *arg);
/* Before the loop closes its handles: for what lingers after its owner has let go. */
void loop_hook_add_free(struct loop *loop, struct loop_hook *hook, loop_fn *fn,
                        void *arg);
void loop_hook_remove(struct loop_hook *hook); /* not added is fine */

/* SIGINT, SIGTERM, SIGHUP: calls `fn(arg)` for each arrival until the loop is freed. */
bool loop_on_signal(struct loop *loop, int signal, loop_fn *fn, void *arg,
                    struct err *err);

/* From now on *count grows by one every `period_ms`, of real time whatever base/clock
 * says, for as long as turns end: a sign of life for whoever can read it. */
void loop_beat(struct loop *loop, volatile uint64_t *count, int64_t period_ms);

/* How long whatever arrived had to wait for a turn to end, in real time: at worst in the
 * last minute, and at worst so far. */
struct loop_lag {
    int64_t minute_us, worst_us;
};
struct loop_lag loop_lag(const struct loop *loop);

/* Ends the turn that is going on without waiting for input. For callbacks of libuv's own
 * timers: those run before the turn waits, and what they deferred or finished would wait
 * with it. */
void loop_wake(struct loop *loop);

/* Something was queued for the last hooks: if they will not run in this turn any more (or
 * there is none), the next turn does not wait. For the other files of this room. */
void loop_hurry(struct loop *loop);

/* The uv_loop_t, for the other files of this room. */
void *loop_uv(struct loop *loop);

#endif
