/* record: digests of calls, which are the same in every run of the program. */
#include "script/api_message.h"
#include "script/record_inside.h"

#include <lauxlib.h>
#include <string.h>

#define DEPTH_MAX 16
#define VALUES_MAX 10000 /* looked at in one call; tables may be inside themselves */

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

uint64_t record_hash(uint64_t hash, struct str text)
{
    hash = mix(hash, text.len);
    for (; text.len >= 8; text = str_sub(text, 8, text.len - 8)) {
        uint64_t word;
        memcpy(&word, text.at, sizeof(word));
        hash = mix(hash, word);
    }
    uint64_t rest = 0;
    if (text.len > 0)
        memcpy(&rest, text.at, text.len);
    return mix(hash, rest);
}

static uint64_t digest(lua_State *L, int index, int depth, int *left);

/* Of the handles of the host the id says which: names come and go. */
static uint64_t digest_object(lua_State *L, int index, uint64_t hash)
{
    static const char *const fields[] = { "id", "kind" };
    for (size_t i = 0; i < 2; i++) {
        struct str text = STR_NONE;
        lua_pushstring(L, fields[i]);
        if (lua_rawget(L, index) == LUA_TSTRING)
            text.at = lua_tolstring(L, -1, &text.len);
        hash = record_hash(hash, text);
        lua_pop(L, 1);
    }
    return hash;
}

/* Sums: the order of fields is another one in each state. */
static uint64_t digest_table(lua_State *L, int index, int depth, int *left)
{
    uint64_t sum = 0;
    int base = lua_gettop(L);
    if (lua_getmetatable(L, index)) {
        lua_pop(L, 1);
        return digest_object(L, index, LUA_TTABLE);
    }
    if (depth == DEPTH_MAX)
        return LUA_TTABLE;
    lua_pushnil(L);
    while (--*left > 0 && lua_next(L, index)) {
        int top = lua_gettop(L);
        sum += mix(digest(L, top - 1, depth + 1, left), digest(L, top, depth + 1, left));
        lua_pop(L, 1);
    }
    lua_settop(L, base);
    return mix(LUA_TTABLE, sum);
}

static uint64_t digest(lua_State *L, int index, int depth, int *left)
{
    int type = lua_type(L, index);
    lua_Number number;
    uint64_t bits;
    struct str text;
    switch (type) {
    case LUA_TBOOLEAN:
        return mix(LUA_TBOOLEAN, (uint64_t)lua_toboolean(L, index));
    case LUA_TNUMBER:
        if (lua_isinteger(L, index))
            return mix(LUA_TNUMBER, (uint64_t)lua_tointeger(L, index));
        number = lua_tonumber(L, index);
        memcpy(&bits, &number, sizeof(bits));
        return mix(LUA_TNUMBER + 100, bits);
    case LUA_TSTRING:
        text.at = lua_tolstring(L, index, &text.len);
        return record_hash(LUA_TSTRING, text);
    case LUA_TTABLE:
        return digest_table(L, index, depth, left);
    case LUA_TUSERDATA:
        if (api_message_test(L, index))
            return record_hash(LUA_TUSERDATA, api_message_id(L, index));
        return LUA_TUSERDATA;
    default:
        return (uint64_t)type;
    }
}

uint64_t record_digest(lua_State *L, const char *name)
{
    int count = lua_gettop(L), left = VALUES_MAX;
    uint64_t hash = record_hash(0, str_from(name));
    luaL_checkstack(L, 3 * DEPTH_MAX + 8, NULL);
    for (int i = 1; i <= count; i++) {
        hash = mix(hash, digest(L, i, 0, &left));
        lua_settop(L, count);
    }
    return hash;
}

/* --- math.random --- */

uint64_t record_random(struct task *task)
{
    struct record *record = record_of(task);
    if (!record->is_seeded) {
        record->is_seeded = true;
        record->chance = record_hash(runtime_secret(task->instance->runtime),
                                     str_of(record->key, record->key_len));
    }
    uint64_t word = record->chance += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
    word = (word ^ word >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ word >> 27) * UINT64_C(0x94d049bb133111eb);
    return word ^ word >> 31;
}
