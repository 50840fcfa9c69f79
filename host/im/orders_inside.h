/*
 * orders_inside: what orders.c, which runs steps, and the tables of steps share.
 *
 * Layer: im.
 */
#ifndef IM_ORDERS_INSIDE_H
#define IM_ORDERS_INSIDE_H

#include "im/call.h"
#include "im/lists.h"
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
    char page[256];                /* token of the next page, set by take */
    bool again;                    /* set by take: this step once more, for that page */
    const struct order_step *turn; /* set by take: go on with this one */
    struct err why;                /* set by take: it ends so */
    order_done_fn *done;
    account_done_fn *recalled; /* instead of done */
    void *arg;
};

enum order_to { ORDER_TO_GROUP, ORDER_TO_ME, ORDER_TO_USER, ORDER_TO_ROOM };

/* One call. `path`: of the Server API; else `topic`: a query, and whom it names. */
struct order_step {
    const char *path, *topic;
    enum order_to to;
    bool (*fill)(struct order_run *run, struct buf *body); /* false: it is too long */
    /* Puts what was answered into run->result; NULL: nothing to take. */
    void (*take)(struct order_run *run, const struct json *answer);
    bool (*take_wire)(struct order_run *run, struct str payload, struct lists *lists,
                      struct err *err);
    const struct order_step *next;
};

/* The first step of an order; NULL: not possible that way. `hosting`: the app has the
 * group and friend services. */
const struct order_step *orders_api_steps(const struct order *order, bool hosting);
const struct order_step *orders_wire_steps(const struct order *order, bool hosting);

const struct order_step *orders_chat_steps(enum order_verb verb);

/* About chatrooms: by the Server API (`api`) or over the socket. */
const struct order_step *orders_room_steps(const struct order *order, bool api);

/* About friends, the own black list, who is online, and the own profile. */
const struct order_step *orders_user_steps(const struct order *order, bool api,
                                           bool hosting);
const struct order_step *orders_profile_steps(const struct order *order, bool api,
                                              bool hosting);

/* The chain for a group that turned out to be hosted. */
const struct order_step *orders_hosted_steps(const struct order *order);

/* "users" with "userId" and "time", the end of each mute. */
void orders_take_muted(struct order_run *run, const struct json *answer);

/* A time of the Server API in ms, 0 for none. */
int64_t orders_time(struct str text);

/* "owner", "manager", "member" for RongCloud's number; else nothing. */
struct str orders_role(int64_t number);

extern const struct order_step orders_recall_step;

/* Opens the list of an answer over the socket; its entries are in *result. Sets whether
 * there is another page. */
bool orders_take_list(struct order_run *run, struct str payload, struct lists *lists,
                      struct str *result, struct err *err);

/* Of a change over the socket: whether it was done, or waits for somebody's consent. */
bool orders_take_change(struct order_run *run, struct str payload, struct lists *lists,
                        struct err *err);

/* A ChannelsQueryInput about the group, if there is one, for the page that is next. */
bool orders_fill_list(struct order_run *run, struct buf *body);

/* im/orders_apply */
extern const struct order_step orders_requests, orders_consent;

/* im/orders_member */
extern const struct order_step orders_member_api, orders_card_api, orders_member_wire,
    orders_card_wire;

struct str orders_user(const struct orders *orders);
struct chatrooms *orders_chatrooms(const struct orders *orders);

#endif
