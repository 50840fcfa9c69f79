/*
 * deliver: what a message means to plugins: chat for the router, an event, or nothing.
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_DELIVER_H
#define SCRIPT_DELIVER_H

#include "proto/content.h"
#include "script/inside.h"

/* Tells the cloud that nobody needs the message (any more). */
void deliver_finish(struct runtime *runtime, const struct message *message);

/* Whether anybody listens to the event, or waits for it. */
bool deliver_is_wanted(struct runtime *runtime, struct str event);

/* Grey lines, commands, group notices that are no event of ours, types unknown to us: a
 * message as it came. */
void deliver_plain(struct runtime *runtime, const struct message *message);

/* Group notices, recalls, news of friends; typing, receipts and expansions; what
 * im/chatrooms and im/marks made. */
void deliver_notice(struct script *script, const struct message *message);
void deliver_recall(struct script *script, const struct message *message);
void deliver_contact(struct script *script, const struct message *message);
void deliver_sign(struct runtime *runtime, const struct message *message,
                  enum content_kind kind);
void deliver_room(struct runtime *runtime, const struct message *message);
void deliver_conversation(struct runtime *runtime, const struct message *message);

#endif
