/* groups: see the header. */
#include "im/groups.h"

#include "base/mem.h"
#include "im/call.h"
#include "im/form.h"

struct order {
    struct account_call base;
    struct groups *groups;
    const char *path;
    char *body;
    size_t body_len;
    struct server_api_call *call;
    account_done_fn *done;
    account_members_fn *members;
    void *arg;
};

struct groups {
    struct server_api *api;
    struct call_list waiting, sent;
};

static void order_end(struct order *order)
{
    call_remove(&order->base);
    server_api_cancel(order->call);
    free(order->body);
    free(order);
}

static void order_cancel(struct account_call *base)
{
    order_end((struct order *)base);
}

static void order_fail(struct account_call *base, const struct err *why)
{
    struct order *order = (struct order *)base;
    account_done_fn *done = order->done;
    account_members_fn *members = order->members;
    void *arg = order->arg;
    order_end(order);
    if (members)
        members(arg, NULL, 0, why);
    else
        done(arg, why);
}

/* The list comes as [{"id": ...}] and, in one SDK, as [{"userId": ...}]. */
static void give_members(struct order *order, const struct json *answer)
{
    const struct json *users = json_get(answer, "users"), *user = NULL;
    struct str *ids = mem_zero((json_size(users) + 1) * sizeof(struct str));
    size_t count = 0;
    while ((user = json_next(users, user))) {
        struct str id = json_str(json_get(user, "id"));
        ids[count] = id.len > 0 ? id : json_str(json_get(user, "userId"));
        count += ids[count].len > 0;
    }
    account_members_fn *members = order->members;
    void *arg = order->arg;
    order_end(order);
    members(arg, ids, count, NULL);
    free(ids);
}

static void on_answer(void *arg, const struct json *answer, const struct err *why)
{
    struct order *order = arg;
    order->call = NULL;
    if (why) {
        order_fail(&order->base, why);
    } else if (order->members) {
        give_members(order, answer);
    } else {
        account_done_fn *done = order->done;
        void *done_arg = order->arg;
        order_end(order);
        done(done_arg, NULL);
    }
}

void groups_committed(struct groups *groups)
{
    struct account_call *base;
    while ((base = call_first(&groups->waiting))) {
        struct order *order = (struct order *)base;
        struct err why = { 0 };
        call_remove(base);
        call_add(&groups->sent, base);
        order->call = server_api_start(groups->api, order->path,
                                       str_of(order->body, order->body_len), on_answer,
                                       order, &why);
        if (!order->call)
            order_fail(base, &why);
    }
}

static struct order *order_new(struct groups *groups, const char *path, struct str body,
                               void *arg, struct err *err)
{
    if (!groups->api) {
        err_set(err, ERR_DENIED, "the account has no app secret");
        return NULL;
    }
    struct order *order = MEM_NEW(struct order);
    order->base.cancel = order_cancel;
    order->base.fail = order_fail;
    order->groups = groups;
    order->path = path;
    order->body = str_dup(body);
    order->body_len = body.len;
    order->arg = arg;
    call_add(&groups->waiting, &order->base);
    return order;
}

struct account_call *groups_order(struct groups *groups, const char *path,
                                  struct str body, account_done_fn *done, void *arg,
                                  struct err *err)
{
    struct order *order = order_new(groups, path, body, arg, err);
    if (!order)
        return NULL;
    order->done = done;
    return &order->base;
}

struct account_call *groups_members(struct groups *groups, struct str group,
                                    account_members_fn *done, void *arg, struct err *err)
{
    struct buf body;
    buf_init(&body, 4096);
    struct order *order = NULL;
    if (form_add(&body, "groupId", group))
        order = order_new(groups, "/group/user/query.json", buf_str(&body), arg, err);
    else
        err_set(err, ERR_ARGUMENT, "the group's id is too long");
    buf_clear(&body);
    if (!order)
        return NULL;
    order->members = done;
    return &order->base;
}

struct groups *groups_new(struct server_api *api)
{
    struct groups *groups = MEM_NEW(struct groups);
    groups->api = api;
    call_list_init(&groups->waiting);
    call_list_init(&groups->sent);
    return groups;
}

void groups_free(struct groups *groups)
{
    struct err closed = { 0 };
    if (!groups)
        return;
    err_set(&closed, ERR_CLOSED, "the account was closed");
    call_list_fail(&groups->waiting, &closed);
    call_list_fail(&groups->sent, &closed);
    free(groups);
}
