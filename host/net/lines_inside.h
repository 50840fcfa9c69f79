/*
 * lines_inside: what lines.c (a stream) and lines_server.c (who makes streams) share.
 *
 * Layer: net.
 */
#ifndef NET_LINES_INSIDE_H
#define NET_LINES_INSIDE_H

#include "net/lines.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <uv.h>

/* A stream that is not read yet; takes the open socket. lines_begin starts it. */
struct lines *lines_adopt(struct loop *loop, int fd, const struct lines_events *events);
void lines_begin(struct lines *lines, void *arg);

/* Called when the stream is closed by its owner, so that a server can forget it. */
void lines_on_end(struct lines *lines, loop_fn *fn, void *arg);

/* The address of a Unix socket, however long its path: a long one is reached through its
 * open folder, which the caller closes after use (-1: none). */
bool lines_address(const char *path, struct sockaddr_un *out, int *folder,
                   struct err *err);

#endif
