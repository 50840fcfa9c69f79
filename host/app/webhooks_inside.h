/*
 * webhooks_inside: what the files of app/webhooks share.
 *
 * Private to app/webhooks*.c.  Layer: app.  Thread: loop thread only.
 */
#ifndef APP_WEBHOOKS_INSIDE_H
#define APP_WEBHOOKS_INSIDE_H

#include "app/bot.h"
#include "app/webhooks.h"
#include "base/recent.h"
#include "im/webhook.h"

struct arrival;
struct judged;

struct webhooks {
    struct worker *worker;
    struct loop *loop;
    struct arena arena;       /* of the request at hand */
    struct arrival *arrivals; /* messages that are not committed yet */
    struct judged *judged;    /* messages that wait for a verdict */
    size_t judged_count;
    bool holds;              /* the host is stopping: its bots may be gone */
    struct recent *verdicts; /* "APP KEY UID" -> the answer that was given */
    struct recent *changes;  /* what was told */
    struct webhooks_counts counts;
    bool warned;
    int64_t warned_ms, unwarned; /* of refusals */
};

/* Who posts: the peer's address, and for whom it says it does; kept in the call. */
struct webhooks_from {
    struct str peer, forwarded;
};

struct webhooks_call {
    struct webhooks *webhooks;
    struct server_request *request;
    enum webhook kind;
    struct str path;
    const struct config_bot *row; /* of the first bot that it is for */
    struct str app_key;
    struct webhooks_from from;
    bool doubled; /* it was posted before */
};

/* Whether the bot has the path for this, and the app, and takes it from there. */
bool webhooks_is_for(const struct webhooks_call *call, const struct bot *bot);

/* Whether the user is one of the configuration's bots of this app, in any worker. */
bool webhooks_is_own(const struct webhooks_call *call, struct str user);

/* Whether nothing of that name was told in the last minute; notes that it is now. */
bool webhooks_is_news(struct webhooks_call *call, struct str name);

void webhooks_answer(struct server_request *request, int status, struct str text);
/* `why` is for the log; NULL: it is nobody's fault. */
void webhooks_refuse(struct webhooks *webhooks, struct server_request *request,
                     enum webhooks_refusal refusal, const struct err *why);

/* webhooks_from.c: where a post may come from. */
void webhooks_read_from(struct webhooks_call *call);
bool webhooks_is_from(const struct webhooks_from *from, const struct config_bot *row);

/* webhooks_route.c: message routing. */
void route(struct webhooks_call *call);
/* Begins to take messages of the call, takes one for every bot without a socket that it
 * concerns, and answers when all of them are on disk. */
struct arrival *route_begin(struct webhooks_call *call);
void route_take(struct arrival *arrival, struct webhooks_call *call,
                const struct webhook_message *read);
/* Whether it is in one of the bot's chats. RongCloud does not say who is in a group: the
 * configuration may name those that count. */
bool route_hears(const struct config_bot *row, const struct message *message);
/* Takes one for this bot. */
void route_hand(struct arrival *arrival, struct webhooks_call *call, struct bot *bot,
                const struct message *message);
void route_end(struct arrival *arrival);
bool route_gone(struct webhooks *webhooks, const struct server_request *request);
void route_clear(struct webhooks *webhooks);

/* webhooks_events.c: all other services. */
void take_events(struct webhooks_call *call);

/* webhooks_feed.c: the App Server's own events. */
void take_feed(struct webhooks_call *call);

/* webhooks_judge.c: the pre-send callback. */
void judge(struct webhooks_call *call);
bool judge_gone(struct webhooks *webhooks, const struct server_request *request);
void judge_clear(struct webhooks *webhooks);

#endif
