/*
 * friends: who is whose friend, and who asked to be (wire.md F.9). Friendship is always
 * of both. What changes one side is told to both by events.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_FRIENDS_H
#define SANDBOX_FRIENDS_H

#include "sandbox/box.h"

enum { FRIEND_FREE = 1, FRIEND_ASK = 2, FRIEND_NOBODY = 3 }; /* user->friend_level */
enum { FRIEND_WAITS, FRIEND_ACCEPTS, FRIEND_REFUSES };       /* request->status */

/* `user` asks `other`, or, when that is allowed or they asked first, they are friends at
 * once. A STATUS_ of topics.h; STATUS_FRIEND_WAITS: asked. */
int friends_ask(struct sandbox *box, struct user *user, struct user *other,
                struct str text);
/* Friends from now on; false: they were. */
bool friends_add(struct sandbox *box, struct user *user, struct user *other);
bool friends_remove(struct sandbox *box, struct user *user, struct user *other);
/* `user` answers what `other` asked; false: nothing was asked. */
bool friends_answer(struct sandbox *box, struct user *user, struct user *other,
                    bool accept);

#endif
