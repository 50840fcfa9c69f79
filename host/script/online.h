/*
 * online: "user.online" and "user.offline", as RongCloud's webhook tells them: of every
 * connection that somebody opens or closes, on each device.
 *
 * Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_ONLINE_H
#define SCRIPT_ONLINE_H

#include "im/webhook.h"
#include "script/script.h"

/* Tells whoever listens; journaled nowhere. */
void script_online(struct script *script, const struct webhook_online *change);

#endif
