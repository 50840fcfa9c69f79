/*
 * rest_entry: the key-values that a call brings for a chatroom (server-api.md 9.6).
 *
 * Layer: sandbox, private to the rest files.
 */
#ifndef SANDBOX_REST_ENTRY_H
#define SANDBOX_REST_ENTRY_H

#include "sandbox/rest.h"

/* Whether entryOwnerId and entryInfo, a JSON text of keys and values, are absent or can
 * be set; else the call is refused. */
bool rest_entries_ok(struct call *call);

/* Sets them and tells the room. */
bool rest_entries_set(struct call *call, struct room *room);

#endif
