/*
 * journal: events accepted but not yet handled, and the memory of messages' UIDs.
 *
 * One row per message, known by its UID. It is kept in memory until the turn is committed
 * and then written in the state it has by that time, so a message that nobody wants costs
 * one insert without a body. Done rows stay, without body, until they are pruned.
 *
 * What a time brought has a row as well, known by the event's id. Nobody brings it twice,
 * so its row is written only if it is still open when the turn is committed, and goes
 * when it is done.
 *
 * An open row can be set aside: neither handed up nor forgotten, until a person says
 * which. Rows are numbered in the order of adding.
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

/* Adds a row for an event of this plugin alone that was due at `due_ms`; `body` is the
 * caller's own. The id must be unknown. */
int64_t journal_add_timed(struct store *store, struct str id, struct str plugin,
                          int64_t due_ms, struct str body);

/* The row is handled: its body goes. Unknown and done rows are fine. */
void journal_done(struct store *store, int64_t row);

/* Why a row is set aside. The numbers are in the file. */
enum journal_why {
    JOURNAL_POISON,      /* the host died of it (attempts.h) */
    JOURNAL_STOPPED,     /* its plugin was stopped hard in it */
    JOURNAL_INTERRUPTED, /* a crash came in between, and it could not go on */
    JOURNAL_WHYS
};

const char *journal_why_word(enum journal_why why); /* "stopped" */

/* An open row is set aside. Then it is opened again, or forgotten as a handled one: false
 * when it is not set aside. */
void journal_set_aside(struct store *store, int64_t row, enum journal_why why);
bool journal_retry(struct store *store, int64_t row);
bool journal_drop(struct store *store, int64_t row);

/* For this plugin the open row ends here: a copy of it, for that plugin alone, is set
 * aside, known as "UID/again/PLUGIN", of that one "UID/again/PLUGIN/2" and so on. It is
 * an event of its own, since what the plugin did is done; the row goes on. False: there
 * is that copy already, or no such row. A thousand rows that are stopped or interrupted
 * are kept, the oldest goes. */
bool journal_keep(struct store *store, int64_t row, struct str plugin,
                  enum journal_why why);

/* Whether the event of that UID has ended so for the plugin, and why: it does not get one
 * again that was stopped. */
bool journal_was_kept(struct store *store, struct str uid, struct str plugin,
                      enum journal_why *why);

/* The UID, or the id of a time, of which this is the UID of a copy; itself if it is
 * none. */
struct str journal_subject(struct str uid);

struct journal_row {
    int64_t row;
    int64_t received_ms; /* or when it was due */
    struct str uid, body;
    struct str plugin; /* empty: for all of them */
    bool timed;
    enum journal_why why; /* of one set aside */
};

/* How many there are; and the first hundred, in order, without body. `fn` may not call
 * this room. */
size_t journal_aside(const struct store *store, enum journal_why why);
typedef void journal_fn(void *arg, const struct journal_row *row);
void journal_each_aside(struct store *store, journal_fn *fn, void *arg);

/* The plugin's open rows of events that a time brought, with body. Likewise. */
void journal_each_timed(struct store *store, struct str plugin, journal_fn *fn,
                        void *arg);

/* Reads one that is set aside, as committed. Its strings are copied to `bytes` (reset
 * first). False when there is none. */
bool journal_find_aside(struct store *store, int64_t row, struct journal_row *out,
                        struct buf *bytes);

/* Likewise the first message after `after` that is not done, or still in memory. */
bool journal_next(struct store *store, int64_t after, struct journal_row *out,
                  struct buf *bytes);

int64_t journal_last(const struct store *store); /* row of the newest message, or 0 */
size_t journal_depth(const struct store *store); /* rows not done */

/* Forgets at most 500 done rows received before `before_ms`. True when there may be more.
 */
bool journal_prune(struct store *store, int64_t before_ms);

#endif
