/*
 * db: one SQLite file per bot (WAL, mode 0600), opened and migrated.
 *
 * Writes of a turn share one transaction, begun by the first of them; im commits it at
 * the end of the turn. When the disk is full the transaction is rolled back, but its
 * writes are kept in memory and made again by the next store_commit: until one succeeds
 * nothing of them counts (nothing is acknowledged, nothing leaves), and nothing is lost
 * either. Times are arguments: this room reads no clock. The file is held exclusively.
 *
 * Layer: store.  Thread: loop thread only.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

struct store;

/* `path` ":memory:" for one that is forgotten. ERR_STORAGE names file and cause. */
struct store *store_open(const char *path, struct err *err);

/* Commits what is open, then closes. NULL is fine. */
void store_close(struct store *store);

/* True when nothing was open or it was committed. */
bool store_commit(struct store *store, struct err *err);
bool store_dirty(const struct store *store); /* there is something to commit */

/* The last write or commit failed, and store_commit has not succeeded since. */
bool store_failed(const struct store *store);

#endif
