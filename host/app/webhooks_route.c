/*
 * webhooks_route: message routing: RongCloud posts what was sent, and waits for the 200
 * that says it need not do so again.
 */
#include "app/webhooks_inside.h"
#include "base/mem.h"

struct arrival {
    struct arrival *next, **link; /* NULL: its front is gone */
    struct webhooks *webhooks;
    struct server_request *request; /* NULL: the peer went away */
    size_t waits;                   /* bots that have not committed it */
    bool failed;
};

static void end(struct arrival *arrival)
{
    if (arrival->link)
        *arrival->link = arrival->next;
    if (arrival->next)
        arrival->next->link = arrival->link;
    if (arrival->request && arrival->failed)
        webhooks_refuse(arrival->webhooks, arrival->request, WEBHOOKS_UNREADY, NULL);
    else if (arrival->request)
        webhooks_answer(arrival->request, 200, STR("OK"));
    free(arrival);
}

/* An account_done_fn */
static void on_committed(void *arg, const struct err *why)
{
    struct arrival *arrival = arg;
    arrival->failed |= why != NULL;
    route_end(arrival);
}

static bool names(const struct str *list, size_t count, struct str id)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(list[i], id))
            return true;
    return count == 0;
}

bool route_hears(const struct config_bot *row, const struct message *message)
{
    const struct str_list *chats = &row->webhooks.chats;
    return (message->type != CONVERSATION_GROUP &&
            message->type != CONVERSATION_CHATROOM) ||
           names(chats->at, chats->count, message->target);
}

/* Whether the bot hears it; then how it looks from its side. */
static bool concerns(const struct config_bot *row, const struct webhook_message *read,
                     struct message *message)
{
    struct str user = row->account.user;
    *message = read->message;
    if (message->type == CONVERSATION_GROUP || message->type == CONVERSATION_CHATROOM)
        return names(read->to, read->to_count, user) && route_hears(row, message);
    if (!str_eq(message->target, user))
        return false;
    message->target = message->sender;
    return true;
}

struct arrival *route_begin(struct webhooks_call *call)
{
    struct webhooks *webhooks = call->webhooks;
    struct arrival *arrival = MEM_NEW(struct arrival);
    arrival->webhooks = webhooks;
    arrival->request = call->request;
    arrival->link = &webhooks->arrivals;
    arrival->next = webhooks->arrivals;
    if (arrival->next)
        arrival->next->link = &arrival->next;
    webhooks->arrivals = arrival;
    arrival->waits = 1; /* until all bots have been told */
    return arrival;
}

void route_hand(struct arrival *arrival, struct webhooks_call *call, struct bot *bot,
                const struct message *message)
{
    struct err err = { 0 };
    call->doubled |= account_knows(bot_account(bot), message->uid);
    if (account_receive(bot_account(bot), message, on_committed, arrival, &err))
        arrival->waits++;
    else
        arrival->failed = true;
}

void route_take(struct arrival *arrival, struct webhooks_call *call,
                const struct webhook_message *read)
{
    struct worker *worker = call->webhooks->worker;
    struct message message;
    if (webhooks_is_own(call, read->message.sender))
        return;
    for (size_t i = 0; i < worker_bot_count(worker); i++) {
        struct bot *bot = worker_bot(worker, i);
        const struct config_bot *row = bot_row(bot);
        if (!row->account.webhook || !webhooks_is_for(call, bot) ||
            !concerns(row, read, &message))
            continue;
        route_hand(arrival, call, bot, &message);
    }
}

void route_end(struct arrival *arrival)
{
    if (--arrival->waits == 0)
        end(arrival);
}

void route(struct webhooks_call *call)
{
    struct webhooks *webhooks = call->webhooks;
    struct webhook_message read;
    struct err err = { 0 };
    bool readable =
        webhook_read_route(server_body(call->request), &webhooks->arena, &read, &err);
    if (!readable && err.code == ERR_PROTO) {
        webhooks_refuse(webhooks, call->request, WEBHOOKS_BODY, &err);
        return;
    }
    struct arrival *arrival = route_begin(call);
    if (readable)
        route_take(arrival, call, &read);
    route_end(arrival);
}

bool route_gone(struct webhooks *webhooks, const struct server_request *request)
{
    struct arrival *arrival = webhooks->arrivals;
    while (arrival && arrival->request != request)
        arrival = arrival->next;
    if (arrival)
        arrival->request = NULL;
    return arrival != NULL;
}

/* Bots that have not committed yet will tell each of them, and nobody else. */
void route_clear(struct webhooks *webhooks)
{
    while (webhooks->arrivals) {
        struct arrival *arrival = webhooks->arrivals;
        webhooks->arrivals = arrival->next;
        arrival->next = NULL;
        arrival->link = NULL;
        arrival->request = NULL;
    }
}
