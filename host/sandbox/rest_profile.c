/* Profiles that RongCloud keeps for the app (server-api.md 9.1). */
#include "sandbox/profiles.h"
#include "sandbox/rest.h"
#include "sandbox/save.h"

#include <stdio.h>
#include <stdlib.h>

#define TEXT_MAX 16384
#define IDS_MAX 100
#define PAGE_MAX 1000000

/* A JSON text of values; NULL when absent or, refused, none. */
static bool read_values(struct call *call, const char *name, struct json **out)
{
    struct str text;
    *out = NULL;
    if (!rest_text_maybe(call, name, TEXT_MAX, &text))
        return false;
    if (text.len == 0)
        return true;
    *out = json_parse(text, NULL);
    return json_kind(*out) == JSON_OBJECT ||
           rest_fail(call, REST_PARAMETER, "%s is not a JSON object.", name);
}

/* The value as text; `room` of 24. */
static struct str value_of(const struct json *one, char *room)
{
    if (json_kind(one) != JSON_NUMBER)
        return json_str(one);
    snprintf(room, 24, "%lld", (long long)json_int(one, 0));
    return str_from(room);
}

static bool check_all(struct call *call, const struct user *user,
                      const struct json *values, bool extra)
{
    const struct json *one = NULL;
    char room[24];
    while (values && (one = json_next(values, one))) {
        int status =
            profiles_check(user, json_name(one), value_of(one, room), extra, true);
        if (status)
            return rest_fail(call, status, "%.*s cannot be set.",
                             STR_ARG(json_name(one)));
    }
    return true;
}

static void set_all(struct user *user, const struct json *values, bool extra)
{
    const struct json *one = NULL;
    char room[24];
    while (values && (one = json_next(values, one)))
        profiles_set(user, json_name(one), value_of(one, room), extra);
}

static bool set_profile(struct call *call)
{
    struct str id;
    struct json *values = NULL, *extras = NULL;
    if (!rest_hosting(call) || !rest_id(call, "userId", &id))
        return false;
    struct user *user = state_user(&call->box->state, id);
    bool good = read_values(call, "userProfile", &values) &&
                read_values(call, "userExtProfile", &extras) &&
                check_all(call, user, values, false) &&
                check_all(call, user, extras, true);
    if (good) {
        set_all(user, values, false);
        set_all(user, extras, true);
        save_user(call->box, user);
    }
    json_free(values);
    json_free(extras);
    return good;
}

/* Pairs as a JSON text, for a field of the answer. */
static void add_text(struct call *call, struct json *to, const char *name,
                     const struct profile_info *pairs, size_t count)
{
    struct json *values = json_object();
    struct buf *text = &call->box->scratch;
    for (size_t i = 0; i < count; i++) {
        char *key = str_dup(pairs[i].key);
        json_add_str(values, key, pairs[i].value);
        free(key);
    }
    buf_reset(text);
    if (json_write(values, text))
        json_add_str(to, name, buf_str(text));
    json_free(values);
}

static void describe(struct call *call, struct json *list, const struct user *user)
{
    const struct user_profile *profile =
        user && user->registered_ms ? profiles_describe(call->box, user) : NULL;
    if (!profile)
        return;
    struct json *one = json_add(list, NULL, json_object());
    json_add_str(one, "userId", user->id);
    json_add_int(one, "version", profile->version);
    add_text(call, one, "userProfile", profile->user_profile.at,
             profile->user_profile.count);
    add_text(call, one, "userExtProfile", profile->user_ext_profile.at,
             profile->user_ext_profile.count);
}

static bool query_profiles(struct call *call)
{
    struct ids ids;
    if (!rest_hosting(call) || !rest_ids(call, "userId", IDS_MAX, &ids))
        return false;
    struct json *list = json_add(call->answer, "userList", json_array());
    for (size_t i = 0; i < ids.count; i++)
        describe(call, list, state_find_user(&call->box->state, ids.at[i]));
    return true;
}

/* All users, by pages. */
static bool query_all(struct call *call)
{
    int64_t page, size, at = 0;
    bool descending;
    const struct state *state = &call->box->state;
    if (!rest_hosting(call) || !rest_int(call, "page", 1, PAGE_MAX, 1, &page) ||
        !rest_int(call, "size", 1, 100, 20, &size) ||
        !rest_flag(call, "order", false, &descending))
        return false;
    struct json *list = json_add(call->answer, "userList", json_array());
    for (size_t i = 0; i < state->count; i++) {
        const struct user *user = state->order[descending ? state->count - 1 - i : i];
        if (user->registered_ms && at++ / size == page - 1)
            describe(call, list, user);
    }
    return true;
}

const struct endpoint profile_endpoints[] = {
    { "/user/profile/set.json", set_profile },
    { "/user/profile/batch/query.json", query_profiles },
    { "/user/profile/query.json", query_all },
    { NULL, NULL },
};
