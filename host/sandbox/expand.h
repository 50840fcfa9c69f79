/*
 * expand: the key-values that a message may carry, and the messages that change them
 * (wire.md G, RC:MsgExMsg; server-api.md 9.3).
 *
 * Kept in letter.extra_content, as it is on the wire: {"key": {"v": text, "ts": ms}}.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_EXPAND_H
#define SANDBOX_EXPAND_H

#include "base/json.h"
#include "sandbox/box.h"

enum { EXPAND_KEYS_MAX = 300, EXPAND_KEY_MAX = 32, EXPAND_VALUE_MAX = 4096 };

/* The message of that UID if it is one of the conversation that `user` has with `target`
 * and may carry key-values; else NULL. */
struct message *expand_find(struct sandbox *box, struct str uid, int type,
                            struct str user, struct str target);

/* What the message would carry after a change, {"put": {key: text}, "del": [key]}; NULL:
 * a key or value too long, or too many. Gives a root. */
struct json *expand_merge(const struct message *message, const struct json *change,
                          int64_t now);

/* Changes the message that a letter of type RC:MsgExMsg names, if it can be. */
void expand_apply(struct sandbox *box, const struct letter *letter);

#endif
