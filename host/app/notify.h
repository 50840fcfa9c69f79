/*
 * notify: tells the service manager how the host is (sd_notify): ready, reloading,
 * stopping, and alive, as often as its watchdog wants to hear it. One datagram each to
 * the socket that $NOTIFY_SOCKET names; nothing is sent where there is none.
 *
 * Layer: app.  Thread: loop thread only.
 */
#ifndef APP_NOTIFY_H
#define APP_NOTIFY_H

#include "net/loop.h"

struct notify;

/* Looks at $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID, and starts to report signs
 * of life. NULL where nobody wants to hear. The others take that NULL, too. */
struct notify *notify_open(struct loop *loop);
void notify_close(struct notify *notify);

void notify_ready(struct notify *notify);
void notify_reloading(struct notify *notify); /* nothing before it was ready */
void notify_reloaded(struct notify *notify);
void notify_stopping(struct notify *notify);

/* A sentence for `systemctl status`. */
void notify_status(struct notify *notify, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
