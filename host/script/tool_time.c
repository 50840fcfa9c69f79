/* Time, signals and our own log: now, real_ms, sleep_until, turn, clock,
 * catch_interrupts, log_level. */
#include "base/clock.h"
#include "base/log.h"
#include "script/tool_host.h"

#include <lauxlib.h>
#include <signal.h>

static int api_now(lua_State *L)
{
    lua_pushinteger(L, clock_wall_ms());
    return 1;
}

static int api_real_ms(lua_State *L)
{
    lua_pushinteger(L, clock_real_ms());
    return 1;
}

struct condition {
    lua_State *L;
    int function;
};

static bool is_true(void *arg)
{
    struct condition *condition = arg;
    lua_State *L = condition->L;
    lua_pushvalue(L, condition->function);
    lua_call(L, 0, 1);
    bool holds = lua_toboolean(L, -1);
    if (!holds)
        lua_pop(L, 1);
    return holds;
}

/* host.sleep_until(fn, timeout?): turns the loop until fn() is true; gives its value, or
 * nil, "timeout". The function runs between turns, so it may do anything. */
static int api_sleep_until(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    struct condition condition = { L, 1 };
    int64_t deadline = tool_deadline(L, 2, 10);
    if (tool_wait(L, tool_of(L), is_true, &condition, deadline))
        return 1;
    return tool_fail_with(L, ERR_TIMEOUT, "the condition did not become true in time");
}

static bool never(void *arg)
{
    (void)arg;
    return false;
}

/* host.turn(seconds): lets the loop work for so long in real time. */
static int api_turn(lua_State *L)
{
    tool_wait(L, tool_of(L), never, NULL, tool_deadline(L, 1, 0));
    return 0;
}

/* host.clock.add(ms): moves our own clocks. */
static int clock_add(lua_State *L)
{
    clock_add_ms(luaL_checkinteger(L, 1));
    return 0;
}

static int clock_freeze_verb(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TBOOLEAN);
    clock_freeze(lua_toboolean(L, 1));
    return 0;
}

static void on_interrupted(void *arg)
{
    struct tool *tool = arg;
    tool->interrupted = true;
}

/* host.catch_interrupts("raise" | "leave"): from now on SIGINT and SIGTERM raise
 * "interrupted" from the wait that is going on, or the next one, instead of ending the
 * process; or leave the running coroutine, which yields 130. */
static int api_catch_interrupts(lua_State *L)
{
    static const char *const ways[] = { "raise", "leave", NULL };
    struct tool *tool = tool_of(L);
    struct err err;
    tool->leaves = luaL_checkoption(L, 1, "raise", ways) == 1;
    if (tool->catches)
        return 0;
    if (!loop_on_signal(tool->loop, SIGINT, on_interrupted, tool, &err) ||
        !loop_on_signal(tool->loop, SIGTERM, on_interrupted, tool, &err))
        return tool_fail(L, &err);
    tool->catches = true;
    return 0;
}

/* host.log_level("warn"): what of our own log is shown. */
static int api_log_level(lua_State *L)
{
    enum log_level level;
    luaL_argcheck(L, log_level_parse(tool_check_str(L, 1), &level), 1,
                  "want error, warn, info or debug");
    log_set_level(level);
    return 0;
}

static const luaL_Reg time_api[] = {
    { "now", api_now },
    { "real_ms", api_real_ms },
    { "sleep_until", api_sleep_until },
    { "turn", api_turn },
    { "catch_interrupts", api_catch_interrupts },
    { "log_level", api_log_level },
    { NULL, NULL },
};

static const luaL_Reg clock_api[] = {
    { "add", clock_add },
    { "freeze", clock_freeze_verb },
    { NULL, NULL },
};

void tool_open_time(lua_State *L, struct tool *tool)
{
    tool_set_functions(L, tool, time_api);
    lua_newtable(L);
    tool_set_functions(L, tool, clock_api);
    lua_setfield(L, -2, "clock");
}
