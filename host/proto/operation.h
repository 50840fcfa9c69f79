/*
 * operation: what happened to a group, as the numbers of posts and as the words of
 * notices (webhooks.md 7, app-server.md 4, wire.md G.1).
 *
 * Layer: proto.  Thread: any. Pure.
 */
#ifndef PROTO_OPERATION_H
#define PROTO_OPERATION_H

#include <stdint.h>

/* eventType: 1 to 8 of hosted groups, all of App Servers. The sub_change_type of
 * EVENT_GROUP is one less. */
enum {
    OPERATION_CREATED = 1,
    OPERATION_JOINED,
    OPERATION_KICKED,
    OPERATION_LEFT,
    OPERATION_DISMISSED,
    OPERATION_MANAGER_ADDED,
    OPERATION_MANAGER_REMOVED,
    OPERATION_TRANSFERRED,
    OPERATION_RENAMED = 20,
    OPERATION_BULLETIN,
    OPERATION_MUTED_ALL, /* "MuteAll", "UnmuteAll" */
    OPERATION_MUTED,     /* "MuteMember", "UnmuteMember" */
    OPERATION_PROFILE = 30,
    OPERATION_FRIEND_ADDED,
    OPERATION_FRIEND_REMOVED,
};

/* 2 -> "Add"; NULL: none, or the number alone does not tell which. */
const char *operation_word(int64_t number);

#endif
