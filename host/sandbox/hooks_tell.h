/*
 * hooks_tell: what an app's server is told (webhooks.md 3, 5, 7, 8, 10, 11). Nothing is
 * posted for which it has named no address.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_HOOKS_TELL_H
#define SANDBOX_HOOKS_TELL_H

#include "sandbox/hosted.h"
#include "sandbox/post.h"
#include "sandbox/wire.h"

/* A message was kept: it is routed, and a recall is an operation, too. */
void hooks_tell_message(struct sandbox *box, const struct message *message,
                        const struct post *how);

/* A socket came or went; RongCloud's numbers. */
enum { HOOK_CAME = 0, HOOK_LEFT = 1 };
void hooks_tell_online(const struct conn *conn, int status);

/* A hosted group changed. */
void hooks_tell_group(struct sandbox *box, const struct group *group,
                      const struct group_news *news);

/* A chatroom was made or ended, `user` (else STR_NONE) came or went; `pushed` out by the
 * loss of the socket. */
enum { HOOK_ROOM_MADE, HOOK_ROOM_JOINED, HOOK_ROOM_LEFT, HOOK_ROOM_ENDED };
void hooks_tell_room(struct sandbox *box, struct str room, int type, struct str user,
                     bool pushed);

/* The result of an operation on an account: done. */
enum { HOOK_DEACTIVATED, HOOK_REACTIVATED };
void hooks_tell_account(struct sandbox *box, struct str user, struct str operation,
                        int type);

/* They are friends now. */
void hooks_tell_friends(struct sandbox *box, struct str user, struct str other);

#endif
