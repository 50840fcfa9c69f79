/*
 * wire: the sockets: login, frames in and out, the faults on them.
 *
 * A socket is "of" a user from an accepted login until it closes, is kicked, or is told
 * to go; only then is it in user->conns and gets pushes.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_WIRE_H
#define SANDBOX_WIRE_H

#include "proto/frame.h"
#include "sandbox/box.h"
#include "sandbox/faults.h"

struct job;
struct held;
struct check;
struct verdict;
struct post;

struct conn {
    struct conn *next, **link;           /* of the sandbox */
    struct conn *user_next, **user_link; /* of the user */
    struct sandbox *box;
    struct server_peer *peer;
    struct user *user; /* NULL: not logged in, or on its way out */
    struct str device;
    char session[9]; /* told at login */
    int protocol;
    bool closing;
    uint16_t push_id, sync_id; /* last used */
    uint64_t *pushed;          /* with limits.keep_acked off: messages by push_id */
    int64_t second;            /* of the clock, for the rate limit */
    int64_t in_second;
    struct map rooms; /* chatrooms this socket joined -> struct room */
    struct job *jobs; /* delayed frames */
    struct held *held;
    struct check *checks; /* messages that wait for a verdict */
    struct str bytes;     /* the frame being handled, borrowed */
    bool shaped;          /* `shape` is for the answer to the frame being handled */
    struct fault shape;
};

/* Server events. */
bool wire_on_open(struct sandbox *box, struct server_peer *peer);
void wire_on_ready(struct sandbox *box, struct server_peer *peer);
void wire_on_message(struct sandbox *box, struct server_peer *peer, struct str bytes);
void wire_on_closed(struct sandbox *box, struct server_peer *peer);

/* Handles one frame of a logged-in socket (again, when it was delayed). */
void wire_frame(struct conn *conn, struct str bytes);
/* Handles a publish that was held back. */
void wire_checked(struct conn *conn, struct str bytes, const struct verdict *verdict);

/* Answers and pushes. A `payload` may not be box->frame. */
void wire_puback(struct conn *conn, uint16_t id, int status, int64_t time,
                 struct str uid);
void wire_queryack(struct conn *conn, uint16_t id, int status, struct str payload);
void wire_push(struct conn *conn, struct str topic, struct str payload);
/* The user's own message from another device (wire.md C.6). */
void wire_sync(struct conn *conn, const struct post *post, int64_t time, struct str uid);

/* Sends DISCONNECT with `status`, then closes. */
void wire_disconnect(struct conn *conn, int status);
/* Takes the socket away from its user and closes it when all is sent. */
void wire_close(struct conn *conn);

/* Writes a NotifyMsg (wire.md F.3) into `out`, which is reset, and gives it: NOTIFY_PULL
 * and the like for the topic s_ntf, COMMAND_EVENTS and the like for s_cmd. */
struct str wire_notice(struct buf *out, int type, int64_t time, struct str room);

/* wire_push to every socket of `user` but `except`. */
void wire_push_user(struct user *user, struct str topic, struct str payload,
                    const struct conn *except);

/* The same with a message, which an acknowledgement may take out of the user's inbox. */
void wire_push_message(struct user *user, const struct message *message,
                       const struct conn *except);

/* The text of a token before '@', which is all that counts. */
struct str token_key(struct str token);

#endif
