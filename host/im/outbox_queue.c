/*
 * outbox_queue: how a message gets into the outbox, and who waits for its fate: the first
 * part of im/outbox.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "base/random.h"
#include "im/outbox_inside.h"
#include "proto/messages.h"
#include "store/cursors.h"

#include <stdio.h>

#define CONTENT_LIMIT 131072
#define NAME_LIMIT 256
#define ENTRIES_MAX 10000
#define SIZE_LIMIT ((size_t)64 << 20)
#define CONFIG_FLAG 2 /* as the official SDK sends it (wire.md F.2) */

/* Somebody who waits for an entry, or for the record of a finished one. */
struct outbox_call {
    struct account_call base;
    struct outbox *outbox;
    account_sent_fn *done;
    void *arg;
    /* of a recorded answer */
    bool recorded;
    struct err why;
    char uid[64];
    int64_t sent_ms;
};

static void give_recorded(void *arg)
{
    struct outbox_call *call = arg;
    call_remove(&call->base);
    struct outbox_call kept = *call; /* its texts are handed on */
    struct sent sent = { str_from(kept.uid), kept.sent_ms };
    free(call);
    kept.done(kept.arg, kept.why.code ? NULL : &sent, kept.why.code ? &kept.why : NULL);
}

static void call_forget(struct account_call *base)
{
    struct outbox_call *call = (struct outbox_call *)base;
    loop_defer_cancel(call->outbox->loop, give_recorded, call);
    call_remove(base);
    free(call);
}

static void call_fail(struct account_call *base, const struct err *why)
{
    struct outbox_call *call = (struct outbox_call *)base;
    account_sent_fn *done = call->done;
    void *arg = call->arg;
    call_forget(base);
    done(arg, NULL, why);
}

static struct outbox_call *call_new(struct outbox *outbox, account_sent_fn *done,
                                    void *arg)
{
    struct outbox_call *call = MEM_NEW(struct outbox_call);
    call->base.cancel = call_forget;
    call->base.fail = call_fail;
    call->outbox = outbox;
    call->done = done;
    call->arg = arg;
    return call;
}

void outbox_calls_done(struct call_list *calls, const struct sent *sent)
{
    struct account_call *base;
    while ((base = call_first(calls))) {
        struct outbox_call *call = (struct outbox_call *)base;
        account_sent_fn *done = call->done;
        void *arg = call->arg;
        call_forget(base);
        done(arg, sent, NULL);
    }
}

/* ---- queueing ---- */

/* 51 bits: low 32 of the clock, a counter of 11, 8 random ones (wire.md F.2). */
static int64_t unique_id(struct outbox *outbox)
{
    uint64_t clock = (uint64_t)clock_wall_ms() & 0xffffffffu;
    uint64_t count = ++outbox->counter & 0x7ffu;
    /* Drawn in one go: each draw asks the system for the process's id. */
    if (outbox->chance_left == 0) {
        random_bytes(outbox->chance, sizeof(outbox->chance));
        outbox->chance_left = sizeof(outbox->chance);
    }
    return (int64_t)(clock << 19 | count << 8 | outbox->chance[--outbox->chance_left]);
}

static bool check(const struct outgoing *message, struct err *err)
{
    if (message->type != CONVERSATION_PRIVATE && message->type != CONVERSATION_GROUP &&
        message->type != CONVERSATION_CHATROOM)
        return err_set(err, ERR_UNSUPPORTED, "cannot send to conversation type %d",
                       (int)message->type);
    if (message->target.len == 0 || message->target.len > NAME_LIMIT)
        return err_set(err, ERR_ARGUMENT, "the target has %zu bytes, want 1 to %d",
                       message->target.len, NAME_LIMIT);
    if (message->object_name.len == 0 || message->object_name.len > NAME_LIMIT)
        return err_set(err, ERR_ARGUMENT, "the object name has %zu bytes, want 1 to %d",
                       message->object_name.len, NAME_LIMIT);
    if (message->content.len > CONTENT_LIMIT)
        return err_set(err, ERR_LIMIT,
                       "the content has %zu bytes, at most %d are allowed",
                       message->content.len, CONTENT_LIMIT);
    if (!str_is_utf8(message->content) || !str_is_utf8(message->target) ||
        !str_is_utf8(message->object_name))
        return err_set(err, ERR_ARGUMENT, "the message is not UTF-8");
    if (message->to_user_count > 0 && message->type != CONVERSATION_GROUP)
        return err_set(err, ERR_ARGUMENT, "only groups have directional messages");
    return true;
}

static struct str topic_of(const struct outgoing *message)
{
    if (message->type == CONVERSATION_CHATROOM)
        return STR("chatMsg");
    if (message->type == CONVERSATION_GROUP)
        return message->status_only ? STR("pgMsgS") : STR("pgMsgP");
    return message->status_only ? STR("ppMsgS") : STR("ppMsgP");
}

static int64_t session_bits(const struct outgoing *message)
{
    bool stored = true, counted = true;
    if (message->status_only)
        return 0;
    message_type_flags(message->object_name, &stored, &counted);
    if (message->stored >= 0)
        stored = message->stored != 0;
    if (message->counted >= 0)
        counted = message->counted != 0;
    return (stored ? UP_STORED : 0) | (counted ? UP_COUNTED : 0) |
           (message->mention ? UP_MENTION : 0) | (message->silent ? UP_SILENT : 0) |
           (message->expansion.len > 0 ? UP_EXPANDABLE : 0);
}

