/* follow: see the header. */
#include "im/follow.h"

#include "base/must.h"

#define QUESTION_MAX 64

static void on_answer(void *arg, struct str payload, const struct err *why)
{
    struct follow *follow = arg;
    follow->call = NULL;
    if (follow->way->take(follow->arg, payload, why) || follow->again)
        follow_ask(follow);
}

void follow_ask(struct follow *follow)
{
    struct buf body;
    follow->again = follow->call != NULL;
    if (follow->again)
        return;
    buf_init(&body, QUESTION_MAX);
    must(follow->way->write(follow->arg, &body));
    follow->call = requests_ask(follow->requests, follow->way->topic, follow->target,
                                buf_str(&body), on_answer, follow, NULL);
    buf_clear(&body);
}

void follow_stop(struct follow *follow)
{
    account_cancel(follow->call);
    follow->call = NULL;
    follow->again = false;
}
