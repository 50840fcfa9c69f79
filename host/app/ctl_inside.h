/*
 * ctl_inside: what ctl.c (who asks) and ctl_orders.c (what can be asked) share.
 *
 * Private to app/ctl*.c.  Layer: app.
 */
#ifndef APP_CTL_INSIDE_H
#define APP_CTL_INSIDE_H

#include "app/answer.h"
#include "app/ctl.h"

struct ctl {
    struct worker *worker;
    struct ctl_options options;
    struct lines_server *server; /* NULL: it is asked */
    struct peer *peers;
    struct roll *rolls;
};

/* A connection, which outlives its socket while work for it goes on; or one question. */
struct peer {
    struct ctl *ctl;
    struct peer *next;
    struct lines *lines; /* NULL: gone, or a question */
    bool asked_once;     /* it is a question, number `id` */
    int64_t id;
    int work;  /* evals and rollouts that go on, and what it waits for */
    int asked; /* of these: new looks at the configuration */
};

/* Answers, and takes the body. */
void ctl_answer(struct peer *peer, struct json *body);

/* Something asked for by the peer is over; it may be gone then. */
void ctl_end_work(struct peer *peer);

/* Does what the question says, or begins to. */
void ctl_obey(struct peer *peer, const struct json *body);

/* Rollouts end here. */
void ctl_end_rolls(struct ctl *ctl);

#endif
