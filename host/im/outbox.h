/*
 * outbox: messages on their way out: saved, sent after the commit, answered, and looked
 * for when the answer stays away (design.md 5.7).
 *
 * What a conversation is sent leaves in the order it was queued. When the link is lost,
 * or no answer comes, a message is unsure: it is looked for among our own messages (a
 * pull from the outbox cursor of its time, then history); found, it is done; not found in
 * a complete answer, it is sent again with the same client_unique_id; when nobody can
 * tell, it ends with ERR_UNKNOWN, or is sent again if it was queued with `repeat`. Later
 * messages of its conversation wait meanwhile.
 *
 * How fast they leave is up to the governor. While not all can, conversations take turns,
 * and those with answers come before those with broadcasts, but for every fifth message.
 * What the server refuses as too fast leaves again, and from then on no conversation has
 * two on the wire until the server is calm: what was on its way already may overtake.
 *
 * A message that waits longer than it may ends with ERR_TIMEOUT, and never leaves then;
 * an unsure one ends with ERR_UNKNOWN.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_OUTBOX_H
#define IM_OUTBOX_H

#include "im/account.h"
#include "im/governor.h"
#include "im/link.h"

struct outbox;

struct outbox_events {
    /* Own messages are to be pulled: ask outbox_search_from when doing so. */
    void (*on_search)(void *arg);
    int64_t (*server_ms)(void *arg);
};

struct outbox_options {
    struct loop *loop;
    struct store *store;
    struct governor_line *line; /* its on_room leads to outbox_room */
    int64_t max_age_ms;         /* older messages are given up; 0: never */
    struct server_api *api;     /* leaves by it, as `user`; NULL: by links */
    struct str user;
};

/* Takes up the rows of an earlier life, as unsure. NULL when they cannot be read. */
struct outbox *outbox_new(const struct outbox_options *options,
                          const struct outbox_events *events, void *arg, struct err *err);

/* Sends that wait end with ERR_CLOSED; their rows stay. */
void outbox_free(struct outbox *outbox);

struct account_call *outbox_send(struct outbox *outbox, const struct outgoing *message,
                                 account_sent_fn *done, void *arg, struct err *err);

void outbox_up(struct outbox *outbox, struct link *link, struct str user);
void outbox_down(struct outbox *outbox);
void outbox_committed(struct outbox *outbox); /* what was saved leaves */
void outbox_room(struct outbox *outbox);      /* more may leave, at the turn's end */

/* An own message was seen. */
void outbox_own(struct outbox *outbox, struct str target, int64_t client_unique_id,
                struct str uid, int64_t sent_ms);

/* The cursor a pull must start from to find what is unsure now; INT64_MAX: nothing is. */
int64_t outbox_search_from(struct outbox *outbox);

/* That pull is complete: all own messages later than `from_ms` were passed to outbox_own.
 */
void outbox_pulled(struct outbox *outbox, int64_t from_ms);

size_t outbox_depth(const struct outbox *outbox);

/* What became of messages, those nobody keeps (status_only) left out. */
struct account_counts outbox_counts(const struct outbox *outbox);

#endif
