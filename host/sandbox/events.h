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

/* change_type, and sub_change_type of the first and last of them. */
enum {
    EVENT_GROUP = 11,
    EVENT_GROUP_PROFILE = 12,
    EVENT_APPLICATION = 13,
    EVENT_FRIEND = 31
};
enum { PROFILE_OF_GROUP, PROFILE_OF_MEMBER }; /* sub_type of EVENT_GROUP_PROFILE */
enum {
    GROUP_CREATED,
    GROUP_JOINED,
    GROUP_KICKED,
    GROUP_QUIT,
    GROUP_DISMISSED,
    GROUP_MANAGER_ADDED,
    GROUP_MANAGER_REMOVED,
    GROUP_OWNER_CHANGED,
};
enum { FRIEND_REQUESTED, FRIEND_REFUSED, FRIEND_ADDED, FRIEND_DELETED };

/* Something that happened: `about` is the group or the other user, `data` the encoded
 * event_data. */
struct happening {
    int type, sub_type;
    struct str about, operator_id, data;
};

/* Keeps it for `user` and tells every device to ask. */
void event_tell(struct sandbox *box, struct user *user, const struct happening *what);

#endif
