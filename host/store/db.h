/*
 * db: one SQLite file per bot (WAL, mode 0600), opened and migrated.
 *
 * Writes of a turn share one transaction, begun by the first of them; im commits it at
 * the end of the turn. When the disk is full the transaction is rolled back, but its
 * writes are kept in memory and made again by the next store_commit: until one succeeds
 * nothing of them counts (nothing is acknowledged, nothing leaves), and nothing is lost
 * either. Times are arguments: this room reads no clock. The file is held exclusively.
 *
 * A file that turns out to be damaged is moved aside, to "PATH.damaged-1", for whoever
 * wants to repair it, and from then on everything is kept in memory only. Unless the
 * store is STORE_OFF, that is not what was promised: it stays failed.
 *
 * Layer: store.  Thread: loop thread only.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

struct store;

/* What survives which death. Plugins' stores are on disk in all three. */
enum store_durable {
    STORE_NORMAL, /* all, that of the process; that of the machine may cost the last turns
                   */
    STORE_FULL,   /* all, that of the machine too: every commit waits for the disk */
    STORE_OFF,    /* journal, outbox and cursors are in memory and end with the process */
};

/* `path` ":memory:" for one that is forgotten. ERR_STORAGE names file and cause; a
 * damaged file is no error here, see store_lost. */
struct store *store_open(const char *path, enum store_durable durable, struct err *err);

enum store_durable store_durable(const struct store *store);

/* The file was damaged and is not one that can be done without: nothing is written any
 * more, store_commit fails and says where the file is now. */
bool store_lost(const struct store *store);

/* Commits what is open, then closes. NULL is fine. */
void store_close(struct store *store);

/* True when nothing was open or it was committed. */
bool store_commit(struct store *store, struct err *err);
bool store_dirty(const struct store *store); /* there is something to commit */

/* Rows inserted, changed and deleted since it was opened. */
int64_t store_written(const struct store *store);

/* Called at the beginning of each commit, to add what has to be in it. NULL: nobody. */
typedef void store_saving_fn(void *arg);
void store_on_saving(struct store *store, store_saving_fn *fn, void *arg);

/* The last write or commit failed, and store_commit has not succeeded since. */
bool store_failed(const struct store *store);

#endif
