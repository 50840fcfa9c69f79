/*
 * web: one request of a plugin to the web, its redirects included.
 *
 * Each address, the first and those it is redirected to, must be granted (caps_web) and
 * must lead where the grant allows; this is looked at again when a connection is made. At
 * a redirect to another server, what proves who we are (Authorization, Cookie) stays
 * behind, and a POST becomes a GET as browsers do it (301, 302, 303).
 *
 * A request is built, started once, and freed by its end: its callback, or web_cancel.
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_WEB_H
#define SCRIPT_WEB_H

#include "net/http.h"
#include "script/instance.h"

#define WEB_URL_MAX 8192
#define WEB_HEADERS_MAX 32
#define WEB_REDIRECTS_MAX 10

struct web;

/* As http_done_fn. */
typedef void web_done_fn(void *arg, const struct http_answer *answer,
                         const struct err *why);

/* Copies. */
struct web *web_new(struct instance *instance, struct str method, struct str url);
void web_add_header(struct web *web, struct str name, struct str value);
void web_set_body(struct web *web, struct str body);
void web_set_limits(struct web *web, int64_t timeout_ms, int redirects);
/* For a file that a message carries: it may come from every public address, from the
 * account's own store, and from where the plugin may go. `take` gets the body, at most
 * `max` bytes; with web_start's `arg`. */
void web_set_file(struct web *web, size_t max, http_take_fn *take);
void web_free(struct web *web); /* one that was not started; NULL is fine */

/* Calls `done` exactly once, never before this returns. Takes the request: on failure it
 * is freed. ERR_DENIED names the grant that is missing. */
bool web_start(struct web *web, web_done_fn *done, void *arg, struct err *err);
void web_cancel(struct web *web);

#endif
