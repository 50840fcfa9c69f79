/*
 * webhooks_events: what RongCloud tells besides messages and who is online: the event
 * "webhook" of the bots that name the path. A recall goes to bots without a socket as the
 * message that routing would bring; the others got it over theirs.
 */
#include "app/webhooks_inside.h"
#include "im/webhook_event.h"

#include <stdio.h>

struct taking {
    struct webhooks_call *call;
    struct arrival *arrival; /* of the recalls; NULL: there was none */
};

/* A retry tells again what was told in the last minute. */
static bool is_news(struct webhooks_call *call, const struct webhook_event *event)
{
    char text[2 * WEBHOOK_TEXT_MAX];
    int len = snprintf(text, sizeof(text), "%.*s %s %s",
                       STR_ARG(str_sub(call->app_key, 0, WEBHOOK_TEXT_MAX)),
                       webhook_word(event->kind), event->key);
    return webhooks_is_news(call, str_of(text, (size_t)len));
}

/* `routed`: bots without a socket hear it otherwise. */
static void tell(struct webhooks_call *call, const struct webhook_event *event,
                 bool routed)
{
    struct worker *worker = call->webhooks->worker;
    struct json *told = json_object();
    json_add_str(told, "kind", str_from(webhook_word(event->kind)));
    if (event->time_ms > 0)
        json_add_int(told, "time", event->time_ms);
    json_add(told, "data", json_copy(event->data));
    for (size_t i = 0; i < worker_bot_count(worker); i++) {
        struct bot *bot = worker_bot(worker, i);
        if (webhooks_is_for(call, bot) && !(routed && bot_row(bot)->account.webhook))
            script_event(bot_script(bot), "webhook", told);
    }
    json_free(told);
}

/* A webhook_event_fn */
static void on_event(void *arg, const struct webhook_event *event)
{
    struct taking *taking = arg;
    struct webhooks_call *call = taking->call;
    struct webhook_message recall;
    bool is_recall = event->kind == WEBHOOK_OPERATIONS &&
                     webhook_read_recall(event, &call->webhooks->arena, &recall, NULL);
    bool news = is_news(call, event);
    if (is_recall) { /* also again: it may not have reached the disk */
        taking->arrival = taking->arrival ? taking->arrival : route_begin(call);
        route_take(taking->arrival, call, &recall);
    }
    if (news)
        tell(call, event, is_recall);
    call->doubled |= !news;
}

void take_events(struct webhooks_call *call)
{
    struct taking taking = { .call = call };
    struct err err = { 0 };
    struct str body = server_body(call->request);
    if (!webhook_read_events(call->kind, body, on_event, &taking, &err))
        webhooks_refuse(call->webhooks, call->request, WEBHOOKS_BODY, &err);
    else if (taking.arrival)
        route_end(taking.arrival);
    else
        webhooks_answer(call->request, 200, STR("OK"));
}
