/*
 * settings: what a user set for one conversation, and how the user's devices learn of it
 * (wire.md F.6); and how much of its history the user cleaned away.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_SETTINGS_H
#define SANDBOX_SETTINGS_H

#include "sandbox/box.h"

/* session_state_type */
enum { SETTING_SILENT = 1, SETTING_TOP = 2 };

/* The next version of the user's settings, which the marks changed now bear. */
int64_t settings_next(struct user *user, int64_t now);

/* Sets one of them; other kinds and values over 64 bytes are passed over. */
void settings_set(struct mark *mark, int64_t kind, struct str value);

/* Tells all devices of the user but `except` (or NULL) to ask for them. */
void settings_announce(struct sandbox *box, struct user *user, const struct conn *except);

/* Now, or the time of the user's newest message, which may be ahead of the clock. */
int64_t settings_newest(const struct user *user, int64_t now);

/* Hides from the user what was said in a conversation up to `until`. */
void settings_clean(struct user *user, int type, struct str target, int64_t until);

#endif
