/*
 * intercept: whether a message that somebody else has sent may be delivered, asked of the
 * handlers of "message.intercept" before it is (RongCloud's pre-send callback).
 *
 * They are asked one after the other, by priority, then in order of loading and
 * registering; each sees the message as those before it left it. The first that denies
 * ends it. Whoever fails, or has too many to judge already, counts as failed, and who
 * asked decides what that means. Nothing of it is journaled; what is denied or replaced
 * leaves an audit row.
 *
 * What a handler returns:
 *
 *     nothing, "allow"
 *     "deny", { deny = "the reason, for the sender's client" }
 *     { replace = "another text" }      of a text; what else it carries stays
 *     { replace = { … } }               the whole content, as a table
 *
 * Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_INTERCEPT_H
#define SCRIPT_INTERCEPT_H

#include "script/script.h"

#define INTERCEPT_REASON_MAX 1024     /* bytes; RongCloud counts characters */
#define INTERCEPT_CONTENT_MAX 131072u /* bytes */

struct script_inquiry;

struct script_verdict {
    size_t asked;       /* handlers */
    bool denied;        /* then by `reason`, which may be empty */
    bool failed;        /* one of them did, or the asking was ended */
    struct str reason;  /* borrowed, as `content` */
    struct str content; /* instead of the message's; at NULL: as it was */
};

typedef void script_verdict_fn(void *arg, const struct script_verdict *verdict);

/* Asks about `message` (copied), of which `uid` names it. `done` is called exactly once:
 * before this returns, and then it gives NULL, or later. */
struct script_inquiry *script_intercept(struct script *script,
                                        const struct message *message,
                                        script_verdict_fn *done, void *arg);

/* Time is up: the handler that is being asked is cancelled, and `done` is called with
 * what is known so far. */
void script_intercept_end(struct script_inquiry *inquiry);

/* The asker is gone: `done` is not called. */
void script_intercept_forget(struct script_inquiry *inquiry);

#endif
