#include "base/random.h"
#include "script/api.h"
#include "script/convert.h"
#include "script/quota.h"
#include "script/record.h"

#include <lauxlib.h>

#define RANDOM_MAX 4096

/* host.json_encode(value): text; nil and an error when it is too large. Raises what
 * cannot be written as JSON. */
static int api_json_encode(lua_State *L)
{
    struct buf *scratch = &instance_of(L)->scratch;
    struct err err = { 0 };
    luaL_checkany(L, 1);
    guard_hold();
    buf_reset(scratch);
    bool ok = convert_to_json(L, 1, scratch, &err);
    guard_release();
    if (!ok && err.code == ERR_ARGUMENT)
        return raise_error(L, "value: %s", err.text);
    if (!ok)
        return convert_push_failure(L, &err);
    push_str(L, buf_str(scratch));
    return 1;
}

/* About how many values the text holds, before anything is made of it: a value costs far
 * more memory than its three bytes. */
static size_t count_values(struct str text)
{
    size_t count = 0;
    bool quoted = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '"')
            quoted = !quoted;
        else if (c == '\\' && quoted)
            i++;
        else if (!quoted && (c == ',' || c == '[' || c == '{'))
            count++;
    }
    return count;
}

/* host.json_decode(text): the value, or nil and an error that says where. */
static int api_json_decode(lua_State *L)
{
    struct instance *instance = instance_of(L);
    struct str text = check_str(L, 1);
    struct err err = { 0 };
    luaL_checkstack(L, 300, NULL);
    guard_hold();
    json_free(instance->decoded);
    instance->decoded = NULL;
    if (quota_check(QUOTA_JSON_BYTES, text.len > 0 ? text.len - 1 : 0, &err) &&
        quota_check(QUOTA_JSON_VALUES, count_values(text), &err))
        instance->decoded = json_parse(text, &err);
    guard_release();
    if (!instance->decoded)
        return convert_push_failure(L, &err);
    convert_push_json_exact(L, instance->decoded); /* memory may run out in here */
    guard_hold();
    json_free(instance->decoded);
    instance->decoded = NULL;
    guard_release();
    return 1;
}

/* host.json_list(table): marks it as a list */
static int api_json_list(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    if (lua_getmetatable(L, 1))
        return raise_error(L, "items: want a plain table");
    lua_settop(L, 1);
    convert_mark_list(L);
    return 1;
}

/* host.random_bytes(n) */
static int api_random_bytes(lua_State *L)
{
    instance_note_busy(L);
    char room[RANDOM_MAX];
    lua_Integer count = luaL_checkinteger(L, 1);
    if (count < 0 || count > RANDOM_MAX)
        return raise_error(L, "n: want 0 to %d", RANDOM_MAX);
    guard_hold();
    random_bytes(room, (size_t)count);
    guard_release();
    lua_pushlstring(L, room, (size_t)count);
    return 1;
}

static const struct record_call data_calls[] = {
    { "json_encode", api_json_encode, RECORD_NOT },
    { "json_decode", api_json_decode, RECORD_NOT },
    { "json_list", api_json_list, RECORD_NOT },
    { "random_bytes", api_random_bytes, 0 },
    { NULL, NULL, 0 },
};

const struct api_group host_data = RECORD_CALLS(data_calls);

static const struct api_value data_values[] = {
    { "json_null", convert_push_null },
    { NULL, NULL },
};

const struct api_group host_data_values = API_VALUES(data_values);
