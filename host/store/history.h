/*
 * history: what the calls of tasks returned (script/record), in chunks, until their event
 * is over. Chunks may also lie in outbox rows, with the send they came before.
 *
 * Layer: store.  Thread: loop thread only.
 */
#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include "store/db.h"

/* `event`: what ends them all; `task` "EVENT/PLUGIN/PATH"; `first`: number of the first
 * entry. One with the same numbers is replaced. */
void history_add(struct store *store, struct str event, struct str task, int64_t first,
                 struct str chunk);

/* All of the event, or (not empty) of that task. */
void history_del(struct store *store, struct str event, struct str task);

/* Calls `fn` for the chunks of the event's tasks whose names begin with `prefix`, in rows
 * of both kinds. Of those with a send, the name is followed by "/" and a number. `fn` may
 * not call this room. */
typedef void history_fn(void *arg, struct str task, bool with_send, struct str chunk);
bool history_each(struct store *store, struct str event, struct str prefix,
                  history_fn *fn, void *arg, struct err *err);

#endif
