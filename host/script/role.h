/*
 * role: who may do what: the roles of people, from the configuration (owners, moderators)
 * and from what was granted, everywhere or in one group. The highest of them counts.
 * Grants belong to the bot, so all its plugins see the same; they are rows of the store.
 *
 * Nobody acts on an equal or higher role: a grant or a revocation made for a person,
 * while a message of theirs is handled, needs a role above the one given and above the
 * one the other has. Without a person the plugin may give every role but owner, which
 * only the configuration gives.
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_ROLE_H
#define SCRIPT_ROLE_H

#include "script/runtime.h"

enum role { ROLE_MEMBER, ROLE_TRUSTED, ROLE_MODERATOR, ROLE_ADMIN, ROLE_OWNER };

#define ROLE_GRANTS_MAX 10000 /* of one bot */

const char *role_word(enum role role);
bool role_parse(struct str word, enum role *role);

/* Reads what was granted. */
void role_load(struct runtime *runtime);

/* `group` empty: everywhere. */
enum role role_of(const struct runtime *runtime, struct str user, struct str group);

/* `by`: for whom it is done; empty: nobody. ERR_DENIED says who lacks what, ERR_LIMIT,
 * ERR_STORAGE; revoking: ERR_NOT_FOUND when nothing like that was granted. */
bool role_grant(struct runtime *runtime, struct str by, struct str user, struct str group,
                enum role role, struct err *err);
bool role_revoke(struct runtime *runtime, struct str by, struct str user,
                 struct str group, enum role role, struct err *err);

#endif
