/*
 * hosted: groups that RongCloud keeps for the app: who may do what in them, how they are
 * described, and telling their members what happened (wire.md F.8). Used by the topics
 * and by the Server API.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_HOSTED_H
#define SANDBOX_HOSTED_H

#include "proto/messages.h"
#include "sandbox/events.h"

enum { ROLE_NONE, ROLE_MEMBER, ROLE_MANAGER, ROLE_OWNER };

int hosted_role(const struct group *group, struct str user);

/* Whether the role is enough for what a setting like "removePerm" guards. */
bool hosted_may(const struct group *group, int role, const char *permission);

/* The pieces of protobuf that describe it, in the arena; NULL when that is full. */
struct channels_joined_info *
hosted_describe(struct sandbox *box, const struct group *group, const struct user *as);
struct channels_user_info *hosted_describe_member(struct sandbox *box,
                                                  const struct group *group,
                                                  const struct user *user);

/* What happened, told to every member and to the `others` who are none (any more). */
struct group_news {
    int type, sub_type; /* events.h */
    const struct user *operator;
    struct user *const *others;
    size_t other_count;
};
void hosted_tell(struct sandbox *box, struct group *group, const struct group_news *news);

/* A member's card in the group; nothing leaves that as it is. Saves and tells. */
void hosted_set_card(struct sandbox *box, struct group *group, struct user *user,
                     const struct user *operator, struct str nickname, struct str extra);

/* Membership. Each saves and tells. */
bool hosted_add(struct sandbox *box, struct group *group, struct user *user,
                const struct user *operator);
bool hosted_remove(struct sandbox *box, struct group *group, struct user *user,
                   const struct user *operator, int sub_type);
void hosted_dismiss(struct sandbox *box, struct group *group,
                    const struct user *operator);

#endif
