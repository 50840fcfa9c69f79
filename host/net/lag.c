#include "net/lag.h"

#include <string.h>

/* The slots from the newest to that of now are empty. */
static void move_on(struct lag *lag, int64_t slot)
{
    if (slot - lag->slot >= LAG_SLOTS)
        memset(lag->longest_us, 0, sizeof(lag->longest_us));
    else
        for (int64_t at = lag->slot + 1; at <= slot; at++)
            lag->longest_us[at % LAG_SLOTS] = 0;
    lag->slot = slot;
}

void lag_begin(struct lag *lag, uint64_t now_ns, uint64_t idle_ns)
{
    lag->ended_ns = now_ns;
    lag->idle_ns = idle_ns;
}

void lag_end(struct lag *lag, uint64_t now_ns, uint64_t idle_ns)
{
    int64_t took_us = (int64_t)(now_ns - lag->ended_ns - (idle_ns - lag->idle_ns)) / 1000;
    int64_t slot = (int64_t)(now_ns / 1000) / LAG_SLOT_US;
    if (slot != lag->slot)
        move_on(lag, slot);
    int64_t *longest = &lag->longest_us[slot % LAG_SLOTS];
    if (took_us > *longest)
        *longest = took_us;
    if (took_us > lag->worst_us)
        lag->worst_us = took_us;
    lag_begin(lag, now_ns, idle_ns);
}

int64_t lag_minute_us(const struct lag *lag, int64_t now_us)
{
    int64_t longest = 0, oldest = now_us / LAG_SLOT_US - LAG_SLOTS + 1;
    for (int64_t at = lag->slot; at >= oldest && lag->slot - at < LAG_SLOTS && at >= 0;
         at--)
        if (lag->longest_us[at % LAG_SLOTS] > longest)
            longest = lag->longest_us[at % LAG_SLOTS];
    return longest;
}
