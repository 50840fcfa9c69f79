/*
 * worker: one loop and the bots it owns; with them their control socket.
 *
 * Layer: app.  Thread: loop thread only.
 */
#ifndef APP_WORKER_H
#define APP_WORKER_H

#include "app/bot.h"

struct worker;

/* What became of those before it. */
struct worker_past {
    int64_t restarts;
    char reason[120]; /* of the last one; empty: there was none */
};

struct worker_options {
    const struct app *app;
    struct config *config; /* a reference is taken */
    struct net *net;       /* borrowed */
    struct worker_past past;
    const struct quarantine *quarantine; /* borrowed; NULL: empty */
    /* A plugin in quarantine was started by an operator. */
    void (*on_released)(void *arg, uint64_t who);
    /* An operator asks for a new look at the configuration: worker_reconfigured tells
     * what came of it, not before this returns. */
    void (*on_reconfigure)(void *arg);
    bool watch;                    /* reload plugins whose files change */
    void (*on_settled)(void *arg); /* once: every bot is online or needs a person */
    void (*on_drained)(void *arg); /* once, after worker_drain */
    void *arg;
};

/* The caller holds the state lock. */
struct worker *worker_open(const struct worker_options *options, struct err *err);
void worker_close(struct worker *worker);

/* Stops taking input; on_drained comes when all tasks have ended and the outboxes are
 * empty, or after `deadline_ms`. */
void worker_drain(struct worker *worker, int64_t deadline_ms);

/* The bots, for the control socket. */
size_t worker_bot_count(const struct worker *worker);
struct bot *worker_bot(const struct worker *worker, size_t index);

/* By name; an empty name is fine when there is just one bot. ERR_NOT_FOUND lists them. */
struct bot *worker_find_bot(const struct worker *worker, struct str name,
                            struct err *err);
/* Where requests are served; STR_NONE: nowhere. */
struct str worker_http(const struct worker *worker);
const struct worker_past *worker_past(const struct worker *worker);
struct loop *worker_loop(const struct worker *worker);
const struct config *worker_config(const struct worker *worker);

/* Puts `config` (takes it) in the place of the one in force and touches only what
 * differs: bots are opened and closed, plugins loaded, unloaded and reloaded. */
enum worker_applied {
    WORKER_KEPT,  /* nothing was done; `err` says why, `report` has a line per problem */
    WORKER_TAKEN, /* `report` has a line for each difference */
    WORKER_TAKEN_PARTLY, /* `err` is the first of those that failed */
};
enum worker_applied worker_apply(struct worker *worker, struct config *config,
                                 struct buf *report, struct err *err);

/* For on_reconfigure, and for the control socket. */
void worker_ask_reconfigure(struct worker *worker);
void worker_reconfigured(struct worker *worker, struct str report, const struct err *why);

#endif
