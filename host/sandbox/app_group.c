/* Groups of the App Server (app-server.md 2.3). Who is in one is RongCloud's to know, so
 * each change goes through the Server API first; who made it, who manages it and what is
 * announced is kept here. Each change is told to the group by a notice (wire.md G.1). */
#include "base/random.h"
#include "sandbox/app_change.h"
#include "sandbox/save.h"
#include "sandbox/visit.h"

#include <string.h>

#define MEMBERS_MAX 500
#define MANY_MAX 100
#define MANAGERS_MAX 10
#define MUTES_MAX 20
#define MINUTES_MAX 43200
#define NAME_MAX_BYTES 96
#define BULLETIN_MAX 4096

enum { CREATOR, MEMBER, MANAGER }; /* role */

/* ---- whose group ---- */

static int role_of(const struct visit *visit, struct str group, struct str user)
{
    const struct app_group *kept = map_get(&visit->box->state.app_groups, group);
    if (kept && str_eq(kept->creator, user))
        return CREATOR;
    return kept && map_get(&kept->managers, user) ? MANAGER : MEMBER;
}

/* The group of the body, which the visitor is in; NULL: refused. */
static struct group *read_group(struct visit *visit)
{
    struct str id;
    if (!visit_id(visit, "groupId", &id))
        return NULL;
    struct group *group = state_find_group(&visit->box->state, id);
    if (group && group_has(group, visit->account->user))
        return group;
    visit_refuse(visit, 200, APP_REFUSED,
                 group ? "Only group members can perform this action."
                       : "There is no such group.");
    return NULL;
}

/* The same for whoever made the group, or (`managers`) manages it. */
static struct group *read_own_group(struct visit *visit, bool managers)
{
    struct group *group = read_group(visit);
    int role = group ? role_of(visit, group->id, visit->account->user) : MEMBER;
    if (!group || role == CREATOR || (managers && role == MANAGER))
        return group;
    visit_refuse(visit, 200, APP_REFUSED,
                 managers ? "Only the creator and managers can perform this action."
                          : "Only the creator can perform this action.");
    return NULL;
}

/* ---- what is kept here ---- */

static void keep(struct visit *visit, struct str group)
{
    save_app_group(visit->box, group, state_app_group(&visit->box->state, group));
}

/* Who is out of the group manages it no more. */
static void drop_managers(struct visit *visit, struct str group, const struct str *users,
                          size_t count)
{
    struct app_group *kept = state_app_group(&visit->box->state, group);
    for (size_t i = 0; i < count; i++)
        map_del(&kept->managers, users[i]);
    keep(visit, group);
}

static bool are_members(const struct group *group, const struct str *users, size_t count)
{
    bool all = true;
    for (size_t i = 0; i < count; i++)
        all = all && group_has(group, users[i]);
    return all;
}

/* Those who are not in the group yet and not `but`, once each: nobody else is told to
 * have come. */
static size_t newcomers(const struct group *group, struct str but, struct str *users,
                        size_t count)
{
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        bool known = str_eq(users[i], but) || (group && group_has(group, users[i]));
        for (size_t k = 0; k < left; k++)
            known = known || str_eq(users[k], users[i]);
        if (!known)
            users[left++] = users[i];
    }
    return left;
}

/* ---- pages ---- */

static void add_status(struct json *list, const struct str *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct json *one = json_add(list, NULL, json_object());
        json_add_str(one, "id", ids[i]);
        json_add_int(one, "status", 1);
    }
}

static bool create(struct visit *visit)
{
    struct str users[MEMBERS_MAX + 1], name, portrait;
    char id[] = "g0123456789ab";
    size_t count;
    if (!visit_text(visit, "name", NAME_MAX_BYTES, &name) ||
        !visit_text(visit, "portraitUri", 256, &portrait) ||
        !visit_ids(visit, "memberIds", MEMBERS_MAX, users, &count))
        return false;
    if (name.len == 0)
        return visit_refuse(visit, 400, APP_PARAMETER, "name is missing.");
    random_id(id + 1, sizeof id - 2);
    count = newcomers(NULL, visit->account->user, users, count);
    users[count] = visit->account->user;
    const struct app_change change = { OPERATION_CREATED, str_from(id), name, users,
                                       count + 1 };
    if (!app_change_make(visit, "/group/create.json", &change, name))
        return false;
    struct app_group *group = state_app_group(&visit->box->state, change.group);
    state_set(&group->creator, visit->account->user);
    state_set(&group->portrait, portrait);
    keep(visit, change.group);
    json_add_str(visit->result, "id", change.group);
    add_status(json_add(visit->result, "userStatus", json_array()), users, count);
    return true;
}

