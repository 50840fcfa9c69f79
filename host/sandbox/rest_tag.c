/* Tags, by which push chooses users (server-api.md 9.1). Setting replaces. */
#include "sandbox/rest.h"
#include "sandbox/save.h"

#include <stdio.h>

#define TAGS_MAX 20
#define TAG_MAX 40
#define SET_MAX 1000
#define GET_MAX 50

static bool check_tags(struct call *call, const struct json *tags)
{
    const struct json *one = NULL;
    if (json_kind(tags) != JSON_ARRAY || json_size(tags) > TAGS_MAX)
        return rest_fail(call, REST_PARAMETER, "tags must be a list of at most %d.",
                         TAGS_MAX);
    while ((one = json_next(tags, one))) {
        struct str tag = json_str(one);
        if (tag.len == 0 || tag.len > TAG_MAX)
            return rest_fail(call, REST_PARAMETER, "A tag has 1 to %d bytes.", TAG_MAX);
    }
    return true;
}

static bool set_tags(struct call *call, const char *param, size_t max)
{
    const struct json *tags = json_get(call->json, "tags");
    struct buf *text = &call->box->payload;
    struct ids ids;
    if (!rest_ids(call, param, max, &ids) || !check_tags(call, tags))
        return false;
    buf_reset(text);
    if (!json_write(tags, text))
        return rest_fail(call, REST_TOO_LONG, "tags are too long.");
    for (size_t i = 0; i < ids.count; i++) {
        struct user *user = state_user(&call->box->state, ids.at[i]);
        state_set(&user->tags, buf_str(text));
        save_user(call->box, user);
    }
    return true;
}

static bool set(struct call *call)
{
    return set_tags(call, "userId", 1);
}

static bool set_many(struct call *call)
{
    return set_tags(call, "userIds", SET_MAX);
}

static bool get(struct call *call)
{
    struct ids ids;
    if (!rest_ids(call, "userIds", GET_MAX, &ids))
        return false;
    struct json *result = json_add(call->answer, "result", json_object());
    for (size_t i = 0; i < ids.count; i++) {
        const struct user *user = state_find_user(&call->box->state, ids.at[i]);
        struct json *tags = user && user->tags.at ? json_parse(user->tags, NULL) : NULL;
        char name[STATE_ID_MAX + 1];
        snprintf(name, sizeof name, "%.*s", STR_ARG(ids.at[i]));
        json_add(result, name, tags ? tags : json_array());
    }
    return true;
}

const struct endpoint tag_endpoints[] = {
    { "/user/tag/set.json", set },
    { "/user/tag/batch/set.json", set_many },
    { "/user/tags/get.json", get },
    { NULL, NULL },
};
