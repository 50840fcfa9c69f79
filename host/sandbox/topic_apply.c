/* Into hosted groups: joining, inviting, and the consent they may need (wire.md F.8). */
#include "sandbox/applications.h"
#include "sandbox/paging.h"
#include "sandbox/topic_group.h"

#include <stdlib.h>

#define LIST_OF_APPLICATIONS 2
#define AS_MANAGER 1

/* Somebody's consent that is missing is no failure. */
static int finish(struct ask *ask, int status)
{
    return status == STATUS_OK || status == STATUS_GROUP_WAITS ||
                   status == STATUS_INVITEE_WAITS
               ? ask_done(ask, status)
               : status;
}

static int topic_join(struct ask *ask)
{
    struct channels_members_input in;
    int status;
    if (!ask_read(ask, &channels_members_input_type, &in))
        return STATUS_BAD;
    struct group *group = ask_find_group(ask, in.target_id, false, &status);
    return group ? finish(ask, applications_ask(ask->box, group, ask->user)) : status;
}

static int topic_invite(struct ask *ask)
{
    struct channels_members_input in;
    int status;
    if (!ask_read(ask, &channels_members_input_type, &in) ||
        in.user_ids.count > ASK_USERS_MAX)
        return STATUS_BAD;
    struct group *group = ask_find_group(ask, in.target_id, true, &status);
    if (!group)
        return status;
    if (!hosted_may(group, hosted_role(group, ask->user->id), "memInvitePerm"))
        return STATUS_NO_INVITING;
    for (size_t i = 0; i < in.user_ids.count; i++) {
        struct user *user = state_find_user(&ask->box->state, in.user_ids.at[i]);
        int one =
            user ? applications_invite(ask->box, group, user, ask->user) : STATUS_OK;
        if (one != STATUS_OK)
            status = one;
    }
    return finish(ask, status);
}

static int topic_answer(struct ask *ask)
{
    struct channels_member_response_input in;
    int status;
    if (!ask_read(ask, &channels_member_response_input_type, &in))
        return STATUS_BAD;
    bool as_manager = in.opt_type == AS_MANAGER;
    struct group *group = ask_find_group(ask, in.target_id, as_manager, &status);
    return group ? finish(ask, applications_answer(ask->box, group, ask->user, as_manager,
                                                   &in))
                 : status;
}

/* ---- the list ---- */

struct seen {
    const struct group *group;
    const struct application *application;
};

static int by_time(const void *a, const void *b)
{
    int64_t one = ((const struct seen *)a)->application->time_ms;
    int64_t other = ((const struct seen *)b)->application->time_ms;
    return one < other ? -1 : one > other;
}

/* What the user may see in all groups, the oldest first; at most `most` are written. */
static size_t find_seen(struct ask *ask, struct seen *list, size_t most)
{
    struct str id, key;
    void *group, *value;
    size_t count = 0;
    for (size_t at = 0; map_next(&ask->box->state.groups, &at, &id, &group);) {
        struct hosting *hosting = ((struct group *)group)->hosting;
        for (size_t i = 0;
             hosting && map_next(&hosting->applications, &i, &key, &value);) {
            if (!applications_is_for(ask->box, group, value, ask->user))
                continue;
            if (count < most)
                list[count] = (struct seen){ group, value };
            count++;
        }
    }
    return count;
}

static int topic_list(struct ask *ask)
{
    struct channels_query_input in;
    struct channels_invite_status_infos infos = { 0 };
    struct page page;
    if (!ask->box->limits.hosting)
        return STATUS_NOT_ENABLED;
    if (!ask_read(ask, &channels_query_input_type, &in))
        return STATUS_BAD;
    size_t count = find_seen(ask, NULL, 0);
    struct seen *list = arena_alloc(&ask->box->arena, (count + 1) * sizeof *list);
    struct str *places = arena_alloc(&ask->box->arena, (count + 1) * sizeof *places);
    struct channels_invite_status_info *out =
        arena_alloc(&ask->box->arena, PAGE_MOST * sizeof *out);
    if (!list || !places || !out)
        return STATUS_BAD;
    find_seen(ask, list, count);
    qsort(list, count, sizeof *list, by_time);
    bool newest_first = in.page && in.page->order == 1;
    for (size_t i = 0; i < count; i++) {
        const struct seen *one = &list[newest_first ? count - 1 - i : i];
        places[i] = str_of((const char *)one, sizeof *one);
    }
    if (!page_of(in.page, places, count, &page))
        return STATUS_BAD;
    for (size_t i = 0; i < page.count; i++) {
        const struct seen *one = (const struct seen *)page.ids[i].at;
        if (!applications_describe(ask->box, one->group, one->application, ask->user,
                                   &out[i]))
            return STATUS_BAD;
    }
    pb_put_list(infos, channels_invite_status_infos, list, out, page.count);
    buf_reset(&ask->box->scratch);
    if (!pb_encode(&channels_invite_status_infos_type, &infos, &ask->box->scratch, NULL))
        return STATUS_BAD;
    return page_answer(ask, &page, LIST_OF_APPLICATIONS, buf_str(&ask->box->scratch));
}

const struct topic apply_topics[] = {
    { "channelMemJoin", topic_join },
    { "channelMemInvite", topic_invite },
    { "channelApplyResp", topic_answer },
    { "qChannelApplyList", topic_list },
    { NULL, NULL },
};
