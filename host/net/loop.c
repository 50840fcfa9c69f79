#include "net/loop.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/must.h"
#include "net/lag.h"

#include <signal.h>
#include <string.h>
#include <uv.h>

/* A deferred call that keeps deferring must not hold up input for ever: after so many
 * rounds the rest waits for the next turn. */
#define DEFER_ROUNDS 64

/* How long loop_free waits for libuv's threads. */
#define DRY_WITHIN_MS 1000

struct deferred {
    loop_fn *fn; /* NULL: cancelled */
    void *arg;
};

struct watch {
    uv_signal_t handle;
    struct watch *next;
    loop_fn *fn;
    void *arg;
};

struct loop {
    uv_loop_t uv;
    uv_async_t alive;    /* keeps uv_run waiting when nothing else is open */
    uv_timer_t due;      /* the first of our timers */
    uv_timer_t patience; /* loop_turn's max_wait_ms */
    uv_timer_t beat;
    bool stop, turning;
    bool ending; /* the last hooks run */
    bool hurry;  /* the next turn does not wait */

    struct loop_timer **heap;
    size_t count, room;
    uint64_t order;      /* of the timer started last */
    int64_t armed_ms;    /* what `due` waits for, if it runs */
    uint64_t generation; /* of the clock when it was armed */

    struct deferred *queue; /* a ring */
    size_t head, queued, queue_room;

    struct loop_hook *hooks, *last_hooks, *free_hooks;
    struct loop_hook *next_hook; /* of those being run */
    struct watch *watches;

    struct lag lag; /* by uv_hrtime */
};

/* Returning from uv_run is all that is wanted. libuv runs timers before it waits as well:
 * one that became due since it was armed must keep it from waiting for the next one. */
