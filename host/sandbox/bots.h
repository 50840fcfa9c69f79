/*
 * bots: users whose messages RongCloud posts to an address (server-api.md 9.8,
 * webhooks.md 6). Of the events, what is written to a bot and what mentions it in a group
 * are played; an answer is no reply.
 *
 * A bot is the JSON that the Server API was given, with createdAt and updatedAt.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_BOTS_H
#define SANDBOX_BOTS_H

#include "sandbox/box.h"

enum { BOTS_MAX = 10 };

/* Posts the message to the integrations of the bots that it concerns. `source`: what sent
 * it, "Server" or "Websocket". */
void bots_tell(struct sandbox *box, const struct message *message, const char *source);

#endif
