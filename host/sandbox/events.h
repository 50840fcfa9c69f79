/*
 * events: what happened to a user's groups and friends, told by pullEventChange after a
 * notice (wire.md F.4). Kept in memory only.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_EVENTS_H
#define SANDBOX_EVENTS_H

#include "proto/messages.h"
#include "sandbox/box.h"

enum { EVENTS_MAX = 1000 };

/* Something that happened: `about` is the group or the other user, `data` the encoded
 * event_data. */
struct happening {
    int type, sub_type;
    struct str about, operator_id, data;
};

/* Keeps it for `user` and tells every device to ask. */
void event_tell(struct sandbox *box, struct user *user, const struct happening *what);

#endif
