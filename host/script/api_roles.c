#include "script/api.h"
#include "script/caps.h"
#include "script/convert.h"
#include "script/exec.h"
#include "script/record.h"
#include "script/role.h"

#include <lauxlib.h>
#include <stdio.h>

static struct str check_place(lua_State *L, int index)
{
    return lua_isnoneornil(L, index) ? STR_NONE : check_group(L, index, "group");
}

/* host.role(user, group?): the word */
static int api_role(lua_State *L)
{
    instance_note_busy(L);
    struct str user = check_user(L, 1, "user"), group = check_place(L, 2);
    lua_pushstring(L, role_word(role_of(instance_of(L)->runtime, user, group)));
    return 1;
}

typedef bool change_fn(struct runtime *runtime, struct str by, struct str user,
                       struct str group, enum role role, struct err *err);

/* (user, role, group?) */
static int change(lua_State *L, change_fn *fn)
{
    struct task *task = task_check_wait(L);
    struct err err = { 0 };
    char about[160];
    enum role role = ROLE_MEMBER;
    /* The permission comes before the arguments are complained about. */
    guard_hold();
    bool may = caps_gate_on(task, "roles", STR("roles"), &err);
    guard_release();
    if (!may)
        return convert_push_failure(L, &err);
    task->audit_verb = NULL; /* until there is something to write down */
    struct str user = check_user(L, 1, "user"), word = check_str(L, 2),
               group = check_place(L, 3);
    if (!role_parse(word, &role) || role == ROLE_MEMBER)
        return raise_error(L, "role: want trusted, moderator or admin, have %s",
                           lua_tostring(L, 2));
    if (task->pretends)
        return exec_pretend(L, task->pretends);
    guard_hold();
    snprintf(about, sizeof(about), "%s%.*s/%.*s %s %s", group.len > 0 ? "group:" : "",
             STR_ARG(group.len > 0 ? group : STR("everywhere")), STR_ARG(user),
             fn == role_grant ? "+" : "-", role_word(role));
    bool ok = caps_gate_on(task, "roles", str_from(about), &err) &&
              fn(task->instance->runtime, task->origin ? task->origin->sender : STR_NONE,
                 user, group, role, &err);
    caps_done(task, ok ? NULL : &err);
    guard_release();
    if (!ok)
        return convert_push_failure(L, &err);
    lua_pushboolean(L, 1);
    return 1;
}

/* host.grant(user, role, group?) */
static int api_grant(lua_State *L)
{
    instance_note_busy(L);
    return change(L, role_grant);
}

/* host.revoke(user, role, group?) */
static int api_revoke(lua_State *L)
{
    return change(L, role_revoke);
}

static const struct record_call roles_calls[] = {
    { "role", api_role, 0 },
    { "grant", api_grant, RECORD_ACTS },
    { "revoke", api_revoke, RECORD_ACTS },
    { NULL, NULL, 0 },
};

const struct api_group host_roles = RECORD_CALLS(roles_calls);
