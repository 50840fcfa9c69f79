/* What users do not want or may not do: black and white lists, private mutes,
 * mutes in all chatrooms
 * (server-api.md 9.1). */
#include "sandbox/rest.h"
#include "sandbox/save.h"

#include <stddef.h>
#include <stdio.h>

#define IDS_MAX 20
#define MUTED_MAX 1000
#define MINUTES_MAX 43200

/* A list of ids that a user keeps. */
struct list {
    const char *param; /* that names ids */
    size_t at;         /* of its map in struct user */
};

static const struct list black = { "blackUserId", offsetof(struct user, black) };
static const struct list white = { "whiteUserId", offsetof(struct user, white) };

static struct map *map_of(struct user *user, const struct list *list)
{
    return (struct map *)((char *)user + list->at);
}

static bool change(struct call *call, const struct list *list, bool add)
{
    struct str id;
    struct ids ids;
    if (!rest_id(call, "userId", &id) || !rest_ids(call, list->param, IDS_MAX, &ids))
        return false;
    struct user *user = state_user(&call->box->state, id);
    for (size_t i = 0; i < ids.count; i++) {
        if (add)
            map_set(map_of(user, list), ids.at[i], user);
        else
            map_del(map_of(user, list), ids.at[i]);
    }
    save_user(call->box, user);
    return true;
}

/* Pages by the place in the list, which is what the page token says. */
static bool query(struct call *call, const struct list *list)
{
    struct str id, key;
    void *value;
    int64_t from, size, at = 0;
    if (!rest_id(call, "userId", &id) ||
        !rest_int(call, "pageToken", 0, INT32_MAX, 0, &from) ||
        !rest_int(call, "size", 1, 1000, 1000, &size))
        return false;
    struct user *user = state_find_user(&call->box->state, id);
    struct json *users = json_add(call->answer, "users", json_array());
    char next[24] = "";
    for (size_t walk = 0; user && map_next(map_of(user, list), &walk, &key, &value);
         at++) {
        if (at >= from && at < from + size)
            json_add_str(users, NULL, key);
    }
    if (at > from + size) {
        snprintf(next, sizeof next, "%lld", (long long)(from + size));
        json_add_str(call->answer, "next", str_from(next));
    }
    return true;
}

static bool black_add(struct call *call)
{
    return change(call, &black, true);
}

static bool black_remove(struct call *call)
{
    return change(call, &black, false);
}

static bool black_query(struct call *call)
{
    return query(call, &black);
}

static bool white_add(struct call *call)
{
    return change(call, &white, true);
}

static bool white_remove(struct call *call)
{
    return change(call, &white, false);
}

static bool white_query(struct call *call)
{
    return query(call, &white);
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

/* Mutes in all chatrooms. */

static bool mute_in_rooms(struct call *call, int64_t until)
{
    struct ids ids;
    if (!rest_ids(call, "userId", IDS_MAX, &ids))
        return false;
    for (size_t i = 0; i < ids.count; i++) {
        struct user *user = state_user(&call->box->state, ids.at[i]);
        user->rooms_muted_until = until;
        save_user(call->box, user);
    }
    return true;
}

static bool rooms_mute(struct call *call)
{
    int64_t minutes;
    return rest_int(call, "minute", 1, MINUTES_MAX, 0, &minutes) &&
           mute_in_rooms(call, rest_until(call, minutes));
}

static bool rooms_unmute(struct call *call)
{
    return mute_in_rooms(call, 0);
}

static bool rooms_muted(struct call *call)
{
    const struct state *state = &call->box->state;
    struct json *list = json_add(call->answer, "users", json_array());
    for (size_t i = 0; i < state->count; i++) {
        if (state->order[i]->rooms_muted_until <= call->now)
            continue;
        struct json *one = json_add(list, NULL, json_object());
        json_add_str(one, "userId", state->order[i]->id);
        rest_add_time(one, "time", state->order[i]->rooms_muted_until);
    }
    return true;
}

const struct endpoint user_rule_endpoints[] = {
    { "/user/blacklist/add.json", black_add },
    { "/user/blacklist/remove.json", black_remove },
    { "/user/blacklist/query.json", black_query },
    { "/user/whitelist/add.json", white_add },
    { "/user/whitelist/remove.json", white_remove },
    { "/user/whitelist/query.json", white_query },
    { "/user/chat/fb/set.json", chat_mute },
    { "/user/chat/fb/querylist.json", chat_muted },
    { "/chatroom/user/ban/add.json", rooms_mute },
    { "/chatroom/user/ban/remove.json", rooms_unmute },
    { "/chatroom/user/ban/query.json", rooms_muted },
    { NULL, NULL },
};
