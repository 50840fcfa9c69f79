/*
 * applications: who wants into a hosted group, or is wanted in it, and waits for
 * somebody's consent (wire.md F.8): of the invited when `invitePerm` is 1, and of the
 * owner (or a manager) unless `joinPerm` is 1 or whoever invites could give it. After
 * seven days they expire. Each change is told to those concerned, and saved.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_APPLICATIONS_H
#define SANDBOX_APPLICATIONS_H

#include "sandbox/hosted.h"

/* `user` wants in; or `inviter` wants him in. Joined at once where nobody has to consent.
 * A STATUS_ of topics.h; STATUS_GROUP_WAITS and STATUS_INVITEE_WAITS: asked. */
int applications_ask(struct sandbox *box, struct group *group, struct user *user);
int applications_invite(struct sandbox *box, struct group *group, struct user *user,
                        const struct user *inviter);

/* The answer of the invited or, `as_manager`, of who may consent. */
int applications_answer(struct sandbox *box, struct group *group,
                        const struct user *operator, bool as_manager,
                        const struct channels_member_response_input *answer);

/* Whether `viewer` may see it. */
bool applications_is_for(struct sandbox *box, const struct group *group,
                         const struct application *application,
                         const struct user *viewer);

/* Puts what `viewer` may see of one into `out`, out of the arena; false: nothing. */
bool applications_describe(struct sandbox *box, const struct group *group,
                           const struct application *application,
                           const struct user *viewer,
                           struct channels_invite_status_info *out);

#endif
