/*
 * webhook_event: what RongCloud posts to an app's server besides messages and who is
 * online (im/webhook.h): operations on messages, results of moderation, what became of
 * groups, chatrooms, users and bots. Read as JSON with RongCloud's own names. Pure.
 *
 * Layer: im.  Thread: any.
 */
#ifndef IM_WEBHOOK_EVENT_H
#define IM_WEBHOOK_EVENT_H

#include "base/json.h"
#include "im/webhook.h"

#define WEBHOOK_KEY_SIZE 41 /* with the NUL */

struct webhook_event {
    enum webhook kind;
    char key[WEBHOOK_KEY_SIZE]; /* the same when it is posted again */
    int64_t time_ms;            /* 0: it does not say */
    const struct json *data;    /* an object; JSON in its texts is read, too */
};
typedef void webhook_event_fn(void *arg, const struct webhook_event *event);

/* Calls `fn` for each of the body: an object, a list of at most WEBHOOK_ITEMS_MAX, or a
 * form, of a kind from WEBHOOK_OPERATIONS on (webhooks.md 6 to 11); nothing was called
 * when it is false. ERR_PROTO. */
bool webhook_read_events(enum webhook kind, struct str body, webhook_event_fn *fn,
                         void *arg, struct err *err);

/* The recall that an operation tells of, as routing would bring it. Strings are in the
 * arena. ERR_UNSUPPORTED: it is none of a bot's, ERR_PROTO names the field. */
bool webhook_read_recall(const struct webhook_event *event, struct arena *arena,
                         struct webhook_message *out, struct err *err);

/* Gives a recall that was routed the UID that webhook_read_recall gives it: of an app
 * that posts both, the second is known. Others keep theirs. */
void webhook_name_recall(struct message *message, struct arena *arena);

#endif
