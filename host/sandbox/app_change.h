/*
 * app_change: a change of a group by the App Server: made through RongCloud's Server API
 * where that knows of it, announced by a group notice, posted to the event feed.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_APP_CHANGE_H
#define SANDBOX_APP_CHANGE_H

#include "sandbox/app_feed.h"
#include "sandbox/visit.h"

struct app_change {
    int operation; /* OPERATION_ */
    struct str group, text;
    const struct str *users;
    size_t count;
};

/* One that RongCloud makes, with its notice bound to it. */
bool app_change_make(struct visit *visit, const char *path,
                     const struct app_change *change, struct str name);
/* One that only this server knows: the notice is all of it. */
bool app_change_tell(struct visit *visit, const struct app_change *change);

/* The group and the users, as the Server API wants them; the caller's. */
struct json *app_change_body(const struct app_change *change);
struct feed_event app_change_news(const struct visit *visit,
                                  const struct app_change *change);

#endif
