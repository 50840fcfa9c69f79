/*
 * lines: streams of text lines: standard input, and Unix sockets: the control socket from
 * both ends, and a pair of them between supervisor and worker. A line longer than 1 MiB
 * ends the stream with ERR_LIMIT.
 *
 * Layer: net.  Thread: loop thread only.
 */
#ifndef NET_LINES_H
#define NET_LINES_H

#include "base/str.h"
#include "net/loop.h"

struct lines;
struct lines_server;

/* A last line without a newline is a line too. After on_closed nothing more comes; the
 * stream is still there until lines_close, which may be called inside. */
struct lines_events {
    void (*on_line)(void *arg, struct str line); /* without the newline */
    void (*on_closed)(void *arg,
                      const struct err *why); /* once; ERR_CLOSED: end of file */
};

/* Standard input. */
struct lines *lines_stdin(struct loop *loop, const struct lines_events *events, void *arg,
                          struct err *err);

/* Connects to a Unix socket. ERR_NOT_FOUND when nobody listens there. */
struct lines *lines_connect(struct loop *loop, const char *path,
                            const struct lines_events *events, void *arg,
                            struct err *err);

/* One end of a connected Unix stream socket, which it takes. */
struct lines *lines_open(struct loop *loop, int fd, const struct lines_events *events,
                         void *arg);

/* Sends `line` and a newline (copied). False once closed, on standard input, and when
 * more than 16 MiB are waiting (a peer that does not read). */
bool lines_send(struct lines *lines, struct str line);

/* Closes after what was sent is written, and frees; on_closed is not called. */
void lines_close(struct lines *lines);

/* Listens on a Unix socket made under umask 077. Only peers of our own uid or root are
 * let in (SO_PEERCRED). The caller holds the state lock, so a stale file is replaced.
 * on_opened returns the `arg` for the new stream's events, or NULL to refuse. */
struct lines_server_events {
    void *(*on_opened)(void *arg, struct lines *lines);
    struct lines_events stream;
};
struct lines_server *lines_listen(struct loop *loop, const char *path,
                                  const struct lines_server_events *events, void *arg,
                                  struct err *err);
/* Closes the socket, its file and all streams as lines_close does. */
void lines_server_close(struct lines_server *server);

#endif
