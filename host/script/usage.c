#include "script/usage.h"

#include "script/limits_guard.h"

#include <string.h>

void usage_add(struct usage *usage, int64_t now_ms, uint64_t ticks)
{
    int64_t slot = now_ms / USAGE_SLOT_MS;
    if (slot - usage->slot >= USAGE_SLOTS)
        usage_forget(usage);
    for (int64_t at = usage->slot + 1; at <= slot && slot - at < USAGE_SLOTS; at++)
        usage->ticks[at % USAGE_SLOTS] = 0;
    usage->slot = slot;
    usage->ticks[slot % USAGE_SLOTS] += ticks;
}

int64_t usage_minute_ms(const struct usage *usage, int64_t now_ms)
{
    uint64_t sum = 0;
    int64_t oldest = now_ms / USAGE_SLOT_MS - USAGE_SLOTS + 1;
    for (int64_t at = usage->slot;
         at >= oldest && usage->slot - at < USAGE_SLOTS && at >= 0; at--)
        sum += usage->ticks[at % USAGE_SLOTS];
    return (int64_t)sum * GUARD_TICK_MS;
}

void usage_forget(struct usage *usage)
{
    memset(usage->ticks, 0, sizeof(usage->ticks));
}
