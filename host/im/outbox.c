/* outbox: see the header. */
#include "im/outbox.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/random.h"
#include "im/outbox_inside.h"
#include "proto/messages.h"
#include "store/cursors.h"

#include <stdio.h>
#include <string.h>

#define CONTENT_LIMIT 131072
#define NAME_MAX_BYTES 256
#define ENTRIES_MAX 10000
#define SIZE_LIMIT ((size_t)64 << 20)
#define LEFT_MAX 1000 /* on the wire at a time */
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
    struct sent sent = { str_from(call->uid), call->sent_ms };
    account_sent_fn *done = call->done;
    void *done_arg = call->arg;
    struct err why = call->why;
    call_remove(&call->base);
    free(call);
    done(done_arg, why.code ? NULL : &sent, why.code ? &why : NULL);
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

static struct outbox_call *call_new(struct outbox *outbox, account_sent_fn *done, void *arg)
{
    struct outbox_call *call = MEM_NEW(struct outbox_call);
    call->base.cancel = call_forget;
    call->base.fail = call_fail;
    call->outbox = outbox;
    call->done = done;
    call->arg = arg;
    return call;
}

/* ---- entries ---- */

static bool is_unsure(enum entry_state state)
{
    return state == ENTRY_UNSURE || state == ENTRY_HISTORY;
}

void entry_set_state(struct entry *entry, enum entry_state state)
{
    struct outbox *outbox = entry->outbox;
    outbox->left -= entry->state == ENTRY_LEFT;
    outbox->left += state == ENTRY_LEFT;
    outbox->unsure -= is_unsure(entry->state);
    outbox->unsure += is_unsure(state);
    entry->state = state;
    entry->asked = false;
    outbox->changed = true;
    /* One that is sent again stands somewhere before those never sent. */
    if (state == ENTRY_READY)
        outbox->next_ready = outbox->first;
}

bool entry_same_conversation(const struct entry *a, const struct entry *b)
{
    return a->row.type == b->row.type && str_eq(a->row.target, b->row.target);
}

/* Copies the row's strings into memory of the entry's own. */
static struct entry *entry_new(struct outbox *outbox, const struct outbox_row *row)
{
    struct entry *entry = MEM_NEW(struct entry);
    struct str *strings[] = { &entry->row.key, &entry->row.topic, &entry->row.target,
                              &entry->row.payload };
    entry->outbox = outbox;
    entry->row = *row;
    entry->row.uid = STR_NONE;
    for (size_t i = 0; i < 4; i++)
        entry->size += strings[i]->len;
    char *at = entry->bytes = mem_alloc(entry->size + 1);
    for (size_t i = 0; i < 4; i++) {
        if (strings[i]->len > 0)
            memcpy(at, strings[i]->at, strings[i]->len);
        strings[i]->at = at;
        at += strings[i]->len;
    }
    call_list_init(&entry->calls);
    entry->before = outbox->last;
    if (outbox->last)
        outbox->last->next = entry;
    else
        outbox->first = entry;
    outbox->last = entry;
    if (!outbox->next_ready)
        outbox->next_ready = entry;
    outbox->count++;
    outbox->size += entry->size;
    outbox->changed = true;
    return entry;
}

static void entry_unlink(struct entry *entry)
{
    struct outbox *outbox = entry->outbox;
    outbox->left -= entry->state == ENTRY_LEFT;
    outbox->unsure -= is_unsure(entry->state);
    outbox->changed = true;
    if (outbox->next_ready == entry)
        outbox->next_ready = entry->next;
    if (entry->before)
        entry->before->next = entry->next;
    else
        outbox->first = entry->next;
    if (entry->next)
        entry->next->before = entry->before;
    else
        outbox->last = entry->before;
    outbox->count--;
    outbox->size -= entry->size;
    loop_timer_stop(outbox->loop, &entry->timer);
}

static void entry_free(struct entry *entry)
{
    entry_unlink(entry);
    free(entry->bytes);
    free(entry);
}

void entry_done(struct entry *entry, struct str uid, int64_t sent_ms)
{
    struct sent sent = { uid, sent_ms };
    if (!entry->status_only) {
        entry->row.state = OUTBOX_DONE;
        entry->row.uid = uid;
        entry->row.sent_ms = sent_ms;
        outbox_rows_finish(entry->outbox->store, &entry->row);
    }
    /* Taken out first: who is told may send, close or cancel others. */
    entry_unlink(entry);
    struct account_call *base;
    while ((base = call_first(&entry->calls))) {
        struct outbox_call *call = (struct outbox_call *)base;
        account_sent_fn *done = call->done;
        void *arg = call->arg;
        call_forget(base);
        done(arg, &sent, NULL);
    }
    free(entry->bytes);
    free(entry);
}

