/* The group service: groups that RongCloud keeps (wire.md F.8). */
#include "sandbox/topic_group.h"
#include "base/mem.h"
#include "sandbox/hosted.h"
#include "sandbox/paging.h"
#include "sandbox/save.h"

#define NICKNAME_MAX 256
#define EXTRA_MAX 512 /* 128 characters */
#define SETTINGS_MAX 32
#define VALUE_MAX 1024
#define LIST_OF_MEMBERS 1
#define LIST_OF_GROUPS 3

struct group *ask_find_group(struct ask *ask, struct str id, bool mine, int *status)
{
    struct group *group = state_find_group(&ask->box->state, id);
    *status = STATUS_OK;
    if (!ask->box->limits.hosting)
        *status = STATUS_NOT_ENABLED;
    else if (!group)
        *status = STATUS_NO_GROUP;
    else if (!group->hosting)
        *status = STATUS_NOT_HOSTED;
    else if (mine && !group_has(group, ask->user->id))
        *status = STATUS_NO_MEMBER;
    return *status == STATUS_OK ? group : NULL;
}

int ask_done(struct ask *ask, int process_code)
{
    struct channels_output answer = { 0 };
    pb_put(answer, channels_output, operate_time, ask->now);
    pb_put(answer, channels_output, process_code, process_code);
    return ask_write(ask, &channels_output_type, &answer);
}

static int role_here(const struct ask *ask, const struct group *group)
{
    return hosted_role(group, ask->user->id);
}

static bool set_profile(struct group *group, const struct profile_info *list,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].key.len == 0 || list[i].key.len > STATE_ID_MAX ||
            list[i].value.len > VALUE_MAX * 4 || count > SETTINGS_MAX ||
            group->hosting->profile.len > SETTINGS_MAX)
            return false;
        group_set(group, list[i].key, list[i].value);
    }
    return true;
}

/* ---- life of a group ---- */

static int topic_create(struct ask *ask)
{
    struct channels_input in;
    struct state *state = &ask->box->state;
    if (!ask->box->limits.hosting)
        return STATUS_NOT_ENABLED;
    if (!ask_read(ask, &channels_input_type, &in) || !state_id_ok(in.target_id) ||
        in.users.count > ASK_USERS_MAX || in.setting_profile.count > SETTINGS_MAX)
        return STATUS_BAD;
    if (state_find_group(state, in.target_id))
        return STATUS_GROUP_EXISTS;
    struct group *group = state_group(state, in.target_id, ask->now);
    group_host(group, ask->user->id);
    if (!set_profile(group, in.setting_profile.at, in.setting_profile.count)) {
        state_del_group(state, group);
        return STATUS_BAD;
    }
    group_add(group, ask->user, ask->now);
    for (size_t i = 0; i < in.users.count; i++) {
        struct user *user = state_find_user(state, in.users.at[i]);
        if (user)
            group_add(group, user, ask->now);
    }
    save_group(ask->box, group);
    hosted_tell(ask->box, group,
                &(struct group_news){ EVENT_GROUP, GROUP_CREATED, ask->user, NULL, 0 });
    return ask_done(ask, STATUS_OK);
}

static int topic_update(struct ask *ask)
{
    struct channels_input in;
    int status;
    if (!ask_read(ask, &channels_input_type, &in))
        return STATUS_BAD;
    struct group *group = ask_find_group(ask, in.target_id, true, &status);
    if (!group)
        return status;
    if (!hosted_may(group, role_here(ask, group), "profilePerm"))
        return STATUS_GROUP_RIGHT;
    if (!set_profile(group, in.setting_profile.at, in.setting_profile.count))
        return STATUS_BAD;
    save_group(ask->box, group);
    hosted_tell(ask->box, group,
                &(struct group_news){ EVENT_GROUP_PROFILE, 0, ask->user, NULL, 0 });
    return ask_done(ask, STATUS_OK);
}

