/*
 * relay: a port on loopback whose connections lead to another port, through hands that
 * may keep, change, delay or lose what passes. For fault tests: whatever can happen
 * between two programs happens here, and neither of them knows.
 *
 * Nothing passes by itself: on_bytes tells what a side said, relay_pass says something to
 * a side. A side that ends is told once; what it said before may still be passed on.
 *
 * Layer: net.  Thread: loop thread only.
 */
#ifndef NET_RELAY_H
#define NET_RELAY_H

#include "base/str.h"
#include "net/loop.h"

struct relay;

enum relay_side { RELAY_CLIENT, RELAY_SERVER };

struct relay_events {
    void (*on_opened)(void *arg, int64_t link);
    /* `bytes` are valid until this returns. */
    void (*on_bytes)(void *arg, int64_t link, enum relay_side from, struct str bytes);
    void (*on_ended)(void *arg, int64_t link, enum relay_side who);
};

/* Listens on a free port of 127.0.0.1 and connects on to `port` there. */
struct relay *relay_open(struct loop *loop, int port, const struct relay_events *events,
                         void *arg, struct err *err);
int relay_port(const struct relay *relay);

/* Says `bytes` (copied) to a side. False when the link is gone. */
bool relay_pass(struct relay *relay, int64_t link, enum relay_side to, struct str bytes);

/* Ends both connections of a link after what was passed; what its sides say from now on
 * is forgotten. `reset`: at once and with an error, so that the last bytes may be lost.
 * False when it was gone. */
bool relay_cut(struct relay *relay, int64_t link, bool reset);

/* Cuts every link and frees. NULL is fine. */
void relay_close(struct relay *relay);

#endif
