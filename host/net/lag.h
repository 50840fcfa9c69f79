/*
 * lag: how long the turns of a loop took, waiting left out: whatever arrived meanwhile
 * had to wait so long. The longest one, and the longest of the last minute.
 *
 * Layer: net.  Thread: any, one at a time. Pure.
 */
#ifndef NET_LAG_H
#define NET_LAG_H

#include <stdint.h>

enum { LAG_SLOTS = 6 };
#define LAG_SLOT_US (10 * INT64_C(1000000))

/* An all-zero struct has seen nothing yet. */
struct lag {
    uint64_t ended_ns, idle_ns; /* as lag_end got them last */
    int64_t slot;               /* number of the newest */
    int64_t longest_us[LAG_SLOTS];
    int64_t worst_us;
};

/* A turn begins, or ends and the next one begins: the time, and how long the loop has
 * waited so far. */
void lag_begin(struct lag *lag, uint64_t now_ns, uint64_t idle_ns);
void lag_end(struct lag *lag, uint64_t now_ns, uint64_t idle_ns);

/* The longest turn that ended in the last minute. */
int64_t lag_minute_us(const struct lag *lag, int64_t now_us);

#endif
