/* Muting members and whole groups (server-api.md 9.2). Unknown groups answer 200. */
#include "sandbox/rest.h"
#include "sandbox/save.h"

#define IDS_MAX 20
#define MINUTES_MAX 43200

/* Sets or ends a mute for users in one group, or everywhere without one. */
static bool set_gags(struct call *call, int64_t until)
{
    struct ids ids;
    struct str id;
    struct state *state = &call->box->state;
    if (!rest_ids(call, "userId", IDS_MAX, &ids) ||
        !rest_text_maybe(call, "groupId", STATE_ID_MAX, &id))
        return false;
    struct group *group = id.len ? state_find_group(state, id) : NULL;
    for (size_t i = 0; i < ids.count; i++) {
        if (group) {
            gag_set(&group->gags, ids.at[i], until, call->now);
        } else if (id.len == 0) {
            struct user *user = state_user(state, ids.at[i]);
            user->muted_until = until;
            save_user(call->box, user);
        }
    }
    if (group)
        save_group(call->box, group);
    return true;
}

static bool gag_add(struct call *call)
{
    int64_t minutes;
    return rest_int(call, "minute", 0, MINUTES_MAX, -1, &minutes) &&
           set_gags(call, rest_until(call, minutes));
}

static bool gag_rollback(struct call *call)
{
    return set_gags(call, 0);
}

static void add_muted(struct json *list, struct str user, int64_t until)
{
    struct json *one = json_add(list, NULL, json_object());
    json_add_str(one, "userId", user);
    rest_add_time(one, "time", until);
}

static bool gag_list(struct call *call)
{
    struct str id, key;
    void *value;
    const struct state *state = &call->box->state;
    if (!rest_text_maybe(call, "groupId", STATE_ID_MAX, &id))
        return false;
    struct json *list = json_add(call->answer, "users", json_array());
    const struct group *group = state_find_group(state, id);
    for (size_t at = 0; group && map_next(&group->gags, &at, &key, &value);) {
        if (((struct gag *)value)->until > call->now)
            add_muted(list, key, ((struct gag *)value)->until);
    }
    for (size_t i = 0; id.len == 0 && i < state->count; i++) {
        if (state->order[i]->muted_until > call->now)
            add_muted(list, state->order[i]->id, state->order[i]->muted_until);
    }
    return true;
}

static bool set_banned(struct call *call, bool banned)
{
    struct ids ids;
    if (!rest_ids(call, "groupId", IDS_MAX, &ids))
        return false;
    for (size_t i = 0; i < ids.count; i++) {
        struct group *group = state_find_group(&call->box->state, ids.at[i]);
        if (group) {
            group->banned = banned;
            save_group(call->box, group);
        }
    }
    return true;
}

static bool ban_add(struct call *call)
{
    return set_banned(call, true);
}

static bool ban_rollback(struct call *call)
{
    return set_banned(call, false);
}

static void add_group(struct json *list, struct str id, bool banned)
{
    struct json *one = json_add(list, NULL, json_object());
    json_add_str(one, "groupId", id);
    json_add_int(one, "stat", banned);
}

static bool ban_query(struct call *call)
{
    struct ids ids;
    int64_t page, size, at = 0;
    const struct state *state = &call->box->state;
    struct str id;
    void *value;
    if (!rest_ids_maybe(call, "groupId", IDS_MAX, &ids) ||
        !rest_int(call, "page", 1, INT32_MAX, 1, &page) ||
        !rest_int(call, "size", 1, 200, 50, &size))
        return false;
    struct json *list = json_add(call->answer, "groupinfo", json_array());
    for (size_t i = 0; i < ids.count; i++) {
        const struct group *group = state_find_group(state, ids.at[i]);
        add_group(list, ids.at[i], group && group->banned);
    }
    for (size_t walk = 0;
         ids.count == 0 && map_next(&state->groups, &walk, &id, &value);) {
        const struct group *group = value;
        if (!group->banned)
            continue;
        if (at >= (page - 1) * size && at < page * size)
            add_group(list, group->id, true);
        at++;
    }
    return true;
}

static bool change_white(struct call *call, bool add)
{
    struct str id;
    struct ids ids;
    if (!rest_id(call, "groupId", &id) || !rest_ids(call, "userId", IDS_MAX, &ids))
        return false;
    struct group *group = state_find_group(&call->box->state, id);
    for (size_t i = 0; group && i < ids.count; i++) {
        if (add)
            map_set(&group->white, ids.at[i], group);
        else
            map_del(&group->white, ids.at[i]);
    }
    if (group)
        save_group(call->box, group);
    return true;
}

static bool white_add(struct call *call)
{
    return change_white(call, true);
}

static bool white_rollback(struct call *call)
{
    return change_white(call, false);
}

static bool white_query(struct call *call)
{
    struct str id, key;
    void *value;
    if (!rest_id(call, "groupId", &id))
        return false;
    const struct group *group = state_find_group(&call->box->state, id);
    struct json *list = json_add(call->answer, "userIds", json_array());
    for (size_t at = 0; group && map_next(&group->white, &at, &key, &value);)
        json_add_str(list, NULL, key);
    return true;
}

const struct endpoint group_mute_endpoints[] = {
    { "/group/user/gag/add.json", gag_add },
    { "/group/user/gag/rollback.json", gag_rollback },
    { "/group/user/gag/list.json", gag_list },
    { "/group/ban/add.json", ban_add },
    { "/group/ban/rollback.json", ban_rollback },
    { "/group/ban/query.json", ban_query },
    { "/group/user/ban/whitelist/add.json", white_add },
    { "/group/user/ban/whitelist/rollback.json", white_rollback },
    { "/group/user/ban/whitelist/query.json", white_query },
    { NULL, NULL },
};
