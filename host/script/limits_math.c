#include "script/limits_math.h"

#include "script/record.h"

#include <lauxlib.h>
#include <lualib.h>

#define STOCK_RANDOM "moondock.random"

/* The stock function. */
static int call_stock(lua_State *L, int index)
{
    int count = lua_gettop(L);
    lua_pushvalue(L, index);
    lua_insert(L, 1);
    lua_call(L, count, LUA_MULTRET);
    return lua_gettop(L);
}

/* In the registry, as the wrapper of recorded calls has no room for it. */
static int api_random_stock(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, STOCK_RANDOM);
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}

/* 0 .. most, each as likely: numbers beyond it are drawn again. */
static uint64_t draw(struct task *task, uint64_t most)
{
    uint64_t mask = most, word;
    for (unsigned shift = 1; shift < 64; shift *= 2)
        mask |= mask >> shift;
    do
        word = record_random(task) & mask;
    while (word > most);
    return word;
}

/* As the stock one. */
static int random_of_task(lua_State *L, struct task *task)
{
    lua_Integer low = 1, high;
    switch (lua_gettop(L)) {
    case 0:
        lua_pushnumber(L, (lua_Number)(record_random(task) >> 11) * 0x1p-53);
        return 1;
    case 1:
        high = luaL_checkinteger(L, 1);
        if (high == 0) {
            lua_pushinteger(L, (lua_Integer)record_random(task));
            return 1;
        }
        break;
    case 2:
        low = luaL_checkinteger(L, 1);
        high = luaL_checkinteger(L, 2);
        break;
    default:
        return luaL_error(L, "wrong number of arguments");
    }
    luaL_argcheck(L, low <= high, lua_gettop(L), "interval is empty");
    uint64_t word = draw(task, (uint64_t)high - (uint64_t)low);
    lua_pushinteger(L, (lua_Integer)(word + (uint64_t)low));
    return 1;
}

static int api_random(lua_State *L)
{
    struct instance *instance = instance_of(L);
    struct task *task = instance->current;
    if (!task || !record_is_kept(task))
        return call_stock(L, lua_upvalueindex(1));
    if (!instance->seeded)
        return random_of_task(L, task);
    lua_pushvalue(L, lua_upvalueindex(2)); /* its results are recorded */
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}

static int api_randomseed(lua_State *L)
{
    if (lua_gettop(L) > 0)
        instance_of(L)->seeded = true;
    return call_stock(L, lua_upvalueindex(1));
}

static const struct record_call random_call = { "random", api_random_stock, 0 };

void limits_push_math(lua_State *L)
{
    lua_pushcfunction(L, luaopen_math); /* its random numbers are the instance's own */
    lua_call(L, 0, 1);
    lua_getfield(L, -1, "random");
    lua_pushvalue(L, -1);
    lua_setfield(L, LUA_REGISTRYINDEX, STOCK_RANDOM);
    record_push(L, &random_call);
    lua_pushcclosure(L, api_random, 2);
    lua_setfield(L, -2, "random");
    lua_getfield(L, -1, "randomseed");
    lua_pushcclosure(L, api_randomseed, 1);
    lua_setfield(L, -2, "randomseed");
}