static void on_nothing(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

static void on_woken(uv_async_t *async)
{
    (void)async;
}

struct loop *loop_new(struct err *err)
{
    struct loop *loop = MEM_NEW(struct loop);
    int code = uv_loop_init(&loop->uv);

    if (code != 0) {
        err_set(err, ERR_INTERNAL, "cannot open an event loop: %s", uv_strerror(code));
        free(loop);
        return NULL;
    }
    /* A peer that went away is an error of the write, not the end of the process. */
    signal(SIGPIPE, SIG_IGN);
    loop->uv.data = loop;
    must(uv_timer_init(&loop->uv, &loop->due) == 0);
    must(uv_timer_init(&loop->uv, &loop->patience) == 0);
    must(uv_timer_init(&loop->uv, &loop->beat) == 0);
    must(uv_async_init(&loop->uv, &loop->alive, on_woken) == 0);
    must(uv_loop_configure(&loop->uv, UV_METRICS_IDLE_TIME) == 0);
    return loop;
}

static void on_watch_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void run_hooks(struct loop *loop, struct loop_hook *first)
{
    for (struct loop_hook *hook = first; hook != NULL; hook = loop->next_hook) {
        loop->next_hook = hook->next;
        hook->fn(hook->arg);
    }
}

static void count_open(uv_handle_t *handle, void *arg)
{
    size_t *open = arg;

    *open += !uv_is_closing(handle);
}

static void on_patience_over(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

/* A name being resolved in libuv's thread cannot be called back. It gets a moment;
 * false: it takes longer and the loop must stay where it is. */
static bool run_dry(struct loop *loop)
{
    bool over = false;
    size_t open = 0;

    for (int turns = 0; turns < 4; turns++)
        uv_run(&loop->uv, UV_RUN_NOWAIT);
    uv_walk(&loop->uv, count_open, &open);
    if (open > 1)
        uv_print_all_handles(&loop->uv, stderr);
    must(open == 1); /* `patience` */
    loop->patience.data = &over;
    uv_timer_start(&loop->patience, on_patience_over, DRY_WITHIN_MS, 0);
    uv_unref((uv_handle_t *)&loop->patience);
    while (!over && uv_loop_alive(&loop->uv) != 0)
        uv_run(&loop->uv, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&loop->patience, NULL);
    uv_run(&loop->uv, UV_RUN_NOWAIT);
    return uv_loop_close(&loop->uv) == 0;
}

void loop_free(struct loop *loop)
{
    if (loop == NULL)
        return;
    must(!loop->turning);
    run_hooks(loop, loop->free_hooks);
    uv_close((uv_handle_t *)&loop->alive, NULL);
    uv_close((uv_handle_t *)&loop->due, NULL);
    uv_close((uv_handle_t *)&loop->beat, NULL);
    while (loop->watches != NULL) {
        struct watch *watch = loop->watches;

        loop->watches = watch->next;
        uv_close((uv_handle_t *)&watch->handle, on_watch_closed);
    }
    if (!run_dry(loop))
        return;
    free(loop->heap);
    free(loop->queue);
    free(loop);
}

void loop_wake(struct loop *loop)
{
    uv_async_send(&loop->alive);
}

void *loop_uv(struct loop *loop)
{
    return &loop->uv;
}

/* ---- timers: a binary heap ordered by deadline, then by order of starting ---- */

static bool fires_before(const struct loop_timer *a, const struct loop_timer *b)
{
    return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void heap_put(struct loop *loop, size_t at, struct loop_timer *timer)
{
    loop->heap[at] = timer;
    timer->slot = at + 1;
}

static void heap_up(struct loop *loop, size_t at, struct loop_timer *timer)
{
    while (at > 0 && fires_before(timer, loop->heap[(at - 1) / 2])) {
        heap_put(loop, at, loop->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    heap_put(loop, at, timer);
}

static void heap_down(struct loop *loop, size_t at, struct loop_timer *timer)
{
    size_t child;

    while ((child = 2 * at + 1) < loop->count) {
        if (child + 1 < loop->count &&
            fires_before(loop->heap[child + 1], loop->heap[child]))
            child++;
        if (!fires_before(loop->heap[child], timer))
            break;
        heap_put(loop, at, loop->heap[child]);
        at = child;
    }
    heap_put(loop, at, timer);
}

bool loop_timer_runs(const struct loop_timer *timer)
{
    return timer->slot != 0;
}

int64_t loop_next_timer_ms(const struct loop *loop)
{
    if (loop->count == 0)
        return -1;
    int64_t ms = loop->heap[0]->due_ms - clock_mono_ms();
    return ms > 0 ? ms : 0;
}

void loop_timer_stop(struct loop *loop, struct loop_timer *timer)
{
    size_t at = timer->slot;
    struct loop_timer *moved;

    if (at-- == 0)
        return;
    must(at < loop->count && loop->heap[at] == timer);
    timer->slot = 0;
    moved = loop->heap[--loop->count];
    if (moved == timer)
        return;
    if (at > 0 && fires_before(moved, loop->heap[(at - 1) / 2]))
        heap_up(loop, at, moved);
    else
        heap_down(loop, at, moved);
}

void loop_timer_start(struct loop *loop, struct loop_timer *timer, int64_t delay_ms,
                      loop_fn *fn, void *arg)
{
    int64_t now = clock_mono_ms();

    loop_timer_stop(loop, timer);
    if (delay_ms < 0)
        delay_ms = 0;
    timer->due_ms = delay_ms > INT64_MAX - now ? INT64_MAX : now + delay_ms;
    timer->order = ++loop->order;
    timer->fn = fn;
    timer->arg = arg;
    if (loop->count == loop->room) {
        loop->room = loop->room == 0 ? 64 : loop->room * 2;
        loop->heap = mem_realloc(loop->heap, loop->room * sizeof(*loop->heap));
    }
    heap_up(loop, loop->count++, timer);
}

/* Fires what is due. A timer started by one of them waits for the next turn, so a timer
 * that restarts itself with no delay does not keep input out. */
static void fire_due(struct loop *loop)
{
    int64_t now = clock_mono_ms();
    uint64_t newest = loop->order;

    while (loop->count > 0) {
        struct loop_timer *timer = loop->heap[0];

        if (timer->due_ms > now || timer->order > newest)
            break;
        loop_timer_stop(loop, timer);
        timer->fn(timer->arg);
    }
}

/* Makes libuv return when the first timer is due. Under a frozen clock nothing becomes
 * due by waiting, so nothing is armed: whoever moves the clock does it inside a turn. */
static bool arm(struct loop *loop)
{
    uint64_t generation = clock_generation();
    int64_t due_ms, now;

    if (loop->count == 0) {
        uv_timer_stop(&loop->due);
        return false;
    }
    due_ms = loop->heap[0]->due_ms;
    if (uv_is_active((uv_handle_t *)&loop->due) && due_ms == loop->armed_ms &&
        generation == loop->generation)
        return false;
    now = clock_mono_ms();
    if (due_ms <= now)
        return true;
    loop->armed_ms = due_ms;
    loop->generation = generation;
    if (clock_is_frozen()) {
        uv_timer_stop(&loop->due);
        return false;
    }
    uv_update_time(&loop->uv);
    uv_timer_start(&loop->due, on_nothing, (uint64_t)(due_ms - now), 0);
    return false;
}

/* ---- deferred calls and hooks ---- */

void loop_defer(struct loop *loop, loop_fn *fn, void *arg)
{
    if (loop->queued == loop->queue_room) {
        size_t room = loop->queue_room == 0 ? 64 : loop->queue_room * 2;
        struct deferred *queue = mem_alloc(room * sizeof(*queue));

        for (size_t i = 0; i < loop->queued; i++)
            queue[i] = loop->queue[(loop->head + i) % loop->queue_room];
        free(loop->queue);
        loop->queue = queue;
        loop->queue_room = room;
        loop->head = 0;
    }
    loop->queue[(loop->head + loop->queued++) % loop->queue_room] =
        (struct deferred){ fn, arg };
}

void loop_defer_cancel(struct loop *loop, loop_fn *fn, void *arg)
{
    for (size_t i = 0; i < loop->queued; i++) {
        struct deferred *call = &loop->queue[(loop->head + i) % loop->queue_room];

        if (call->fn == fn && call->arg == arg)
            call->fn = NULL;
    }
}

static void run_deferred(struct loop *loop)
{
    for (int round = 0; round < DEFER_ROUNDS && loop->queued > 0; round++) {
        for (size_t left = loop->queued; left > 0; left--) {
            struct deferred call = loop->queue[loop->head];

            loop->head = (loop->head + 1) % loop->queue_room;
            loop->queued--;
            if (call.fn != NULL)
                call.fn(call.arg);
        }
    }
}

static void hook_append(struct loop *loop, struct loop_hook **list,
                        struct loop_hook *hook, loop_fn *fn, void *arg)
{
    must(hook->loop == NULL);
    while (*list != NULL)
        list = &(*list)->next;
    *hook = (struct loop_hook){ .loop = loop, .link = list, .fn = fn, .arg = arg };
    *list = hook;
}

void loop_hook_add(struct loop *loop, struct loop_hook *hook, loop_fn *fn, void *arg)
{
    hook_append(loop, &loop->hooks, hook, fn, arg);
}

void loop_hook_add_last(struct loop *loop, struct loop_hook *hook, loop_fn *fn, void *arg)
{
    hook_append(loop, &loop->last_hooks, hook, fn, arg);
}

void loop_hook_add_free(struct loop *loop, struct loop_hook *hook, loop_fn *fn, void *arg)
{
    hook_append(loop, &loop->free_hooks, hook, fn, arg);
}

void loop_hook_remove(struct loop_hook *hook)
{
    if (hook->loop == NULL)
        return;
    if (hook->loop->next_hook == hook)
        hook->loop->next_hook = hook->next;
    *hook->link = hook->next;
    if (hook->next != NULL)
        hook->next->link = hook->link;
    hook->loop = NULL;
}

/* ---- running ---- */

struct loop_lag loop_lag(const struct loop *loop)
{
    int64_t now_us = (int64_t)(uv_hrtime() / 1000);

    return (struct loop_lag){ lag_minute_us(&loop->lag, now_us), loop->lag.worst_us };
}

static void turn(struct loop *loop, bool wait)
{
    must(!loop->turning);
    loop->turning = true;
    if (arm(loop) || loop->queued > 0 || loop->hurry)
        wait = false;
    loop->hurry = false;
    uv_run(&loop->uv, wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
    fire_due(loop);
    run_deferred(loop);
    run_hooks(loop, loop->hooks);
    loop->ending = true;
    run_hooks(loop, loop->last_hooks);
    loop->ending = false;
    loop->turning = false;
    lag_end(&loop->lag, uv_hrtime(), uv_metrics_idle_time(&loop->uv));
}

void loop_hurry(struct loop *loop)
{
    if (!loop->turning || loop->ending)
        loop->hurry = true;
}

void loop_run(struct loop *loop)
{
    lag_begin(&loop->lag, uv_hrtime(), uv_metrics_idle_time(&loop->uv));
    while (!loop->stop)
        turn(loop, true);
    loop->stop = false;
}

void loop_stop(struct loop *loop)
{
    loop->stop = true;
}

void loop_turn(struct loop *loop, int64_t max_wait_ms)
{
    if (max_wait_ms > 0) {
        uv_update_time(&loop->uv);
        uv_timer_start(&loop->patience, on_nothing, (uint64_t)max_wait_ms, 0);
    }
    lag_begin(&loop->lag, uv_hrtime(), uv_metrics_idle_time(&loop->uv));
    turn(loop, max_wait_ms > 0);
    uv_timer_stop(&loop->patience);
}

static void on_beat(uv_timer_t *timer)
{
    volatile uint64_t *count = timer->data;

    *count = *count + 1;
}

void loop_beat(struct loop *loop, volatile uint64_t *count, int64_t period_ms)
{
    loop->beat.data = (void *)count;
    *count = *count + 1;
    uv_timer_start(&loop->beat, on_beat, (uint64_t)period_ms, (uint64_t)period_ms);
}

/* ---- signals ---- */

static void on_signal(uv_signal_t *handle, int number)
{
    struct watch *watch = handle->data;

    (void)number;
    watch->fn(watch->arg);
}

bool loop_on_signal(struct loop *loop, int number, loop_fn *fn, void *arg,
                    struct err *err)
{
    struct watch *watch = MEM_NEW(struct watch);
    int code = uv_signal_init(&loop->uv, &watch->handle);

    if (code != 0) {
        free(watch);
        return err_set(err, ERR_INTERNAL, "cannot watch signal %d: %s", number,
                       uv_strerror(code));
    }
    watch->handle.data = watch;
    watch->fn = fn;
    watch->arg = arg;
    watch->next = loop->watches;
    loop->watches = watch;
    code = uv_signal_start(&watch->handle, on_signal, number);
    if (code != 0)
        return err_set(err, ERR_INTERNAL, "cannot watch signal %d: %s", number,
                       uv_strerror(code));
    return true;
}
