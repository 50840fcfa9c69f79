/*
 * worker: one loop and the bots it owns: those that the configuration deals to it
 * (app/deal.h), or all of them.
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
    int number; /* of the workers of the configuration; 0: the only one, with all bots */
    struct config *config; /* a reference is taken */
    struct net *net;       /* borrowed */
    struct worker_past past;
    const struct quarantine *quarantine; /* borrowed; NULL: empty */
    /* A plugin in quarantine was started by an operator. */
    void (*on_released)(void *arg, uint64_t who);
    /* The only one listens on the control socket itself. An operator asks for a new look
     * at the configuration: worker_reconfigured tells what came of it, not before this
     * returns. */
    void (*on_reconfigure)(void *arg);
    /* Any other is asked by worker_ask. Answers, once for each, also before that
     * returns. */
    void (*on_answer)(void *arg, int64_t id, const struct json *body);
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

/* One of its bots; an empty name is fine when the configuration has just one.
 * ERR_NOT_FOUND lists all that it has. */
struct bot *worker_find_bot(const struct worker *worker, struct str name,
                            struct err *err);
/* Where requests are served; STR_NONE: nowhere. */
struct str worker_http(const struct worker *worker);
const struct worker_past *worker_past(const struct worker *worker);
struct loop *worker_loop(const struct worker *worker);
const struct config *worker_config(const struct worker *worker);
int worker_number(const struct worker *worker);

/* Whether a bot of the configuration is, or would be, one of its own. */
bool worker_owns(const struct worker *worker, const struct config_bot *row);

/* Another configuration, in two steps. First (takes it) whether it could be put in the
 * place of the one in force; nothing is touched. When not, `report` has a line per
 * problem. */
bool worker_prepare(struct worker *worker, struct config *config, struct buf *report,
                    struct err *err);
/* ... then it is, and only what differs is touched: bots are opened and closed, plugins
 * loaded, unloaded and reloaded. `report` has a line for each difference; false when some
 * of that failed, with the first cause. ERR_CLOSED after worker_drain. */
bool worker_commit(struct worker *worker, struct buf *report, struct err *err);
void worker_abandon(struct worker *worker); /* or not; without one prepared, nothing */

/* A question as on the control socket (ctl.h). */
void worker_ask(struct worker *worker, int64_t id, const struct json *body);

/* For on_reconfigure, and for the control socket. */
void worker_ask_reconfigure(struct worker *worker);
void worker_reconfigured(struct worker *worker, struct str report, const struct err *why);

#endif
