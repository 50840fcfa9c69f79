/* Groups and their members (server-api.md 9.2). A bound notify message, or the notice of
 * `--notices`, goes out before somebody leaves and after somebody joins, so that the
 * person concerned receives it. */
#include "sandbox/notices.h"
#include "sandbox/rest_letter.h"
#include "sandbox/save.h"

#define MEMBERS_MAX 1000 /* of one call */
#define NAME_MAX_BYTES 256

/* A membership call, checked. */
struct change {
    struct str group_id, name;
    struct ids users;
    bool bound; /* a notify message came with it */
    struct letter letter;
    struct post how;
};

static bool read_change(struct call *call, struct change *change, bool name_required)
{
    return rest_ids(call, "userId", MEMBERS_MAX, &change->users) &&
           rest_id(call, "groupId", &change->group_id) &&
           (name_required ? rest_text : rest_text_maybe)(call, "groupName",
                                                         NAME_MAX_BYTES, &change->name) &&
           rest_notify(call, &change->bound, &change->letter, &change->how);
}

/* Sends what was bound, else the notice if notices are on. */
static void announce(struct call *call, struct change *change, const struct group *group,
                     const struct notice *notice)
{
    const struct message *message;
    if (change->bound) {
        change->letter.target = group->id;
        message = post(call->box, &change->letter, &change->how);
    } else {
        message = notice_send(call->box, group, notice);
    }
    if (message)
        json_add_str(call->answer, "messageUID", str_from(message->uid));
}

/* Adds the users; *added gets those who were not members. */
static void add_members(struct call *call, struct group *group, const struct ids *users,
                        struct ids *added)
{
    added->count = 0;
    added->at = arena_alloc(&call->box->arena, users->count * sizeof *added->at);
    for (size_t i = 0; i < users->count; i++) {
        struct user *user = state_user(&call->box->state, users->at[i]);
        if (group_add(group, user, call->now) && added->at)
            added->at[added->count++] = user->id;
    }
}

static bool join_as(struct call *call, bool create)
{
    struct change change;
    struct ids added;
    if (!read_change(call, &change, create))
        return false;
    struct state *state = &call->box->state;
    bool fresh = !state_find_group(state, change.group_id);
    struct group *group = state_group(state, change.group_id, call->now);
    if (change.name.len && (create || fresh))
        state_set(&group->name, change.name);
    add_members(call, group, &change.users, &added);
    save_group(call->box, group);
    struct notice notice = {
        .operation = fresh ? "Create" : "Add",
        .operator_id = change.users.at[0],
        .targets = added.at,
        .count = added.count,
    };
    if (change.bound || added.count)
        announce(call, &change, group, &notice);
    json_add_int(call->answer, "memberCount", (int64_t)group->count);
    return true;
}

static bool create(struct call *call)
{
    return join_as(call, true);
}

static bool join(struct call *call)
{
    return join_as(call, false);
}

static bool quit(struct call *call)
{
    struct change change;
    if (!read_change(call, &change, false))
        return false;
    struct group *group = state_find_group(&call->box->state, change.group_id);
    if (!group)
        return true;
    struct ids leaving = { .at = arena_alloc(&call->box->arena,
                                             change.users.count * sizeof(struct str)) };
    for (size_t i = 0; leaving.at && i < change.users.count; i++) {
        if (group_has(group, change.users.at[i]))
            leaving.at[leaving.count++] = change.users.at[i];
    }
    struct notice notice = {
        .operation = "Quit",
        .operator_id = change.users.at[0],
        .targets = leaving.at,
        .count = leaving.count,
    };
    if (change.bound || leaving.count)
        announce(call, &change, group, &notice);
    for (size_t i = 0; i < leaving.count; i++)
        group_remove(group, state_user(&call->box->state, leaving.at[i]));
    save_group(call->box, group);
    json_add_int(call->answer, "memberCount", (int64_t)group->count);
    return true;
}

