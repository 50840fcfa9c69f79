/*
 * lock: who owns the bots of a state folder (design.md 3). Held with flock on
 * <state>/lock by the process that took it and by its workers, which inherit it: it is
 * free when the last of them has ended, or after lock_release.
 *
 * Layer: app.
 */
#ifndef APP_LOCK_H
#define APP_LOCK_H

#include "base/err.h"

/* Makes the folder (0700) if needed and takes the lock. Gives a file descriptor, or -1:
 * ERR_EXISTS names the process that holds it, ERR_STORAGE the cause. Waits up to 10 s for
 * workers whose supervisor was killed. */
int lock_take(const char *state, struct err *err);
void lock_release(int lock);

/* The process that holds the lock of a state folder; 0: none. */
long lock_owner(const char *state);

#endif
