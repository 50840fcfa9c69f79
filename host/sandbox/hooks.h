/*
 * hooks: posting to an app's server: what happened (hooks_tell.h) and, before a message
 * is delivered, the question whether it may be (check.h).
 *
 * An event that is not answered 200 within five seconds is tried twice more, five seconds
 * apart, and then lost. After ten timeouts within ten seconds nothing is posted for a
 * minute. Nothing promises an order: as many as HOOKS_PARALLEL requests are under way at
 * once.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_HOOKS_H
#define SANDBOX_HOOKS_H

#include "base/json.h"
#include "sandbox/post.h"
#include "sandbox/wire.h"

#define HOOKS_PARALLEL 16
#define HOOKS_WAITING 10000 /* beyond it the newest is lost */

struct hooks;

/* `urls` are those of the options; NULL or "" is none. */
struct hooks *hooks_new(struct sandbox *box, const char *const urls[HOOKS],
                        bool route_server);
void hooks_free(struct hooks *hooks); /* NULL is fine */

/* Forgets what waits and goes back to the urls of the options. */
void hooks_reset(struct hooks *hooks);

/* Reads {"route"?, "precheck"? …, "route_server"?}; all or nothing. What the
 * options of the program named stays when `loading` what an earlier run saved. */
bool hooks_set(struct hooks *hooks, const struct json *order, bool loading,
               struct err *err);
/* Adds the settings, and with `counts` what became of the events. */
void hooks_describe(const struct hooks *hooks, struct json *out, bool counts);

/* May events be posted to this address? */
bool hooks_check_url(enum hook hook, struct str url, struct err *err);

/* Is there somebody to ask before a message is delivered? */
bool hooks_checks(const struct hooks *hooks);

/* The address with its signature, in `out` (reset first); `forge`: a wrong one. */
bool hooks_sign(const struct hooks *hooks, enum hook hook, bool forge, struct buf *out);

/* Adds "name=value" to a form. */
bool hooks_field(struct buf *form, const char *name, struct str value);
bool hooks_field_int(struct buf *form, const char *name, int64_t value);

/* RongCloud's name for a conversation type: "PERSON", "GROUP" ... */
const char *hooks_channel(int type);

/* The service of that name: "route". */
bool hooks_find(struct str name, enum hook *hook);

/* Has it an address? Does it tell of what the Server API does? */
bool hooks_wants(const struct hooks *hooks, enum hook hook);
bool hooks_wants_servers(const struct hooks *hooks);

/* Posts `body` (copied), JSON or a form, with the trouble ordered for it. */
void hooks_post(struct hooks *hooks, enum hook hook, struct str user, struct str body);
/* The same, to an address that the hook does not know. */
void hooks_post_at(struct hooks *hooks, enum hook hook, struct str url, struct str user,
                   struct str body);

#endif
