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

/* The session bits of a message of the Server API. */
int64_t rest_session(struct str object, bool persisted, bool counted);

/* The notify block of the group calls: *wanted says whether there is one. */
bool rest_notify(struct call *call, bool *wanted, struct letter *letter,
                 struct post *how);

#endif
