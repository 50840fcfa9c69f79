/* Conversations: the list, removing from it, settings (wire.md F.6). */
#include "sandbox/answers.h"
#include "sandbox/conversations.h"
#include "sandbox/settings.h"
#include "sandbox/topics.h"

#include <stdlib.h>

#define LIST_MOST 1000
#define LIST_SOME_MOST 100 /* by name */

struct list_want {
    const int64_t *types; /* count 0: all */
    size_t type_count;
    int64_t count, start_time;
    bool oldest_first, compress;
    const struct relation_op_input *only; /* if any, none but these */
    size_t only_count;
};

static bool is_named(const struct list_want *want, const struct conversation_row *row)
{
    for (size_t i = 0; i < want->only_count; i++) {
        if (want->only[i].conversation_type == row->type &&
            str_eq(want->only[i].conversation_id, row->target))
            return true;
    }
    return want->only_count == 0;
}

static bool in_range(const struct list_want *want, const struct conversation_row *row)
{
    bool type_ok = want->type_count == 0;
    for (size_t i = 0; i < want->type_count; i++)
        type_ok |= want->types[i] == row->type;
    if (!type_ok)
        return false;
    if (want->oldest_first)
        return want->start_time <= 0 || row->last->time > want->start_time;
    return want->start_time <= 0 || row->last->time < want->start_time;
}

static int write_list(struct ask *ask, const struct list_want *want,
                      struct conversation_rows *rows)
{
    struct relation_rows answer = { 0 };
    size_t most =
        want->count > 0 && want->count < LIST_MOST ? (size_t)want->count : LIST_MOST;
    struct relation_row *list = arena_alloc(&ask->box->arena, most * sizeof *list);
    struct str packed;
    size_t count = 0, left = 0;
    int64_t pulled = 0;
    if (!list)
        return STATUS_BAD;
    for (size_t i = 0; i < rows->count; i++) {
        const struct conversation_row *row =
            &rows->at[want->oldest_first ? rows->count - 1 - i : i];
        if (!is_named(want, row) || !in_range(want, row))
            continue;
        struct str message = count < most ? ask_form(ask, row->last) : STR_NONE;
        if (!message.at) {
            left++;
            continue;
        }
        struct relation_row *one = &list[count++];
        pb_put(*one, relation_row, type, row->type);
        pb_put(*one, relation_row, user_id, row->target);
        pb_put(*one, relation_row, msg, message);
        pb_put(*one, relation_row, bus_channel, STR(""));
        pb_put(*one, relation_row, version_time, row->last->time);
        pulled = row->last->time;
    }
    if (count)
        pb_put_list(answer, relation_rows, info, list, count);
    pb_put(answer, relation_rows, is_finished, left == 0);
    pb_put(answer, relation_rows, pull_time, pulled ? pulled : ask->now);
    int status = ask_write(ask, &relation_rows_type, &answer);
    if (status == STATUS_OK && ask_pack(ask, want->compress, &packed)) {
        pb_drop(answer, relation_rows, info);
        pb_put(answer, relation_rows, compress_enabled, true);
        pb_put(answer, relation_rows, compressed_data, packed);
        status = ask_write(ask, &relation_rows_type, &answer);
    }
    return status;
}

static int answer_list(struct ask *ask, const struct list_want *want)
{
    struct conversation_rows rows;
    conversations_list(ask->box, ask->user, &rows);
    int status = write_list(ask, want, &rows);
    free(rows.at);
    return status;
}

static int topic_list(struct ask *ask)
{
    struct relation_qry_input in;
    if (!ask_read(ask, &relation_qry_input_type, &in))
        return STATUS_BAD;
    struct list_want want = {
        .types = in.channel_type.at,
        .type_count = in.channel_type.count,
        .count = in.count,
        .start_time = in.start_time,
        .oldest_first = in.order == 1,
        .compress = in.compress_enabled,
    };
    if (want.type_count == 0 && pb_has(in, relation_qry_input, type)) {
        want.types = &in.type;
        want.type_count = 1;
    }
    return answer_list(ask, &want);
}

/* SDK v2 always sends type 1 and means all. */
static int topic_list_v2(struct ask *ask)
{
    struct relations_input in;
    if (!ask_read(ask, &relations_input_type, &in))
        return STATUS_BAD;
    struct list_want want = { .count = in.count, .start_time = in.start_time };
    return answer_list(ask, &want);
}

/* Some conversations by name, with the last message of each. */
static int topic_some(struct ask *ask)
{
    struct relation_del_batch_req in;
    if (!ask_read(ask, &relation_del_batch_req_type, &in) || in.relation.count == 0 ||
        in.relation.count > LIST_SOME_MOST)
        return STATUS_BAD;
    return answer_list(ask, &(struct list_want){ .only = in.relation.at,
                                                 .only_count = in.relation.count });
}

