/*
 * notices: what an App Server announces about a group, RC:GrpNtf from `__system__`
 * (wire.md G.1). RongCloud itself announces nothing in plain groups.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_NOTICES_H
#define SANDBOX_NOTICES_H

#include "sandbox/box.h"

struct notice {
    const char *operation; /* Create, Add, Quit, Rename, Dismiss */
    struct str operator_id;
    const struct str *targets;
    size_t count;
};

/* Sends it to the group. Returns the message, or NULL when `--notices` is off. */
const struct message *notice_send(struct sandbox *box, const struct group *group,
                                  const struct notice *notice);

#endif
