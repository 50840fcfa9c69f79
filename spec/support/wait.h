/*
 * wait: turns a loop until something is so; fails after ten seconds of waiting. A turn
 * counts as no more than it may wait: neither one that works for long nor a machine that
 * is busy with others makes a test fail.
 */
#ifndef SPEC_SUPPORT_WAIT_H
#define SPEC_SUPPORT_WAIT_H

#include "base/clock.h"
#include "net/loop.h"

enum { WAIT_MS = 10000, WAIT_TURN_MS = 20 };

/* False when that was the last one. */
static inline bool wait_turn(struct loop *loop, int64_t *waited_ms)
{
    int64_t from_ms = clock_real_ms();
    loop_turn(loop, WAIT_TURN_MS);
    int64_t took_ms = clock_real_ms() - from_ms;
    *waited_ms += took_ms < WAIT_TURN_MS ? took_ms : WAIT_TURN_MS;
    return *waited_ms < WAIT_MS;
}

#define WAIT_IN(loop, condition)                                                         \
    do {                                                                                 \
        int64_t waited_ms = 0;                                                           \
        while (!(condition))                                                             \
            if (!wait_turn(loop, &waited_ms))                                            \
                fail_msg("never came true: %s", #condition);                             \
    } while (0)

#endif
