/*
 * orders: carries out what im/order.h lists. An order is a chain of steps, each one call
 * of the Server API or one query over the socket; which chain depends on what the account
 * has: the app secret, and whether RongCloud hosts groups for the app (and this one).
 * Made in one turn, sent after its commit.
 *
 * Layer: im.  Thread: loop thread only.
 */
#ifndef IM_ORDERS_H
#define IM_ORDERS_H

#include "im/account.h"
#include "im/chatrooms.h"
#include "im/requests.h"
#include "im/server_api.h"

struct orders;

/* Borrows all; `api` may be NULL, and `requests` where there is no socket. `user`
 * (copied) is ourselves. */
struct orders *orders_new(struct server_api *api, struct requests *requests,
                          struct chatrooms *chatrooms, struct str user);
void orders_free(struct orders *orders); /* what waits ends with ERR_CLOSED */
void orders_committed(struct orders *orders);

/* What navi said: the app has the group and friend services. */
void orders_set_hosting(struct orders *orders, bool hosting);

struct account_call *orders_start(struct orders *orders, const struct order *order,
                                  order_done_fn *done, void *arg, struct err *err);

/* Recalls what somebody else wrote. */
struct account_call *orders_recall(struct orders *orders,
                                   const struct recall_order *recall, struct str sender,
                                   account_done_fn *done, void *arg, struct err *err);

#endif
