/*
 * link: one socket to the IM server, from the upgrade to its end: CONNACK, pings, message
 * ids, and which answer belongs to which frame (wire.md C, E.1).
 *
 * The end comes once, last, by on_ended; before it every call that waits is answered with
 * ERR_NETWORK. The owner then frees the link with link_close, inside on_ended or later.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_LINK_H
#define IM_LINK_H

#include "net/net.h"
#include "proto/frame.h"

struct link;

enum link_ending {
    LINK_FAILED,       /* never got a CONNACK: `why` */
    LINK_REFUSED,      /* CONNACK with `status` */
    LINK_DISCONNECTED, /* DISCONNECT with `status` */
    LINK_LOST,         /* was accepted, then lost: `why` */
};

struct link_end {
    enum link_ending how;
    int status;
    struct err why;
};

struct link_events {
    void (*on_accepted)(void *arg, struct str user, int64_t server_ms);
    /* A server's PUBLISH. `uid` and `sent_ms` are of its completing PUBACK when it is a
     * sync copy (dup). Nothing was acknowledged yet. */
    void (*on_publish)(void *arg, const struct frame *frame, struct str uid,
                       int64_t sent_ms);
    void (*on_ping_late)(void *arg, bool late);
    void (*on_ended)(void *arg, const struct link_end *end);
};

struct link_options {
    struct str url;
    int protocol; /* protocolVer, 3 or 4 */
};

struct link *link_open(struct net *net, const struct link_options *options,
                       const struct link_events *events, void *arg, struct err *err);

/* Ends it silently: waiting calls are answered with ERR_NETWORK, inside; no on_ended. */
void link_close(struct link *link);

struct link_answer {
    int status; /* 0: accepted */
    int64_t time_ms;
    struct str uid;     /* of a PUBACK */
    struct str payload; /* of a QUERYACK */
};

/* Exactly one of the two is given; both are borrowed for the call. `why` is ERR_TIMEOUT
 * or ERR_NETWORK. */
typedef void link_answer_fn(void *arg, const struct link_answer *answer,
                            const struct err *why);

/* Sends a frame and calls `fn` exactly once with the answer, never before this returns.
 * `timeout_ms` 0: 30,000. `fn` NULL: no answer is awaited. The link must be accepted. */
void link_publish(struct link *link, struct str topic, struct str target,
                  struct str payload, int64_t timeout_ms, link_answer_fn *fn, void *arg);
void link_query(struct link *link, struct str topic, struct str target,
                struct str payload, int64_t timeout_ms, link_answer_fn *fn, void *arg);

/* Acknowledges a server's PUBLISH. */
void link_puback(struct link *link, uint16_t id);

bool link_accepted(const struct link *link);

#endif
