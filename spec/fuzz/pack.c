/* script/pack: any bytes give a value or an error, and a value's bytes are stable. */
#include "fuzz.h"

#include "script/pack.h"

#include <lauxlib.h>
#include <lua.h>

static int read_value(lua_State *L)
{
    const struct str *bytes = lua_touserdata(L, 1);
    struct err err = { 0 };
    lua_settop(L, 0);
    bool ok = pack_read(L, *bytes, &err);
    must(lua_gettop(L) == (ok ? 1 : 0));
    must(ok || (err.code == ERR_PROTO && err.text[0] != '\0'));
    return lua_gettop(L);
}

static bool unpack(lua_State *L, struct str bytes)
{
    lua_settop(L, 0);
    lua_pushcfunction(L, read_value);
    lua_pushlightuserdata(L, &bytes);
    must(lua_pcall(L, 1, LUA_MULTRET, 0) == LUA_OK);
    return lua_gettop(L) == 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static lua_State *L;
    struct buf bytes;
    struct err err = { 0 };
    if (!L)
        L = luaL_newstate();
    buf_init(&bytes, PACK_MAX);
    if (unpack(L, str_of(data, size)) && pack_write(L, 1, "v", &bytes, &err))
        must(unpack(L, buf_str(&bytes)));
    lua_settop(L, 0);
    lua_gc(L, LUA_GCCOLLECT);
    buf_clear(&bytes);
    return 0;
}
