#include "script/limits_coroutine.h"

#include "script/task.h"

#include <lauxlib.h>

static lua_State *check_coroutine(lua_State *L)
{
    lua_State *co = lua_tothread(L, 1);
    luaL_argexpected(L, co, 1, "coroutine");
    return co;
}

/* A coroutine in which a host call waits belongs to that wait: nobody else may resume it.
 */
static bool waits(lua_State *co)
{
    return (*(uintptr_t *)lua_getextraspace(co) & INSTANCE_WAITS) != 0;
}

static void mark_waits(lua_State *co, bool on)
{
    uintptr_t *space = lua_getextraspace(co);
    *space = on ? *space | INSTANCE_WAITS : *space & ~INSTANCE_WAITS;
}

static const char *status_of(lua_State *L, lua_State *co)
{
    lua_Debug ar;
    if (L == co)
        return "running";
    if (waits(co))
        return "normal";
    switch (lua_status(co)) {
    case LUA_YIELD:
        return "suspended";
    case LUA_OK:
        if (lua_getstack(co, 0, &ar))
            return "normal";
        return lua_gettop(co) == 0 ? "dead" : "suspended";
    default:
        return "dead";
    }
}

/* The coroutine is the first argument of resume, the upvalue of a wrapped function. */
static lua_State *coroutine_of(lua_State *L, bool wrapped)
{
    return lua_tothread(L, wrapped ? lua_upvalueindex(1) : 1);
}

static int raise_in_wrap(lua_State *L)
{
    if (lua_type(L, -1) == LUA_TSTRING) { /* says where, as the stock one does */
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int give_error(lua_State *L, bool wrapped)
{
    if (wrapped)
        return raise_in_wrap(L);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
}

static int give_results(lua_State *L, lua_State *co, int count, bool wrapped)
{
    if (!lua_checkstack(L, count + 1)) {
        lua_pop(co, count);
        lua_pushliteral(L, "too many results to resume");
        return give_error(L, wrapped);
    }
    if (!wrapped)
        lua_pushboolean(L, 1);
    lua_xmove(co, L, count);
    return count + (wrapped ? 0 : 1);
}

static int go_on(lua_State *L, int status, lua_KContext wrapped);

/* Resumes with the `nargs` values on top of L. */
static int run(lua_State *L, lua_State *co, int nargs, bool wrapped)
{
    int results;
    if (!lua_checkstack(co, nargs)) {
        lua_pushliteral(L, "too many arguments to resume");
        return give_error(L, wrapped);
    }
    lua_xmove(L, co, nargs);
    int status = guard_resume(co, L, nargs, &results);
    if (status == LUA_YIELD && instance_of(L)->host_wait) {
        mark_waits(co, true);
        return lua_yieldk(L, 0, wrapped, go_on); /* the whole task parks */
    }
    if (status == LUA_OK || status == LUA_YIELD)
        return give_results(L, co, results, wrapped);
    lua_xmove(co, L, 1);
    return give_error(L, wrapped);
}

/* The task was woken: what it got on its stack is for the coroutine that waits. */
static int go_on(lua_State *L, int status, lua_KContext wrapped)
{
    (void)status;
    lua_State *co = coroutine_of(L, wrapped);
    mark_waits(co, false);
    return run(L, co, lua_gettop(L) - (wrapped ? 0 : 1), wrapped);
}

static int start(lua_State *L, int nargs, bool wrapped)
{
    lua_State *co = coroutine_of(L, wrapped);
    const char *status = status_of(L, co);
    if (status[0] != 's') {
        lua_pushfstring(L, status[0] == 'd' ? "cannot resume dead coroutine"
                                            : "cannot resume non-suspended coroutine");
        return give_error(L, wrapped);
    }
    return run(L, co, nargs, wrapped);
}

static int api_resume(lua_State *L)
{
    check_coroutine(L);
    return start(L, lua_gettop(L) - 1, false);
}

static int call_wrapped(lua_State *L)
{
    return start(L, lua_gettop(L), true);
}

static int api_create(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    return 1;
}

static int api_wrap(lua_State *L)
{
    api_create(L);
    lua_pushcclosure(L, call_wrapped, 1);
    return 1;
}

static bool is_task(lua_State *L)
{
    struct task *task = instance_of(L)->current;
    return task && task->T == L;
}

static int api_yield(lua_State *L)
{
    if (is_task(L))
        return luaL_error(
            L, "nothing to yield to: a handler waits with bot.sleep or another "
               "call that waits");
    return lua_yield(L, lua_gettop(L));
}

static int api_status(lua_State *L)
{
    lua_pushstring(L, status_of(L, check_coroutine(L)));
    return 1;
}

static int api_isyieldable(lua_State *L)
{
    lua_pushboolean(L, !is_task(L) && lua_isyieldable(L));
    return 1;
}

static int api_running(lua_State *L)
{
    int is_main = lua_pushthread(L);
    lua_pushboolean(L, is_main || is_task(L));
    return 2;
}

static const luaL_Reg coroutine_api[] = {
    { "create", api_create },   { "resume", api_resume },
    { "wrap", api_wrap },       { "yield", api_yield },
    { "status", api_status },   { "isyieldable", api_isyieldable },
    { "running", api_running }, { NULL, NULL },
};

void limits_push_coroutine(lua_State *L)
{
    luaL_newlib(L, coroutine_api);
}
