/*
 * server_conn: one connection of a server; what server.c (HTTP) and server_ws.c
 * (WebSocket) share. No other file includes it.
 *
 * A connection starts as HTTP and stays that, one request at a time, until an upgrade
 * gives it a peer. It is freed by conn_free only; while it is `inside` its own input
 * handling that is put off until the handling returns.
 *
 * Layer: net.
 */
#ifndef NET_SERVER_CONN_H
#define NET_SERVER_CONN_H

#include "net/head.h"
#include "net/server.h"
#include "net/stream.h"

struct server {
    struct loop *loop;
    struct listener *listener;
    struct server_events events;
    void *arg;
    size_t body_max, message_max;
    struct conn *conns;
    size_t conn_count, conns_max;
    struct buf scratch; /* the head of an answer */
};

struct conn {
    struct server *server;
    struct stream *stream; /* NULL: closed, waiting to tell the owner */
    struct conn *next, **link;
    struct buf in;          /* bytes that are not a whole request or frame yet */
    size_t need;            /* do not look again before there are so many */
    struct loop_timer idle; /* no whole request for too long */
    struct server_request *request;
    struct server_peer *peer;
    bool keep_alive, continued;
    bool inside, dead;
    bool surplus; /* one more than the owner wants */
};

struct server_peer {
    struct conn *conn;
    void *data;
    char *head_bytes; /* what `head` looks into */
    struct head head;
    struct buf joined; /* a message that comes in several frames */
    bool text;
    bool open; /* upgraded, and not closed by the owner */
};

/* Answers and frees; `conn` may be gone. */
void conn_refuse(struct conn *conn, int status, const char *header);
void conn_free(struct conn *conn);

/* What an HTTP connection does when its peer asks for a WebSocket. */
bool conn_wants_ws(const struct head *head);
void conn_upgrade(struct conn *conn, const struct head *head, struct str bytes);

/* Handles one frame at `at`; how many bytes that took, 0 when more are needed. */
size_t conn_take_frame(struct conn *conn, char *at, size_t len);

/* Tells the owner that the peer is gone, and frees the connection. */
void conn_peer_gone(struct conn *conn);

#endif
