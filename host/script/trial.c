#include "script/trial.h"

#include <stdio.h>
#include <string.h>

enum { EVENTS = 20, TIME_MS = 30 * 1000, FAILED_MIN = 3, FAILED_SHARE = 5 };

void trial_start(struct trial *trial, int64_t now_ms)
{
    memset(trial, 0, sizeof(*trial));
    trial->on = true;
    trial->until_ms = now_ms + TIME_MS;
}

void trial_end(struct trial *trial)
{
    trial->on = false;
}

bool trial_fail(struct trial *trial, int64_t now_ms, unsigned ended, struct str why)
{
    if (!trial->on)
        return false;
    if (ended > EVENTS || now_ms > trial->until_ms) {
        trial->on = false;
        return false;
    }
    if (trial->failed++ == 0) {
        struct str line = STR_NONE;
        str_split(&why, '\n', &line);
        snprintf(trial->first, sizeof(trial->first), "%.*s", STR_ARG(line));
    }
    if (trial->failed < FAILED_MIN || trial->failed * FAILED_SHARE <= ended)
        return false;
    trial->on = false;
    return true;
}
