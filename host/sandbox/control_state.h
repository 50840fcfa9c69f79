/*
 * control_state: the sandbox described as JSON, for tests to look at.
 *
 * Layer: sandbox, private to control.
 */
#ifndef SANDBOX_CONTROL_STATE_H
#define SANDBOX_CONTROL_STATE_H

#include "base/json.h"
#include "sandbox/box.h"

/* Adds "now", "connections", "counts", "users", "groups", "rooms", "faults", "limits". */
void control_state(const struct sandbox *box, struct json *out);

#endif
