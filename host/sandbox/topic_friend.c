/* Friends kept by the cloud (wire.md F.9); events about them and groups. */
#include "base/mem.h"
#include "sandbox/answers.h"
#include "sandbox/friends.h"
#include "sandbox/paging.h"
#include "sandbox/save.h"
#include "sandbox/topics.h"

#define EVENTS_PAGE 100
#define TEXT_MAX 256
#define LIST_OF_FRIENDS 11
#define LIST_OF_REQUESTS 12
#define FRIENDS_MAX 100

/* ---- events ---- */

static int topic_events(struct ask *ask)
{
    struct query_msg_change in;
    struct events_answer answer = { 0 };
    struct user *user = ask->user;
    struct str list[EVENTS_PAGE];
    size_t count = 0, at = 0;
    int64_t newest = ask->now;
    if (!ask_read(ask, &query_msg_change_type, &in))
        return STATUS_BAD;
    /* The list of a first answer is thrown away by the official client. */
    while (at < user->event_count &&
           (in.sync_time == 0 || user->events[at].time_ms <= in.sync_time))
        at++;
    for (; at < user->event_count && count < EVENTS_PAGE; at++)
        list[count++] = user->events[at].bytes;
    if (user->events_ms > newest)
        newest = user->events_ms;
    user->events_ms = newest; /* what happens next is later than this answer */
    if (at < user->event_count)
        newest = user->events[at - 1].time_ms;
    if (count)
        pb_put_list(answer, events_answer, list, list, count);
    pb_put(answer, events_answer, sync_time, newest);
    pb_put(answer, events_answer, has_next, at < user->event_count);
    return ask_write(ask, &events_answer_type, &answer);
}

/* ---- friends ---- */

/* Whom a request names; NULL with the status of the answer in *status. */
static struct user *read_other(struct ask *ask, struct friend_input *in, int *status)
{
    struct user *other = NULL;
    *status = STATUS_BAD;
    if (!ask->box->limits.hosting)
        *status = STATUS_NOT_ENABLED;
    else if (ask_read(ask, &friend_input_type, in) && in->info.len <= TEXT_MAX)
        other = state_find_user(&ask->box->state, in->target_id);
    return other;
}

static int topic_add(struct ask *ask)
{
    struct friend_input in;
    struct channels_output answer = { 0 };
    int status;
    struct user *other = read_other(ask, &in, &status);
    if (!other)
        return status;
    status = friends_ask(ask->box, ask->user, other, in.info);
    if (status != STATUS_OK && status != STATUS_FRIEND_WAITS)
        return status;
    pb_put(answer, channels_output, operate_time, ask->now);
    pb_put(answer, channels_output, process_code, status);
    return ask_write(ask, &channels_output_type, &answer);
}

static int topic_handle(struct ask *ask)
{
    struct friend_input in;
    int status;
    struct user *other = read_other(ask, &in, &status);
    if (!other)
        return status;
    if (in.type != 1 && in.type != 2)
        return STATUS_BAD;
    return friends_answer(ask->box, ask->user, other, in.type == 1) ? STATUS_OK
                                                                    : STATUS_NO_REQUEST;
}

static bool read_others(struct ask *ask, struct friends_input *in, int *status)
{
    *status = ask->box->limits.hosting ? STATUS_BAD : STATUS_NOT_ENABLED;
    return ask->box->limits.hosting && ask_read(ask, &friends_input_type, in) &&
           in->target_id.count > 0 && in->target_id.count <= FRIENDS_MAX;
}

static int topic_remove(struct ask *ask)
{
    struct friends_input in;
    int status;
    if (!read_others(ask, &in, &status))
        return status;
    for (size_t i = 0; i < in.target_id.count; i++) {
        struct user *other = state_find_user(&ask->box->state, in.target_id.at[i]);
        if (other)
            friends_remove(ask->box, ask->user, other);
    }
    return STATUS_OK;
}

static int topic_check(struct ask *ask)
{
    struct friends_input in;
    struct friends_check_output answer = { 0 };
    struct friend_check_output list[FRIENDS_MAX] = { 0 };
    int status;
    if (!read_others(ask, &in, &status))
        return status;
    for (size_t i = 0; i < in.target_id.count; i++) {
        bool both = map_get(&ask->user->friends, in.target_id.at[i]) != NULL;
        pb_put(list[i], friend_check_output, target_id, in.target_id.at[i]);
        pb_put(list[i], friend_check_output, status, both ? 3 : 0);
    }
    pb_put_list(answer, friends_check_output, list, list, in.target_id.count);
    return ask_write(ask, &friends_check_output_type, &answer);
}

static void fill_friend(struct friend_user_info *out, const struct user *other,
                        const struct friend *one)
{
    pb_put(*out, friend_user_info, user_id, other->id);
    pb_put(*out, friend_user_info, relation_time, one->since_ms);
    pb_put(*out, friend_user_info, friend_type, 2);
    pb_put(*out, friend_user_info, flag, 0);
    pb_put(*out, friend_user_info, remark_name, one->remark);
    pb_put(*out, friend_user_info, name, other->name);
    pb_put(*out, friend_user_info, portrait_url, other->portrait);
}

