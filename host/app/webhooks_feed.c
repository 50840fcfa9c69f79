/*
 * webhooks_feed: what the App Server tells of itself. Each event goes to the bots that
 * name the path as a message that im/changes could have made; the post is answered when
 * all of them are on disk.
 */
#include "app/webhooks_inside.h"
#include "im/webhook_feed.h"

struct feeding {
    struct webhooks_call *call;
    struct arrival *arrival; /* NULL: they are only looked at */
    struct arena arena;      /* of one event for one bot */
    struct err err;          /* what is wrong with the first bad one */
};

static bool is_bad(const struct err *err)
{
    return err->code != ERR_NONE && err->code != ERR_UNSUPPORTED;
}

/* A webhook_event_fn */
static void on_event(void *arg, const struct webhook_event *event)
{
    struct feeding *feeding = arg;
    struct webhooks_call *call = feeding->call;
    struct worker *worker = call->webhooks->worker;
    for (size_t i = 0; i < worker_bot_count(worker) && !is_bad(&feeding->err); i++) {
        struct bot *bot = worker_bot(worker, i);
        struct message message;
        const struct config_bot *row = bot_row(bot);
        feeding->err = (struct err){ 0 };
        arena_reset(&feeding->arena);
        if (webhooks_is_for(call, bot) &&
            webhook_read_feed(event, row->account.user, &feeding->arena, &message,
                              &feeding->err) &&
            route_hears(row, &message) && feeding->arrival)
            route_hand(feeding->arrival, call, bot, &message);
    }
}

void take_feed(struct webhooks_call *call)
{
    struct feeding feeding = { .call = call };
    struct str body = server_body(call->request);
    arena_init(&feeding.arena, WEBHOOK_ARENA_MAX);
    /* All of them are read before the first is taken. */
    if (!webhook_read_events(WEBHOOK_FEED, body, on_event, &feeding, &feeding.err) ||
        is_bad(&feeding.err)) {
        webhooks_refuse(call->webhooks, call->request, WEBHOOKS_BODY, &feeding.err);
    } else {
        feeding.arrival = route_begin(call);
        webhook_read_events(WEBHOOK_FEED, body, on_event, &feeding, &feeding.err);
        route_end(feeding.arrival);
    }
    arena_clear(&feeding.arena);
}
