/*
 * alone: a script run by a bot that no host has open. It logs in for that time, without
 * plugins; messages that arrive stay in the journal for the host that comes next.
 *
 * Layer: app.  Thread: loop thread only; owns a loop of its own.
 */
#ifndef APP_ALONE_H
#define APP_ALONE_H

#include "app/config.h"
#include "app/news.h"

/* Runs `body` (script_exec) until it ends and what it sent has left, or a second SIGINT.
 * The caller holds the state lock. Gives the exit status. */
int alone_run(const struct app *app, struct config *config, const struct config_bot *row,
              const struct json *body, struct news *news);

#endif