static bool add(struct visit *visit)
{
    struct str users[MEMBERS_MAX];
    size_t count;
    const struct group *group = read_group(visit);
    if (!group || !visit_ids(visit, "memberIds", MEMBERS_MAX, users, &count))
        return false;
    count = newcomers(group, STR_NONE, users, count);
    const struct app_change change = { OPERATION_JOINED, group->id, STR_NONE, users,
                                       count };
    if (count > 0 && !app_change_make(visit, "/group/join.json", &change, group->name))
        return false;
    add_status(visit_list(visit), users, count);
    return true;
}

static bool join(struct visit *visit)
{
    struct str id;
    if (!visit_id(visit, "groupId", &id))
        return false;
    const struct group *group = state_find_group(&visit->box->state, id);
    if (!group)
        return visit_refuse(visit, 200, APP_REFUSED, "There is no such group.");
    if (group_has(group, visit->account->user))
        return true;
    const struct app_change change = { OPERATION_JOINED, id, STR_NONE,
                                       &visit->account->user, 1 };
    return app_change_make(visit, "/group/join.json", &change, group->name);
}

static bool kick(struct visit *visit)
{
    struct str users[MANY_MAX];
    size_t count;
    const struct group *group = read_own_group(visit, true);
    if (!group || !visit_ids(visit, "memberIds", MANY_MAX, users, &count))
        return false;
    if (!are_members(group, users, count))
        return visit_refuse(visit, 200, APP_REFUSED, "They are not in the group.");
    for (size_t i = 0; i < count; i++)
        if (role_of(visit, group->id, users[i]) == CREATOR)
            return visit_refuse(visit, 200, APP_REFUSED, "Nobody kicks the creator.");
    const struct app_change change = { OPERATION_KICKED, group->id, STR_NONE, users,
                                       count };
    if (!app_change_make(visit, "/group/quit.json", &change, STR_NONE))
        return false;
    drop_managers(visit, group->id, users, count);
    return true;
}

static bool quit(struct visit *visit)
{
    const struct group *group = read_group(visit);
    if (!group)
        return false;
    if (role_of(visit, group->id, visit->account->user) == CREATOR)
        return visit_refuse(visit, 200, APP_REFUSED,
                            "The creator hands the group over first.");
    const struct app_change change = { OPERATION_LEFT, group->id, STR_NONE,
                                       &visit->account->user, 1 };
    if (!app_change_make(visit, "/group/quit.json", &change, STR_NONE))
        return false;
    drop_managers(visit, group->id, change.users, 1);
    return true;
}

static bool dismiss(struct visit *visit)
{
    const struct group *group = read_own_group(visit, false);
    if (!group)
        return false;
    struct str id = box_copy(visit->box, group->id);
    const struct app_change change = { OPERATION_DISMISSED, id, STR_NONE,
                                       &visit->account->user, 1 };
    if (!app_change_make(visit, "/group/dismiss.json", &change, STR_NONE))
        return false;
    state_del_app_group(&visit->box->state, id);
    save_app_group(visit->box, id, NULL);
    return true;
}

static bool transfer(struct visit *visit)
{
    struct str user;
    const struct group *group = read_own_group(visit, false);
    if (!group || !visit_id(visit, "userId", &user))
        return false;
    if (!group_has(group, user))
        return visit_refuse(visit, 200, APP_REFUSED, "They are not in the group.");
    struct app_group *kept = state_app_group(&visit->box->state, group->id);
    state_set(&kept->creator, user);
    map_del(&kept->managers, user);
    keep(visit, group->id);
    const struct app_change change = { OPERATION_TRANSFERRED, group->id, STR_NONE, &user,
                                       1 };
    return app_change_tell(visit, &change);
}

