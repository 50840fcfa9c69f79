#include "base/clock.h"
#include "script/api.h"
#include "script/convert.h"
#include "script/objects.h"
#include "script/record.h"
#include "script/task.h"
#include "store/kv.h"

#include <lauxlib.h>
#include <stdio.h>

#define COOLDOWN_BYTES (256 << 10) /* of one plugin: some thousand people at a time */

/*
 * Cooldowns are rows, so that neither a reload nor a restart ends them. The row holds the
 * message that began it: handed out again after a crash, that one may go on.
 */
static bool may_go_on(struct store *store, struct kv_name in, struct str user,
                      struct str message, int64_t ms, struct buf *scratch)
{
    struct err err = { 0 };
    int64_t now_ms = clock_wall_ms();
    bool found = false;
    buf_reset(scratch);
    if (kv_get(store, in, user, now_ms, scratch, &found, NULL, NULL) && found)
        return message.len > 0 && str_eq(buf_str(scratch), message);
    if (kv_set(store, in, user, message, now_ms + ms, COOLDOWN_BYTES, &err) ||
        err.code != ERR_LIMIT)
        return true; /* a store that fails is no reason to say no */
    /* Full: what is over goes. If too many are cooling down at once, nobody waits. */
    kv_prune(store, now_ms, NULL);
    kv_set(store, in, user, message, now_ms + ms, COOLDOWN_BYTES, NULL);
    return true;
}

/* host.cooldown(command, user, ms, message id): whether the person may use it now; then
 * it begins */
static int api_cooldown(lua_State *L)
{
    struct instance *instance = task_current(L)->instance;
    struct str command = check_str(L, 1), user = check_user(L, 2, "user");
    lua_Integer ms = luaL_checkinteger(L, 3);
    struct str message = lua_isnoneornil(L, 4) ? STR_NONE : check_str(L, 4);
    char owner[128];
    guard_hold();
    snprintf(owner, sizeof(owner), "cooldown:%s", instance->version->name);
    struct kv_name in = { str_from(owner), command };
    bool may =
        may_go_on(instance->runtime->store, in, user, message, ms, &instance->scratch);
    guard_release();
    lua_pushboolean(L, may);
    return 1;
}

/* Not one that acts: begun again by the same message, a cooldown is the same. */
static const struct record_call command_calls[] = {
    { "cooldown", api_cooldown, 0 },
    { NULL, NULL, 0 },
};

const struct api_group host_commands = RECORD_CALLS(command_calls);
