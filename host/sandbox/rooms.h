/*
 * rooms: who sits in a chatroom. A user is in it through one socket and leaves with it.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_ROOMS_H
#define SANDBOX_ROOMS_H

#include "sandbox/wire.h"

/* The room, made when there is none. */
struct room *rooms_open(struct sandbox *box, struct str id, int64_t now);

/* Joining again only changes the socket. Returns when the user joined. */
int64_t rooms_join(struct conn *conn, struct room *room, int64_t now);
void rooms_leave(struct conn *conn, struct room *room);
void rooms_leave_all(struct conn *conn);

/* wire_push to everybody in the room but the user `except`. */
void rooms_push(struct room *room, struct str topic, struct str payload,
                struct str except);

/* Puts the user out: a notice to pull is how they learn of it. */
void rooms_put_out(struct room *room, struct str user);

/* Tells the members that the room's keys changed. */
void rooms_announce_keys(struct room *room);

/* Ends the room: tells its members (s_cmd type 4) and frees it. */
void rooms_destroy(struct sandbox *box, struct room *room);

#endif
