/*
 * roles: which role somebody was given, everywhere (group empty) or in one group. One row
 * per person and place.
 *
 * Layer: store.  Thread: loop thread only.
 */
#ifndef STORE_ROLES_H
#define STORE_ROLES_H

#include "store/db.h"

/* ERR_STORAGE while the store has failed (db.h). */
bool roles_set(struct store *store, struct str user, struct str group, struct str role,
               int64_t at_ms, struct err *err);
bool roles_del(struct store *store, struct str user, struct str group, struct err *err);

/* Strings are borrowed for the call; `fn` may not call this room. */
typedef void roles_fn(void *arg, struct str user, struct str group, struct str role);
void roles_each(struct store *store, roles_fn *fn, void *arg);

#endif
