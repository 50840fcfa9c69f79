/*
 * supervisor: starts a worker process, starts it again when it ended or hangs, and passes
 * on what it is told by signals. It owns the state lock, opens no bot itself and knows
 * nothing that a worker could lose.
 *
 * Layer: app.  Thread: loop thread only.
 */
#ifndef APP_SUPERVISOR_H
#define APP_SUPERVISOR_H

#include "app/config.h"

struct supervisor_options {
    const struct app *app;
    struct config *config; /* borrowed */
    int lock;              /* of the state folder; the worker inherits it */
    const char *log_level; /* of --log, for the worker; NULL: none */
    bool watch;
    int64_t hang_ms; /* without a sign of life for so long, a worker is killed */
    int64_t calm_ms; /* after so long without an end, the next start is at once again */
};

/* Returns the exit status: 0 after a signal; of a first worker that cannot start, its
 * own. */
int supervisor_run(const struct supervisor_options *options);

#endif