static bool encode(struct outbox *outbox, const struct outgoing *message, int64_t bits,
                   int64_t client_unique_id, struct err *err)
{
    struct up_stream_message up = { 0 };
    pb_put(up, up_stream_message, session_id, bits);
    pb_put(up, up_stream_message, object_name, message->object_name);
    pb_put(up, up_stream_message, content, message->content);
    if (message->push_text.len > 0)
        pb_put(up, up_stream_message, push_text, message->push_text);
    if (message->push_data.len > 0)
        pb_put(up, up_stream_message, app_data, message->push_data);
    if (message->to_user_count > 0)
        pb_put_list(up, up_stream_message, to_user_ids, (struct str *)message->to_users,
                    message->to_user_count);
    pb_put(up, up_stream_message, config_flag, CONFIG_FLAG);
    pb_put(up, up_stream_message, client_unique_id, client_unique_id);
    if (message->expansion.len > 0)
        pb_put(up, up_stream_message, extra_content, message->expansion);
    /* As the official SDK does: its receipts name no channel. */
    if (!str_eq(message->object_name, STR("RC:ReadNtf")))
        pb_put(up, up_stream_message, bus_channel, STR(""));
    pb_put(up, up_stream_message, option_bits, 0);
    buf_reset(&outbox->payload);
    return pb_encode(&up_stream_message_type, &up, &outbox->payload, err);
}

static void wait_at_most(struct entry *entry, int64_t wait_ms)
{
    if (wait_ms > 0)
        entry_wait_until(entry, clock_mono_ms() + wait_ms);
}

/* The call of a send whose key was used before: it reports what the first one did. */
static struct account_call *join(struct outbox *outbox, const struct outbox_row *row,
                                 int64_t wait_ms, account_sent_fn *done, void *arg)
{
    struct outbox_call *call = call_new(outbox, done, arg);
    if (row->state == OUTBOX_WAITING) {
        for (struct entry *entry = outbox->first; entry; entry = entry->next) {
            if (entry->row.row == row->row && !entry->status_only) {
                wait_at_most(entry, wait_ms);
                call_add(&entry->calls, &call->base);
                return &call->base;
            }
        }
    }
    call->recorded = true;
    call->sent_ms = row->sent_ms;
    snprintf(call->uid, sizeof(call->uid), "%.*s", STR_ARG(row->uid));
    if (row->state == OUTBOX_FAILED && row->code == ERR_REFUSED)
        err_refused(&call->why, row->status, "refused by the server (%d)", row->status);
    else if (row->state != OUTBOX_DONE)
        err_set(&call->why, row->code ? (enum err_code)row->code : ERR_UNKNOWN,
                "it failed the first time");
    call_add(&outbox->recorded, &call->base);
    loop_defer(outbox->loop, give_recorded, call);
    return &call->base;
}

static bool find_key(struct outbox *outbox, struct str key, struct outbox_row *row)
{
    if (key.len == 0)
        return false;
    if (outbox_rows_find(outbox->store, key, row, &outbox->row_bytes))
        return true;
    /* Rows of a failed transaction are only here. */
    for (struct entry *entry = outbox->first; store_failed(outbox->store) && entry;
         entry = entry->next) {
        if (str_eq(entry->row.key, key)) {
            *row = entry->row;
            return true;
        }
    }
    return false;
}

/* It is certain that nobody got it. */
static bool may_retry(const struct outbox_row *row)
{
    return row->state == OUTBOX_FAILED &&
           (row->code == ERR_REFUSED || row->code == ERR_TIMEOUT);
}

struct account_call *outbox_send(struct outbox *outbox, const struct outgoing *message,
                                 account_sent_fn *done, void *arg, struct err *err)
{
    struct outbox_row row = { 0 };
    if (!check(message, err))
        return NULL;
    if (store_lost(outbox->store)) {
        err_set(err, ERR_STORAGE, "the bot's database is damaged");
        return NULL;
    }
    if (!message->status_only && find_key(outbox, message->key, &row)) {
        if (!message->retries || !may_retry(&row))
            return join(outbox, &row, message->wait_ms, done, arg);
        outbox_rows_forget(outbox->store, row.row);
    }
    if (outbox->count >= ENTRIES_MAX || outbox->size >= SIZE_LIMIT) {
        err_set(err, ERR_LIMIT, "%zu messages wait in the outbox", outbox->count);
        return NULL;
    }
    int64_t bits = session_bits(message);
    row = (struct outbox_row){
        .key = message->status_only ? STR_NONE : message->key,
        .client_unique_id = unique_id(outbox),
        .type = (int)message->type,
        .topic = topic_of(message),
        .target = message->target,
        .record = message->record,
        .cursor_ms = cursors_get(outbox->store).outbox,
        .created_ms = outbox->events.server_ms(outbox->arg),
        .findable = (bits & UP_STORED) && message->to_user_count == 0 &&
                    message->type != CONVERSATION_CHATROOM,
    };
    row.repeat = message->repeat;
    if (!encode(outbox, message, bits, row.client_unique_id, err))
        return NULL;
    row.payload = buf_str(&outbox->payload);
    if (!message->status_only)
        outbox_rows_add(outbox->store, &row);
    struct entry *entry = entry_new(outbox, &row, 0);
    entry->status_only = message->status_only;
    entry->broadcast = message->broadcast;
    entry->timeout_ms = message->timeout_ms;
    wait_at_most(entry, message->wait_ms);
    if (outbox->lanes.on)
        lane_enter(entry);
    struct outbox_call *call = call_new(outbox, done, arg);
    call_add(&entry->calls, &call->base);
    return &call->base;
}
