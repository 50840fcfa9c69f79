/*
 * stream: the connections a listening TCP port accepts, with or without TLS, as plain
 * bytes both ways.
 *
 * What is added to a stream's output leaves at the end of the turn in one write. Nothing
 * the peer does makes it grow without bound: more than STREAM_QUEUE_MAX unsent bytes cut
 * the connection. All streams of a listener read into one shared buffer, so an idle one
 * costs little.
 *
 * Layer: net.  Thread: loop thread only.
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "base/buf.h"
#include "net/address.h"
#include "net/loop.h"

#define STREAM_QUEUE_MAX ((size_t)32 << 20)

struct listener;
struct stream;

struct stream_events {
    /* Returns what stream_data gives. */
    void *(*on_accepted)(void *arg, struct stream *stream);
    /* `bytes` may be changed in place; they are valid until this returns. */
    void (*on_bytes)(void *data, char *bytes, size_t len);
    /* The peer ended or broke the connection; the stream is gone when this returns. Not
     * called after stream_close or stream_cut, never inside a call of this header. */
    void (*on_gone)(void *data);
};

struct listener_options {
    struct str host; /* an address, not a name */
    int port;        /* 0: a free one */
    const char *cert, *key;
};

struct listener *listener_open(struct loop *loop, const struct listener_options *options,
                               const struct stream_events *events, void *arg,
                               struct err *err);
int listener_port(const struct listener *listener);
/* Every stream must have been closed or cut before. What lingers is dropped. */
void listener_close(struct listener *listener);

/* Queues bytes (copied). Too many cut the connection later in the turn. */
void stream_send(struct stream *stream, struct str bytes);
size_t stream_queued(const struct stream *stream);

/* Stops and resumes reading. */
void stream_pause(struct stream *stream, bool pause);

/* The number of the peer's address, kept in `out`; of an IPv4 one in the clothes of an
 * IPv6 one without them. STR_NONE when it is gone. */
struct str stream_address(const struct stream *stream, char out[ADDRESS_SIZE]);

/* Ends the stream after what was queued is written, reading on (and forgetting) until the
 * peer ends too, so that it sees the last bytes rather than a reset. Frees it. */
void stream_close(struct stream *stream);

/* Drops the connection at once. What is queued is written as far as the kernel takes it;
 * then the peer sees the end of the stream, without any farewell (`reset`: an error, and
 * maybe not the last bytes). Frees it. */
void stream_cut(struct stream *stream, bool reset);

#endif
