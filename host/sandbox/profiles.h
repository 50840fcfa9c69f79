/*
 * profiles: what RongCloud keeps of a user for the app: keys of its own and keys of the
 * app (wire.md F.9, server-api.md 9.1). Used by the topics and by the Server API.
 *
 * Not played: keys and limits set in the console, who may see what, and telling those
 * who subscribed.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_PROFILES_H
#define SANDBOX_PROFILES_H

#include "proto/messages.h"
#include "sandbox/box.h"

/* Whether a value may be set, `extra`: under a key of the app: a STATUS_ of topics.h. The
 * key "uniqueId" is for `server`s only. */
int profiles_check(const struct user *user, struct str key, struct str value, bool extra,
                   bool server);
/* Sets what was checked. The caller saves. */
void profiles_set(struct user *user, struct str key, struct str value, bool extra);

/* All of it, in the arena; NULL when that is full. */
struct user_profile *profiles_describe(struct sandbox *box, const struct user *user);

#endif
