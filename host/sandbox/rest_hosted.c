/* Hosted groups and friends (server-api.md 9.7). The Server API may do everything: no
 * role is asked for, and nobody has to consent. */
#include "sandbox/rest_hosted.h"
#include "sandbox/friends.h"
#include "sandbox/hosted.h"
#include "sandbox/save.h"
#include "sandbox/topics.h"

#include <stdio.h>
#include <stdlib.h>

#define IDS_MAX 100
#define NAME_MAX_BYTES 256
#define PROFILE_MAX 8192
#define PAGE_MOST_API 1000

struct group *rest_hosted_group(struct call *call)
{
    struct str id;
    if (!rest_hosting(call) || !rest_id(call, "groupId", &id))
        return NULL;
    struct group *group = state_find_group(&call->box->state, id);
    if (!group || !group->hosting) {
        rest_fail(call, REST_PARAMETER, "groupId is not a hosted group.");
        return NULL;
    }
    return group;
}

static const struct user *owner_of(struct call *call, const struct group *group)
{
    return state_user(&call->box->state, group->hosting->owner);
}

/* The settings in a JSON text: groupProfile, permissions. */
static bool read_settings(struct call *call, const char *name, struct group *group)
{
    struct str text;
    char number[24];
    if (!rest_text_maybe(call, name, PROFILE_MAX, &text))
        return false;
    if (text.len == 0)
        return true;
    struct json *root = json_parse(text, NULL);
    const struct json *one = NULL;
    bool good = json_kind(root) == JSON_OBJECT && json_size(root) <= 32;
    while (good && (one = json_next(root, one))) {
        struct str value = json_str(one);
        if (json_kind(one) == JSON_NUMBER) {
            snprintf(number, sizeof number, "%lld", (long long)json_int(one, 0));
            value = str_from(number);
        }
        group_set(group, json_name(one), value);
    }
    json_free(root);
    return good || rest_fail(call, REST_PARAMETER, "%s is not a JSON object.", name);
}

static bool create(struct call *call)
{
    struct str id, name, owner;
    struct ids users;
    struct state *state = &call->box->state;
    if (!rest_hosting(call) || !rest_id(call, "groupId", &id) ||
        !rest_text(call, "name", NAME_MAX_BYTES, &name) ||
        !rest_id(call, "owner", &owner) ||
        !rest_ids_maybe(call, "userIds", IDS_MAX, &users))
        return false;
    if (state_find_group(state, id))
        return rest_fail(call, STATUS_GROUP_EXISTS, "The group exists.");
    struct group *group = state_group(state, id, call->now);
    group_host(group, owner);
    state_set(&group->name, name);
    if (!read_settings(call, "groupProfile", group) ||
        !read_settings(call, "permissions", group)) {
        state_del_group(state, group);
        return false;
    }
    group_add(group, state_user(state, owner), call->now);
    for (size_t i = 0; i < users.count; i++)
        group_add(group, state_user(state, users.at[i]), call->now);
    save_group(call->box, group);
    struct group_news news = { EVENT_GROUP, GROUP_CREATED, owner_of(call, group), NULL,
                               0 };
    hosted_tell(call->box, group, &news);
    return true;
}

/* Takes over a plain group, with its members. */
static bool import(struct call *call)
{
    struct str id, name, owner;
    struct state *state = &call->box->state;
    if (!rest_hosting(call) || !rest_id(call, "groupId", &id) ||
        !rest_text(call, "name", NAME_MAX_BYTES, &name) ||
        !rest_id(call, "owner", &owner))
        return false;
    struct group *group = state_find_group(state, id);
    if (!group || group->hosting)
        return rest_fail(call, REST_PARAMETER, "groupId is not a plain group.");
    group_host(group, owner);
    if (!read_settings(call, "groupProfile", group) ||
        !read_settings(call, "permissions", group)) {
        group_unhost(group);
        return false;
    }
    state_set(&group->name, name);
    group_add(group, state_user(state, owner), call->now);
    save_group(call->box, group);
    return true;
}

static bool join(struct call *call)
{
    struct ids users;
    struct group *group = rest_hosted_group(call);
    if (!group || !rest_ids(call, "userIds", IDS_MAX, &users))
        return false;
    for (size_t i = 0; i < users.count; i++)
        hosted_add(call->box, group, state_user(&call->box->state, users.at[i]),
                   owner_of(call, group));
    json_add_str(call->answer, "groupId", group->id);
    json_add_str(call->answer, "name", group->name);
    json_add_str(call->answer, "owner", group->hosting->owner);
    json_add_int(call->answer, "memberCount", (int64_t)group->count);
    return true;
}

static bool remove_members(struct call *call, int sub_type)
{
    struct ids users;
    struct group *group = rest_hosted_group(call);
    if (!group || !rest_ids(call, "userIds", IDS_MAX, &users))
        return false;
    for (size_t i = 0; i < users.count; i++) {
        if (str_eq(group->hosting->owner, users.at[i]))
            return rest_fail(call, STATUS_GROUP_OWNER, "The owner may not leave.");
    }
    for (size_t i = 0; i < users.count; i++) {
        struct user *user = state_user(&call->box->state, users.at[i]);
        hosted_remove(call->box, group, user,
                      sub_type == GROUP_QUIT ? user : owner_of(call, group), sub_type);
    }
    return true;
}

