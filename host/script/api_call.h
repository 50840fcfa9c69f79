/*
 * api_call: what the calls into the cloud have in common. In order:
 *
 *     guard_hold();
 *     if (caps_gate(…, &err) && api_call_online(task, &err))
 *         call = im->mute(…, api_call_on_done, task, &err);
 *     api_call_pending(task, call);
 *     guard_release();
 *     return api_call_wait(L, task, &err);
 *
 * Private to this room.  Layer: script.
 */
#ifndef SCRIPT_API_CALL_H
#define SCRIPT_API_CALL_H

#include "script/task.h"

/* False with ERR_CLOSED while the script is cut off from the cloud; in a dry run without
 * an error, which api_call_wait and api_call_fail know. */
bool api_call_online(const struct task *task, struct err *err);

/* Makes `call` what the task waits for; NULL: it did not start. */
void api_call_pending(struct task *task, void *call);

/* Parks, or returns nil and why the call did not start. */
int api_call_wait(lua_State *L, struct task *task, const struct err *why);

/* Ends a call that did not start: audit row, nil and the error. */
int api_call_fail(lua_State *L, struct task *task, const struct err *why);

/* An account_done_fn: wakes the task with true, or nil and the error. */
void api_call_on_done(void *task, const struct err *why);

#endif
