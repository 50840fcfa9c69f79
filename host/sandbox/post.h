/*
 * post: a message's way through the sandbox: may it be sent, keep it, list it in the
 * inboxes concerned, tell who is online.
 *
 * The cloud's checks (post_check) apply to what clients send; the Server API sends
 * without them, as it does in the cloud. Nothing here helps a client: a message sent
 * twice is two messages, and a push that was not acknowledged is not repeated.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_POST_H
#define SANDBOX_POST_H

#include "sandbox/box.h"

/* May the user of `conn` send this? A STATUS_ (topics.h); STATUS_WORD_REPLACED changes
 * letter->content (kept in the arena) and means: send it. */
int post_check(struct sandbox *box, struct letter *letter);

struct post {
    struct conn *origin; /* the socket it came on; NULL: the Server API */
    /* With origin: what the sender's other devices get, as it came (wire.md C.6). */
    struct str sync_topic, sync_target, sync_payload;
    bool to_sender;  /* Server API: list and push it to its sender, too */
    bool replaced;   /* a word of it was */
    const char *uid; /* given before (mail_reserve_uid); NULL: a new one */
};

/* Keeps and delivers. The message is valid until the ring drops it. */
const struct message *post(struct sandbox *box, const struct letter *letter,
                           const struct post *how);

/* A status message (typing): to who is online now, never kept. `uid`: those of clients
 * have none. `to_sender`: to the other devices of its sender, too. */
void post_status(struct sandbox *box, const struct letter *letter, struct str uid,
                 bool to_sender);

/* Encodes `message` as its sender sees it (own copy, wire.md F.3), appended to `out`. */
bool post_own_form(const struct message *message, struct buf *out);

/* Encodes a letter as its receivers get it, appended to `out`. */
bool post_received_form(const struct letter *letter, int64_t time, struct str uid,
                        struct buf *out);

/* Was `user` the sender? Own copies need post_own_form. */
bool post_is_own(const struct message *message, const struct user *user);

/* May `user`, who is in the conversation, see it in history and lists? Not what is not
 * stored, recalled, directed to others, or deleted by the user. */
bool post_is_visible(const struct message *message, const struct user *user);

/* Is `user` among the receivers of a directional message? Everybody is of another. */
bool post_is_addressed(const struct letter *letter, struct str user);

/* Makes `letter` (which may borrow from it) what the message says, in the mail and on
 * disk. `message` is gone, the one given has its place; NULL: too large, nothing done. */
struct message *post_rewrite(struct sandbox *box, struct message *message,
                             const struct letter *letter);

/* Gives the message another content and tells whoever has it but `except` (NULL: all) to
 * pull it (s_cmd 12). `message` is gone, another one has its place. */
bool post_edit(struct sandbox *box, struct message *message, struct str content,
               const struct conn *except);

/* Marks `message` as recalled: history and pulls leave it out from now on. */
void post_recall(struct sandbox *box, struct message *message);

/* Lists a message loaded from disk in the logs it belongs to. `own`: in its sender's
 * outbox, too; `members`: who got it in a group. */
void post_relist(struct sandbox *box, struct message *message, bool own,
                 const struct str *members, size_t count);

#endif
