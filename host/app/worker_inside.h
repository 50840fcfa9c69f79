/*
 * worker_inside: what worker.c and reconfigure.c share.
 *
 * Layer: app.  Thread: loop thread only.
 */
#ifndef APP_WORKER_INSIDE_H
#define APP_WORKER_INSIDE_H

#include "app/ctl.h"
#include "app/front.h"
#include "app/watch.h"
#include "app/worker.h"

struct change;

struct worker {
    struct worker_options options;
    struct config *config;     /* in force */
    struct governor *governor; /* of all bots */
    struct bot **bots;         /* in order of bot_order */
    size_t bot_count;
    uint64_t last_order;
    struct ctl *ctl;
    struct front *front;
    struct watch *watch;
    struct change *change; /* prepared, or NULL */
    struct loop_hook drain_hook;
    struct loop_timer drain_deadline;
    bool settled;
    bool drains;
};

bool worker_open_bot(struct worker *worker, struct config *config,
                     const struct config_bot *row, struct err *err);

/* Tells the owner once, when every bot is online or needs a person. */
void worker_look_settled(struct worker *worker);

#endif
