/*
 * usage: the CPU time of the last minute, in slots of ten seconds.
 *
 * Private to this room.  Layer: script.  Thread: any, one at a time. Pure.
 */
#ifndef SCRIPT_USAGE_H
#define SCRIPT_USAGE_H

#include <stdint.h>

enum { USAGE_SLOTS = 6, USAGE_SLOT_MS = 10000 };

/* An all-zero struct has seen nothing yet. */
struct usage {
    int64_t slot; /* number of the newest */
    uint64_t ticks[USAGE_SLOTS];
};

/* So many ticks of the guard more. */
void usage_add(struct usage *usage, int64_t now_ms, uint64_t ticks);

int64_t usage_minute_ms(const struct usage *usage, int64_t now_ms);

/* The last minute begins anew. */
void usage_forget(struct usage *usage);

#endif