static int topic_remove(struct ask *ask)
{
    struct relation_del_batch_req in;
    if (!ask_read(ask, &relation_del_batch_req_type, &in))
        return STATUS_BAD;
    for (size_t i = 0; i < in.relation.count; i++) {
        const struct relation_op_input *one = &in.relation.at[i];
        if (one->conversation_id.len > STATE_ID_MAX)
            continue;
        struct mark *mark =
            state_mark(ask->user, (int)one->conversation_type, one->conversation_id);
        mark->removed_ms = settings_newest(ask->user, ask->now);
        if (in.clean_msg)
            mark->cleaned_ms = mark->removed_ms;
    }
    return STATUS_OK;
}

static int topic_remove_v2(struct ask *ask)
{
    struct relations_input in;
    struct str target = ask->frame->target;
    if (!ask_read(ask, &relations_input_type, &in) || target.len > STATE_ID_MAX)
        return STATUS_BAD;
    state_mark(ask->user, (int)in.type, target)->removed_ms =
        settings_newest(ask->user, ask->now);
    return STATUS_OK;
}

/* Settings. */

static int topic_set(struct ask *ask)
{
    struct session_state_modify_req in;
    struct session_state_modify_resp answer = { 0 };
    struct user *user = ask->user;
    if (!ask_read(ask, &session_state_modify_req_type, &in))
        return STATUS_BAD;
    settings_next(user, ask->now);
    for (size_t i = 0; i < in.state.count; i++) {
        const struct session_state *state = &in.state.at[i];
        if (state->channel_id.len > STATE_ID_MAX)
            continue;
        struct mark *mark = state_mark(user, (int)state->type, state->channel_id);
        mark->changed_ms = user->marks_ms;
        for (size_t k = 0; k < state->state_item.count; k++)
            settings_set(mark, state->state_item.at[k].session_state_type,
                         state->state_item.at[k].value);
    }
    settings_announce(ask->box, user, ask->conn);
    pb_put(answer, session_state_modify_resp, version, user->marks_ms);
    pb_put(answer, session_state_modify_resp, update_version, true);
    return ask_write(ask, &session_state_modify_resp_type, &answer);
}

static size_t add_item(struct session_state_item *items, size_t count, int type,
                       struct str value, int64_t time)
{
    if (!value.at)
        return count;
    pb_put(items[count], session_state_item, session_state_type, type);
    pb_put(items[count], session_state_item, value, value);
    pb_put(items[count], session_state_item, time, time);
    return count + 1;
}

static bool put_state(struct ask *ask, struct session_state *state, struct str key,
                      const struct mark *mark)
{
    struct session_state_item *items = arena_alloc(&ask->box->arena, 2 * sizeof *items);
    ptrdiff_t slash = str_index(key, '/');
    int64_t type;
    if (!items || slash < 0 || !str_to_i64(str_sub(key, 0, (size_t)slash), &type))
        return false;
    pb_put(*state, session_state, type, type);
    pb_put(*state, session_state, channel_id, str_sub(key, (size_t)slash + 1, key.len));
    pb_put(*state, session_state, time, mark->changed_ms);
    size_t count = add_item(items, 0, SETTING_SILENT, mark->silent, mark->changed_ms);
    count = add_item(items, count, SETTING_TOP, mark->top, mark->changed_ms);
    if (count)
        pb_put_list(*state, session_state, state_item, items, count);
    return true;
}

static int topic_get(struct ask *ask)
{
    struct session_req in;
    struct session_states answer = { 0 };
    struct session_state *list;
    struct str key;
    void *value;
    size_t count = 0, at = 0;
    if (!ask_read(ask, &session_req_type, &in))
        return STATUS_BAD;
    list = arena_alloc(&ask->box->arena, (ask->user->marks.len + 1) * sizeof *list);
    if (!list)
        return STATUS_BAD;
    while (map_next(&ask->user->marks, &at, &key, &value)) {
        const struct mark *mark = value;
        if (mark->changed_ms > in.time && put_state(ask, &list[count], key, mark))
            count++;
    }
    pb_put(answer, session_states, version,
           ask->user->marks_ms > in.time ? ask->user->marks_ms : in.time);
    if (count)
        pb_put_list(answer, session_states, state, list, count);
    return ask_write(ask, &session_states_type, &answer);
}

const struct topic list_topics[] = {
    { "qryRelationR", topic_list },     { "qryRelation", topic_list_v2 },
    { "qryRLBatch", topic_some },       { "delRelationBatch", topic_remove },
    { "delRelation", topic_remove_v2 }, { "setSeAtt", topic_set },
    { "pullSeAtts", topic_get },        { NULL, NULL },
};
