/*
 * answer: what comes back over the control socket, whoever speaks (ctl.h, hub.h).
 *
 * Layer: app.  Thread: loop thread only.
 */
#ifndef APP_ANSWER_H
#define APP_ANSWER_H

#include "base/err.h"
#include "base/json.h"
#include "net/lines.h"

/* {"ok":true,"text":T} */
struct json *answer_success(struct str text);

/* {"ok":false,"code":C,"error":E,"text":T} */
struct json *answer_failure(const struct err *err, struct str text);

/* ... to "reconfigure": the report, and what was wrong or NULL. */
struct json *answer_reconfigured(struct str report, const struct err *why);

#define ANSWER_BAD_CONFIG "the configuration is wrong"

/* In the place of one that is too large comes a failure that says so. */
void answer_send(struct lines *lines, const struct json *answer);

#endif
