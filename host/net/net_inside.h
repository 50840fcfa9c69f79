/*
 * net_inside: what struct net holds, for the clients of this room.
 *
 * Layer: net.
 */
#ifndef NET_NET_INSIDE_H
#define NET_NET_INSIDE_H

#include "net/net.h"

#include <libwebsockets.h>
#include <stdint.h>

struct ws;
struct http_pool;

struct net {
    struct loop *loop;
    char *ca_file;
    struct lws_context *context;
    struct lws_vhost *plain;  /* ws:// */
    struct lws_vhost *secure; /* wss://, made when first needed: it reads the system's
                                 authorities, which takes a while */
    struct ws *unsent;        /* with something to write at the end of the turn */
    struct loop_hook flush;
    struct http_pool *http; /* made when first needed */
    uint8_t random[512];    /* for masks: OpenSSL is asked for many at once */
    size_t random_left;
};

/* The vhost to connect from. */
struct lws_vhost *net_vhost(struct net *net, bool secure, struct err *err);

/* Four unpredictable bytes. */
void net_mask(struct net *net, uint8_t mask[4]);

/* ws.c: what lws calls, and writing out what is queued. */
extern const struct lws_protocols net_ws_protocols[];
void net_ws_flush(void *net);

/* http.c; NULL is fine */
void net_http_free(struct http_pool *pool);

#endif
