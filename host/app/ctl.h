/*
 * ctl: what a worker answers to the control socket <state>/ctl.sock, one JSON object per
 * line both ways. Under a supervisor that one listens there and asks (hub.h); else the
 * worker does itself.
 *
 *   {"do":"status"}         {"ok":true,"bots":[…],"workers":[{"number","pid","restarts",
 *                            "reason","http"?}]}, the reason of the last restart; the row
 *                            of the only worker also as "worker", its "http" as such
 *       (of each bot what waits for a person, aside.h)
 *   {"do":"retry|drop","id":"12","bot"?}         {"ok":true,"text":…}
 *   {"do":"load|unload|resume|rollback","plugin":P,"bot"?}   {"ok":true,"text":…}
 *   {"do":"reload","plugin":P,"force"?,"bot"?}      {"ok":true,"text":…}
 *       (reload and rollback without "bot": for every bot that has the plugin, a line
 *       "BOT: …" each; the first failure ends it)
 *   {"do":"reconfigure"}                        {"ok":true,"text": a line a change}
 *   {"do":"eval","code":C,"pretty"?,"plugin"?,"bot"?}   {"ok":true,"text":…}
 *   {"do":"complete","code":C,"plugin"?,"bot"?}     {"ok":true,"text": a name a line}
 *   {"do":"exec","name","code","args","dry"?,"bot"?}   runs a script (script_exec)
 *   {"do":"exec","run":ID,"answers"?,"stop"?,"bot"?}    what came of it, when there is
 * any
 *   {"do":"clock","add_ms"?,"freeze"?}          (test builds only, as is the next)
 *   {"do":"crash","plugin":P,"signal":N,"bot"?}
 *   a failure                                   {"ok":false,"code":…,"error":…,"text":…}
 *
 * Layer: app.  Thread: loop thread only.
 */
#ifndef APP_CTL_H
#define APP_CTL_H

#include "app/worker.h"

struct ctl;

struct ctl_options {
    const char *state; /* listens below it; NULL: is asked by ctl_ask */
    void (*on_answer)(void *arg, int64_t id, const struct json *body);
    void *arg;
};

struct ctl *ctl_open(struct worker *worker, const struct ctl_options *options,
                     struct err *err);
/* After the bots were closed: their evals answer through it. */
void ctl_close(struct ctl *ctl);

/* One question; on_answer comes once, perhaps before this returns. */
void ctl_ask(struct ctl *ctl, int64_t id, const struct json *body);

/* What came of worker_ask_reconfigure; `why` is NULL when all went well. */
void ctl_reconfigured(struct ctl *ctl, struct str report, const struct err *why);

/* Writes the socket's path for a state folder; ERR_CONFIG when it is too long. */
bool ctl_path(char *out, size_t size, const char *state, struct err *err);

#endif
