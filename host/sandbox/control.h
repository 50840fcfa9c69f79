/*
 * control: the JSON interface for tests and demos below /_sandbox/. It answers only peers
 * on loopback that name a loopback Host, send no Origin and say application/json, and
 * never sends CORS headers: a web page on the same machine must not reach it.
 *
 *   POST   /_sandbox/fault {"when", "user"?, "topic"?, "path"?, "times"?, "do"} -> {"id"}
 *   DELETE /_sandbox/fault/ID
 *   GET    /_sandbox/state
 *   POST   /_sandbox/user {"user_id", "multi_device"?}
 *   POST   /_sandbox/token/expire {"user_id"}
 *   POST   /_sandbox/clock {"add_ms"} or {"freeze"}
 *   POST   /_sandbox/limits {"messages_per_second"?, "push"?: "direct" or "notice",
 *              "history"?, "pull_send"?, "gzip"?, "page"?, "token_ms"?, "open_anti"?,
 *              "hosting"?}
 *   POST   /_sandbox/reset
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_CONTROL_H
#define SANDBOX_CONTROL_H

#include "sandbox/box.h"

void control_answer(struct sandbox *box, struct server_request *request, struct str path);

#endif
