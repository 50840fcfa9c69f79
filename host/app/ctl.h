/*
 * ctl: the control socket <state>/ctl.sock, one JSON object per line both ways.
 *
 *   {"do":"status"}         {"ok":true,"bots":[…],"http"?,"worker":{"pid","restarts",
 *                            "reason"}}, the reason of the last restart
 *   {"do":"load|unload|resume|rollback","plugin":P,"bot"?}   {"ok":true,"text":…}
 *   {"do":"reload","plugin":P,"force"?,"bot"?}      {"ok":true,"text":…}
 *       (reload and rollback without "bot": for every bot that has the plugin, a line
 *       "BOT: …" each; the first failure ends it)
 *   {"do":"reconfigure"}                        {"ok":true,"text": a line a change}
 *   {"do":"eval","code":C,"pretty"?,"plugin"?,"bot"?}   {"ok":true,"text":…}
 *   {"do":"complete","code":C,"plugin"?,"bot"?}     {"ok":true,"text": a name a line}
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

struct ctl *ctl_open(struct worker *worker, const char *state, struct err *err);
/* After the bots were closed: their evals answer through it. */
void ctl_close(struct ctl *ctl);

/* What came of worker_ask_reconfigure; `why` is NULL when all went well. */
void ctl_reconfigured(struct ctl *ctl, struct str report, const struct err *why);

/* Writes the socket's path for a state folder; ERR_CONFIG when it is too long. */
bool ctl_path(char *out, size_t size, const char *state, struct err *err);

#endif