static bool quit(struct call *call)
{
    return remove_members(call, GROUP_QUIT);
}

static bool kick(struct call *call)
{
    return remove_members(call, GROUP_KICKED);
}

static bool dismiss(struct call *call)
{
    struct group *group = rest_hosted_group(call);
    if (group)
        hosted_dismiss(call->box, group, owner_of(call, group));
    return group != NULL;
}

static bool transfer(struct call *call)
{
    struct str id;
    struct group *group = rest_hosted_group(call);
    if (!group || !rest_id(call, "newOwner", &id))
        return false;
    struct user *next = state_find_user(&call->box->state, id);
    if (!next || !group_has(group, id))
        return rest_fail(call, STATUS_NO_MEMBER, "The new owner is no member.");
    const struct user *before = owner_of(call, group);
    map_del(&group->hosting->managers, id);
    group_host(group, id);
    save_group(call->box, group);
    hosted_tell(
        call->box, group,
        &(struct group_news){ EVENT_GROUP, GROUP_OWNER_CHANGED, before, &next, 1 });
    return true;
}

/* Names those who are no members; they are passed by. */
static bool set_managers(struct call *call, bool add)
{
    struct ids ids;
    struct user *users[IDS_MAX];
    size_t count = 0;
    struct group *group = rest_hosted_group(call);
    if (!group || !rest_ids(call, "userIds", IDS_MAX, &ids))
        return false;
    struct json *passed = json_array();
    for (size_t i = 0; i < ids.count; i++) {
        struct user *user = state_find_user(&call->box->state, ids.at[i]);
        if (!user || !group_has(group, ids.at[i])) {
            json_add_str(passed, NULL, ids.at[i]);
            continue;
        }
        if (add)
            map_set(&group->hosting->managers, user->id, group);
        else
            map_del(&group->hosting->managers, user->id);
        users[count++] = user;
    }
    save_group(call->box, group);
    if (count > 0)
        hosted_tell(call->box, group,
                    &(struct group_news){
                        EVENT_GROUP, add ? GROUP_MANAGER_ADDED : GROUP_MANAGER_REMOVED,
                        owner_of(call, group), users, count });
    json_add(call->answer, "userIds", passed);
    json_add_int(call->answer, "managerCount", (int64_t)group->hosting->managers.len);
    return true;
}

static bool add_managers(struct call *call)
{
    return set_managers(call, true);
}

static bool remove_managers(struct call *call)
{
    return set_managers(call, false);
}

static bool update(struct call *call)
{
    struct str name;
    struct group *group = rest_hosted_group(call);
    if (!group || !rest_text_maybe(call, "name", NAME_MAX_BYTES, &name) ||
        !read_settings(call, "groupProfile", group) ||
        !read_settings(call, "permissions", group))
        return false;
    if (name.len)
        group_set(group, STR("name"), name);
    save_group(call->box, group);
    struct group_news news = { EVENT_GROUP_PROFILE, 0, owner_of(call, group), NULL, 0 };
    hosted_tell(call->box, group, &news);
    return true;
}

/* Settings as JSON text in a string: permissions are those that end in "Perm". */
static void add_settings(struct json *to, const char *name, const struct group *group,
                         bool permissions)
{
    struct buf text;
    struct str key;
    void *value;
    struct json *settings = json_object();
    for (size_t at = 0; map_next(&group->hosting->profile, &at, &key, &value);) {
        char *copy = str_dup(key);
        if (str_ends(key, STR("Perm")) == permissions)
            json_add_str(settings, copy, str_from(value));
        free(copy);
    }
    buf_init(&text, 256u << 10);
    if (json_write(settings, &text))
        json_add_str(to, name, buf_str(&text));
    buf_clear(&text);
    json_free(settings);
}

static void describe(struct json *to, const struct group *group, const char *name_key,
                     const char *count_key)
{
    json_add_str(to, "groupId", group->id);
    json_add_str(to, name_key, group->name);
    add_settings(to, "groupProfile", group, false);
    add_settings(to, "permissions", group, true);
    json_add_int(to, "createTime", group->created_ms);
    json_add_int(to, count_key, (int64_t)group->count);
    json_add_str(to, "owner", group->hosting->owner);
}

static bool query_profiles(struct call *call)
{
    struct ids ids;
    if (!rest_hosting(call) || !rest_ids(call, "groupIds", IDS_MAX, &ids))
        return false;
    struct json *list = json_add(call->answer, "profiles", json_array());
    for (size_t i = 0; i < ids.count; i++) {
        const struct group *group = state_find_group(&call->box->state, ids.at[i]);
        if (group && group->hosting)
            describe(json_add(list, NULL, json_object()), group, "groupName",
                     "memberCount");
    }
    return true;
}

