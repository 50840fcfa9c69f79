/*
 * app_feed: what the App Server tells of itself, posted like a webhook (app-server.md 4):
 * changes of groups, of friends and of users' profiles, a list with one event each.
 * Nothing is posted where no address is named.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_APP_FEED_H
#define SANDBOX_APP_FEED_H

#include "sandbox/box.h"

/* eventType; 1 to 8 as of hosted groups (webhooks.md 7) */
enum {
    FEED_CREATED = 1,
    FEED_JOINED,
    FEED_KICKED,
    FEED_LEFT,
    FEED_DISMISSED,
    FEED_MANAGER_ADDED,
    FEED_MANAGER_REMOVED,
    FEED_TRANSFERRED,
    FEED_RENAMED = 20,
    FEED_BULLETIN,
    FEED_MUTED_ALL,
    FEED_MUTED,
    FEED_PROFILE = 30,
    FEED_FRIEND_ADDED,
    FEED_FRIEND_REMOVED,
};

struct feed_event {
    int type;
    struct str group, by; /* group: STR_NONE when it is about users */
    const struct str *users;
    size_t count;
};

/* A change that is announced by a notice, too: its operation ("Add") is the type, `text`
 * a group's name or bulletin. */
void app_feed_notice(struct sandbox *box, struct feed_event event, const char *operation,
                     struct str text);

/* With a number of its own, "muteStatus". */
void app_feed_number(struct sandbox *box, struct feed_event event, const char *name,
                     int64_t number);

/* Takes `data` (may be NULL), the event's own fields. */
void app_feed_tell(struct sandbox *box, struct feed_event event, struct json *data);

#endif
