/*
 * wire_send: what leaves a socket, and what a fault makes of it.
 *
 * Layer: sandbox, private to the wire files.
 */
#ifndef SANDBOX_WIRE_SEND_H
#define SANDBOX_WIRE_SEND_H

#include "sandbox/wire.h"

/* Sends one frame as it is. A peer that does not read is cut off. */
void send_frame(struct conn *conn, const struct frame *frame);

/* The same, with the fault on the answer of the frame being handled, if any. */
void send_answer(struct conn *conn, const struct frame *frame);

/* Handles `bytes` (copied) as a frame after `delay_ms`. */
void job_handle_later(struct conn *conn, struct str bytes, int64_t delay_ms);
/* Logs the socket in after `delay_ms`. */
void job_login_later(struct conn *conn, int64_t delay_ms);

/* Forgets delayed and held frames. */
void send_forget(struct conn *conn);

/* The client has acknowledged a push. */
void send_acked(struct conn *conn, uint16_t id);

/* Takes the socket from its user and sends nothing more on it. */
void wire_leave(struct conn *conn);

/* Logs in: CONNACK, and what follows from it. */
void wire_login(struct conn *conn);

#endif