static int topic_dismiss(struct ask *ask)
{
    struct modify_channels_input in;
    int status;
    if (!ask_read(ask, &modify_channels_input_type, &in))
        return STATUS_BAD;
    struct group *group = ask_find_group(ask, in.target_id, true, &status);
    if (!group)
        return status;
    if (role_here(ask, group) != ROLE_OWNER)
        return STATUS_GROUP_RIGHT;
    hosted_dismiss(ask->box, group, ask->user);
    return ask_done(ask, STATUS_OK);
}

/* ---- members ---- */

static int topic_kick(struct ask *ask)
{
    struct modify_channels_input in;
    int status;
    if (!ask_read(ask, &modify_channels_input_type, &in) || in.users.count == 0 ||
        in.users.count > ASK_USERS_MAX)
        return STATUS_BAD;
    struct group *group = ask_find_group(ask, in.target_id, true, &status);
    if (!group)
        return status;
    int role = role_here(ask, group);
    if (!hosted_may(group, role, "removePerm"))
        return STATUS_GROUP_RIGHT;
    for (size_t i = 0; i < in.users.count; i++) {
        int theirs = hosted_role(group, in.users.at[i]);
        if (theirs == ROLE_NONE)
            return STATUS_NO_MEMBER;
        if (theirs == ROLE_OWNER)
            return STATUS_GROUP_OWNER;
        if (theirs >= role)
            return STATUS_GROUP_RIGHT;
    }
    for (size_t i = 0; i < in.users.count; i++)
        hosted_remove(ask->box, group, state_user(&ask->box->state, in.users.at[i]),
                      ask->user, GROUP_KICKED);
    return ask_done(ask, STATUS_OK);
}

static int topic_quit(struct ask *ask)
{
    struct modify_channels_input in;
    int status;
    if (!ask_read(ask, &modify_channels_input_type, &in))
        return STATUS_BAD;
    struct group *group = ask_find_group(ask, in.target_id, true, &status);
    if (!group)
        return status;
    if (role_here(ask, group) == ROLE_OWNER)
        return STATUS_GROUP_OWNER;
    hosted_remove(ask->box, group, ask->user, ask->user, GROUP_QUIT);
    return ask_done(ask, STATUS_OK);
}

static int topic_transfer(struct ask *ask)
{
    struct modify_channels_input in;
    int status;
    if (!ask_read(ask, &modify_channels_input_type, &in) || in.users.count != 1)
        return STATUS_BAD;
    struct group *group = ask_find_group(ask, in.target_id, true, &status);
    if (!group)
        return status;
    if (role_here(ask, group) != ROLE_OWNER)
        return STATUS_GROUP_RIGHT;
    struct user *next = state_find_user(&ask->box->state, in.users.at[0]);
    if (!next || !group_has(group, next->id))
        return STATUS_NO_MEMBER;
    map_del(&group->hosting->managers, next->id);
    group_host(group, next->id);
    save_group(ask->box, group);
    hosted_tell(
        ask->box, group,
        &(struct group_news){ EVENT_GROUP, GROUP_OWNER_CHANGED, ask->user, &next, 1 });
    if (in.setting_info && in.setting_info->is_quit)
        hosted_remove(ask->box, group, ask->user, ask->user, GROUP_QUIT);
    return ask_done(ask, STATUS_OK);
}

