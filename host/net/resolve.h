/*
 * resolve: names to addresses, off the loop thread: a name server that does not answer
 * holds up nobody else.
 *
 * Layer: net.  Thread: loop thread only.
 */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include "net/loop.h"

#define RESOLVE_MAX 8     /* addresses given */
#define RESOLVE_NUMBER 46 /* characters of one, with the NUL */
#define RESOLVE_NAME_MAX 253

struct resolve;

struct resolve_answer {
    size_t count; /* 0: `why` of the callback says what failed */
    char numbers[RESOLVE_MAX][RESOLVE_NUMBER];
};

typedef void resolve_done_fn(void *arg, const struct resolve_answer *answer,
                             const struct err *why);

/* Starts; `done` is called once, never before this returns. A number is its own answer.
 */
struct resolve *resolve_start(struct loop *loop, const char *name, resolve_done_fn *done,
                              void *arg);

/* `done` is not called. */
void resolve_cancel(struct resolve *resolve);

#endif
