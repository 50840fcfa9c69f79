/*
 * chatrooms: the rooms this account sits in (wire.md F.7, H.9): joins them again after
 * each connection, pulls what is said there and what becomes of their entries.
 *
 * Rooms and cursors are in the store, moved by the commit that journals what was pulled:
 * a process that starts again goes on where it was, as far as the server still has it.
 * Only the account's own wish (room_leave) or the server's (closed, kept out) ends that.
 *
 * An entry that somebody else changed, and the end of a room, become messages made here
 * (MESSAGE_MADE_HERE) in that room, of the type CHATROOM_EVENT:
 *
 *   {"operation": "entry", "key", "value"?, "user"}   without value: it is gone
 *   {"operation": "lost", "reason": "closed" or "refused"}
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_CHATROOMS_H
#define IM_CHATROOMS_H

#include "im/requests.h"
#include "store/db.h"

struct chatrooms;

#define CHATROOM_EVENT "moondock:room"
enum { CHATROOM_KEY_MAX = 128, CHATROOMS_MAX = 100 };

/* `on_message` takes in a message (inbox_take). */
struct chatrooms *chatrooms_new(struct loop *loop, struct store *store,
                                struct requests *requests,
                                void (*on_message)(void *arg, struct message *message),
                                void *arg);
void chatrooms_free(struct chatrooms *chatrooms);

/* The link is up: joins them again. */
void chatrooms_up(struct chatrooms *chatrooms, struct str user);

/* What the server tells of a room, in which this account need not be. */
enum chatroom_notice { CHATROOM_MESSAGES, CHATROOM_ENTRIES, CHATROOM_GONE };
void chatrooms_notice(struct chatrooms *chatrooms, struct str id,
                      enum chatroom_notice what);

/* This account has joined the room, and wants so many of its last messages; or left it.
 */
void chatrooms_joined(struct chatrooms *chatrooms, struct str id, int64_t old);
void chatrooms_left(struct chatrooms *chatrooms, struct str id);

bool chatrooms_has(const struct chatrooms *chatrooms, struct str id);
size_t chatrooms_count(const struct chatrooms *chatrooms);

/* The payloads of joinChrm (also joinChrmR, exitChrm) and pullKV; false: no room. */
bool chatrooms_ask_to_join(struct buf *body);
bool chatrooms_ask_for_entries(struct buf *body, int64_t after_ms);

#endif