void entry_fail(struct entry *entry, const struct err *why)
{
    if (!entry->status_only) {
        entry->row.state = OUTBOX_FAILED;
        entry->row.code = (int)why->code;
        entry->row.status = why->status;
        outbox_rows_finish(entry->outbox->store, &entry->row);
    }
    log_debug(LOG_IM, "send to=%.*s failed: %s", STR_ARG(entry->row.target), why->text);
    entry_unlink(entry);
    call_list_fail(&entry->calls, why);
    free(entry->bytes);
    free(entry);
}

/* ---- leaving and answers ---- */

static void on_puback(void *arg, const struct link_answer *answer, const struct err *why)
{
    struct entry *entry = arg;
    struct err err = { 0 };
    if (answer && answer->status == 0) {
        entry_done(entry, answer->uid, answer->time_ms);
    } else if (entry->found) {
        entry_done(entry, str_from(entry->uid), entry->row.sent_ms);
    } else if (answer) {
        err_refused(&err, answer->status, "refused by the server (%d)", answer->status);
        entry_fail(entry, &err);
    } else {
        entry_set_state(entry, ENTRY_UNSURE);
        /* A lost link is searched when the next one is up. */
        if (why->code == ERR_TIMEOUT)
            entry->outbox->events.on_search(entry->outbox->arg);
    }
}

/* A message of the same conversation stands before it and has not left. */
static bool is_held_up(const struct entry *entry)
{
    for (const struct entry *e = entry->outbox->first; e != entry; e = e->next) {
        if (e->state != ENTRY_LEFT && entry_same_conversation(e, entry))
            return true;
    }
    return false;
}

static void leave(struct entry *entry)
{
    struct outbox *outbox = entry->outbox;
    if (entry->status_only) {
        link_publish(outbox->link, entry->row.topic, entry->row.target, entry->row.payload,
                     0, NULL, NULL);
        entry_done(entry, STR_NONE, outbox->events.server_ms(outbox->arg));
        return;
    }
    entry_set_state(entry, ENTRY_LEFT);
    entry->attempts++;
    link_publish(outbox->link, entry->row.topic, entry->row.target, entry->row.payload,
                 entry->timeout_ms, on_puback, entry);
}

/* Status messages are worth nothing later. */
static void drop_status_messages(struct outbox *outbox)
{
    struct err why = { 0 };
    err_set(&why, ERR_NETWORK, "not connected");
    for (struct entry *entry = outbox->first, *next; entry; entry = next) {
        next = entry->next;
        if (entry->status_only)
            entry_fail(entry, &why);
    }
}

void outbox_committed(struct outbox *outbox)
{
    if (!outbox->changed)
        return;
    if (!outbox->link || !link_accepted(outbox->link)) {
        drop_status_messages(outbox);
        outbox->changed = false;
        return;
    }
    struct entry *first_left_behind = NULL;
    struct entry *entry = outbox->next_ready;
    while (entry && outbox->left < LEFT_MAX) {
        struct entry *next = entry->next;
        if (entry->state == ENTRY_READY) {
            bool stays = (outbox->unsure > 0 || first_left_behind) && is_held_up(entry);
            if (!stays)
                leave(entry);
            else if (!first_left_behind)
                first_left_behind = entry;
        }
        entry = next;
    }
    outbox->next_ready = first_left_behind ? first_left_behind : entry;
    outbox->changed = false;
}

/* ---- queueing ---- */

/* 51 bits: low 32 of the clock, a counter of 11, 8 random ones (wire.md F.2). */
static int64_t unique_id(struct outbox *outbox)
{
    uint64_t clock = (uint64_t)clock_wall_ms() & 0xffffffffu;
    uint64_t count = ++outbox->counter & 0x7ffu;
    return (int64_t)(clock << 19 | count << 8 | random_below(256));
}