static int topic_managers(struct ask *ask)
{
    struct modify_channels_input in;
    int status;
    if (!ask_read(ask, &modify_channels_input_type, &in) || in.users.count == 0 ||
        in.users.count > ASK_USERS_MAX || (in.operate_type != 1 && in.operate_type != 2))
        return STATUS_BAD;
    struct group *group = ask_find_group(ask, in.target_id, true, &status);
    if (!group)
        return status;
    if (role_here(ask, group) != ROLE_OWNER)
        return STATUS_GROUP_RIGHT;
    struct user *users[ASK_USERS_MAX];
    bool add = in.operate_type == 1;
    for (size_t i = 0; i < in.users.count; i++) {
        int theirs = hosted_role(group, in.users.at[i]);
        if (theirs == ROLE_NONE)
            return STATUS_NO_MEMBER;
        if (theirs == ROLE_OWNER)
            return STATUS_GROUP_OWNER;
        if (!add && theirs != ROLE_MANAGER)
            return STATUS_NO_MANAGER;
        users[i] = state_user(&ask->box->state, in.users.at[i]);
    }
    for (size_t i = 0; i < in.users.count; i++) {
        if (add)
            map_set(&group->hosting->managers, users[i]->id, group);
        else
            map_del(&group->hosting->managers, users[i]->id);
    }
    save_group(ask->box, group);
    struct group_news news = { EVENT_GROUP,
                               add ? GROUP_MANAGER_ADDED : GROUP_MANAGER_REMOVED,
                               ask->user, users, in.users.count };
    hosted_tell(ask->box, group, &news);
    return ask_done(ask, STATUS_OK);
}

/* Who may: by memProfilePerm the owner, managers and oneself; the owner and oneself; only
 * oneself. */
static bool may_set_card(const struct ask *ask, const struct group *group,
                         struct str user)
{
    struct str wanted = group_setting(group, "memProfilePerm");
    int role = role_here(ask, group);
    if (str_eq(user, ask->user->id))
        return true;
    if (str_eq(wanted, STR("2")))
        return false;
    return role == ROLE_OWNER || (role == ROLE_MANAGER && !str_eq(wanted, STR("1")));
}

static int topic_card(struct ask *ask)
{
    struct channels_member_update_input in;
    int status;
    if (!ask_read(ask, &channels_member_update_input_type, &in) ||
        in.channel_nick_name.len > NICKNAME_MAX || in.additional.len > EXTRA_MAX)
        return STATUS_BAD;
    struct group *group = ask_find_group(ask, in.target_id, true, &status);
    if (!group)
        return status;
    if (!group_has(group, in.user_id))
        return STATUS_NO_MEMBER;
    if (!may_set_card(ask, group, in.user_id))
        return STATUS_GROUP_RIGHT;
    hosted_set_card(ask->box, group, state_user(&ask->box->state, in.user_id), ask->user,
                    in.channel_nick_name, in.additional);
    return ask_done(ask, STATUS_OK);
}

/* ---- lists ---- */

static int answer_members(struct ask *ask, const struct group *group,
                          const struct page *page)
{
    struct channels_user_infos infos = { 0 };
    struct channels_user_info *list =
        arena_alloc(&ask->box->arena, PAGE_MOST * sizeof *list);
    for (size_t i = 0; list && i < page->count; i++) {
        const struct user *user = state_find_user(&ask->box->state, page->ids[i]);
        const struct channels_user_info *one =
            hosted_describe_member(ask->box, group, user);
        if (!one)
            return STATUS_BAD;
        list[i] = *one;
    }
    pb_put_list(infos, channels_user_infos, list, list, page->count);
    buf_reset(&ask->box->scratch);
    if (!list || !pb_encode(&channels_user_infos_type, &infos, &ask->box->scratch, NULL))
        return STATUS_BAD;
    return page_answer(ask, page, LIST_OF_MEMBERS, buf_str(&ask->box->scratch));
}

/* Members by role (0: any), in joining order; or, of `ids`, those who are members. */
static int list_members(struct ask *ask, bool by_id)
{
    struct channels_query_input in;
    struct page page;
    int status;
    if (!ask_read(ask, &channels_query_input_type, &in) || in.ids.count > ASK_USERS_MAX)
        return STATUS_BAD;
    const struct group *group = ask_find_group(ask, in.target_id, true, &status);
    if (!group)
        return status;
    size_t most = by_id ? in.ids.count : group->count, count = 0;
    struct str *ids = arena_alloc(&ask->box->arena, (most + 1) * sizeof *ids);
    for (size_t i = 0; ids && i < most; i++) {
        struct str id = by_id ? in.ids.at[i] : group->members[i].user->id;
        int role = hosted_role(group, id);
        if (role != ROLE_NONE && (by_id || in.role_type == 0 || role == in.role_type))
            ids[count++] = id;
    }
    if (!ids || !page_of(in.page, ids, count, &page))
        return STATUS_BAD;
    return answer_members(ask, group, &page);
}

