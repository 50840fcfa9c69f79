/*
 * ws: the client end of one WebSocket. Binary messages only, one frame of wire.md C each.
 *
 * The name is resolved off the loop; for wss the certificate and the name are verified.
 * on_closed is called exactly once, last, whatever happened, and the ws is freed when it
 * returns (calling ws_close in it is allowed, not needed); after ws_close it is not
 * called at all. Callbacks never run inside a call made by the owner.
 *
 * Layer: net.  Thread: loop thread only.
 */
#ifndef NET_WS_H
#define NET_WS_H

#include "net/net.h"

struct ws;

struct ws_events {
    void (*on_opened)(void *arg);
    void (*on_message)(void *arg, struct str bytes); /* whole message; borrowed */
    /* `why`: ERR_NETWORK, ERR_TLS, ERR_TIMEOUT, ERR_LIMIT or ERR_CLOSED, with a sentence
     */
    void (*on_closed)(void *arg, const struct err *why);
};

struct ws_options {
    struct str url;         /* ws://host:port/path?query or wss:// */
    int64_t open_within_ms; /* resolve, connect, TLS and upgrade; 0: 10,000 */
    size_t message_max;     /* larger incoming messages close the socket; 0: 16 MiB */
};

/* Starts connecting. Copies the options. NULL when the url is malformed. */
struct ws *ws_open(struct net *net, const struct ws_options *options,
                   const struct ws_events *events, void *arg, struct err *err);

/* Queues a binary message (copied). Everything queued in one turn leaves in one writable
 * callback. False once closing. */
bool ws_send(struct ws *ws, struct str bytes);

size_t ws_queued(const struct ws *ws); /* bytes not yet handed to the kernel */

/* Closes now and frees `ws`; what was queued and not written may be lost. */
void ws_close(struct ws *ws);

#endif
