/*
 * later: handlers that found no room. An instance may have so many tasks that wait; a
 * message that meets that many keeps its journal row open, and the handler gets it, read
 * from there again, in its turn when a task has ended. Other plugins' handlers have it
 * meanwhile. Only what is noted here is in memory: whose turn, not what was said.
 *
 * In the order they came; nobody who comes later finds room before them. After a crash
 * all begins anew, since the rows are open.
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_LATER_H
#define SCRIPT_LATER_H

#include "script/instance.h"
#include "script/origin.h"

struct handler;

/* The event waits for the handler of that number. False when it cannot: it is in no
 * journal, or too much waits already (quota.h). */
bool later_add(struct instance *instance, struct origin *origin, unsigned number);

/* A task has ended: the next ones begin in another turn of the loop. */
void later_due(struct instance *instance);

/* Another instance has taken over: what waits for `from` waits for `to`. */
void later_move(struct instance *from, struct instance *to);

/* The instance was stopped hard: the events are handed up once more (record.h). */
void later_lost(struct instance *instance);

/* The instance ends; what still waits for it is over. */
void later_clear(struct instance *instance);

/* While an event comes for the second time: is it for this handler? */
bool later_is_for(const struct runtime *runtime, const struct handler *handler,
                  const struct origin *origin);

/* Its origin; NULL while events come for the first time. */
struct origin *later_origin(const struct runtime *runtime);

#endif
