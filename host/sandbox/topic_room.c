/* Chatrooms: join, leave, pull, who is there (wire.md F.7). */
#include "base/mem.h"
#include "sandbox/answers.h"
#include "sandbox/post.h"
#include "sandbox/rooms.h"
#include "sandbox/topics.h"

#define PULL_MOST 200
#define INFO_MOST 200

enum { BAN_ALL = 1, BAN_ME = 2, BAN_ROOM = 4 };

static int write_joined(struct ask *ask, const struct room *room, int64_t joined)
{
    struct chrm_output answer = { 0 };
    int64_t state = room->banned ? BAN_ROOM : 0;
    state |= ask->user->rooms_muted_until > ask->now ? BAN_ALL : 0;
    state |= gag_holds(&room->gags, ask->user->id, ask->now) ? BAN_ME : 0;
    pb_put(answer, chrm_output, nothing, 1);
    pb_put(answer, chrm_output, join_time, joined);
    pb_put(answer, chrm_output, create_time, room->created_ms);
    pb_put(answer, chrm_output, member_count, (int64_t)room->members.len);
    pb_put(answer, chrm_output, chatroom_ban_state, state);
    pb_put(answer, chrm_output, white_list_state,
           map_get(&room->white, ask->user->id) != NULL);
    return ask_write(ask, &chrm_output_type, &answer);
}

static int topic_join(struct ask *ask)
{
    struct str id = ask->frame->target;
    if (!state_id_ok(id))
        return STATUS_BAD;
    struct room *room = rooms_open(ask->box, id, ask->now);
    if (gag_holds(&room->blocks, ask->user->id, ask->now))
        return STATUS_ROOM_KICKED;
    return write_joined(ask, room, rooms_join(ask->conn, room, ask->now));
}

static int topic_join_existing(struct ask *ask)
{
    struct room *room = state_find_room(&ask->box->state, ask->frame->target);
    if (!room)
        return STATUS_NO_ROOM;
    if (gag_holds(&room->blocks, ask->user->id, ask->now))
        return STATUS_ROOM_KICKED;
    return write_joined(ask, room, rooms_join(ask->conn, room, ask->now));
}

static int topic_exit(struct ask *ask)
{
    struct room *room = state_find_room(&ask->box->state, ask->frame->target);
    struct chrm_output answer = { 0 };
    if (!room)
        return STATUS_NO_ROOM;
    if (!map_get(&room->members, ask->user->id))
        return STATUS_NOT_IN_ROOM;
    rooms_leave(ask->conn, room);
    pb_put(answer, chrm_output, nothing, 1);
    return ask_write(ask, &chrm_output_type, &answer);
}

/* The member's own messages are left out of later pulls: the SDK would show them twice.
 */
static bool wanted(struct ask *ask, const struct message *message, bool first)
{
    return message && !message->recalled && (first || !post_is_own(message, ask->user));
}

/* Where a pull starts: after the cursor, or the last `count` at the first one. */
static size_t start(struct ask *ask, const struct room *room,
                    const struct chrm_pull_msg *want)
{
    const struct log *log = &room->log;
    if (want->sync_time > 0)
        return log_after(log, &ask->box->mail, want->sync_time);
    size_t count = want->count < 0 ? 0 : (size_t)want->count;
    return log->len > count ? log->len - count : 0;
}

static int topic_pull(struct ask *ask)
{
    struct chrm_pull_msg want;
    struct chrm_down_stream_messages answer = { 0 };
    const struct room *room = state_find_room(&ask->box->state, ask->frame->target);
    struct str *list = arena_alloc(&ask->box->arena, PULL_MOST * sizeof *list);
    struct str packed;
    size_t count = 0;
    if (!ask_read(ask, &chrm_pull_msg_type, &want) || !list)
        return STATUS_BAD;
    if (!room)
        return STATUS_NO_ROOM;
    if (!map_get(&room->members, ask->user->id))
        return STATUS_NOT_IN_ROOM;
    int64_t seen = want.sync_time;
    size_t at = start(ask, room, &want);
    for (; at < room->log.len && count < PULL_MOST; at++) {
        const struct message *message = log_at(&room->log, &ask->box->mail, at);
        if (wanted(ask, message, want.sync_time <= 0))
            list[count] = ask_form(ask, message);
        else
            list[count] = STR_NONE;
        count += list[count].at != NULL;
        if (message && message->time > seen)
            seen = message->time;
    }
    if (at >= room->log.len && room->log.last_ms > seen)
        seen = room->log.last_ms;
    if (count)
        pb_put_list(answer, chrm_down_stream_messages, list, list, count);
    pb_put(answer, chrm_down_stream_messages, sync_time, seen ? seen : ask->now);
    int status = ask_write(ask, &chrm_down_stream_messages_type, &answer);
    if (status == STATUS_OK && ask_pack(ask, want.compress_enabled, &packed)) {
        pb_drop(answer, chrm_down_stream_messages, list);
        pb_put(answer, chrm_down_stream_messages, compress_enabled, true);
        pb_put(answer, chrm_down_stream_messages, compressed_data, packed);
        status = ask_write(ask, &chrm_down_stream_messages_type, &answer);
    }
    return status;
}

/* Who is there. */

static int by_order(const void *a, const void *b)
{
    const struct sitter *x = *(struct sitter *const *)a, *y = *(struct sitter *const *)b;
    return x->order < y->order ? -1 : x->order > y->order;
}

static int topic_info(struct ask *ask)
{
    struct query_chat_room_info_input want;
    struct query_chat_room_info_output answer = { 0 };
    const struct room *room = state_find_room(&ask->box->state, ask->frame->target);
    if (!ask_read(ask, &query_chat_room_info_input_type, &want))
        return STATUS_BAD;
    if (!room)
        return STATUS_NO_ROOM;
    size_t total = room->members.len, at = 0, walk = 0;
    size_t most =
        want.count < 0 ? 0 : (size_t)(want.count > INFO_MOST ? INFO_MOST : want.count);
    struct sitter **all = mem_alloc((total + 1) * sizeof *all);
    struct chrm_member list[INFO_MOST] = { 0 };
    struct str id;
    void *value;
    while (map_next(&room->members, &walk, &id, &value))
        all[at++] = value;
    qsort(all, total, sizeof *all, by_order);
    for (at = 0; at < total && at < most; at++) {
        const struct sitter *sitter = all[want.order == 2 ? total - 1 - at : at];
        pb_put(list[at], chrm_member, time, sitter->joined_ms);
        pb_put(list[at], chrm_member, id, sitter->user->id);
    }
    free(all);
    pb_put(answer, query_chat_room_info_output, user_total_nums, (int64_t)total);
    if (at)
        pb_put_list(answer, query_chat_room_info_output, user_infos, list, at);
    return ask_write(ask, &query_chat_room_info_output_type, &answer);
}

const struct topic room_topics[] = {
    { "chrmPull", topic_pull },           { "joinChrm", topic_join },
    { "joinChrmR", topic_join_existing }, { "exitChrm", topic_exit },
    { "queryChrmI", topic_info },         { NULL, NULL },
};
