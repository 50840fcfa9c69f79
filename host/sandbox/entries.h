/*
 * entries: the key-values of a chatroom (wire.md F.7; server-api.md 9.6).
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_ENTRIES_H
#define SANDBOX_ENTRIES_H

#include "sandbox/box.h"

/* The bits of an entry's status. */
enum { ENTRY_GOES_WITH_OWNER = 1, ENTRY_OVERWRITE = 2, ENTRY_DELETED = 4 };

enum {
    ENTRIES_MAX = 100,       /* of one chatroom */
    ENTRIES_BATCH_MAX = 10,  /* of one call */
    ENTRY_VALUE_MAX = 16384, /* bytes: 4096 characters */
    ENTRY_KEY_MAX = 128,
};

/* Somebody sets or deletes an entry. */
struct entry_change {
    struct str key, value, user;
    int64_t status; /* bits; with ENTRY_OVERWRITE it may be somebody else's */
    int64_t now;
};

/* Whether its key and value can be set. */
bool entry_ok(const struct entry_change *change);

/* Both give a STATUS_. The room is told by rooms_announce_keys. */
int entry_set(struct room *room, const struct entry_change *change);
int entry_del(struct room *room, const struct entry_change *change);

/* Deleted, or never there (NULL). */
bool entry_gone(const struct entry *entry);

#endif