static bool fill_friends(struct ask *ask, const struct page *page, struct buf *out)
{
    struct friend_user_infos infos = { 0 };
    struct friend_user_info list[PAGE_MOST] = { 0 };
    for (size_t i = 0; i < page->count; i++)
        fill_friend(&list[i], state_find_user(&ask->box->state, page->ids[i]),
                    map_get(&ask->user->friends, page->ids[i]));
    pb_put_list(infos, friend_user_infos, list, list, page->count);
    return pb_encode(&friend_user_infos_type, &infos, out, NULL);
}

static bool fill_requests(struct ask *ask, const struct page *page, struct buf *out)
{
    struct friend_invite_infos infos = { 0 };
    struct friend_invite_info list[PAGE_MOST] = { 0 };
    for (size_t i = 0; i < page->count; i++) {
        const struct user *other = state_find_user(&ask->box->state, page->ids[i]);
        const struct request *one = map_get(&ask->user->requests, page->ids[i]);
        pb_put(list[i], friend_invite_info, user_id, other->id);
        pb_put(list[i], friend_invite_info, name, other->name);
        pb_put(list[i], friend_invite_info, portrait_url, other->portrait);
        pb_put(list[i], friend_invite_info, type, one->received ? 2 : 1);
        pb_put(list[i], friend_invite_info, status, one->status);
        pb_put(list[i], friend_invite_info, operate_time, one->time_ms);
        pb_put(list[i], friend_invite_info, info, one->text);
        pb_put(list[i], friend_invite_info, friend_type, 2);
    }
    pb_put_list(infos, friend_invite_infos, list, list, page->count);
    return pb_encode(&friend_invite_infos_type, &infos, out, NULL);
}

static int topic_query(struct ask *ask)
{
    struct friend_query_input in;
    struct page page;
    if (!ask->box->limits.hosting)
        return STATUS_NOT_ENABLED;
    if (!ask_read(ask, &friend_query_input_type, &in))
        return STATUS_BAD;
    bool requests = in.query_type == LIST_OF_REQUESTS;
    const struct map *all = requests ? &ask->user->requests : &ask->user->friends;
    if (!page_of_map(ask, in.page, all, &page))
        return STATUS_BAD;
    buf_reset(&ask->box->scratch);
    if (!(requests ? fill_requests : fill_friends)(ask, &page, &ask->box->scratch))
        return STATUS_BAD;
    return page_answer(ask, &page, requests ? LIST_OF_REQUESTS : LIST_OF_FRIENDS,
                       buf_str(&ask->box->scratch));
}

static int topic_infos(struct ask *ask)
{
    struct friends_list_input in;
    struct friend_user_infos answer = { 0 };
    struct friend_user_info list[FRIENDS_MAX] = { 0 };
    size_t count = 0;
    if (!ask->box->limits.hosting)
        return STATUS_NOT_ENABLED;
    if (!ask_read(ask, &friends_list_input_type, &in) || in.target_id.count > FRIENDS_MAX)
        return STATUS_BAD;
    for (size_t i = 0; i < in.target_id.count; i++) {
        const struct friend *one = map_get(&ask->user->friends, in.target_id.at[i]);
        if (one)
            fill_friend(&list[count++],
                        state_find_user(&ask->box->state, in.target_id.at[i]), one);
    }
    pb_put_list(answer, friend_user_infos, list, list, count);
    return ask_write(ask, &friend_user_infos_type, &answer);
}

static int topic_remark(struct ask *ask)
{
    struct friend_profile_input in;
    struct friend_profile_output answer = { 0 };
    if (!ask->box->limits.hosting)
        return STATUS_NOT_ENABLED;
    if (!ask_read(ask, &friend_profile_input_type, &in) || in.remark_name.len > TEXT_MAX)
        return STATUS_BAD;
    struct friend *one = map_get(&ask->user->friends, in.target_id);
    if (!one)
        return STATUS_NOT_FRIENDS;
    state_set(&one->remark, in.remark_name);
    save_user(ask->box, ask->user);
    return ask_write(ask, &friend_profile_output_type, &answer);
}

static int topic_set_level(struct ask *ask)
{
    struct friend_level_set in;
    if (!ask->box->limits.hosting)
        return STATUS_NOT_ENABLED;
    if (!ask_read(ask, &friend_level_set_type, &in) || in.level < FRIEND_FREE ||
        in.level > FRIEND_NOBODY)
        return STATUS_BAD;
    ask->user->friend_level = (int)in.level;
    save_user(ask->box, ask->user);
    return STATUS_OK;
}

static int topic_get_level(struct ask *ask)
{
    struct friend_input in;
    struct friend_level_set answer = { 0 };
    int status;
    const struct user *other = read_other(ask, &in, &status);
    if (!other)
        return status;
    pb_put(answer, friend_level_set, level,
           other->friend_level ? other->friend_level : FRIEND_ASK);
    return ask_write(ask, &friend_level_set_type, &answer);
}

const struct topic friend_topics[] = {
    { "pullEventChange", topic_events },
    { "friendAdd", topic_add },
    { "friendHandle", topic_handle },
    { "friendDel", topic_remove },
    { "friendCheck", topic_check },
    { "friendsQuery", topic_query },
    { "friendsInfoQry", topic_infos },
    { "friendSetPf", topic_remark },
    { "friendAuthSet", topic_set_level },
    { "friendAuthGet", topic_get_level },
    { NULL, NULL },
};
