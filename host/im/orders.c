/* orders: see the header. */
#include "im/orders_inside.h"

#include "base/mem.h"

#include <string.h>

#define BODY_MAX ((size_t)65536)

struct orders {
    struct server_api *api; /* NULL: no secret */
    struct requests *requests;
    char *user;
    bool hosting, known; /* known: navi has spoken */
    struct chatrooms *chatrooms;
    struct lists lists; /* of the answer being read */
    struct call_list waiting, sent;
};

const char *order_word(enum order_verb verb)
{
    static const char *const words[] = {
#define ORDER_WORD(name, word) [ORDER_##name] = word,
        ORDER_LIST(ORDER_WORD)
#undef ORDER_WORD
    };
    return words[verb];
}

bool order_lasts(enum order_verb verb)
{
    return verb == ORDER_MUTE || verb == ORDER_BAN || verb == ORDER_ROOM_MUTE ||
           verb == ORDER_ROOM_BLOCK;
}

struct chatrooms *orders_chatrooms(const struct orders *orders)
{
    return orders->chatrooms;
}

struct str orders_user(const struct orders *orders)
{
    return str_from(orders->user);
}

/* ---- the end of one ---- */

static void run_end(struct order_run *run)
{
    call_remove(&run->base);
    server_api_cancel(run->api_call);
    account_cancel(run->wire_call);
    buf_clear(&run->body);
    json_free(run->result);
    free(run->strings);
    free(run);
}

static void run_cancel(struct account_call *base)
{
    run_end((struct order_run *)base);
}

static void run_finish(struct order_run *run, const struct err *why)
{
    struct json *result = run->result;
    order_done_fn *done = run->done;
    account_done_fn *recalled = run->recalled;
    void *arg = run->arg;
    run->result = NULL;
    run_end(run);
    if (recalled)
        recalled(arg, why);
    else
        done(arg, why ? NULL : result, why);
    json_free(result);
}

static void run_fail(struct account_call *base, const struct err *why)
{
    run_finish((struct order_run *)base, why);
}

/* ---- from step to step ---- */

static void run_start(struct order_run *run);

/* The step under way was taken in. */
static void run_go_on(struct order_run *run)
{
    if (!run->again)
        run->step = run->turn ? run->turn : run->step->next;
    run->again = false;
    run->turn = NULL;
    struct err why = run->why; /* it goes with the run */
    if (run->step)
        run_start(run);
    else
        run_finish(run, why.code ? &why : NULL);
}

struct str orders_role(int64_t number)
{
    static const char *const words[] = { "", "member", "manager", "owner" };
    return str_from(words[number >= 1 && number <= 3 ? number : 0]);
}

static void on_answer(void *arg, const struct json *answer, const struct err *why)
{
    struct order_run *run = arg;
    run->api_call = NULL;
    if (why) {
        run_finish(run, why);
        return;
    }
    if (run->step->take)
        run->step->take(run, answer);
    run_go_on(run);
}

static void on_wire_answer(void *arg, struct str payload, const struct err *why)
{
    struct order_run *run = arg;
    struct err err = { 0 };
    run->wire_call = NULL;
    arena_reset(&run->orders->lists.arena);
    if (!why && run->step->take_wire &&
        !run->step->take_wire(run, payload, &run->orders->lists, &err))
        why = &err;
    if (why)
        run_finish(run, why);
    else
        run_go_on(run);
}

static struct str wire_target(const struct order_run *run)
{
    switch (run->step->to) {
    case ORDER_TO_GROUP:
        return run->order.group;
    case ORDER_TO_USER:
        return run->order.user;
    case ORDER_TO_ROOM:
        return run->order.room;
    case ORDER_TO_ME:
        break;
    }
    return STR_NONE;
}

static void run_start(struct order_run *run)
{
    struct orders *orders = run->orders;
    const struct order_step *step = run->step;
    struct err why = { 0 };
    buf_reset(&run->body);
    if (!step->fill(run, &run->body))
        err_set(&why, ERR_ARGUMENT, "an id or text is too long");
    else if (step->path)
        run->api_call = server_api_start(orders->api, step->path, buf_str(&run->body),
                                         on_answer, run, &why);
    else
        run->wire_call = requests_ask(orders->requests, step->topic, wire_target(run),
                                      buf_str(&run->body), on_wire_answer, run, &why);
    if (!run->api_call && !run->wire_call)
        run_finish(run, &why);
}

