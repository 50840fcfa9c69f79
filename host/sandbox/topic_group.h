/*
 * topic_group: what the requests of the group service have in common (wire.md F.8).
 *
 * Layer: sandbox.  Thread: loop thread only.
 */
#ifndef SANDBOX_TOPIC_GROUP_H
#define SANDBOX_TOPIC_GROUP_H

#include "sandbox/hosted.h"
#include "sandbox/topics.h"

enum { ASK_USERS_MAX = 100 };

/* The hosted group; else NULL and why. `mine`: the user must be in it. */
struct group *ask_find_group(struct ask *ask, struct str id, bool mine, int *status);

/* Answers with a ChannelsOutput: STATUS_OK, or who has to consent first. */
int ask_done(struct ask *ask, int process_code);

#endif