static bool dismiss(struct call *call)
{
    struct change change = { 0 };
    struct str user;
    if (!rest_id(call, "userId", &user) || !rest_id(call, "groupId", &change.group_id) ||
        !rest_notify(call, &change.bound, &change.letter, &change.how))
        return false;
    struct group *group = state_find_group(&call->box->state, change.group_id);
    if (!group)
        return true;
    struct notice notice = { .operation = "Dismiss", .operator_id = user };
    announce(call, &change, group, &notice);
    save_group_gone(call->box, group->id);
    state_del_group(&call->box->state, group);
    return true;
}

static bool refresh(struct call *call)
{
    struct change change = { 0 };
    if (!rest_id(call, "groupId", &change.group_id) ||
        !rest_text(call, "groupName", NAME_MAX_BYTES, &change.name) ||
        !rest_notify(call, &change.bound, &change.letter, &change.how))
        return false;
    struct group *group = state_find_group(&call->box->state, change.group_id);
    if (!group)
        return true;
    state_set(&group->name, change.name);
    save_group(call->box, group);
    struct notice notice = { .operation = "Rename", .operator_id = STR("__system__") };
    announce(call, &change, group, &notice);
    return true;
}

static bool list_members(struct call *call)
{
    struct str id;
    if (!rest_id(call, "groupId", &id))
        return false;
    const struct group *group = state_find_group(&call->box->state, id);
    json_add_str(call->answer, "id", id);
    struct json *list = json_add(call->answer, "users", json_array());
    for (size_t i = 0; group && i < group->count; i++) {
        struct json *one = json_add(list, NULL, json_object());
        json_add_str(one, "id", group->members[i].user->id);
    }
    return true;
}

/* Makes the groups of a user those named: "group[ID]" = name. Nobody is told. */

static bool wanted(const struct ids *ids, struct str id)
{
    for (size_t i = 0; i < ids->count; i++) {
        if (str_eq(ids->at[i], id))
            return true;
    }
    return false;
}

static void leave_others(struct call *call, struct user *user, const struct ids *ids)
{
    struct str id;
    void *value;
    for (size_t at = 0; map_next(&user->groups, &at, &id, &value);) {
        struct group *group = value;
        if (!wanted(ids, id) && group_remove(group, user))
            save_group(call->box, group);
    }
}

static bool sync(struct call *call)
{
    struct str user_id,
        *names = arena_alloc(&call->box->arena, call->room * sizeof *names);
    struct ids ids = { arena_alloc(&call->box->arena, call->room * sizeof *ids.at), 0 };
    if (!rest_id(call, "userId", &user_id))
        return false;
    for (size_t i = 0; names && ids.at && i < call->count; i++) {
        struct str id = rest_bracketed(call->pairs[i].name, "group");
        if (!id.at)
            continue;
        if (!state_id_ok(id) || call->pairs[i].value.len > NAME_MAX_BYTES ||
            !str_is_utf8(call->pairs[i].value))
            return rest_fail(call, REST_PARAMETER, "group[] has no valid id or name.");
        names[ids.count] = call->pairs[i].value;
        ids.at[ids.count++] = id;
    }
    if (ids.count == 0)
        return rest_fail(call, REST_PARAMETER, "group[id] is required.");
    struct user *user = state_user(&call->box->state, user_id);
    leave_others(call, user, &ids);
    for (size_t i = 0; i < ids.count; i++) {
        struct group *group = state_group(&call->box->state, ids.at[i], call->now);
        group_add(group, user, call->now);
        state_set(&group->name, names[i]);
        save_group(call->box, group);
    }
    return true;
}

const struct endpoint group_endpoints[] = {
    { "/group/create.json", create },   { "/group/join.json", join },
    { "/group/quit.json", quit },       { "/group/dismiss.json", dismiss },
    { "/group/refresh.json", refresh }, { "/group/user/query.json", list_members },
    { "/group/sync.json", sync },       { NULL, NULL },
};
