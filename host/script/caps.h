/*
 * caps: the one gate between a plugin and what acts outside it. Grants are the
 * operator's; what uses one leaves one row in the audit, and so does an attempt without
 * it (not each of a flood). Free: answering in the conversation of the event at hand,
 * recalling one's own message, the plugin's own store; these leave no row.
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_CAPS_H
#define SCRIPT_CAPS_H

#include "net/url.h"
#include "script/objects.h"
#include "script/task.h"

bool caps_has(const struct instance *instance, const char *capability);

/* Whether `task` may. False with ERR_DENIED naming the capability, after the audit row.
 * True: caps_done has to follow when the result is known. `subject` is who or what else,
 * may be nothing. Between guard_hold and guard_release. */
bool caps_gate(struct task *task, const char *capability, struct conversation where,
               struct str subject, struct err *err);

/* The same with a target in words of its own. */
bool caps_gate_on(struct task *task, const char *capability, struct str target,
                  struct err *err);

/* The same for what is free where the task's event came from. */
bool caps_gate_here(struct task *task, const char *capability, struct conversation where,
                    struct err *err);

/* The same for a request to the web: row "http", "GET HOST". */
bool caps_gate_web(struct task *task, struct str method, const struct url *url,
                   struct err *err);

/* Writes the row of what passed the gate last, if it was not free. `why` NULL: done. */
void caps_done(struct task *task, const struct err *why);

/* The same with a result of its own: an HTTP status. */
void caps_done_with(struct task *task, const char *result);

/* A row of somebody else: the operator's eval. */
void caps_audit(struct runtime *runtime, struct str who, const char *verb,
                struct str target, struct str result);

/* Bytes the plugin's stores may hold together: 1 MiB, or as `store:10M` says. */
int64_t caps_store_size(const struct instance *instance);

#endif
