/* The members of hosted groups (server-api.md 9.7): who they are, what they are called.
 */
#include "sandbox/hosted.h"
#include "sandbox/rest_hosted.h"

#define IDS_MAX 100
#define NICKNAME_MAX 256
#define EXTRA_MAX 1024

static void describe(struct json *list, const struct group *group,
                     const struct member *member)
{
    struct json *one = json_add(list, NULL, json_object());
    json_add_str(one, "userId", member->user->id);
    json_add_str(one, "nickname",
                 member->nickname.len ? member->nickname : member->user->name);
    json_add_int(one, "role", hosted_role(group, member->user->id));
    json_add_int(one, "time", member->joined_ms);
    json_add_str(one, "extra", member->extra);
}

static bool query(struct call *call)
{
    size_t from, to;
    const struct group *group = rest_hosted_group(call);
    if (!group || !rest_hosted_page(call, group->count, &from, &to))
        return false;
    struct json *list = json_add(call->answer, "members", json_array());
    for (size_t i = from; i < to; i++)
        describe(list, group, &group->members[i]);
    return true;
}

static bool query_some(struct call *call)
{
    struct ids ids;
    const struct group *group = rest_hosted_group(call);
    if (!group || !rest_ids(call, "userIds", IDS_MAX, &ids))
        return false;
    struct json *list = json_add(call->answer, "members", json_array());
    for (size_t i = 0; i < ids.count; i++) {
        const struct member *member = group_find(group, ids.at[i]);
        if (member)
            describe(list, group, member);
    }
    return true;
}

/* What is absent stays as it is. */
static bool set(struct call *call)
{
    struct str id, nickname, extra;
    struct group *group = rest_hosted_group(call);
    if (!group || !rest_id(call, "userId", &id) ||
        !rest_text_maybe(call, "nickname", NICKNAME_MAX, &nickname) ||
        !rest_text_maybe(call, "extra", EXTRA_MAX, &extra))
        return false;
    if (!group_has(group, id))
        return rest_fail(call, REST_PARAMETER, "userId is no member.");
    hosted_set_card(call->box, group, state_user(&call->box->state, id),
                    state_user(&call->box->state, group->hosting->owner), nickname,
                    extra);
    return true;
}

/* Out of all groups but those the user owns. */
static bool kick_from_all(struct call *call)
{
    struct str id, key;
    void *value;
    if (!rest_hosting(call) || !rest_id(call, "userId", &id))
        return false;
    struct user *user = state_find_user(&call->box->state, id);
    for (size_t at = 0; user && map_next(&user->groups, &at, &key, &value);) {
        struct group *group = value;
        if (group->hosting && !str_eq(group->hosting->owner, id))
            hosted_remove(call->box, group, user,
                          state_user(&call->box->state, group->hosting->owner),
                          GROUP_KICKED);
    }
    return true;
}

const struct endpoint member_endpoints[] = {
    { "/entrust/group/member/query.json", query },
    { "/entrust/group/member/specific/query.json", query_some },
    { "/entrust/group/member/set.json", set },
    { "/entrust/group/member/kick/all.json", kick_from_all },
    { NULL, NULL },
};
