/*
 * feed: takes each message into the journal and hands it up, in journal order.
 *
 * What an earlier life left open comes first. While the store has failed nothing is
 * handed up from the journal.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_FEED_H
#define IM_FEED_H

#include "im/message.h"
#include "net/loop.h"
#include "store/db.h"

struct feed;

/* The strings of `message` are borrowed for the call. */
typedef void feed_fn(void *arg, const struct message *message);

struct feed *feed_new(struct loop *loop, struct store *store, feed_fn *on_message,
                      void *arg);
void feed_free(struct feed *feed); /* NULL is fine */

/* Journals a new message, sets its row, and hands it up when nothing waits before it. One
 * whose UID is known is dropped; one without UID is handed up or, on hold, lost. */
void feed_take(struct feed *feed, struct message *message);

/* Stops handing up; off: hands up what waits, over the next turns. Starts not held. */
void feed_hold(struct feed *feed, bool hold);

/* The turn was committed: goes on, if the store had failed. */
void feed_committed(struct feed *feed);

/* Hands up a row once more that was opened again. False: there is no such row. */
bool feed_again(struct feed *feed, int64_t row);

/* Reads a row that is open, before it returns. False: there is none. */
bool feed_read(struct feed *feed, int64_t row, feed_fn *fn, void *arg);

#endif
