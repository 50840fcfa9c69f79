/*
 * router_index: who wants which event, over all live instances of a bot. Made in one go,
 * never changed: after a change the router makes another and publishes it by one pointer.
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_ROUTER_INDEX_H
#define SCRIPT_ROUTER_INDEX_H

#include "base/map.h"
#include "script/router.h"
#include "text/wordset.h"

/* A list of handlers, in the order they are called. */
struct router_list {
    struct handler **at;
    size_t len, cap;
};

struct router_index {
    struct map events;            /* name to struct router_list * */
    struct router_list message;   /* the handlers of "message" */
    struct map commands;          /* first word to struct router_commands * */
    struct wordset *words;        /* NULL: nobody asked for any */
    struct router_list word_sets; /* by the value they have in `words` */
    bool needs_text;              /* the text of messages has to be looked at */
};

/* Handlers that were taken back are left out. Borrows the others until it is freed. */
const struct router_index *router_index_new(struct instance *const *live, size_t count);
void router_index_free(const struct router_index *index); /* NULL is fine */

/* NULL: nobody. */
const struct router_list *router_index_event(const struct router_index *index,
                                             struct str name);

/* The command that `text` calls, the longest phrase that fits; `rest` gets what follows.
 * NULL: none. */
struct handler *router_index_command(const struct router_index *index, struct str text,
                                     struct str *rest);

/* Higher priority first, then order of loading, then of registering. */
bool router_goes_before(const struct handler *a, const struct handler *b);

#endif
