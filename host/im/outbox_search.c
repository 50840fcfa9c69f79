/*
 * outbox_search: what became of messages whose answer never came: the second half of
 * im/outbox.
 */
#include "base/log.h"
#include "im/outbox_inside.h"
#include "proto/messages.h"

#include <stdio.h>
#include <string.h>

#define SILENCES_MAX 5
#define BEFORE_MS 60000 /* the server's clock may be behind what we thought */
#define PAGE 100
#define RETRY_MS 5000
#define FAILURES_MAX 5

/* Answers that say: there is no history to ask (wire.md D.3). */
enum { HISTORY_OFF = 33007, HISTORY_OFF_TOO = 25102 };

void outbox_own(struct outbox *outbox, struct str target, int64_t client_unique_id,
                struct str uid, int64_t sent_ms)
{
    for (struct entry *entry = outbox->first; entry; entry = entry->next) {
        if (entry->row.client_unique_id != client_unique_id || client_unique_id == 0 ||
            entry->status_only || !str_eq(entry->row.target, target))
            continue;
        /* Whoever waits for an answer on its behalf ends it. */
        if (entry->state == ENTRY_LEFT || entry->querying) {
            entry->found = true;
            entry->row.sent_ms = sent_ms;
            snprintf(entry->uid, sizeof(entry->uid), "%.*s", STR_ARG(uid));
        } else {
            entry_done(entry, uid, sent_ms);
        }
        return;
    }
}

int64_t outbox_search_from(struct outbox *outbox)
{
    int64_t from_ms = INT64_MAX;
    if (outbox->unsure == 0)
        return from_ms;
    for (struct entry *entry = outbox->first; entry; entry = entry->next) {
        if (entry->state != ENTRY_UNSURE)
            continue;
        entry->asked = true;
        if (entry->row.cursor_ms < from_ms)
            from_ms = entry->row.cursor_ms;
    }
    return from_ms;
}

void entry_unknown(struct entry *entry)
{
    struct err why = { 0 };
    if (entry->row.repeat) {
        entry_set_state(entry, ENTRY_READY);
        return;
    }
    err_set(&why, ERR_UNKNOWN, "nobody can tell whether it was delivered");
    entry_fail(entry, &why);
}

void outbox_pulled(struct outbox *outbox, int64_t from_ms)
{
    if (outbox->unsure == 0)
        return;
    for (struct entry *entry = outbox->first, *next; entry; entry = next) {
        next = entry->next;
        if (entry->state != ENTRY_UNSURE || !entry->asked ||
            entry->row.cursor_ms < from_ms)
            continue;
        if (entry->row.findable)
            entry_set_state(entry, ENTRY_HISTORY);
        else
            entry_unknown(entry);
    }
    outbox_search(outbox);
}

/* ---- history: one query at a time for each conversation ---- */

static void ask_page(struct entry *entry);

/* The search of a conversation came to its end for all that were asked about. */
static void conclude(struct entry *asker, bool complete)
{
    struct outbox *outbox = asker->outbox;
    struct err late = { 0 };
    err_set(&late, ERR_TIMEOUT, "the server never answered");
    /* Compared by value: the asker itself may be freed on the way. */
    char target[512];
    int type = asker->row.type;
    snprintf(target, sizeof(target), "%.*s", STR_ARG(asker->row.target));
    asker->querying = false;
    for (struct entry *entry = outbox->first, *next; entry; entry = next) {
        next = entry->next;
        if (entry->state != ENTRY_HISTORY || !entry->asked || entry->row.type != type ||
            !str_eq(entry->row.target, str_from(target)))
            continue;
        if (entry->found)
            entry_done(entry, str_from(entry->uid), entry->row.sent_ms);
        else if (!complete)
            entry_unknown(entry);
        else if (entry->silences >= SILENCES_MAX)
            entry_fail(entry, &late);
        else
            entry_set_state(entry, ENTRY_READY);
    }
    outbox_search(outbox);
}

static void on_retry(void *arg)
{
    ask_page(arg);
}

static void page_failed(struct entry *entry, const char *why)
{
    if (++entry->history_failures >= FAILURES_MAX) {
        conclude(entry, false);
        return;
    }
    log_warn(LOG_IM, "history for an unanswered send failed, again in %d s: %s",
             RETRY_MS / 1000, why);
    loop_timer_start(entry->outbox->loop, &entry->timer, RETRY_MS, on_retry, entry);
}

/* Marks what the page shows and gives the time of its oldest message. */
static int64_t match(struct outbox *outbox, const struct history_msg_ouput *page,
                     struct entry *asker)
{
    int64_t oldest_ms = asker->page_ms;
    for (size_t i = 0; i < page->list.count; i++) {
        const struct down_stream_message *down = &page->list.at[i];
        if (down->sent_time_ms < oldest_ms)
            oldest_ms = down->sent_time_ms;
        if (down->sent_time_ms > asker->newest_ms)
            asker->newest_ms = down->sent_time_ms;
        if (down->direction != DIRECTION_SENT || down->client_unique_id == 0)
            continue;
        for (struct entry *entry = outbox->first; entry; entry = entry->next) {
            if (entry->state != ENTRY_HISTORY ||
                entry->row.client_unique_id != down->client_unique_id ||
                !entry_same_conversation(entry, asker))
                continue;
            entry->found = true;
            entry->row.sent_ms = down->sent_time_ms;
            snprintf(entry->uid, sizeof(entry->uid), "%.*s", STR_ARG(down->msg_id));
        }
    }
    return oldest_ms;
}