static bool change_managers(struct visit *visit, bool adds)
{
    struct str users[MANAGERS_MAX];
    size_t count;
    const struct group *group = read_own_group(visit, false);
    if (!group || !visit_ids(visit, "memberIds", MANAGERS_MAX, users, &count))
        return false;
    struct app_group *kept = state_app_group(&visit->box->state, group->id);
    if (adds && !are_members(group, users, count))
        return visit_refuse(visit, 200, APP_REFUSED, "They are not in the group.");
    if (adds && kept->managers.len + count > MANAGERS_MAX)
        return visit_refuse(visit, 200, APP_REFUSED, "A group has at most 10 managers.");
    for (size_t i = 0; i < count; i++) {
        if (adds)
            map_set(&kept->managers, users[i], kept);
        else
            map_del(&kept->managers, users[i]);
    }
    keep(visit, group->id);
    const struct app_change change = { adds ? OPERATION_MANAGER_ADDED
                                            : OPERATION_MANAGER_REMOVED,
                                       group->id, STR_NONE, users, count };
    return app_change_tell(visit, &change);
}

static bool set_manager(struct visit *visit)
{
    return change_managers(visit, true);
}

static bool remove_manager(struct visit *visit)
{
    return change_managers(visit, false);
}

static bool rename_group(struct visit *visit)
{
    struct str name;
    const struct group *group = read_own_group(visit, true);
    if (!group || !visit_text(visit, "name", NAME_MAX_BYTES, &name))
        return false;
    if (name.len == 0)
        return visit_refuse(visit, 400, APP_PARAMETER, "name is missing.");
    const struct app_change change = { OPERATION_RENAMED, group->id, name, NULL, 0 };
    return app_change_make(visit, "/group/refresh.json", &change, name);
}

static bool set_bulletin(struct visit *visit)
{
    struct str text;
    const struct group *group = read_own_group(visit, true);
    if (!group || !visit_text(visit, "bulletin", BULLETIN_MAX, &text))
        return false;
    struct app_group *kept = state_app_group(&visit->box->state, group->id);
    state_set(&kept->bulletin, text);
    kept->bulletin_ms = visit->now;
    keep(visit, group->id);
    const struct app_change change = { OPERATION_BULLETIN, group->id, text, NULL, 0 };
    return app_change_tell(visit, &change);
}

static bool mute_all(struct visit *visit)
{
    struct str users[MUTES_MAX];
    size_t count = 0;
    const struct group *group = read_own_group(visit, true);
    bool on = json_int(json_get(visit->body, "muteStatus"), 0) == 1;
    if (!group || (json_size(json_get(visit->body, "userId")) > 0 &&
                   !visit_ids(visit, "userId", MUTES_MAX, users, &count)))
        return false;
    const struct app_change exempt = { OPERATION_MUTED_ALL, group->id, STR_NONE, users,
                                       count };
    const struct app_change all = { OPERATION_MUTED_ALL, group->id, STR_NONE, NULL, 0 };
    if ((count > 0 && !visit_api(visit, "/group/user/ban/whitelist/add.json",
                                 app_change_body(&exempt))) ||
        !visit_api(visit, on ? "/group/ban/add.json" : "/group/ban/rollback.json",
                   app_change_body(&all)))
        return false;
    app_feed_number(visit->box, app_change_news(visit, &all), "muteStatus", on);
    return true;
}

static bool mute(struct visit *visit)
{
    struct str users[MUTES_MAX];
    size_t count;
    const struct group *group = read_own_group(visit, true);
    int64_t minutes = json_int(json_get(visit->body, "minute"), -2);
    if (!group || !visit_ids(visit, "memberIds", MUTES_MAX, users, &count))
        return false;
    if (minutes < -1 || minutes > MINUTES_MAX)
        return visit_refuse(visit, 400, APP_PARAMETER, "minute is -1 to 43200.");
    const struct app_change change = { OPERATION_MUTED, group->id, STR_NONE, users,
                                       count };
    struct json *body = app_change_body(&change);
    if (minutes >= 0)
        json_add_int(body, "minute", minutes);
    if (!visit_api(visit,
                   minutes < 0 ? "/group/user/gag/rollback.json"
                               : "/group/user/gag/add.json",
                   body))
        return false;
    app_feed_number(visit->box, app_change_news(visit, &change), "minute", minutes);
    return true;
}

