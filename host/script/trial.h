/*
 * trial: the first events of a new version of a plugin. It has failed when, of its first
 * 20 events or of those in its first 30 s, whichever ends first, at least 3 and more than
 * a fifth failed (lua-runtime 10.6: then the version before comes back by itself).
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_TRIAL_H
#define SCRIPT_TRIAL_H

#include "base/str.h"

struct trial {
    bool on;
    int64_t until_ms;
    unsigned failed;
    char first[200]; /* the first line of the first error */
};

void trial_start(struct trial *trial, int64_t now_ms);
void trial_end(struct trial *trial);

/* One of the `ended` events so far failed. True when that is enough; the trial is over
 * then. */
bool trial_fail(struct trial *trial, int64_t now_ms, unsigned ended, struct str why);

#endif
