#include "script/rate.h"

bool rate_pass(struct rate *rate, int64_t now_ms, unsigned max, int64_t window_ms,
               unsigned *dropped)
{
    if (rate->window_start_ms == 0 || now_ms - rate->window_start_ms >= window_ms) {
        rate->window_start_ms = now_ms;
        rate->passed = 0;
    }
    *dropped = rate->dropped;
    if (rate->passed >= max) {
        rate->dropped++;
        return false;
    }
    rate->passed++;
    rate->dropped = 0;
    return true;
}
