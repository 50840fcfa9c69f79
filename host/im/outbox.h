/*
 * outbox: messages on their way out: saved, sent after the commit, answered, and looked
 * for when the answer stays away (design.md 5.7).
 *
 * What a conversation is sent leaves in the order it was queued. When the link is lost,
 * or no answer comes, a message is unsure: it is looked for among our own messages (a
 * pull from the outbox cursor of its time, then history); found, it is done; not found in
 * a complete answer, it is sent again with the same client_unique_id; when nobody can
 * tell, it ends with ERR_UNKNOWN. Later messages of its conversation wait meanwhile.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_OUTBOX_H
#define IM_OUTBOX_H

#include "im/account.h"
#include "im/link.h"

struct outbox;

struct outbox_events {
    /* Own messages are to be pulled: ask outbox_search_from when doing so. */
    void (*on_search)(void *arg);
    int64_t (*server_ms)(void *arg);
};

/* Takes up the rows of an earlier life, as unsure. NULL when they cannot be read. */
struct outbox *outbox_new(struct loop *loop, struct store *store,
                          const struct outbox_events *events, void *arg, struct err *err);

/* Sends that wait end with ERR_CLOSED; their rows stay. */
void outbox_free(struct outbox *outbox);

struct account_call *outbox_send(struct outbox *outbox, const struct outgoing *message,
                                 account_sent_fn *done, void *arg, struct err *err);

void outbox_up(struct outbox *outbox, struct link *link, struct str user);
void outbox_down(struct outbox *outbox);
void outbox_committed(struct outbox *outbox); /* what was saved leaves */

/* An own message was seen. */
void outbox_own(struct outbox *outbox, struct str target, int64_t client_unique_id,
                struct str uid, int64_t sent_ms);

/* The cursor a pull must start from to find what is unsure now; INT64_MAX: nothing is. */
int64_t outbox_search_from(struct outbox *outbox);

/* That pull is complete: all own messages later than `from_ms` were passed to outbox_own.
 */
void outbox_pulled(struct outbox *outbox, int64_t from_ms);

size_t outbox_depth(const struct outbox *outbox);

#endif
