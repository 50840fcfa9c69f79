/*
 * sandbox: a local RongCloud on one port: navi, IM over WebSocket, Server API and the
 * control interface for tests.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include "base/str.h"
#include "net/net.h"

struct sandbox;

struct sandbox_options {
    struct str host; /* address to bind */
    int port;        /* 0: a free one */
    struct str app_key, app_secret;
    const char *data; /* SQLite file; NULL: in memory */
    bool hosting;     /* groups, friends and profiles are kept by the cloud */
    bool notices;     /* play the App Server's part: announce membership changes */
    const char *tls_cert, *tls_key;
    const char *route, *precheck, *online, *feed; /* urls to post to; NULL: none */
    bool route_server;                            /* what the Server API sends, too */
};

/* Serves when it returns. Borrows `net`. */
struct sandbox *sandbox_open(struct net *net, const struct sandbox_options *options,
                             struct err *err);
int sandbox_port(const struct sandbox *sandbox);
void sandbox_close(struct sandbox *sandbox);

#endif
