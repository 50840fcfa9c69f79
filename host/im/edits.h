/*
 * edits: what others have made of their messages afterwards (wire.md F.5), pulled after
 * each connection and when the server says so, from a cursor in the store.
 *
 * Each becomes a message made here: the one that was edited, as it reads now, with the
 * UID MESSAGE_MADE_HERE "edit/VERSION/UID" (message_edited tells the UID).
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_EDITS_H
#define IM_EDITS_H

#include "im/requests.h"
#include "store/db.h"

struct edits;

/* `on_message` takes in a message (inbox_take). */
struct edits *edits_new(struct store *store, struct requests *requests,
                        void (*on_message)(void *arg, struct message *message),
                        void *arg);
void edits_free(struct edits *edits); /* NULL is fine */

void edits_up(struct edits *edits, struct str user);

/* The server says that there are some, or the store works again. */
void edits_pull(struct edits *edits);

#endif
