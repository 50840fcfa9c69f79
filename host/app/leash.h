/*
 * leash: what ties a worker to its supervisor, seen from the worker: a pair of sockets
 * with one JSON object a line, the page on which it shows signs of life, and death with
 * the supervisor, however that ends.
 *
 *   down   {"do":"start","beat_ms":N,   open the bots of the configuration in
 *           "restarts":N,"reason":T,     PAGE_TEXT_FD; the first order
 *           "quarantine":[…]}
 *          {"do":"prepare"}             PAGE_NEXT_FD holds another: could it be taken?
 *          {"do":"commit"}              take it
 *          {"do":"keep"}                ... or do not
 *          {"do":"ask","id":N,"body":…} a question that came over the control socket
 *          {"do":"drain"}               finish what is under way and end
 *          {"do":"stop"}                end now
 *   up     {"say":"released","who":T}   a plugin in quarantine was started by an operator
 *          {"say":"prepared"|           what came of that order, a line each; "error" and
 *           "committed","text":T,       "code" when it could not be taken, or when some
 *           "error"?,"code"?}           of it failed
 *          {"say":"answer","id":N,      what the control socket is to say
 *           "body":…}
 *          {"say":"settled"}            every bot is online or needs a person
 *
 * Layer: app.  Thread: loop thread only.
 */
#ifndef APP_LEASH_H
#define APP_LEASH_H

#include "app/page.h"
#include "base/json.h"
#include "net/loop.h"

struct leash;

struct leash_events {
    void (*on_order)(void *arg, struct str order, const struct json *body);
    void (*on_lost)(void *arg); /* once: the supervisor is gone */
};

/* In a process that a supervisor started. ERR_INTERNAL in any other. */
struct leash *leash_open(struct loop *loop, const struct leash_events *events, void *arg,
                         struct err *err);
void leash_close(struct leash *leash); /* NULL is fine */

struct page *leash_page(struct leash *leash);

/* Sends `body` (taken) with "say": `word`. False when it is larger than 1 MiB. */
bool leash_say(struct leash *leash, const char *word, struct json *body);

#endif
