/*
 * aside: events that wait for a person: messages the host died of (poison), and those
 * that ended hard for one plugin (stopped, interrupted; store/journal.h).
 *
 * Layer: app.  Thread: loop thread only.
 */
#ifndef APP_ASIDE_H
#define APP_ASIDE_H

#include "base/json.h"
#include "im/account.h"
#include "script/script.h"

/* Adds to a row of ctl status how many there are of each kind, and as "set_aside" the
 * first hundred: {"id","message","why","plugin","since_ms"}, nothing of what was said.
 * The plugin is missing where it is for all; "message" is what the event was about, for
 * what a time brought the time's id. */
void aside_show(struct account *account, struct json *bot);

/* Handed up again to whom it is for, or forgotten. ERR_NOT_FOUND: there is no such row,
 * or its plugin does not run. */
bool aside_retry(struct account *account, struct script *script, int64_t id,
                 struct err *err);
bool aside_drop(struct account *account, struct script *script, int64_t id,
                struct err *err);

/* A message is handed up that was retried for one plugin, which may be gone since. True:
 * it is set aside once more. */
bool aside_again(struct account *account, const struct script *script,
                 const struct message *message);

/* A message that was handed up before comes while the plugin is in quarantine, which
 * `why` explains: what it was in, or had begun, waits for it. */
void aside_absent(struct account *account, const struct message *message,
                  struct str plugin, const char *why);

#endif
