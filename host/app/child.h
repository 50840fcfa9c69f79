/*
 * child: one worker process, seen from the supervisor: started, watched for signs of
 * life, and started again when it ended or hangs, after a pause that grows.
 *
 * Layer: app.  Thread: loop thread only.
 */
#ifndef APP_CHILD_H
#define APP_CHILD_H

#include "app/app.h"
#include "app/quarantine.h"
#include "net/loop.h"

struct child;

/* An end is told after its last line; the next start is planned then, unless the
 * supervisor stops. */
struct child_events {
    void (*on_line)(void *arg, struct child *child, struct str word,
                    const struct json *body); /* app/leash.h */
    void (*on_ended)(void *arg, struct child *child, int status, int signal);
    void (*on_due)(void *arg, struct child *child); /* to be started again */
};

struct child_options {
    const struct app *app;
    struct loop *loop;
    const char *path; /* of the configuration */
    int number;       /* from 1 on */
    int text_fd;      /* the configuration in force */
    int next_fd;      /* ... and one that it may be asked to take */
    int lock;
    const char *log_level; /* NULL: none */
    bool watch;
    int64_t hang_ms, calm_ms;      /* see supervisor.h */
    struct quarantine *quarantine; /* of all workers; borrowed */
    const struct child_events *events;
    void *arg;
};

struct child *child_new(const struct child_options *options); /* copied */
void child_free(struct child *child); /* kills it, if it runs; NULL is fine */

/* When that is impossible, it is planned again. */
void child_start(struct child *child);
void child_plan_restart(struct child *child);

/* Sends `body` (taken) with "do": `order`. False when it does not listen, or `body` is
 * larger than 1 MiB. */
bool child_tell(struct child *child, const char *order, struct json *body);

/* Sends the order, and kills it when it has not ended after `patience_ms`; a start that
 * was planned is off. False when there is no process. */
bool child_end(struct child *child, const char *order, int64_t patience_ms);

int child_number(const struct child *child);
bool child_runs(const struct child *child);
bool child_listens(const struct child *child);    /* it runs, and takes orders */
bool child_has_opened(const struct child *child); /* its bots, in any of its lives */
int64_t child_restarts(const struct child *child);
const char *child_reason(const struct child *child); /* of the last end; "" before */

#endif
