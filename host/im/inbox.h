/*
 * inbox: what comes in, by pushes and pulls, on its way to the feed.
 *
 * Only an answer to pullMsg moves a cursor; a direct push is journaled and acknowledged
 * but moves nothing, so what got lost is found by the next pull (wire.md H.10). A message
 * seen before is dropped by its UID. While the store has failed nothing is taken in: what
 * is dropped then is pulled again afterwards.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_INBOX_H
#define IM_INBOX_H

#include "im/feed.h"
#include "im/link.h"
#include "im/message.h"
#include "store/db.h"

struct inbox;

struct inbox_events {
    /* A message of our own was seen, from here or another device. */
    void (*on_own)(void *arg, struct str target, int64_t client_unique_id, struct str uid,
                   int64_t sent_ms);
    int64_t (*server_ms)(void *arg);
    /* The outbox cursor from which own messages are to be pulled, or INT64_MAX. */
    int64_t (*search_from)(void *arg);
    /* A pull has come to its end; own messages later than `outbox_ms` were all seen. */
    void (*on_pulled)(void *arg, int64_t outbox_ms);
    /* inbox_synced or inbox_failing changed. */
    void (*on_changed)(void *arg);
};

struct inbox *inbox_new(struct loop *loop, struct store *store, struct feed *feed,
                        struct str user, const struct inbox_events *events, void *arg);
void inbox_free(struct inbox *inbox);

/* The link is up: pulls. `up_ms` is the server's time. */
void inbox_up(struct inbox *inbox, struct link *link, struct str user, int64_t up_ms);
void inbox_down(struct inbox *inbox);

/* A server's PUBLISH; `uid` and `sent_ms` of a sync copy. */
void inbox_publish(struct inbox *inbox, const struct frame *frame, struct str uid,
                   int64_t sent_ms);

/* The server says that there are messages up to a time; 0: it does not say which. */
void inbox_notice(struct inbox *inbox, int64_t time_ms);

/* A message that did not come as one: journaled and handed up like any other. */
void inbox_take(struct inbox *inbox, struct message *message);

/* Pulls soon: a search for own messages was started, or the store works again. */
void inbox_pull(struct inbox *inbox);

/* The turn was committed: acknowledges what it journaled. */
void inbox_committed(struct inbox *inbox);

bool inbox_synced(
    const struct inbox *inbox); /* the first pull of this link has finished */
struct str
inbox_failing(const struct inbox *inbox); /* why pulls fail; empty: they do not */

#endif
