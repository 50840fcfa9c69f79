/*
 * pace: how long to wait before the next attempt to connect: at once after the first
 * failure, then growing delays with jitter up to 60 s. Attempts at once are limited to
 * five in a minute, for redirects and for other failures each, so that a server that
 * accepts and then drops us is not hammered either: it sees us every few seconds.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_PACE_H
#define IM_PACE_H

#include <stdint.h>

struct pace_window {
    int64_t from_ms;
    int count;
};

/* All-zero is a fresh one. */
struct pace {
    int failures; /* since the last success */
    struct pace_window retries, redirects;
};

int64_t pace_retry(struct pace *pace);
int64_t pace_retry_later(struct pace *pace); /* never at once */
int64_t pace_redirect(struct pace *pace);
void pace_proved(struct pace *pace);

#endif
