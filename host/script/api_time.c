#include "base/clock.h"
#include "base/mem.h"
#include "script/api.h"
#include "script/calendar_inside.h"
#include "script/convert.h"
#include "script/quota.h"
#include "script/record.h"
#include "script/task.h"

#include <lauxlib.h>

#define EVERY_MIN_MS 100

/* One bot.after or bot.every. While its instance is staged it does not run. */
struct timer {
    struct timer *next, **link;
    struct instance *instance;
    struct loop_timer clock;
    int id;
    int function_ref;
    int64_t delay_ms, due_ms; /* due: on the monotonic clock */
    bool repeats;
    bool by_task;          /* not while its instance was loaded */
    struct origin *origin; /* where its maker may answer; may be NULL */
    char *above;           /* the path of its maker when what it runs belongs to the */
    unsigned path;         /* same event, and the number within it; else NULL */
};

static void free_timer(struct timer *timer)
{
    struct instance *instance = timer->instance;
    loop_timer_stop(instance->runtime->loop, &timer->clock);
    *timer->link = timer->next;
    if (timer->next)
        timer->next->link = timer->link;
    instance->timer_count--;
    origin_release(timer->origin);
    free(timer->above);
    free(timer);
}

/* Under the guard; the function was taken to the stack before. */
static int forget_function(lua_State *L, void *arg)
{
    luaL_unref(L, LUA_REGISTRYINDEX, *(int *)arg);
    return 0;
}

static void on_due(void *arg);

static void run_from(struct timer *timer, int64_t due_ms)
{
    int64_t now = clock_mono_ms();
    timer->due_ms = due_ms > now ? due_ms : now;
    loop_timer_start(timer->instance->runtime->loop, &timer->clock, timer->due_ms - now,
                     on_due, timer);
}

static void on_due(void *arg)
{
    struct timer *timer = arg;
    struct instance *instance = timer->instance;
    int function_ref = timer->function_ref;
    struct origin *origin = timer->by_task ? timer->origin : NULL;
    if (origin)
        origin_ref(origin);
    else if (!timer->by_task)
        origin = calendar_timer_event(instance, timer->id);
    char *above = timer->above;
    struct task_start start = { .function_ref = function_ref,
                                .origin = origin,
                                .above = above,
                                .path = timer->path };
    if (timer->repeats) {
        /* What was missed is not made up for: the beat goes on. */
        int64_t late_ms = clock_mono_ms() - timer->due_ms;
        run_from(timer,
                 timer->due_ms + (late_ms / timer->delay_ms + 1) * timer->delay_ms);
    } else {
        start.push = forget_function;
        start.arg = &function_ref;
        timer->above = NULL;
        free_timer(timer);
    }
    task_start(instance, &start);
    origin_release(origin);
    if (start.push)
        free(above);
}

void api_time_check(lua_State *L)
{
    const struct instance *instance = instance_of(L);
    quota_check_or_raise(L, QUOTA_TIMERS, instance->timer_count);
    if (instance->state == INSTANCE_DRAINING)
        raise_error(L, "this version of the plugin has been replaced");
}

/* What the task at hand does once at a later time is a part of its event: that is not
 * over before, and after a crash its handlers make the timer again. */
static void join_event(struct timer *timer, struct task *maker)
{
    char path[TASK_PATH_MAX];
    timer->origin = origin_later(maker->origin);
    timer->above = str_dup(task_path(maker, path));
    timer->path = ++maker->spawned;
    record_keep(maker);
}

/* Whether the event of the task at hand goes on with what it does later. */
static bool goes_on(const struct task *maker, bool repeats)
{
    return !repeats && record_is_kept(maker) && origin_may_go_on(maker->origin);
}