static bool check(const struct outgoing *message, struct err *err)
{
    if (message->type != CONVERSATION_PRIVATE && message->type != CONVERSATION_GROUP &&
        message->type != CONVERSATION_CHATROOM)
        return err_set(err, ERR_UNSUPPORTED, "cannot send to conversation type %d",
                       (int)message->type);
    if (message->target.len == 0 || message->target.len > NAME_MAX_BYTES)
        return err_set(err, ERR_ARGUMENT, "the target has %zu bytes, want 1 to %d",
                       message->target.len, NAME_MAX_BYTES);
    if (message->object_name.len == 0 || message->object_name.len > NAME_MAX_BYTES)
        return err_set(err, ERR_ARGUMENT, "the object name has %zu bytes, want 1 to %d",
                       message->object_name.len, NAME_MAX_BYTES);
    if (message->content.len > CONTENT_LIMIT)
        return err_set(err, ERR_LIMIT, "the content has %zu bytes, at most %d are allowed",
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
           (message->mention ? UP_MENTION : 0);
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
    pb_put(up, up_stream_message, bus_channel, STR(""));
    pb_put(up, up_stream_message, option_bits, 0);
    buf_reset(&outbox->payload);
    return pb_encode(&up_stream_message_type, &up, &outbox->payload, err);
}

/* The call of a send whose key was used before: it reports what the first one did. */
static struct account_call *join(struct outbox *outbox, const struct outbox_row *row,
                                 account_sent_fn *done, void *arg)
{
    struct outbox_call *call = call_new(outbox, done, arg);
    if (row->state == OUTBOX_WAITING) {
        for (struct entry *entry = outbox->first; entry; entry = entry->next) {
            if (entry->row.row == row->row && !entry->status_only) {
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

struct account_call *outbox_send(struct outbox *outbox, const struct outgoing *message,
                                 account_sent_fn *done, void *arg, struct err *err)
{
    struct outbox_row row = { 0 };
    if (!check(message, err))
        return NULL;
    if (!message->status_only && find_key(outbox, message->key, &row))
        return join(outbox, &row, done, arg);
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
        .cursor_ms = cursors_get(outbox->store).outbox,
        .created_ms = outbox->events.server_ms(outbox->arg),
        .findable = (bits & UP_STORED) && message->to_user_count == 0 &&
                    message->type != CONVERSATION_CHATROOM,
    };
    if (!encode(outbox, message, bits, row.client_unique_id, err))
        return NULL;
    row.payload = buf_str(&outbox->payload);
    if (!message->status_only)
        outbox_rows_add(outbox->store, &row);
    struct entry *entry = entry_new(outbox, &row);
    entry->status_only = message->status_only;
    entry->timeout_ms = message->timeout_ms;
    struct outbox_call *call = call_new(outbox, done, arg);
    call_add(&entry->calls, &call->base);
    return &call->base;
}

/* ---- life ---- */

static void take_row(void *arg, const struct outbox_row *row)
{
    struct entry *entry = entry_new(arg, row);
    entry_set_state(entry, ENTRY_UNSURE);
}

struct outbox *outbox_new(struct loop *loop, struct store *store,
                          const struct outbox_events *events, void *arg, struct err *err)
{
    struct outbox *outbox = MEM_NEW(struct outbox);
    outbox->loop = loop;
    outbox->store = store;
    outbox->events = *events;
    outbox->arg = arg;
    outbox->counter = (uint32_t)random_u64();
    call_list_init(&outbox->recorded);
    buf_init(&outbox->payload, (size_t)1 << 20);
    buf_init(&outbox->row_bytes, (size_t)2 << 20);
    lists_init(&outbox->lists);
    if (outbox_rows_each(store, take_row, outbox, err))
        return outbox;
    outbox_free(outbox);
    return NULL;
}

void outbox_free(struct outbox *outbox)
{
    struct err closed = { 0 };
    if (!outbox)
        return;
    err_set(&closed, ERR_CLOSED, "the account was closed");
    while (outbox->first) {
        struct entry *entry = outbox->first;
        call_list_fail(&entry->calls, &closed);
        entry_free(entry);
    }
    call_list_fail(&outbox->recorded, &closed);
    buf_clear(&outbox->payload);
    buf_clear(&outbox->row_bytes);
    lists_clear(&outbox->lists);
    free(outbox->user);
    free(outbox);
}

void outbox_up(struct outbox *outbox, struct link *link, struct str user)
{
    outbox->link = link;
    free(outbox->user);
    outbox->user = str_dup(user);
    outbox->changed = true;
}

void outbox_down(struct outbox *outbox)
{
    outbox->link = NULL;
    for (struct entry *entry = outbox->first; entry; entry = entry->next) {
        entry->asked = entry->querying = false;
        loop_timer_stop(outbox->loop, &entry->timer);
        if (entry->state == ENTRY_HISTORY)
            entry_set_state(entry, ENTRY_UNSURE);
    }
}

size_t outbox_depth(const struct outbox *outbox)
{
    return outbox->count;
}
