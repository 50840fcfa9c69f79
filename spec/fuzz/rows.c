/* What is read back from a database file, which anybody may have edited: the body of a
 * journal row, the entries of a history, the results in them. The first byte tells which.
 * Any bytes are read or refused; what is read lies within them. */
#include "fuzz.h"

#include "im/packed.h"
#include "script/inside.h"
#include "script/pack.h"
#include "script/record_inside.h"

#include <lauxlib.h>
#include <lua.h>

static bool lies_in(struct str part, struct str whole)
{
    return part.len == 0 ||
           (part.at >= whole.at && part.at + part.len <= whole.at + whole.len);
}

static void read_message(struct str body)
{
    struct message message;
    struct packed_head head;
    struct str parts[PACKED_PARTS];
    size_t len = 0;
    if (!packed_read(body, &message))
        return;
    must(lies_in(message.target, body) && lies_in(message.sender, body));
    must(lies_in(message.object_name, body) && lies_in(message.content, body));
    packed_write(&message, &head, parts);
    for (int i = 0; i < PACKED_PARTS; i++)
        len += parts[i].len;
    must(len == body.len);
}

static void read_entries(struct str chunk)
{
    struct entry entry;
    for (size_t at = 0, end; (end = record_read(chunk, at, &entry)) > 0; at = end) {
        must(end > at && end <= chunk.len);
        must(lies_in(entry.bytes, chunk));
    }
}

static int read_values(lua_State *L)
{
    const struct str *bytes = lua_touserdata(L, 1);
    lua_settop(L, 0);
    int count = pack_read_results(L, *bytes);
    must(lua_gettop(L) == (count < 0 ? 0 : count));
    return lua_gettop(L);
}

/* Values that were read can be written, and read again. */
static void read_results(lua_State *L, struct str bytes)
{
    struct buf out;
    struct err err = { 0 };
    buf_init(&out, PACK_MAX);
    lua_pushcfunction(L, read_values);
    lua_pushlightuserdata(L, &bytes);
    must(lua_pcall(L, 1, LUA_MULTRET, 0) == LUA_OK);
    int count = lua_gettop(L);
    if (count > 0 && pack_results(L, count, &out, &err)) {
        struct str again = buf_str(&out);
        lua_settop(L, 0);
        lua_pushcfunction(L, read_values);
        lua_pushlightuserdata(L, &again);
        must(lua_pcall(L, 1, LUA_MULTRET, 0) == LUA_OK && lua_gettop(L) == count);
    }
    lua_settop(L, 0);
    lua_gc(L, LUA_GCCOLLECT);
    buf_clear(&out);
}

static lua_State *new_state(void)
{
    static struct instance instance;
    lua_State *L = luaL_newstate();
    *(struct instance **)lua_getextraspace(L) = &instance;
    return L;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static lua_State *L;
    if (!L)
        L = new_state();
    if (size == 0)
        return 0;
    struct str bytes = str_of(data + 1, size - 1);
    switch (data[0] % 3) {
    case 0:
        read_message(bytes);
        break;
    case 1:
        read_entries(bytes);
        break;
    default:
        read_results(L, bytes);
    }
    return 0;
}
