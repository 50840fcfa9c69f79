/*
 * metrics: what `ctl status` knows, as a page for Prometheus (text format 0.0.4).
 *
 * Both are made from bot_status, so they cannot disagree. Labels are names of bots and
 * plugins and words of moondock, never users, groups or what a message says. Nothing is
 * kept for it: the page is made when it is asked for.
 *
 * Layer: app.  Thread: loop thread only.
 */
#ifndef APP_METRICS_H
#define APP_METRICS_H

#include "app/webhooks.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define METRICS_MAX ((size_t)64 << 20)

/* Appends the page; false when `out` is too small for it. `start_ms` is when the process
 * began (wall time). */
bool metrics_write(const struct worker *worker, const struct webhooks *webhooks,
                   int64_t start_ms, struct buf *out);

#endif
