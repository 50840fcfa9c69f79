#include "script/limits_guard.h"

#include "base/mem.h"
#include "base/must.h"

#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

#define TICK_SIGNAL (SIGRTMIN + 1)
#define SIGNAL_STACK ((size_t)64 << 10)
#define STACK_EDGE ((uintptr_t)256 << 10)

/* The coroutines that are running, innermost first. */
struct run {
    lua_State *L;
    struct run *up;
    bool closes; /* guard_reset */
};

static volatile uint64_t nowhere;

static struct {
    sigjmp_buf jump;
    volatile sig_atomic_t in; /* between entry and exit of guard_run */
    volatile sig_atomic_t soft;
    volatile int ticks;
    struct run *volatile run;
    struct limits *volatile limits;
    volatile uint64_t *shown;
    int opened;
    timer_t timer;
    struct sigaction old_segv;
    uintptr_t stack_low;
    void *signal_stack;
} guard = { .shown = &nowhere };

volatile int guard_holds;

#define BARRIER() __asm__ volatile("" ::: "memory")

static void stop_hook(lua_State *L, lua_Debug *ar);

/* Also from the signal handler: lua_sethook allows that on the same thread. */
static void arm_all(void)
{
    for (struct run *run = guard.run; run; run = run->up)
        lua_sethook(run->L, stop_hook,
                    LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

static void raise_stop(lua_State *L, const char *what)
{
    lua_Debug ar;
    int level = 0; /* of the innermost function of the plugin */
    guard.limits->raised = true;
    while (lua_getstack(L, level, &ar) && lua_getinfo(L, "S", &ar) &&
           (ar.what[0] == 'C' || strncmp(ar.short_src, "moondock/", 9) == 0))
        level++;
    luaL_where(L, level);
    lua_pushstring(L, what);
    lua_concat(L, 2);
    lua_error(L);
}

/* Disarms itself when there is nothing to stop: other coroutines may keep it. */
static void stop_hook(lua_State *L, lua_Debug *ar)
{
    (void)ar;
    struct limits *limits = guard.limits;
    if (guard.soft)
        raise_stop(L, guard_stop_text(GUARD_CPU));
    if (!limits->armed) {
        lua_sethook(L, NULL, 0, 0);
        return;
    }
    size_t before = limits->arena.used, slack = limits->memory_soft / 16;
    lua_gc(L, LUA_GCCOLLECT);
    limits->forced++;
    size_t now = limits->arena.used;
    bool poor = now + slack > before;
    limits->poor = poor ? limits->poor + 1 : 0;
    if (now > limits->memory_soft - slack || limits->poor > 3)
        raise_stop(L, guard_stop_text(GUARD_MEMORY));
    limits->armed = false;
    lua_sethook(L, NULL, 0, 0);
}

static void on_tick(int signal_number)
{
    (void)signal_number;
    if (!guard.in)
        return;
    struct limits *limits = guard.limits;
    limits->samples++;
    int ticks = ++guard.ticks;
    if (ticks >= limits->hard_ticks && guard_holds == 0)
        siglongjmp(guard.jump, -GUARD_CPU);
    if (ticks >= limits->soft_ticks) {
        guard.soft = 1;
        arm_all();
    }
}

static void on_segv(int signal_number, siginfo_t *info, void *context)
{
    (void)context;
    uintptr_t at = (uintptr_t)info->si_addr;
    if (info->si_code > 0 && guard.in && guard_holds == 0 &&
        at + STACK_EDGE > guard.stack_low && at < guard.stack_low + STACK_EDGE)
        siglongjmp(guard.jump, -GUARD_STACK);
    /* Not ours: the fault comes again and meets whoever was there before; what somebody
     * sent does not. */
    sigaction(signal_number, &guard.old_segv, NULL);
    if (info->si_code <= 0)
        raise(signal_number);
}

static void find_stack(void)
{
    pthread_attr_t attributes;
    void *low = NULL;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return;
    pthread_attr_getstack(&attributes, &low, &size);
    pthread_attr_destroy(&attributes);
    guard.stack_low = (uintptr_t)low;
}

static void add_signal_stack(void)
{
    stack_t now;
    if (sigaltstack(NULL, &now) == 0 && !(now.ss_flags & SS_DISABLE))
        return; /* a sanitizer brought one */
    guard.signal_stack = mem_alloc(SIGNAL_STACK);
    stack_t ours = { .ss_sp = guard.signal_stack, .ss_size = SIGNAL_STACK };
    must(sigaltstack(&ours, NULL) == 0);
}

static void remove_signal_stack(void)
{
    if (!guard.signal_stack)
        return;
    stack_t none = { .ss_flags = SS_DISABLE };
    sigaltstack(&none, NULL);
    free(guard.signal_stack);
    guard.signal_stack = NULL;
}

bool guard_open(struct err *err)
{
    if (guard.opened++ > 0)
        return true;
    struct sigaction tick = { .sa_handler = on_tick, .sa_flags = SA_RESTART };
    struct sigaction segv = { .sa_sigaction = on_segv,
                              .sa_flags = SA_SIGINFO | SA_ONSTACK };
    struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID,
                              .sigev_signo = TICK_SIGNAL };
    event.sigev_notify_thread_id = gettid();
    struct itimerspec period = { { 0, GUARD_TICK_MS * 1000000L },
                                 { 0, GUARD_TICK_MS * 1000000L } };
    if (sigaction(TICK_SIGNAL, &tick, NULL) != 0 ||
        timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &guard.timer) != 0) {
        guard.opened = 0;
        return err_set(err, ERR_INTERNAL, "no CPU timer: %s", strerror(errno));
    }
    must(timer_settime(guard.timer, 0, &period, NULL) == 0);
    find_stack();
    add_signal_stack();
    must(sigaction(SIGSEGV, &segv, &guard.old_segv) == 0);
    return true;
}

