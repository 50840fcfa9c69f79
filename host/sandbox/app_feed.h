/*
 * app_feed: what the App Server tells of itself, posted like a webhook (app-server.md 4):
 * changes of groups, of friends and of users' profiles, a list with one event each.
 * Nothing is posted where no address is named.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_APP_FEED_H
#define SANDBOX_APP_FEED_H

#include "proto/operation.h"
#include "sandbox/box.h"

struct feed_event {
    int type;             /* OPERATION_ */
    struct str group, by; /* group: STR_NONE when it is about users */
    const struct str *users;
    size_t count;
};

/* With a group's name or bulletin, unless it is empty. */
void app_feed_text(struct sandbox *box, struct feed_event event, struct str text);

/* With a number of its own, "muteStatus". */
void app_feed_number(struct sandbox *box, struct feed_event event, const char *name,
                     int64_t number);

/* Takes `data` (may be NULL), the event's own fields. */
void app_feed_tell(struct sandbox *box, struct feed_event event, struct json *data);

#endif
