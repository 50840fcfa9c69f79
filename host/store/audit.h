/*
 * audit: who did what to whom: one row per action of a plugin or an operator.
 *
 * Layer: store.  Thread: loop thread only.
 */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "store/db.h"

struct audit_row {
    int64_t row; /* set by the room */
    int64_t at_ms;
    struct str plugin; /* or "ctl" */
    struct str verb;   /* "group.mute" */
    struct str target; /* "g-demo/bob" */
    struct str result; /* "done", or the error's word and number */
};

void audit_add(struct store *store, const struct audit_row *row);

/* The newest `max` rows, newest first; strings are borrowed for the call. */
typedef void audit_each_fn(void *arg, const struct audit_row *row);
bool audit_each(struct store *store, int max, audit_each_fn *fn, void *arg,
                struct err *err);

#endif
