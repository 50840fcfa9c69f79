/*
 * topics: what the sandbox answers to each topic of a PUBLISH or QUERY, one file per
 * area.
 *
 * A query handler writes its payload to ask->out and returns a status, 0 for success. A
 * publish handler returns the status of the PUBACK and fills ask->time and ask->uid, or
 * sets ask->silent when no PUBACK is expected.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_TOPICS_H
#define SANDBOX_TOPICS_H

#include "proto/messages.h"
#include "sandbox/wire.h"

/* The statuses of wire.md D.3 that the sandbox gives. */
enum {
    STATUS_OK = 0,
    STATUS_BLACKLISTED = 405,
    STATUS_NOT_WHITE = 407,
    STATUS_CHAT_MUTED = 20106,
    STATUS_EDIT_LATE = 20114,
    STATUS_EDIT_LARGE = 20115,
    STATUS_NOT_EDITABLE = 20116,
    STATUS_TOO_FAST = 20604,
    STATUS_WORD_BLOCKED = 21501,
    STATUS_WORD_REPLACED = 21502,
    STATUS_NOT_IN_GROUP = 22406,
    STATUS_GROUP_MUTED = 22408,
    STATUS_NOT_IN_ROOM = 23406,
    STATUS_ROOM_MUTED = 23408,
    STATUS_ROOM_KICKED = 23409,
    STATUS_NO_ROOM = 23410,
    STATUS_TOO_MANY_ENTRIES = 23423,
    STATUS_KEY_NOT_YOURS = 23424,
    STATUS_NO_KEY = 23427,
    STATUS_SOME_KEYS = 23428,
    STATUS_TOO_MANY_KEYS = 23429,
    STATUS_PROFILE_FIXED = 24360,
    STATUS_PROFILE_KEY = 24361,
    STATUS_PROFILE_EXTRA = 24362,
    STATUS_PROFILE_EXTRAS = 24363,
    STATUS_PROFILE_LONG = 24364,
    STATUS_PROFILE_NUMBER = 24367,
    STATUS_PROFILE_RANGE = 24368,
    STATUS_NOT_ENABLED = 24369,
    STATUS_RECALL_BAD = 25101,
    STATUS_NO_HISTORY = 25102,
    STATUS_NOT_SENDER = 25107,
    STATUS_GROUP_RIGHT = 25405,
    STATUS_GROUP_EXISTS = 25409,
    STATUS_NO_GROUP = 25410,
    STATUS_GROUP_MEMBER = 25412,
    STATUS_GROUP_CLOSED = 25414,
    STATUS_GROUP_OWNER = 25417,
    STATUS_NO_MEMBER = 25418,
    STATUS_NO_MANAGER = 25420,
    STATUS_NO_APPLICATION = 25421,
    STATUS_GROUP_WAITS = 25424,
    STATUS_NO_INVITING = 25426,
    STATUS_INVITEE_WAITS = 25427,
    STATUS_APPLICATION_DONE = 25428,
    STATUS_NOT_HOSTED = 25429,
    STATUS_FRIEND_ALREADY = 25460,
    STATUS_FRIEND_WAITS = 25461,
    STATUS_FRIEND_BLACK = 25462,
    STATUS_FRIEND_MY_BLACK = 25464,
    STATUS_NO_REQUEST = 25466,
    STATUS_NOT_FRIENDS = 25469,
    STATUS_FRIEND_CLOSED = 25471,
    STATUS_FRIEND_SELF = 25473,
    STATUS_BAD = 33003,
};

struct ask {
    struct sandbox *box;
    struct conn *conn;
    struct user *user;
    const struct frame *frame;
    int64_t now;
    struct buf *out; /* queries: the payload */
    int64_t time;    /* publishes: of the PUBACK */
    struct str uid;
    bool silent;
    const struct verdict *verdict; /* of the app's server; NULL: not asked yet */
};

typedef int topic_fn(struct ask *ask);

struct topic {
    const char *name; /* NULL ends a table */
    topic_fn *fn;
};

extern const struct topic message_topics[]; /* PUBLISH */
extern const struct topic pull_topics[];    /* QUERY, as the rest */
extern const struct topic history_topics[];
extern const struct topic list_topics[];
extern const struct topic room_topics[];
extern const struct topic room_key_topics[];
extern const struct topic friend_topics[];
extern const struct topic profile_topics[];
extern const struct topic group_topics[];
extern const struct topic apply_topics[];
extern const struct topic misc_topics[];
extern const struct topic edit_topics[];

/* The handler of a topic, or NULL. Topics of services that navi says are off have one
 * that says so. */
topic_fn *topics_find_publish(struct str name);
topic_fn *topics_find_query(struct str name);

/* Decodes the frame's payload into `out`; false for bytes that make no sense. */
bool ask_read(struct ask *ask, const struct pb_type *type, void *out);

/* Encodes the answer; STATUS_OK, or STATUS_BAD when it is too large. */
int ask_write(struct ask *ask, const struct pb_type *type, const void *answer);

/* A message as this user sees it, encoded; own copies are encoded into the arena.
 * STR_NONE when that is full. */
struct str ask_form(struct ask *ask, const struct message *message);
struct str ask_own_form(struct ask *ask, const struct message *message);

/* True when the answer in ask->out is worth compressing: then it is replaced by its gzip
 * form, borrowed in `packed` until the next call, and the caller wraps that. */
bool ask_pack(struct ask *ask, bool allowed, struct str *packed);

#endif