bool rest_hosted_page(struct call *call, size_t count, size_t *from, size_t *to)
{
    int64_t first, size;
    char token[24] = "";
    if (!rest_int(call, "pageToken", 0, INT32_MAX, 0, &first) ||
        !rest_int(call, "size", 1, PAGE_MOST_API, 50, &size))
        return false;
    *from = (size_t)first < count ? (size_t)first : count;
    *to = count - *from > (size_t)size ? *from + (size_t)size : count;
    if (*to < count)
        snprintf(token, sizeof token, "%zu", *to);
    json_add_str(call->answer, "pageToken", str_from(token));
    return true;
}

static bool query_joined(struct call *call)
{
    struct str id, key;
    void *value;
    if (!rest_hosting(call) || !rest_id(call, "userId", &id))
        return false;
    const struct user *user = state_find_user(&call->box->state, id);
    struct json *list = json_array();
    int64_t total = 0;
    for (size_t at = 0; user && map_next(&user->groups, &at, &key, &value);) {
        const struct group *group = value;
        if (!group->hosting)
            continue;
        struct json *one = json_add(list, NULL, json_object());
        describe(one, group, "name", "count");
        json_add_int(one, "role", hosted_role(group, user->id));
        total++;
    }
    json_add_int(call->answer, "totalCount", total);
    json_add_str(call->answer, "pageToken", STR(""));
    json_add(call->answer, "groups", list);
    return true;
}

/* ---- friends ---- */

static bool add_friend(struct call *call)
{
    struct str id, target, text;
    int64_t type;
    struct state *state = &call->box->state;
    if (!rest_hosting(call) || !rest_id(call, "userId", &id) ||
        !rest_id(call, "targetId", &target) ||
        !rest_int(call, "optType", 1, 2, 1, &type) ||
        !rest_text_maybe(call, "extra", NAME_MAX_BYTES, &text))
        return false;
    struct user *user = state_user(state, id), *other = state_user(state, target);
    if (type == 2) {
        friends_add(call->box, user, other);
        return true;
    }
    int status = friends_ask(call->box, user, other, text);
    return status == STATUS_OK || status == STATUS_FRIEND_WAITS ||
           rest_fail(call, status, "They cannot be friends.");
}

static bool delete_friends(struct call *call)
{
    struct str id;
    struct ids targets;
    struct state *state = &call->box->state;
    if (!rest_hosting(call) || !rest_id(call, "userId", &id) ||
        !rest_ids(call, "targetIds", IDS_MAX, &targets))
        return false;
    for (size_t i = 0; i < targets.count; i++)
        friends_remove(call->box, state_user(state, id),
                       state_user(state, targets.at[i]));
    return true;
}

static bool set_remark(struct call *call)
{
    struct str id, target, remark;
    if (!rest_hosting(call) || !rest_id(call, "userId", &id) ||
        !rest_id(call, "targetId", &target) ||
        !rest_text_maybe(call, "remarkName", NAME_MAX_BYTES, &remark))
        return false;
    struct user *user = state_user(&call->box->state, id);
    struct friend *friend = map_get(&user->friends, target);
    if (!friend)
        return rest_fail(call, STATUS_NOT_FRIENDS, "They are no friends.");
    state_set(&friend->remark, remark);
    save_user(call->box, user);
    return true;
}

static bool get_friends(struct call *call)
{
    struct str id, key;
    void *value;
    size_t from, to, number = 0;
    if (!rest_hosting(call) || !rest_id(call, "userId", &id))
        return false;
    const struct user *user = state_user(&call->box->state, id);
    json_add_int(call->answer, "totalCount", (int64_t)user->friends.len);
    if (!rest_hosted_page(call, user->friends.len, &from, &to))
        return false;
    struct json *list = json_add(call->answer, "friendList", json_array());
    for (size_t at = 0; map_next(&user->friends, &at, &key, &value); number++) {
        if (number < from || number >= to)
            continue;
        const struct friend *friend = value;
        const struct user *other = state_find_user(&call->box->state, key);
        struct json *one = json_add(list, NULL, json_object());
        json_add_str(one, "userId", key);
        json_add_str(one, "name", other ? other->name : STR_NONE);
        json_add_str(one, "remarkName", friend->remark);
        json_add_int(one, "time", friend->since_ms);
    }
    return true;
}

const struct endpoint hosted_endpoints[] = {
    { "/entrust/group/create.json", create },
    { "/entrust/group/import.json", import },
    { "/entrust/group/join.json", join },
    { "/entrust/group/quit.json", quit },
    { "/entrust/group/member/kick.json", kick },
    { "/entrust/group/dismiss.json", dismiss },
    { "/entrust/group/transfer/owner.json", transfer },
    { "/entrust/group/manager/add.json", add_managers },
    { "/entrust/group/manager/remove.json", remove_managers },
    { "/entrust/group/profile/update.json", update },
    { "/entrust/group/profile/query.json", query_profiles },
    { "/entrust/joined/group/query.json", query_joined },
    { "/friend/add.json", add_friend },
    { "/friend/delete.json", delete_friends },
    { "/friend/profile/set.json", set_remark },
    { "/friend/get.json", get_friends },
    { NULL, NULL },
};
