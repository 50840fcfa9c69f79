/*
 * cursors: how far pullMsg has come (wire.md F.4). One row, kept in memory too.
 *
 * Layer: store.  Thread: loop thread only.
 */
#ifndef STORE_CURSORS_H
#define STORE_CURSORS_H

#include "store/db.h"

struct cursors {
    int64_t inbox;     /* newest message received */
    int64_t outbox;    /* newest own message seen */
    int64_t broadcast; /* system broadcasts; starts at 1 */
};

struct cursors cursors_get(const struct store *store);

/* Writes only when something differs. */
void cursors_set(struct store *store, struct cursors cursors);

#endif
