/*
 * rollout: one plugin reloaded, or rolled back, for every bot that has it, a few
 * milliseconds a turn. The first failure ends it: the bots behind keep what they have.
 *
 * Layer: app.  Thread: loop thread only.
 */
#ifndef APP_ROLLOUT_H
#define APP_ROLLOUT_H

#include "app/worker.h"

struct rollout;

enum rollout_kind { ROLLOUT_RELOAD, ROLLOUT_FORCED, ROLLOUT_BACK };

/* Once, never before rollout_start returned. The report has a line for each bot that was
 * reached, "BOT: reloaded …"; `why` is NULL when all went well. Frees the rollout. */
typedef void rollout_fn(void *arg, struct str report, const struct err *why);

/* ERR_NOT_FOUND when no bot has the plugin. */
struct rollout *rollout_start(struct worker *worker, struct str plugin,
                              enum rollout_kind kind, rollout_fn *done, void *arg,
                              struct err *err);
void rollout_cancel(struct rollout *rollout); /* frees it; `done` is not called */

#endif
