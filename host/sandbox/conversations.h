/*
 * conversations: what a user has talked in, as the IM server's list and history and the
 * App Server's show it.
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_CONVERSATIONS_H
#define SANDBOX_CONVERSATIONS_H

#include "sandbox/box.h"

struct conversation_row {
    int type;
    struct str target;
    const struct message *last; /* the newest that the user may see */
};

struct conversation_rows {
    struct conversation_row *at; /* owned: free() it */
    size_t count, room;
};

/* Those that are listed, the one where something was said last first. */
void conversations_list(const struct sandbox *box, const struct user *user,
                        struct conversation_rows *rows);

/* The messages of one; NULL with *member true: nothing was ever said. *member false: a
 * group the user is not in. */
const struct log *conversations_log(const struct sandbox *box, const struct user *user,
                                    int type, struct str target, bool *member);

/* Whether the user sees the message in a history that was cleaned until `cleaned_ms`. */
bool conversations_shows(const struct user *user, const struct message *message,
                         int64_t cleaned_ms);

#endif
