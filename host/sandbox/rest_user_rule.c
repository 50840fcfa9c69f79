/* What users do not want or may not do: black lists and private mutes
 * (server-api.md 9.1). */
#include "sandbox/rest.h"
#include "sandbox/save.h"

#include <stdio.h>

#define IDS_MAX 20
#define MUTED_MAX 1000

static bool change_black(struct call *call, bool add)
{
    struct str id;
    struct ids ids;
    if (!rest_id(call, "userId", &id) || !rest_ids(call, "blackUserId", IDS_MAX, &ids))
        return false;
    struct user *user = state_user(&call->box->state, id);
    for (size_t i = 0; i < ids.count; i++) {
        if (add)
            map_set(&user->black, ids.at[i], user);
        else
            map_del(&user->black, ids.at[i]);
    }
    save_user(call->box, user);
    return true;
}

static bool black_add(struct call *call)
{
    return change_black(call, true);
}

static bool black_remove(struct call *call)
{
    return change_black(call, false);
}

/* Pages by the place in the list, which is what the page token says. */
static bool black_query(struct call *call)
{
    struct str id, key;
    void *value;
    int64_t from, size, at = 0;
    if (!rest_id(call, "userId", &id) ||
        !rest_int(call, "pageToken", 0, INT32_MAX, 0, &from) ||
        !rest_int(call, "size", 1, 1000, 1000, &size))
        return false;
    const struct user *user = state_find_user(&call->box->state, id);
    struct json *list = json_add(call->answer, "users", json_array());
    char next[24] = "";
    for (size_t walk = 0; user && map_next(&user->black, &walk, &key, &value); at++) {
        if (at >= from && at < from + size)
            json_add_str(list, NULL, key);
    }
    if (at > from + size) {
        snprintf(next, sizeof next, "%lld", (long long)(from + size));
        json_add_str(call->answer, "next", str_from(next));
    }
    return true;
}

static bool only_person(struct call *call)
{
    struct str type;
    if (!rest_text(call, "type", 32, &type))
        return false;
    if (!str_eq(type, STR("PERSON")))
        return rest_fail(call, REST_PARAMETER, "type must be PERSON.");
    return true;
}

static bool chat_mute(struct call *call)
{
    struct ids ids;
    int64_t state;
    if (!rest_ids(call, "userId", MUTED_MAX, &ids) ||
        !rest_int(call, "state", 0, 1, -1, &state) || !only_person(call))
        return false;
    for (size_t i = 0; i < ids.count; i++) {
        struct user *user = state_user(&call->box->state, ids.at[i]);
        user->chat_muted = state == 1;
        save_user(call->box, user);
    }
    return true;
}

static bool chat_muted(struct call *call)
{
    int64_t most, from, total = 0;
    const struct state *state = &call->box->state;
    if (!only_person(call) || !rest_int(call, "num", 1, 200, 100, &most) ||
        !rest_int(call, "offset", 0, INT32_MAX, 0, &from))
        return false;
    struct json *list = json_array();
    for (size_t i = 0; i < state->count; i++) {
        if (!state->order[i]->chat_muted)
            continue;
        if (total >= from && total < from + most)
            json_add_str(list, NULL, state->order[i]->id);
        total++;
    }
    json_add_int(call->answer, "total", total);
    json_add(call->answer, "users", list);
    return true;
}

const struct endpoint user_rule_endpoints[] = {
    { "/user/blacklist/add.json", black_add },
    { "/user/blacklist/remove.json", black_remove },
    { "/user/blacklist/query.json", black_query },
    { "/user/chat/fb/set.json", chat_mute },
    { "/user/chat/fb/querylist.json", chat_muted },
    { NULL, NULL },
};
