/*
 * lock: who owns the bots of a state folder (design.md 3). Held with flock on
 * <state>/lock until the process ends or lock_release.
 *
 * Layer: app.
 */
#ifndef APP_LOCK_H
#define APP_LOCK_H

#include "base/err.h"

/* Makes the folder (0700) if needed and takes the lock. Gives a file descriptor, or -1:
 * ERR_EXISTS names the process that holds it, ERR_STORAGE the cause. */
int lock_take(const char *state, struct err *err);
void lock_release(int lock);

#endif