static int start_timer(lua_State *L, bool repeats)
{
    struct instance *instance = instance_of(L);
    struct task *maker = instance->current;
    int64_t delay_ms = check_duration(L, 1, "duration");
    if (!lua_isfunction(L, 2))
        return raise_error(L, "fn: want a function, have %s", luaL_typename(L, 2));
    api_time_check(L);
    if (repeats && delay_ms < EVERY_MIN_MS)
        return raise_error(L, "duration: at least %d ms", EVERY_MIN_MS);
    bool joins = maker && goes_on(maker, repeats);
    if (joins) {
        int64_t now_ms = clock_wall_ms();
        int64_t due_ms = record_integer(L, "after", now_ms + delay_ms);
        delay_ms = due_ms > now_ms ? due_ms - now_ms : 0;
    }
    lua_settop(L, 2);
    int function_ref = luaL_ref(L, LUA_REGISTRYINDEX);
    guard_hold();
    struct timer *timer = MEM_NEW(struct timer);
    timer->instance = instance;
    timer->id = ++instance->last_timer;
    timer->function_ref = function_ref;
    timer->delay_ms = delay_ms;
    timer->repeats = repeats;
    timer->by_task = maker != NULL;
    if (joins)
        join_event(timer, maker);
    else if (maker && maker->origin)
        timer->origin = origin_detached(maker->origin);
    timer->next = instance->timers;
    timer->link = &instance->timers;
    if (timer->next)
        timer->next->link = &timer->next;
    instance->timers = timer;
    instance->timer_count++;
    if (instance->state == INSTANCE_LIVE)
        run_from(timer, clock_mono_ms() + delay_ms);
    int id = timer->id;
    guard_release();
    lua_pushinteger(L, id);
    return 1;
}

/* host.after(duration, fn), host.every(duration, fn): the timer's number */
static int api_after(lua_State *L)
{
    instance_note_busy(L);
    return start_timer(L, false);
}

static int api_every(lua_State *L)
{
    instance_note_busy(L);
    return start_timer(L, true);
}

/* host.stop(number); one that is over is fine */
static int api_stop(lua_State *L)
{
    struct instance *instance = instance_of(L);
    lua_Integer id = luaL_checkinteger(L, 1);
    for (struct timer *timer = instance->timers; timer; timer = timer->next) {
        if (timer->id != id)
            continue;
        int function_ref = timer->function_ref;
        guard_hold();
        free_timer(timer);
        guard_release();
        luaL_unref(L, LUA_REGISTRYINDEX, function_ref);
        break;
    }
    return 0;
}

void api_time_commit(struct instance *instance)
{
    int64_t now = clock_mono_ms();
    for (struct timer *timer = instance->timers; timer; timer = timer->next)
        run_from(timer, now + timer->delay_ms);
}

void api_time_stop(struct instance *instance)
{
    while (instance->timers)
        free_timer(instance->timers);
}

bool api_time_run(struct instance *instance, int id, const struct due *due)
{
    for (const struct timer *timer = instance->timers; timer; timer = timer->next) {
        if (timer->id != id || timer->by_task)
            continue;
        struct origin *origin = calendar_begin(instance, due);
        struct task_start start = { .function_ref = timer->function_ref,
                                    .origin = origin };
        if (origin)
            task_start(instance, &start);
        origin_release(origin);
        return true;
    }
    return false;
}

void api_time_lost(const struct instance *instance)
{
    for (const struct timer *timer = instance->timers; timer; timer = timer->next)
        if (timer->above)
            record_again(instance, timer->origin);
}

void api_time_left(const struct instance *instance, struct json *array)
{
    for (const struct timer *timer = instance->timers; timer; timer = timer->next)
        if (timer->by_task)
            left_add_function(left_add(instance, "timer", array), instance->L,
                              timer->function_ref);
}

static void wake_up(void *arg)
{
    task_wake(arg, NULL, NULL);
}

static void cancel_nap(struct task *task)
{
    loop_timer_stop(task->instance->runtime->loop, &task->nap);
}

/* host.sleep(duration): waits without holding up anyone else. */
static int api_sleep(lua_State *L)
{
    struct task *task = task_check_wait(L);
    int64_t ms = check_duration(L, 1, "duration");
    guard_hold();
    int64_t now_ms = clock_wall_ms();
    ms = record_moment(task, now_ms + ms, NULL) - now_ms;
    loop_timer_start(task->instance->runtime->loop, &task->nap, ms, wake_up, task);
    task_set_limit(task, 0);
    task->cancel = cancel_nap;
    guard_release();
    return task_park(L, task);
}

/* host.now(): milliseconds */
static int api_now(lua_State *L)
{
    instance_note_busy(L);
    lua_pushinteger(L, record_integer(L, "now", clock_wall_ms()));
    return 1;
}

static const struct record_call time_calls[] = {
    { "after", api_after, RECORD_NOT }, { "every", api_every, RECORD_NOT },
    { "now", api_now, RECORD_NOT },     { "stop", api_stop, RECORD_NOT },
    { "sleep", api_sleep, 0 },          { NULL, NULL, 0 },
};

const struct api_group host_time = RECORD_CALLS(time_calls);