void orders_committed(struct orders *orders)
{
    struct account_call *base;
    while ((base = call_first(&orders->waiting))) {
        call_remove(base);
        call_add(&orders->sent, base);
        run_start((struct order_run *)base);
    }
}

/* ---- beginning ---- */

/* Copies strings behind each other, so that one free is enough. */
static void keep(char **at, struct str *s)
{
    if (s->len > 0)
        memcpy(*at, s->at, s->len);
    s->at = *at;
    *at += s->len;
}

static struct order_run *run_new(struct orders *orders, const struct order_step *step,
                                 void *arg)
{
    struct order_run *run = MEM_NEW(struct order_run);
    run->base.cancel = run_cancel;
    run->base.fail = run_fail;
    run->orders = orders;
    run->step = step;
    run->arg = arg;
    buf_init(&run->body, BODY_MAX);
    call_add(&orders->waiting, &run->base);
    return run;
}

static bool check(const struct order *order, struct err *err)
{
    int64_t least = order->verb == ORDER_MUTE ? 0 : 1;
    if (order_lasts(order->verb) &&
        (order->number < least || order->number > ORDER_MINUTES_MAX))
        return err_set(err, ERR_ARGUMENT, "want %d to %d minutes, not %lld", (int)least,
                       ORDER_MINUTES_MAX, (long long)order->number);
    return order->verb != ORDER_SET_PROFILE || order_check_profile(order->text, err);
}

struct account_call *orders_start(struct orders *orders, const struct order *order,
                                  order_done_fn *done, void *arg, struct err *err)
{
    if (!check(order, err))
        return NULL;
    const struct order_step *step =
        orders->api ? orders_api_steps(order, orders->hosting) : NULL;
    if (!step)
        step = orders_wire_steps(order, orders->hosting || !orders->known);
    if (!step) {
        err_set(err, ERR_DENIED,
                orders->api ? "RongCloud hosts no groups and friends for this app"
                            : "the account has no app secret");
        return NULL;
    }
    if (!step->path && !orders->requests) {
        err_set(err, ERR_UNSUPPORTED, "%s needs a socket, which this account has not",
                order_word(order->verb));
        return NULL;
    }
    if (order->verb == ORDER_ROOM_JOIN &&
        !chatrooms_has(orders->chatrooms, order->room) &&
        chatrooms_count(orders->chatrooms) >= CHATROOMS_MAX) {
        err_set(err, ERR_LIMIT, "the account sits in %d chatrooms, which is the most",
                CHATROOMS_MAX);
        return NULL;
    }
    struct order_run *run = run_new(orders, step, arg);
    run->done = done;
    run->order = *order;
    char *at = run->strings =
        mem_alloc(order->group.len + order->user.len + order->text.len + order->room.len +
                  order->key.len + 1);
    keep(&at, &run->order.group);
    keep(&at, &run->order.user);
    keep(&at, &run->order.text);
    keep(&at, &run->order.room);
    keep(&at, &run->order.key);
    return &run->base;
}

struct account_call *orders_recall(struct orders *orders,
                                   const struct recall_order *recall, struct str sender,
                                   account_done_fn *done, void *arg, struct err *err)
{
    if (!orders->api) {
        err_set(err, ERR_DENIED, "the account has no app secret");
        return NULL;
    }
    struct order_run *run = run_new(orders, &orders_recall_step, arg);
    run->recalled = done;
    run->recall = *recall;
    run->order.user = sender;
    char *at = run->strings =
        mem_alloc(recall->target.len + recall->uid.len + sender.len + 1);
    keep(&at, &run->recall.target);
    keep(&at, &run->recall.uid);
    keep(&at, &run->order.user);
    return &run->base;
}

struct orders *orders_new(struct server_api *api, struct requests *requests,
                          struct chatrooms *chatrooms, struct str user)
{
    struct orders *orders = MEM_NEW(struct orders);
    orders->api = api;
    orders->requests = requests;
    orders->chatrooms = chatrooms;
    orders->user = str_dup(user);
    lists_init(&orders->lists);
    call_list_init(&orders->waiting);
    call_list_init(&orders->sent);
    return orders;
}

void orders_set_hosting(struct orders *orders, bool hosting)
{
    orders->hosting = hosting;
    orders->known = true;
}

void orders_free(struct orders *orders)
{
    struct err closed = { 0 };
    if (!orders)
        return;
    err_set(&closed, ERR_CLOSED, "the account was closed");
    call_list_fail(&orders->waiting, &closed);
    call_list_fail(&orders->sent, &closed);
    lists_clear(&orders->lists);
    free(orders->user);
    free(orders);
}
