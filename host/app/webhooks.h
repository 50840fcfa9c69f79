/*
 * webhooks: what RongCloud posts to this worker (im/webhook.h), at the paths that its
 * bots name in their configuration. Bots may share a path; whoever calls proves which app
 * it is by its signature, made with that app's secret.
 *
 * A routed message is answered 200 only when every bot it concerns has it in its journal
 * on disk; else 503, and RongCloud posts it again. The question whether a message may be
 * delivered goes to the plugins of all bots that name the path, one bot after the other
 * in the order they were opened (script/intercept.h), and is answered in time in any
 * case. What our own bots send is neither taken in nor judged: they would answer
 * themselves for ever.
 *
 * Layer: app.  Thread: loop thread only.
 */
#ifndef APP_WEBHOOKS_H
#define APP_WEBHOOKS_H

#include "app/worker.h"
#include "im/webhook.h"
#include "net/server.h"

struct webhooks;

/* Why a post was not taken. */
enum webhooks_refusal {
    WEBHOOKS_ADDRESS,   /* it came from elsewhere */
    WEBHOOKS_SIGNATURE, /* missing, wrong or of an app that has no bot here */
    WEBHOOKS_AGE,       /* the signature is too old */
    WEBHOOKS_METHOD,
    WEBHOOKS_BODY,    /* it makes no sense */
    WEBHOOKS_UNREADY, /* not now: the disk is full, or the host stops */
    WEBHOOKS_REFUSALS,
};

struct webhooks_counts {
    int64_t refused[WEBHOOKS_REFUSALS];
    int64_t doubled[WEBHOOKS]; /* posts of what was known already */
};

struct webhooks *webhooks_new(struct worker *worker);
/* What is still unanswered is left to its server, which must be closed before. */
void webhooks_free(struct webhooks *webhooks);

/* The host is stopping, or bots are about to be closed for good: from now on no plugin is
 * asked, and messages are judged by what the configuration says of those that nobody
 * could judge. */
void webhooks_hold(struct webhooks *webhooks);

/* False: the path is none of a bot's webhooks. */
bool webhooks_serve(struct webhooks *webhooks, struct server_request *request);

/* Of this worker since it began; borrowed. */
const struct webhooks_counts *webhooks_counts(const struct webhooks *webhooks);
const char *webhooks_refusal_word(enum webhooks_refusal refusal);

/* False: it is none of its requests. */
bool webhooks_gone(struct webhooks *webhooks, struct server_request *request);

#endif