static bool all_found(const struct entry *asker)
{
    for (const struct entry *entry = asker->outbox->first; entry; entry = entry->next) {
        if (entry->state == ENTRY_HISTORY && entry->asked && !entry->found &&
            entry_same_conversation(entry, asker))
            return false;
    }
    return true;
}

/* From the newest message on: what is looked for was sent a moment ago. */
static void look(struct entry *entry)
{
    struct outbox *outbox = entry->outbox;
    entry->page_ms = outbox->events.server_ms(outbox->arg) + BEFORE_MS;
    entry->pages = 0;
    ask_page(entry);
}

static void take_page(struct entry *entry, const struct history_msg_ouput *page)
{
    int64_t oldest_ms = match(entry->outbox, page, entry);
    entry->pages++;
    if (all_found(entry)) {
        conclude(entry, true);
    } else if (page->has_msg != 0 && oldest_ms > entry->floor_ms) {
        /* Once more what has the time at which the page ended. */
        bool further = oldest_ms + 1 < entry->page_ms;
        entry->page_ms = oldest_ms + 1;
        if (further)
            ask_page(entry);
        else
            page_failed(entry, "more was promised and nothing came");
    } else if (entry->pages > 1) {
        /* It may have arrived while the pages were turned. */
        entry->floor_ms = entry->newest_ms;
        look(entry);
    } else {
        conclude(entry, true);
    }
}

static void on_page(void *arg, const struct link_answer *answer, const struct err *why)
{
    struct entry *entry = arg;
    struct outbox *outbox = entry->outbox;
    struct history_msg_ouput page = { 0 };
    struct err err = { 0 };
    if (why && why->code == ERR_NETWORK) {
        entry->querying = false; /* searched anew on the next link */
        return;
    }
    if (why) {
        page_failed(entry, why->text);
        return;
    }
    if (answer->status == HISTORY_OFF || answer->status == HISTORY_OFF_TOO) {
        conclude(entry, false);
        return;
    }
    if (answer->status != 0) {
        char text[64];
        snprintf(text, sizeof(text), "status %d", answer->status);
        page_failed(entry, text);
        return;
    }
    if (!lists_history(&outbox->lists, answer->payload, &page, &err)) {
        page_failed(entry, err.text);
        return;
    }
    take_page(entry, &page);
}

static void ask_page(struct entry *entry)
{
    struct outbox *outbox = entry->outbox;
    struct history_msg_input ask = { 0 };
    if (!outbox->link || !link_accepted(outbox->link)) {
        entry->querying = false;
        return;
    }
    pb_put(ask, history_msg_input, target_id, entry->row.target);
    pb_put(ask, history_msg_input, time, entry->page_ms);
    pb_put(ask, history_msg_input, count, PAGE);
    pb_put(ask, history_msg_input, order, 0);
    pb_put(ask, history_msg_input, bus_channel, STR(""));
    pb_put(ask, history_msg_input, compress_enabled, true);
    pb_put(ask, history_msg_input, ignore_cmd, true);
    buf_reset(&outbox->payload);
    if (!pb_encode(&history_msg_input_type, &ask, &outbox->payload, NULL))
        return;
    link_query(outbox->link,
               entry->row.type == CONVERSATION_GROUP ? STR("qryGMsg") : STR("qryPMsg"),
               str_from(outbox->user), buf_str(&outbox->payload), 0, on_page, entry);
}

static bool is_being_searched(const struct entry *entry)
{
    for (const struct entry *e = entry->outbox->first; e; e = e->next) {
        if (e->querying && entry_same_conversation(e, entry))
            return true;
    }
    return false;
}

void outbox_search(struct outbox *outbox)
{
    if (!outbox->link || !link_accepted(outbox->link))
        return;
    for (struct entry *entry = outbox->first; entry; entry = entry->next) {
        if (entry->state != ENTRY_HISTORY || entry->asked || is_being_searched(entry))
            continue;
        /* The first of its conversation is the oldest; the query tells about all. */
        int64_t oldest_ms = entry->row.created_ms;
        for (struct entry *e = entry; e; e = e->next) {
            if (e->state != ENTRY_HISTORY || !entry_same_conversation(e, entry))
                continue;
            e->asked = true;
            e->history_failures = 0;
            if (e->row.created_ms < oldest_ms)
                oldest_ms = e->row.created_ms;
        }
        entry->querying = true;
        entry->floor_ms = oldest_ms - BEFORE_MS;
        entry->newest_ms = 0;
        look(entry);
    }
}
