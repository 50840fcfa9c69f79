/* outbox: see the header. */
#include "im/outbox.h"

#include "base/clock.h"
#include "base/die.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "im/outbox_inside.h"

#include <string.h>

#define ASK_AGAIN_MS 5000

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
    enum entry_state from = entry->state;
    entry->state = state;
    entry->asked = false;
    outbox->changed = true;
    if (entry->give_up_ms < outbox->due_ms)
        outbox->due_ms = entry->give_up_ms;
    /* One that is sent again stands somewhere before those never sent. */
    if (state == ENTRY_READY)
        outbox->next_ready = outbox->first;
    if (entry->lane)
        lane_change(entry, from);
}

bool entry_same_conversation(const struct entry *a, const struct entry *b)
{
    return a->row.type == b->row.type && str_eq(a->row.target, b->row.target);
}

void entry_wait_until(struct entry *entry, int64_t until_ms)
{
    if (until_ms < entry->give_up_ms)
        entry->give_up_ms = until_ms;
    if (until_ms < entry->outbox->due_ms)
        entry->outbox->due_ms = until_ms;
}

/* Copies the row's strings into memory of the entry's own. */
struct entry *entry_new(struct outbox *outbox, const struct outbox_row *row,
                        int64_t age_ms)
{
    struct entry *entry = MEM_NEW(struct entry);
    struct str *strings[] = { &entry->row.key, &entry->row.topic, &entry->row.target,
                              &entry->row.payload };
    entry->outbox = outbox;
    entry->row = *row;
    entry->row.uid = entry->row.record = STR_NONE;
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
    entry->number = ++outbox->number;
    entry->expires_ms = entry->give_up_ms = INT64_MAX;
    if (outbox->max_age_ms > 0)
        entry->expires_ms = clock_mono_ms() + outbox->max_age_ms - age_ms;
    entry_wait_until(entry, entry->expires_ms);
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
    if (entry->lane)
        lane_go(entry);
    loop_timer_stop(outbox->loop, &entry->timer);
    if (entry->post)
        server_api_cancel(entry->post);
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
        entry->outbox->counts.acknowledged++;
    }
    /* Taken out first: who is told may send, close or cancel others. */
    entry_unlink(entry);
    outbox_calls_done(&entry->calls, &sent);
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
        if (why->code == ERR_REFUSED)
            entry->outbox->counts.refused++;
        else
            entry->outbox->counts.given_up++;
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
    die_at("answer");
    if (answer && answer->status == 0) {
        governor_message_went_well(entry->outbox->line);
        entry_done(entry, answer->uid, answer->time_ms);
        die_at("answered");
    } else if (entry->found) {
        entry_done(entry, str_from(entry->uid), entry->row.sent_ms);
    } else if (answer && governor_is_too_fast(answer->status)) {
        governor_message_too_fast(entry->outbox->line);
        entry_set_state(entry, ENTRY_READY);
    } else if (answer) {
        err_refused(&err, answer->status, "refused by the server (%d)", answer->status);
        entry_fail(entry, &err);
    } else {
        entry_set_state(entry, ENTRY_UNSURE);
        /* After a lost link the search begins when the next one is up. */
        if (why->code == ERR_TIMEOUT) {
            entry->silences++;
            entry->outbox->events.on_search(entry->outbox->arg);
        }
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

enum governor_answer entry_ask(const struct entry *entry)
{
    bool to_group = entry->row.type == CONVERSATION_GROUP;
    return governor_message(entry->outbox->line, to_group ? entry->row.target : STR_NONE);
}

void entry_leave(struct entry *entry)
{
    struct outbox *outbox = entry->outbox;
    if (entry->status_only) {
        link_publish(outbox->link, entry->row.topic, entry->row.target,
                     entry->row.payload, 0, NULL, NULL);
        entry_done(entry, STR_NONE, outbox->events.server_ms(outbox->arg));
        return;
    }
    die_at("leaving");
    entry_set_state(entry, ENTRY_LEFT);
    die_later("left");
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

/* In the order they were queued, for as long as the governor lets them. */
static void leave_in_order(struct outbox *outbox)
{
    struct entry *first_left_behind = NULL;
    struct entry *entry = outbox->next_ready;
    while (entry && outbox->left < OUTBOX_LEFT_MAX) {
        struct entry *next = entry->next;
        if (entry->state == ENTRY_READY) {
            bool stays = (outbox->unsure > 0 || first_left_behind) && is_held_up(entry);
            if (!stays && entry_ask(entry) != GOVERNOR_GO) {
                lanes_start(outbox);
                return;
            }
            if (!stays)
                entry_leave(entry);
            else if (!first_left_behind)
                first_left_behind = entry;
        }
        entry = next;
    }
    outbox->next_ready = first_left_behind ? first_left_behind : entry;
}

static void on_expiry(void *arg);

/* Whatever stays behind is given up in time. */
static void watch_age(struct outbox *outbox)
{
    if (outbox->count == outbox->left || outbox->due_ms == INT64_MAX ||
        (loop_timer_runs(&outbox->expiry) && outbox->expiry.due_ms <= outbox->due_ms))
        return;
    loop_timer_start(outbox->loop, &outbox->expiry, outbox->due_ms - clock_mono_ms(),
                     on_expiry, outbox);
}

void outbox_committed(struct outbox *outbox)
{
    if (!outbox->changed)
        return;
    outbox->changed = false;
    if (outbox->api) {
        outbox_post(outbox);
    } else if (!outbox->link || !link_accepted(outbox->link)) {
        drop_status_messages(outbox);
    } else {
        if (!outbox->lanes.on)
            leave_in_order(outbox);
        if (outbox->lanes.on)
            lanes_leave(outbox);
    }
    watch_age(outbox);
}

void outbox_room(struct outbox *outbox)
{
    outbox->changed = true;
}

/* Ends what has waited too long. What is on the wire is left to its answer, what is being
 * asked for to that answer. */
static void on_expiry(void *arg)
{
    struct outbox *outbox = arg;
    struct err late = { 0 }, unknown = { 0 };
    int64_t now_ms = clock_mono_ms();
    err_set(&late, ERR_TIMEOUT, "it could not leave in time and never will");
    err_set(&unknown, ERR_UNKNOWN, "nobody could tell in time whether it was delivered");
    outbox->due_ms = INT64_MAX;
    for (struct entry *entry = outbox->first, *next; entry; entry = next) {
        next = entry->next;
        bool ready = entry->state == ENTRY_READY;
        int64_t due_ms = ready ? entry->give_up_ms : entry->expires_ms;
        if (entry->state == ENTRY_LEFT)
            continue;
        if (entry->querying && due_ms <= now_ms)
            due_ms = now_ms + ASK_AGAIN_MS;
        if (due_ms <= now_ms)
            entry_fail(entry, ready ? &late : &unknown);
        else if (due_ms < outbox->due_ms)
            outbox->due_ms = due_ms;
    }
    outbox->changed = true;
}

/* ---- life ---- */

static void take_row(void *arg, const struct outbox_row *row)
{
    const struct outbox *outbox = arg;
    int64_t age_ms = outbox->events.server_ms(outbox->arg) - row->created_ms;
    struct entry *entry = entry_new(arg, row, age_ms > 0 ? age_ms : 0);
    entry_set_state(entry, ENTRY_UNSURE);
}

struct outbox *outbox_new(const struct outbox_options *options,
                          const struct outbox_events *events, void *arg, struct err *err)
{
    struct outbox *outbox = MEM_NEW(struct outbox);
    outbox->loop = options->loop;
    outbox->store = options->store;
    outbox->line = options->line;
    outbox->max_age_ms = options->max_age_ms;
    outbox->api = options->api;
    outbox->user = str_dup(options->user);
    outbox->due_ms = INT64_MAX;
    outbox->events = *events;
    outbox->arg = arg;
    outbox->counter = (uint32_t)random_u64();
    call_list_init(&outbox->recorded);
    buf_init(&outbox->payload, (size_t)1 << 20);
    buf_init(&outbox->row_bytes, (size_t)2 << 20);
    lists_init(&outbox->lists);
    if (outbox_rows_each(outbox->store, take_row, outbox, err))
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
    lanes_stop(outbox);
    loop_timer_stop(outbox->loop, &outbox->expiry);
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

struct account_counts outbox_counts(const struct outbox *outbox)
{
    return outbox->counts;
}
