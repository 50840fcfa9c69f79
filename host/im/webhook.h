/*
 * webhook: what RongCloud posts to an app's server, read and checked: routed messages,
 * the question whether one may be delivered, who came online and went. Pure.
 *
 * The signature covers the secret, a nonce and the time, not the body: it proves that the
 * caller knows the secret, no more. So times that are too old are refused, and what has
 * been seen is recognized by its id.
 *
 * Layer: im.  Thread: any.
 */
#ifndef IM_WEBHOOK_H
#define IM_WEBHOOK_H

#include "base/arena.h"
#include "im/message.h"

#define WEBHOOK_TEXT_MAX 256         /* bytes of an id, a type, a nonce */
#define WEBHOOK_CONTENT_MAX 131072u  /* bytes of a message's content */
#define WEBHOOK_ARENA_MAX (4u << 20) /* for what is read from one request */
#define WEBHOOK_ITEMS_MAX 1000       /* changes in one request */
#define WEBHOOK_STATUS (16 | 32)     /* bits of a routed message: stored, counted */

/* The services that post, each to an address of its own. */
enum webhook {
    WEBHOOK_ROUTE,
    WEBHOOK_PRECHECK,
    WEBHOOK_ONLINE,
    WEBHOOK_OPERATIONS, /* from here on: im/webhook_event.h */
    WEBHOOK_AUDITS,
    WEBHOOK_GROUPS,
    WEBHOOK_ROOMS,
    WEBHOOK_USERS,
    WEBHOOK_BOTS,
    WEBHOOK_FEED, /* of the App Server: im/webhook_feed.h */
    WEBHOOKS,
};

/* "route", "precheck" … */
const char *webhook_word(enum webhook kind);

/* What shall prove who calls. Strings that are missing are STR_NONE. */
struct webhook_proof {
    struct str app_key, timestamp, nonce, signature;
};

/* From a query string (or a form body: of that only the app key counts). What is not
 * there is left as it was. */
void webhook_read_proof(struct str query, struct arena *arena,
                        struct webhook_proof *proof);

/* Whether it is made with `secret`, not more than `window_ms` ago or ahead (0: whenever).
 * ERR_DENIED (ERR_TIMEOUT: good, but too old) says what is wrong, never what would be
 * right. */
bool webhook_check(const struct webhook_proof *proof, struct str secret, int64_t now_ms,
                   int64_t window_ms, struct err *err);

struct webhook_message {
    struct message message; /* `target` as it came: in private the receiver */
    const struct str *to;   /* the only receivers in a group; count 0: all */
    size_t to_count;
};

/* A routed message, and one that waits for a verdict: forms with different names for
 * the same. Strings are in the arena. ERR_PROTO names the field. */
bool webhook_read_route(struct str form, struct arena *arena, struct webhook_message *out,
                        struct err *err);
bool webhook_read_precheck(struct str form, struct arena *arena,
                           struct webhook_message *out, struct err *err);

/* Who came online (or went), a JSON array or one object of it. */
struct webhook_online {
    struct str user, os, session;
    int64_t time_ms;
    bool online;
};
typedef void webhook_online_fn(void *arg, const struct webhook_online *change);

/* Calls `fn` for each; nothing was called when it is false. ERR_PROTO. */
bool webhook_read_online(struct str text, webhook_online_fn *fn, void *arg,
                         struct err *err);

#endif
