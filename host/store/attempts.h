/*
 * attempts: events in whose handling the process died. What is handled just now is noted
 * in a page of memory that outlives the process ("<path>-now"); when the file is opened
 * again, that event has one attempt more. So an event that kills its worker is told from
 * those that only happened to wait then, even if it was never committed. The last
 * thousand such events are remembered.
 *
 * Layer: store.  Thread: loop thread only.
 */
#ifndef STORE_ATTEMPTS_H
#define STORE_ATTEMPTS_H

#include "store/db.h"

#define ATTEMPTS_MAX 3 /* then it is set aside */

/* Code of a plugin runs for the event; empty: it has come back. Costs next to nothing. */
void attempts_now(struct store *store, struct str event);

/* How often the process died in it. */
int attempts_count(const struct store *store, struct str event);

void attempts_forget(struct store *store, struct str event);

#endif
