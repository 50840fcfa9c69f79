/*
 * talk: questions to a running host over its control socket (ctl.h), one at a time.
 *
 * Layer: app.  Thread: loop thread only; owns a loop of its own.
 */
#ifndef APP_TALK_H
#define APP_TALK_H

#include "base/err.h"
#include "base/json.h"

struct talk;

/* Where the host listens: below `state`, else below the state key of the configuration
 * `config` (NULL: moondock.lua). Nothing else in the configuration matters here, so
 * nothing else is checked. */
bool talk_path(const char *config, const char *state, char *out, size_t size,
               struct err *err);

/* ERR_NOT_FOUND when no host is there, ERR_CLOSED when it has yet to listen. */
struct talk *talk_open(const char *path, struct err *err);
void talk_close(struct talk *talk); /* NULL is fine */

/* Waits for the answer, which the caller frees. NULL: the host went away (ERR_CLOSED),
 * the request is too large (ERR_LIMIT), or SIGINT came (ERR_CANCELLED): then the
 * connection is of no use any more. */
struct json *talk_ask(struct talk *talk, const struct json *body, struct err *err);

/* Makes SIGINT end a wait instead of the process. */
bool talk_catch_interrupt(struct talk *talk, struct err *err);

#endif
