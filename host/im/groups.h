/*
 * groups: what only the Server API can do for a bot: members, mutes, kicks, and recalling
 * what others wrote. Made in one turn, sent after its commit.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_GROUPS_H
#define IM_GROUPS_H

#include "im/account.h"
#include "im/server_api.h"

struct groups;

/* `api` (borrowed) NULL: every call gives ERR_DENIED. */
struct groups *groups_new(struct server_api *api);
void groups_free(struct groups *groups); /* what waits ends with ERR_CLOSED */
void groups_committed(struct groups *groups);

struct account_call *groups_members(struct groups *groups, struct str group,
                                    account_members_fn *done, void *arg, struct err *err);

/* `body` is the form body of `path` (copied). */
struct account_call *groups_order(struct groups *groups, const char *path,
                                  struct str body, account_done_fn *done, void *arg,
                                  struct err *err);

#endif
