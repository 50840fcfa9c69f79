/*
 * server: one listening port that speaks HTTP/1.1 and WebSocket, with or without TLS.
 *
 * Requests: on_request is called with the whole body; the owner answers now or later with
 * server_reply, exactly once, or server_drop. If the peer goes away first,
 * on_request_gone is called and the request is dead. Bodies without Content-Length get
 * 411, larger than `body_max` 413.
 *
 * WebSockets: on_ws_open decides at the upgrade; peers are sent to with server_ws_send
 * (queued, drained in one writable callback) and closed with server_ws_close;
 * on_ws_closed is called exactly once for each accepted peer, last.
 *
 * Built for thousands of connections.
 *
 * Layer: net.  Thread: loop thread only.
 */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include "base/buf.h"
#include "net/address.h"
#include "net/net.h"

struct server;
struct server_request;
struct server_peer;

struct server_events {
    void (*on_request)(void *arg, struct server_request *request);
    void (*on_request_gone)(void *arg, struct server_request *request); /* may be NULL */
    /* The path and query are readable from `peer` now. False refuses with 403. */
    bool (*on_ws_open)(void *arg, struct server_peer *peer);
    void (*on_ws_ready)(void *arg, struct server_peer *peer); /* upgraded; may send now */
    void (*on_ws_message)(void *arg, struct server_peer *peer, struct str bytes);
    void (*on_ws_closed)(void *arg, struct server_peer *peer);
};

struct server_options {
    struct str host;  /* address to bind, "127.0.0.1" */
    int port;         /* 0: a free one */
    const char *cert; /* PEM files; NULL: no TLS */
    const char *key;
    size_t body_max;    /* 0: 1 MiB */
    size_t message_max; /* 0: 1 MiB */
    size_t conns_max;   /* more get 503 and are closed; 0: no limit */
};

/* ERR_NETWORK names the address when it cannot be bound ("port in use"). */
struct server *server_open(struct net *net, const struct server_options *options,
                           const struct server_events *events, void *arg,
                           struct err *err);
int server_port(const struct server *server);
/* Closes all connections; on_ws_closed and on_request_gone are still called, inside. */
void server_close(struct server *server);

/* Request. Borrowed strings live as long as the request. */
struct str server_method(const struct server_request *request); /* "GET" */
struct str server_path(const struct server_request *request); /* without the query, raw */
struct str server_query(const struct server_request *request); /* after '?', raw */
struct str server_body(const struct server_request *request);
/* STR_NONE when absent; any letter case. */
struct str server_header(const struct server_request *request, const char *name);
/* All of them: "Name: value" lines, each with its CRLF. */
struct str server_header_lines(const struct server_request *request);
/* Whose connection it is: a number, kept in `out`; STR_NONE when nobody's any more. */
struct str server_address(const struct server_request *request, char out[ADDRESS_SIZE]);
bool server_from_loopback(const struct server_request *request);
void *server_request_data(const struct server_request *request);
void server_set_request_data(struct server_request *request, void *data);

struct server_header_pair {
    const char *name; /* ends the list when NULL */
    const char *value;
};

/* Answers and frees the request. Copies everything. `headers` may be NULL. */
void server_reply(struct server_request *request, int status, const char *content_type,
                  const struct server_header_pair *headers, struct str body);
/* Cuts the connection without an answer, or after the first `bytes` of one. */
void server_drop(struct server_request *request);

/* WebSocket peers. */
struct str server_peer_path(const struct server_peer *peer);
struct str server_peer_query(const struct server_peer *peer);
struct str server_peer_header(const struct server_peer *peer,
                              const char *name); /* Origin, User-Agent, Host */
void *server_peer_data(const struct server_peer *peer);
void server_set_peer_data(struct server_peer *peer, void *data);
bool server_ws_send(struct server_peer *peer, struct str bytes); /* copies */
size_t server_ws_queued(const struct server_peer *peer);
/* Sends what is queued, then closes. */
void server_ws_close(struct server_peer *peer);
/* Sends only the first `cut_at` raw bytes (WebSocket header included) of `bytes`, then
 * cuts the connection hard. For faults. */
void server_ws_cut(struct server_peer *peer, struct str bytes, size_t cut_at);

/* Percent-decoding: the value of `name` in a query or form body, decoded into `out`
 * (appended). False when absent. `+` is a space. */
bool server_param(struct str query, const char *name, struct buf *out);
/* Walks all pairs in order (repeated keys, unescaped bytes: server-api.md 3). False at
 * the end. Decodes into the two bufs (reset first). */
bool server_param_next(struct str *rest, struct buf *name, struct buf *value);

#endif
