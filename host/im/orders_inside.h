/*
 * orders_inside: what orders.c, which runs steps, and the tables of steps share.
 *
 * Layer: im.
 */
#ifndef IM_ORDERS_INSIDE_H
#define IM_ORDERS_INSIDE_H

#include "im/call.h"
#include "im/orders.h"

struct order_step;

/* An order under way. */
struct order_run {
    struct account_call base;
    struct orders *orders;
    struct order order;         /* strings owned: text and ids in one piece, `strings` */
    struct recall_order recall; /* of orders_recall: strings owned likewise */
    char *strings;
    const struct order_step *step; /* the one to make, or under way */
    struct buf body;               /* of that step */
    struct server_api_call *api_call;
    struct account_call *wire_call;
    struct json *result;
    char page[256]; /* token of the next page, set by take */
    bool again;     /* set by take: this step once more, for that page */
    order_done_fn *done;
    account_done_fn *recalled; /* instead of done */
    void *arg;
};

/* One call. `path`: of the Server API; else `topic`: a query, to the group or (`to_me`)
 * to ourselves. */
struct order_step {
    const char *path, *topic;
    bool to_me;
    bool (*fill)(struct order_run *run, struct buf *body); /* false: it is too long */
    /* Puts what was answered into run->result; NULL: nothing to take. */
    void (*take)(struct order_run *run, const struct json *answer);
    bool (*take_wire)(struct order_run *run, struct str payload, struct err *err);
    const struct order_step *next;
};

/* The first step of an order; NULL: not possible that way. */
const struct order_step *orders_api_steps(const struct order *order);

extern const struct order_step orders_recall_step;

struct str orders_user(const struct orders *orders);

#endif
