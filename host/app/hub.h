/*
 * hub: the control socket of a host whose bots are dealt out to workers. It listens on
 * <state>/ctl.sock, passes each question on and puts answers together: whoever asks sees
 * one host, also while a worker is being started again. The language is that of ctl.h.
 *
 *   status     of all workers, a row each in "workers"; of one that is not there a row
 *              with no "pid", and its bots with the state "offline" and no numbers
 *   reload     without a bot: worker by worker, until one fails
 *   rollback   likewise
 *   reconfigure  the supervisor's
 *   the rest   is the worker's that has the bot; it says what is wrong with a question
 *
 * A worker that ends before it answers is answered for with the code "closed".
 *
 * Layer: app.  Thread: loop thread only.
 */
#ifndef APP_HUB_H
#define APP_HUB_H

#include "app/child.h"
#include "app/config.h"

struct hub;

struct hub_options {
    struct loop *loop;
    const char *state;             /* the folder; the caller holds its lock */
    struct child *const *children; /* borrowed, in order of their numbers */
    size_t count;
    const struct config *(*config)(void *arg); /* in force */
    void (*on_reconfigure)(void *arg);         /* hub_reconfigured follows */
    void *arg;
};

struct hub *hub_open(const struct hub_options *options, struct err *err);
void hub_close(struct hub *hub); /* NULL is fine */

/* A worker has answered the question `id`, or will answer nothing any more. */
void hub_answered(struct hub *hub, int worker, int64_t id, const struct json *body);
void hub_lost(struct hub *hub, int worker);

/* For all who have asked; `why` is NULL when all went well. */
void hub_reconfigured(struct hub *hub, struct str report, const struct err *why);

#endif
