/*
 * navi: tells a client where to connect, in both formats of wire.md A, and answers /ping.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_NAVI_H
#define SANDBOX_NAVI_H

#include "sandbox/box.h"

bool navi_serves(struct str path);
void navi_answer(struct sandbox *box, struct server_request *request, struct str path);

/* Whose token the request carries; STR_NONE when nobody's. */
struct str navi_user(struct sandbox *box, struct server_request *request);

#endif