static void add_group(struct visit *visit, struct json *one, const struct group *group)
{
    const struct app_group *kept = map_get(&visit->box->state.app_groups, group->id);
    json_add_str(one, "id", group->id);
    json_add_str(one, "name", group->name);
    json_add_str(one, "portraitUri", kept ? kept->portrait : STR(""));
    json_add_str(one, "creatorId", kept ? kept->creator : STR(""));
    json_add_str(one, "bulletin", kept ? kept->bulletin : STR(""));
    json_add_int(one, "memberCount", (int64_t)group->count);
    json_add_int(one, "maxMemberCount", MEMBERS_MAX);
    json_add_int(one, "isMute", group->banned);
}

static bool my_groups(struct visit *visit)
{
    struct json *list = visit_list(visit);
    struct str id;
    void *value;
    for (size_t at = 0; map_next(&visit_me(visit)->groups, &at, &id, &value);)
        add_group(visit, json_add(list, NULL, json_object()), value);
    return true;
}

/* The group of the path, for its members. */
static const struct group *find_group(struct visit *visit)
{
    const struct group *group = state_find_group(&visit->box->state, visit->id);
    if (group && group_has(group, visit->account->user))
        return group;
    visit_refuse(visit, 200, APP_REFUSED, "Only group members can perform this action.");
    return NULL;
}

static bool one_group(struct visit *visit)
{
    const struct group *group = find_group(visit);
    if (group)
        add_group(visit, visit->result, group);
    return group;
}

static bool members(struct visit *visit)
{
    const struct group *group = find_group(visit);
    if (!group)
        return false;
    struct json *list = visit_list(visit);
    for (size_t i = 0; i < group->count; i++) {
        const struct member *member = &group->members[i];
        struct json *one = json_add(list, NULL, json_object());
        json_add_int(one, "role", role_of(visit, group->id, member->user->id));
        json_add_int(one, "createdTime", member->joined_ms);
        visit_add_user(one, "user", visit->box, member->user->id);
    }
    return true;
}

static bool get_bulletin(struct visit *visit)
{
    struct buf id;
    buf_init(&id, STATE_ID_MAX + 1);
    if (server_param(visit->query, "groupId", &id))
        visit->id = box_copy(visit->box, buf_str(&id));
    buf_clear(&id);
    const struct group *group = find_group(visit);
    if (!group)
        return false;
    const struct app_group *kept = map_get(&visit->box->state.app_groups, group->id);
    json_add_str(visit->result, "groupId", group->id);
    json_add_str(visit->result, "content", kept ? kept->bulletin : STR(""));
    json_add_int(visit->result, "timestamp", kept ? kept->bulletin_ms : 0);
    return true;
}

const struct visit_page visit_group_pages[] = {
    { "GET", "/user/groups", my_groups, false },
    { "POST", "/group/create", create, false },
    { "POST", "/group/add", add, false },
    { "POST", "/group/join", join, false },
    { "POST", "/group/kick", kick, false },
    { "POST", "/group/quit", quit, false },
    { "POST", "/group/dismiss", dismiss, false },
    { "POST", "/group/transfer", transfer, false },
    { "POST", "/group/set_manager", set_manager, false },
    { "POST", "/group/remove_manager", remove_manager, false },
    { "POST", "/group/rename", rename_group, false },
    { "POST", "/group/set_bulletin", set_bulletin, false },
    { "GET", "/group/get_bulletin", get_bulletin, false },
    { "POST", "/group/mute_all", mute_all, false },
    { "POST", "/group/mute", mute, false },
    { "GET", "/group/{}", one_group, false },
    { "GET", "/group/{}/members", members, false },
    { NULL, NULL, NULL, false },
};