static int topic_members(struct ask *ask)
{
    return list_members(ask, false);
}

static int topic_some_members(struct ask *ask)
{
    return list_members(ask, true);
}

static int answer_groups(struct ask *ask, const struct page *page)
{
    struct channels_joined_infos infos = { 0 };
    struct channels_joined_info *list =
        arena_alloc(&ask->box->arena, PAGE_MOST * sizeof *list);
    for (size_t i = 0; list && i < page->count; i++) {
        const struct group *group = state_find_group(&ask->box->state, page->ids[i]);
        const struct channels_joined_info *one =
            hosted_describe(ask->box, group, ask->user);
        if (!one)
            return STATUS_BAD;
        list[i] = *one;
    }
    pb_put_list(infos, channels_joined_infos, list, list, page->count);
    buf_reset(&ask->box->scratch);
    if (!list ||
        !pb_encode(&channels_joined_infos_type, &infos, &ask->box->scratch, NULL))
        return STATUS_BAD;
    return page_answer(ask, page, LIST_OF_GROUPS, buf_str(&ask->box->scratch));
}

static int topic_info(struct ask *ask)
{
    struct multi_channels in;
    struct page page = { .count = 0 };
    if (!ask->box->limits.hosting)
        return STATUS_NOT_ENABLED;
    if (!ask_read(ask, &multi_channels_type, &in) || in.list.count > PAGE_MOST)
        return STATUS_BAD;
    for (size_t i = 0; i < in.list.count; i++) {
        const struct group *group =
            state_find_group(&ask->box->state, in.list.at[i].target_id);
        if (group && group->hosting)
            page.ids[page.count++] = group->id;
    }
    page.total = page.count;
    return answer_groups(ask, &page);
}

/* The groups I am in, by my role (0: any), or those of `ids`. */
static int list_joined(struct ask *ask, bool by_id)
{
    struct channels_query_input in;
    struct page page, all;
    if (!ask->box->limits.hosting)
        return STATUS_NOT_ENABLED;
    if (!ask_read(ask, &channels_query_input_type, &in) || in.ids.count > ASK_USERS_MAX)
        return STATUS_BAD;
    if (by_id) {
        if (!page_of(NULL, in.ids.at, in.ids.count, &all))
            return STATUS_BAD;
    } else if (!page_of_map(ask, in.page, &ask->user->groups, &all)) {
        return STATUS_BAD;
    }
    page = all;
    page.count = 0;
    for (size_t i = 0; i < all.count; i++) {
        const struct group *group = state_find_group(&ask->box->state, all.ids[i]);
        int role = group && group->hosting ? role_here(ask, group) : ROLE_NONE;
        if (role != ROLE_NONE && (by_id || in.role_type == 0 || role == in.role_type))
            page.ids[page.count++] = group->id;
    }
    return answer_groups(ask, &page);
}

static int topic_joined(struct ask *ask)
{
    return list_joined(ask, false);
}

static int topic_some_joined(struct ask *ask)
{
    return list_joined(ask, true);
}

const struct topic group_topics[] = {
    { "channelCreate", topic_create },
    { "upChannelInfo", topic_update },
    { "channelDismiss", topic_dismiss },
    { "channelMemKick", topic_kick },
    { "channelMemQuit", topic_quit },
    { "channelTransfer", topic_transfer },
    { "upChannelManager", topic_managers },
    { "upChannelMem", topic_card },
    { "qChannelMem", topic_members },
    { "qChannelSpeMem", topic_some_members },
    { "qChannelInfo", topic_info },
    { "qChannelMemJoin", topic_joined },
    { "qChannelMemSpeJoin", topic_some_joined },
    { NULL, NULL },
};
