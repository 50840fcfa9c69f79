/*
 * serve: one worker in this process until it is told to stop: by signals, or by the
 * supervisor that started the process. The same worker either way.
 *
 * Layer: app.  Thread: loop thread only.
 */
#ifndef APP_SERVE_H
#define APP_SERVE_H

#include "app/config.h"

/* How long finishing what is under way may take. */
#define SERVE_DRAIN_MS 10000

/* Whether this process talks to a terminal; not any more, once that has gone away. */
bool serve_on_terminal(void);

/* Under signals: SIGINT and SIGTERM end it, SIGHUP reads the configuration again, unless
 * it comes because the terminal went away: then it ends, too. The caller holds the state
 * lock. Gives the exit status. */
int serve_foreground(const struct app *app, struct config *config, bool watch);

/* On the supervisor's orders (app/leash.h), the `number`th of its workers; `path` names
 * the configuration in messages. Gives the exit status. */
int serve_supervised(const struct app *app, const char *path, int number, bool watch);

#endif
