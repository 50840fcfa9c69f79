/*
 * net: what the clients and servers of this room share: the libwebsockets context and the
 * libcurl multi handle, both on one loop.
 *
 * Layer: net.  Thread: loop thread only.
 */
#ifndef NET_NET_H
#define NET_NET_H

#include "net/loop.h"

struct net;

/* `ca_file` (may be NULL) is trusted besides the system's authorities. Borrows `loop`. */
struct net *net_new(struct loop *loop, const char *ca_file, struct err *err);

/* Everything made from it must be closed before. */
void net_free(struct net *net);

struct loop *net_loop(const struct net *net);

#endif
