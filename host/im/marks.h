/*
 * marks: how the account keeps a conversation on all its devices, pinned and at which
 * notification level (wire.md F.6), and what other devices change of that: pulled after
 * each connection and when the server says so, from a cursor in the store.
 *
 * Each change becomes a message made here, in that conversation, of the type
 * MARKS_EVENT; its content is {"pinned"?, "level"?}, as it is now.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_MARKS_H
#define IM_MARKS_H

#include "base/json.h"
#include "im/requests.h"
#include "proto/messages.h"
#include "store/db.h"

#define MARKS_EVENT "moondock:conversation"

enum { MARK_LEVEL = 1, MARK_PINNED = 2 }; /* session_state_type */

/* What RongCloud calls a level, "none" -> "5"; STR_NONE: there is no such level. */
struct str marks_level(struct str word);

/* Adds "pinned" or "level" to an object. */
void marks_describe(struct json *row, const struct session_state *state);

struct marks;

/* `on_message` takes in a message (inbox_take). */
struct marks *marks_new(struct store *store, struct requests *requests,
                        void (*on_message)(void *arg, struct message *message),
                        void *arg);
void marks_free(struct marks *marks); /* NULL is fine */

void marks_up(struct marks *marks, struct str user);

/* The server says that there are some, or the store works again. */
void marks_pull(struct marks *marks);

#endif
