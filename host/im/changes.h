/*
 * changes: what happens to groups and friends at the cloud, told by pullEventChange after
 * a notice (wire.md F.4). Only where RongCloud keeps them for the app.
 *
 * What happened to the members of a hosted group becomes a group notice, RC:GrpNtf, from
 * who did it. A request to be friends, what became of our own, and the beginning and end
 * of a friendship become messages RC:ContactNtf in the private chat with the other one.
 * They have UIDs of our own (message_is_made_here) and go through the
 * inbox, so each is handled exactly once: the cursor moves in the commit that journals
 * the message.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_CHANGES_H
#define IM_CHANGES_H

#include "im/requests.h"
#include "store/db.h"

struct changes;

/* `on_message` gets what is made of a change, without row and received_ms. */
struct changes *changes_new(struct store *store, struct requests *requests,
                            void (*on_message)(void *arg, struct message *message),
                            void *arg);
void changes_free(struct changes *changes); /* before the requests */

/* The link is up. `hosting`: there is something to ask for. */
void changes_up(struct changes *changes, struct str user, bool hosting);

/* The server says that there is something new, or the store works again. */
void changes_ask(struct changes *changes);

#endif
