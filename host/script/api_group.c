#include "script/api.h"
#include "script/api_call.h"
#include "script/caps.h"
#include "script/convert.h"

#include <lauxlib.h>

#define MUTE_MINUTES_MAX 43200
#define REASON_MAX 1024

static struct conversation group_of(struct str id)
{
    return (struct conversation){ CONVERSATION_GROUP, id };
}

/* What gate and argument checks have in common: the permission comes first, so only the
 * group is looked at before. False: the caller returns *results. */
static bool begin(lua_State *L, const char *capability, int user_index,
                  struct task **task, struct str *group, int *results)
{
    struct err err = { 0 };
    struct str subject = STR_NONE;
    *task = task_check_wait(L);
    *group = check_group(L, 1, "group");
    if (user_index > 0 && caps_has((*task)->instance, capability))
        subject = check_user(L, user_index, "user");
    guard_hold();
    bool ok = caps_gate(*task, capability, group_of(*group), subject, &err);
    guard_release();
    if (!ok)
        *results = convert_push_failure(L, &err);
    return ok;
}

/* host.mute(group, user, duration?) */
static int api_mute(lua_State *L)
{
    struct task *task;
    struct str group;
    int results;
    if (!begin(L, "group.mute", 2, &task, &group, &results))
        return results;
    struct str user = check_user(L, 2, "user");
    int64_t minutes = 0; /* until unmuted */
    if (!lua_isnoneornil(L, 3)) {
        minutes = (check_duration(L, 3, "duration") + 59999) / 60000;
        minutes = minutes < 1 ? 1 : minutes;
        minutes = minutes > MUTE_MINUTES_MAX ? MUTE_MINUTES_MAX : minutes;
    }
    struct script_im *im = &task->instance->runtime->im;
    struct err err = { 0 };
    void *call = NULL;
    guard_hold();
    if (api_call_online(task, &err))
        call = im->mute(im->arg, group, user, minutes, api_call_on_done, task, &err);
    api_call_pending(task, call);
    guard_release();
    return api_call_wait(L, task, &err);
}

/* host.unmute(group, user) */
static int api_unmute(lua_State *L)
{
    struct task *task;
    struct str group;
    int results;
    if (!begin(L, "group.mute", 2, &task, &group, &results))
        return results;
    struct str user = check_user(L, 2, "user");
    struct script_im *im = &task->instance->runtime->im;
    struct err err = { 0 };
    void *call = NULL;
    guard_hold();
    if (api_call_online(task, &err))
        call = im->unmute(im->arg, group, user, api_call_on_done, task, &err);
    api_call_pending(task, call);
    guard_release();
    return api_call_wait(L, task, &err);
}

/* host.kick(group, user, reason?) */
static int api_kick(lua_State *L)
{
    struct task *task;
    struct str group;
    int results;
    if (!begin(L, "group.kick", 2, &task, &group, &results))
        return results;
    struct str user = check_user(L, 2, "user");
    struct str reason = lua_isnoneornil(L, 3) ? STR_NONE : check_str(L, 3);
    reason = str_cut_utf8(reason, REASON_MAX);
    struct script_im *im = &task->instance->runtime->im;
    struct err err = { 0 };
    void *call = NULL;
    guard_hold();
    if (api_call_online(task, &err))
        call = im->kick(im->arg, group, user, reason, api_call_on_done, task, &err);
    api_call_pending(task, call);
    guard_release();
    return api_call_wait(L, task, &err);
}

/* host.mute_all(group, on) */
static int api_mute_all(lua_State *L)
{
    struct task *task;
    struct str group;
    int results;
    if (!begin(L, "group.mute", 0, &task, &group, &results))
        return results;
    luaL_checktype(L, 2, LUA_TBOOLEAN);
    struct script_im *im = &task->instance->runtime->im;
    struct err err = { 0 };
    void *call = NULL;
    guard_hold();
    if (api_call_online(task, &err))
        call = im->mute_all(im->arg, group, lua_toboolean(L, 2), api_call_on_done, task,
                            &err);
    api_call_pending(task, call);
    guard_release();
    return api_call_wait(L, task, &err);
}

struct members {
    const struct str *ids;
    size_t count;
    const struct err *why;
};

static int push_members(lua_State *L, void *arg)
{
    const struct members *members = arg;
    if (members->why)
        return convert_push_failure(L, members->why);
    lua_createtable(L, (int)members->count, 0);
    for (size_t i = 0; i < members->count; i++) {
        push_user(L, members->ids[i], STR_NONE);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static void on_members(void *arg, const struct str *ids, size_t count,
                       const struct err *why)
{
    struct task *task = arg;
    struct members members = { ids, count, why };
    caps_done(task, why);
    task_wake(task, push_members, &members);
}

/* host.members(group): a list of users */
static int api_members(lua_State *L)
{
    struct task *task;
    struct str group;
    int results;
    if (!begin(L, "group.read", 0, &task, &group, &results))
        return results;
    struct script_im *im = &task->instance->runtime->im;
    struct err err = { 0 };
    void *call = NULL;
    guard_hold();
    if (api_call_online(task, &err))
        call = im->members(im->arg, group, on_members, task, &err);
    api_call_pending(task, call);
    guard_release();
    return api_call_wait(L, task, &err);
}

/* host.group(id) */
static int api_group(lua_State *L)
{
    push_group(L, check_group(L, 1, "id"), STR_NONE);
    return 1;
}

static const luaL_Reg group_api[] = {
    { "mute", api_mute },
    { "unmute", api_unmute },
    { "kick", api_kick },
    { "mute_all", api_mute_all },
    { "members", api_members },
    { "group", api_group },
    { NULL, NULL },
};

void api_open_group(lua_State *L)
{
    luaL_setfuncs(L, group_api, 0);
}
