/*
 * webhook_feed: what an App Server tells of itself (app-server.md 4), as the messages
 * that im/changes makes of the same things in RongCloud's own services: notices of
 * groups, news of friends. Pure.
 *
 * Layer: im.  Thread: any.
 */
#ifndef IM_WEBHOOK_FEED_H
#define IM_WEBHOOK_FEED_H

#include "im/webhook_event.h"

/* One event as `user` (the bot's account) hears it. Strings are in the arena; the UID is
 * MESSAGE_FEED and its id. ERR_UNSUPPORTED: it does not concern the user, or is of no
 * interest; ERR_PROTO names the field. */
bool webhook_read_feed(const struct webhook_event *event, struct str user,
                       struct arena *arena, struct message *out, struct err *err);

#endif
