/*
 * journal: inbound messages accepted but not yet handled, and the memory of their UIDs.
 *
 * One row per UID. It is kept in memory until the turn is committed and then written in
 * the state it has by that time, so a message that nobody wants costs one insert without
 * a body. Done rows stay, without body, until they are pruned. Rows are numbered in the
 * order of adding; numbers are never used twice.
 *
 * Layer: store.  Thread: loop thread only.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "base/buf.h"
#include "store/db.h"

/* True when the UID was added before (and not yet pruned). */
bool journal_knows(struct store *store, struct str uid);

/* Adds a row whose body is the `parts` put together (copied), and gives its number. The
 * UID must be unknown. */
int64_t journal_add(struct store *store, struct str uid, int64_t received_ms,
                    const struct str *parts, size_t count);

/* The row is handled: its body goes. Unknown and done rows are fine. */
void journal_done(struct store *store, int64_t row);

/* An open row is set aside: neither handed up nor forgotten, its body kept. Then it is
 * opened again, or forgotten as a handled one: false when it is not set aside. */
void journal_set_aside(struct store *store, int64_t row);
bool journal_retry(struct store *store, int64_t row);
bool journal_drop(struct store *store, int64_t row);

/* How many there are; and each, in order. `fn` may not call this room. */
size_t journal_aside(const struct store *store);
typedef void journal_aside_fn(void *arg, int64_t row, struct str uid,
                              int64_t received_ms);
void journal_each_aside(struct store *store, journal_aside_fn *fn, void *arg);

struct journal_row {
    int64_t row;
    int64_t received_ms;
    struct str uid, body;
};

/* Reads the first row after `after` that is not done, as committed or still in memory.
 * Its strings are copied to `bytes` (reset first). False when there is none. */
bool journal_next(struct store *store, int64_t after, struct journal_row *out,
                  struct buf *bytes);

int64_t journal_last(const struct store *store); /* number of the newest row, or 0 */
size_t journal_depth(const struct store *store); /* rows not done */

/* Forgets at most 500 done rows received before `before_ms`. True when there may be more.
 */
bool journal_prune(struct store *store, int64_t before_ms);

#endif
