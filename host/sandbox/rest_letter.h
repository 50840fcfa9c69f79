/*
 * rest_letter: what the calls that send have in common (server-api.md 9.3).
 *
 * Layer: sandbox, private to the rest files.
 */
#ifndef SANDBOX_REST_LETTER_H
#define SANDBOX_REST_LETTER_H

#include "sandbox/post.h"
#include "sandbox/rest.h"

/* Reads fromUserId, objectName, content and the common options; type and target are left
 * to the caller. */
bool rest_letter(struct call *call, int type, struct letter *letter, struct post *how);

/* What is special about how a message is sent to each of its receivers. */
struct each {
    bool status; /* told to who is online, never kept */
    /* Gives the letter what receiver number `at` gets alone, valid until the next call;
     * false: it gets nothing. NULL: all get the same. */
    bool (*fill)(struct call *call, void *arg, size_t at, struct letter *letter);
    void *arg;
};

/* Sends `letter` to all of its type whom the call names (the blacklists heeded if it says
 * so), and answers with the UIDs. A repeated msgRandom gives the answer of before. */
bool rest_publish(struct call *call, struct letter *letter, struct post *how,
                  const struct each *each);

/* The session bits of a message of the Server API. */
int64_t rest_session(struct str object, bool persisted, bool counted);

/* The notify block of the group calls: *wanted says whether there is one. */
bool rest_notify(struct call *call, bool *wanted, struct letter *letter,
                 struct post *how);

#endif