void guard_close(void)
{
    must(guard.opened > 0);
    if (--guard.opened > 0)
        return;
    timer_delete(guard.timer);
    signal(TICK_SIGNAL, SIG_IGN); /* one may be on its way */
    sigaction(SIGSEGV, &guard.old_segv, NULL);
    remove_signal_stack();
}

void limits_init(struct limits *limits, struct limits_pool *pool, size_t memory,
                 int64_t cpu_ms)
{
    memset(limits, 0, sizeof(*limits));
    limits_arena_init(&limits->arena, pool);
    limits->memory_soft = memory;
    limits->memory_cap = memory * 8;
    limits_set_cpu(limits, cpu_ms);
}

void limits_set_cpu(struct limits *limits, int64_t cpu_ms)
{
    int ticks = (int)(cpu_ms * GUARD_PATIENCE / GUARD_TICK_MS);
    limits->hard_ticks = ticks < 3 ? 3 : ticks;
    limits->soft_ticks = limits->hard_ticks / 5 < 2 ? 2 : limits->hard_ticks / 5;
}

void limits_clear(struct limits *limits)
{
    limits_arena_drop(&limits->arena);
}

/* Never NULL while Lua runs: a failed allocation would start an emergency collection in
 * the middle of it, where most memory bugs of 5.4 live. */
void *limits_alloc(void *arg, void *at, size_t old, size_t size)
{
    struct limits *limits = arg;
    if (!at)
        old = 0; /* then it is a type tag */
    if (size > old) {
        size_t want = limits->arena.used + (size - old);
        if (want > limits->memory_cap && guard_holds == 0) {
            if (!guard.in)
                return NULL;
            siglongjmp(guard.jump, -GUARD_MEMORY);
        }
        if (want > limits->memory_soft && guard.in && !limits->armed) {
            limits->armed = true;
            arm_all();
        }
    }
    return limits_arena_realloc(&limits->arena, at, old, size);
}

int guard_panic(lua_State *L)
{
    (void)L;
    if (guard.in)
        siglongjmp(guard.jump, -GUARD_PANIC);
    return 0; /* Lua aborts: an entry without the guard is our own mistake */
}

/* After a jump out of a handler its signal is still blocked. The mask is not saved on
 * entry: that would cost a system call per event. */
static void unblock_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, TICK_SIGNAL);
    sigaddset(&set, SIGSEGV);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

int guard_run(struct limits *limits, lua_State *L, guard_fn *fn, void *arg)
{
    must(!guard.in && guard.opened > 0);
    struct run base = { L, NULL, false };
    int stop = sigsetjmp(guard.jump, 0);
    if (stop) {
        guard.in = 0;
        *guard.shown = 0;
        guard.run = NULL;
        guard_holds = 0;
        unblock_signals();
        return -stop;
    }
    guard.run = &base;
    guard.limits = limits;
    guard.soft = 0;
    guard.ticks = 0;
    limits->raised = false;
    limits->poor = 0;
    *guard.shown = limits->owner;
    BARRIER();
    guard.in = 1;
    int result = fn(arg);
    guard.in = 0;
    BARRIER();
    *guard.shown = 0;
    guard.run = NULL;
    limits->armed = false; /* hooks that stayed take themselves away */
    return result;
}

int guard_resume(lua_State *co, lua_State *from, int nargs, int *nresults)
{
    struct run run = { co, guard.run, false };
    BARRIER();
    guard.run = &run;
    /* A coroutine made before the stop was asked for has no hook yet. */
    if (guard.soft || guard.limits->armed)
        arm_all();
    int status = lua_resume(co, from, nargs, nresults);
    guard.run = run.up;
    BARRIER();
    return status;
}

int guard_reset(lua_State *co)
{
    struct run run = { co, guard.run, true };
    BARRIER();
    guard.run = &run;
    if (guard.soft || guard.limits->armed)
        arm_all();
    int status = lua_resetthread(co);
    guard.run = run.up;
    BARRIER();
    return status;
}

/* The outermost entry is the state itself, which never yields. */
bool guard_can_yield(void)
{
    struct run *run = guard.run;
    if (!run || !run->up)
        return false;
    for (; run->up; run = run->up)
        if (run->closes || !lua_isyieldable(run->L))
            return false;
    return true;
}

bool guard_stopping(void)
{
    return guard.in && (guard.soft || (guard.limits->raised && guard.limits->armed));
}

bool guard_inside(void)
{
    return guard.in;
}

void guard_show(volatile uint64_t *at)
{
    guard.shown = at ? at : &nowhere;
}

const char *guard_stop_text(int stop)
{
    switch (stop) {
    case GUARD_CPU:
        return "CPU budget exceeded";
    case GUARD_MEMORY:
        return "memory limit exceeded";
    case GUARD_STACK:
        return "C stack overflow";
    default:
        return "error outside any protection";
    }
}
