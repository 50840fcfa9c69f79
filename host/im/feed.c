/* feed: see the header. */
#include "im/feed.h"

#include "base/die.h"
#include "base/log.h"
#include "base/mem.h"
#include "im/packed.h"
#include "store/journal.h"

#include <stdlib.h>

#define SLICE 64

struct feed {
    struct loop *loop;
    struct store *store;
    feed_fn *on_message;
    void *arg;
    struct buf bytes;
    bool hold, deferred;
    int64_t handed;    /* rows up to this one were handed up */
    int64_t wanted;    /* opened again, behind the newest message; or 0 */
    int64_t from_past; /* rows up to this one are from an earlier life */
};

static void hand_up(void *arg);

static int64_t last_row(const struct feed *feed)
{
    int64_t message = journal_last(feed->store);
    return message > feed->wanted ? message : feed->wanted;
}

static bool caught_up(const struct feed *feed)
{
    return feed->handed >= last_row(feed);
}

static void start(struct feed *feed)
{
    if (feed->hold || feed->deferred || store_failed(feed->store) || caught_up(feed))
        return;
    feed->deferred = true;
    loop_defer(feed->loop, hand_up, feed);
}

static bool read_row(const struct feed *feed, const struct journal_row *row,
                     struct message *message)
{
    if (!packed_read(row->body, message))
        return false;
    message->uid = row->uid;
    if (row->plugin.len > 0) {
        message->uid = journal_subject(row->uid);
        message->event = row->uid;
        message->plugin = row->plugin;
    }
    message->received_ms = row->received_ms;
    message->redelivered = row->row <= feed->from_past || row->plugin.len > 0;
    message->row = row->row;
    return true;
}

/* A few rows a turn, so that a long backlog does not hold up everything. */
static void hand_up(void *arg)
{
    struct feed *feed = arg;
    struct journal_row row;
    feed->deferred = false;
    for (int i = 0; i < SLICE && !feed->hold && !store_failed(feed->store); i++) {
        if (!journal_next(feed->store, feed->handed, &row, &feed->bytes)) {
            feed->handed = last_row(feed);
            return;
        }
        struct message message;
        feed->handed = row.row;
        if (!read_row(feed, &row, &message)) {
            log_error(LOG_IM, "journal row=%lld cannot be read and is skipped",
                      (long long)row.row);
            journal_done(feed->store, row.row);
            continue;
        }
        feed->on_message(feed->arg, &message);
    }
    start(feed);
}

bool feed_read(struct feed *feed, int64_t number, feed_fn *fn, void *arg)
{
    struct journal_row row;
    struct message message;
    if (!journal_next(feed->store, number - 1, &row, &feed->bytes) || row.row != number ||
        !read_row(feed, &row, &message))
        return false;
    fn(arg, &message);
    return true;
}

static void redeliver(void *arg, const struct message *message)
{
    struct feed *feed = arg;
    struct message again = *message;
    again.redelivered = true;
    feed->on_message(feed->arg, &again);
}

bool feed_again(struct feed *feed, int64_t row)
{
    if (row > feed->handed) {
        if (!caught_up(feed)) {
            if (row > feed->wanted)
                feed->wanted = row;
            return true; /* its turn comes */
        }
        feed->handed = row;
    }
    return feed_read(feed, row, redeliver, feed);
}

void feed_hold(struct feed *feed, bool hold)
{
    feed->hold = hold;
    start(feed);
}

void feed_committed(struct feed *feed)
{
    start(feed);
}

void feed_take(struct feed *feed, struct message *message)
{
    if (message->uid.len == 0) {
        if (!feed->hold)
            feed->on_message(feed->arg, message);
        return;
    }
    if (journal_knows(feed->store, message->uid))
        return;
    bool next = caught_up(feed) && !feed->hold;
    die_at("taken");
    struct packed_head head;
    struct str parts[PACKED_PARTS];
    packed_write(message, &head, parts);
    message->row =
        journal_add(feed->store, message->uid, message->received_ms, parts, PACKED_PARTS);
    die_at("journaled");
    if (!next) {
        start(feed);
        return;
    }
    feed->handed = message->row;
    feed->on_message(feed->arg, message);
}

struct feed *feed_new(struct loop *loop, struct store *store, feed_fn *on_message,
                      void *arg)
{
    struct feed *feed = MEM_NEW(struct feed);
    feed->loop = loop;
    feed->store = store;
    feed->on_message = on_message;
    feed->arg = arg;
    feed->from_past = journal_last(store);
    buf_init(&feed->bytes, (size_t)32 << 20);
    start(feed);
    return feed;
}

void feed_free(struct feed *feed)
{
    if (!feed)
        return;
    loop_defer_cancel(feed->loop, hand_up, feed);
    buf_clear(&feed->bytes);
    free(feed);
}
