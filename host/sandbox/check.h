/*
 * check: a message of a client is held back until the app's server has said whether it
 * may be delivered (the pre-send callback).
 *
 * One request, three seconds; whatever is no answer then lets the message pass as it is.
 * The frame is kept and handled once more with the verdict. It has its uid from the
 * question on. A socket that closes meanwhile takes its questions along: such a message
 * was never acknowledged, and its client sends it again.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_CHECK_H
#define SANDBOX_CHECK_H

#include "sandbox/topics.h"

struct verdict {
    bool pass;
    struct str content; /* instead of the message's; at NULL: none */
    const char *uid;    /* that the message was given */
};

/* True: the frame of `ask` is held back and will be handled again, say nothing now. */
bool check_holds(struct ask *ask, const struct letter *letter);

/* Ends the questions of a socket. */
void check_forget(struct conn *conn);

#endif
