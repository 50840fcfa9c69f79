/*
 * rate: so many in a window of time; for log lines that could be a flood.
 *
 * Layer: script.  Thread: any, one at a time.
 */
#ifndef SCRIPT_RATE_H
#define SCRIPT_RATE_H

#include <stdbool.h>
#include <stdint.h>

/* An all-zero struct has let nothing pass yet. */
struct rate {
    int64_t window_start_ms;
    unsigned passed;  /* in this window */
    unsigned dropped; /* since one passed */
};

/* Whether one more may pass at `now_ms`. *dropped gets how many did not since the last.
 */
bool rate_pass(struct rate *rate, int64_t now_ms, unsigned max, int64_t window_ms,
               unsigned *dropped);

#endif
