#include "app/alone.h"

#include "app/bot.h"
#include "base/log.h"
#include "im/governor.h"

#include <signal.h>

enum { FLUSH_MS = 10000 };

struct alone {
    struct loop *loop;
    struct net *net;
    struct governor *governor;
    struct bot *bot;
    struct news *news;
    const struct json *body;
    struct json *next; /* the question that follows; NULL: none yet */
    bool begun, asks, stops;
    struct loop_hook idle;
    struct loop_timer flush;
    int status;
};

static void finish(struct alone *alone, int status)
{
    alone->status = status;
    loop_stop(alone->loop);
}

/* --- what it sent leaves --- */

static void on_idle(void *arg)
{
    struct alone *alone = arg;
    if (bot_idle(alone->bot))
        finish(alone, alone->news->status);
}

static void on_flush_over(void *arg)
{
    struct alone *alone = arg;
    log_warn(LOG_APP, "what has not left will, when the bot is online again");
    finish(alone, alone->news->status);
}

static void flush(struct alone *alone)
{
    loop_hook_add(alone->loop, &alone->idle, on_idle, alone);
    loop_timer_start(alone->loop, &alone->flush, FLUSH_MS, on_flush_over, alone);
}

/* --- questions --- */

static void ask(void *arg);

static void on_news(void *arg, const struct json *body, const struct err *why)
{
    struct alone *alone = arg;
    alone->asks = false;
    if (why) {
        news_clear(alone->news);
        finish(alone, app_fail(why));
        return;
    }
    json_free(alone->next);
    alone->next = json_object();
    json_add_str(alone->next, "run", json_str(json_get(body, "run")));
    struct json *answers = json_add(alone->next, "answers", json_array());
    news_take(alone->news, json_get(body, "news"), answers);
    if (alone->news->ended)
        flush(alone);
    else
        loop_defer(alone->loop, ask, alone);
}

static void ask(void *arg)
{
    struct alone *alone = arg;
    if (alone->news->ended || alone->asks)
        return;
    alone->asks = true;
    if (alone->stops)
        json_add_bool(alone->next, "stop", true);
    script_exec(bot_script(alone->bot), alone->next ? alone->next : alone->body, on_news,
                alone);
}

static void on_interrupt(void *arg)
{
    struct alone *alone = arg;
    if (!alone->begun || alone->stops || alone->news->ended) {
        finish(alone, APP_REFUSED);
        return;
    }
    alone->stops = true; /* at the next news, which come within seconds */
}

/* --- life --- */

static void begin(void *arg)
{
    struct alone *alone = arg;
    struct err err = { 0 };
    if (bot_needs_person(alone->bot, &err))
        finish(alone, app_fail(&err));
    else
        ask(alone);
}

static void on_state(void *arg)
{
    struct alone *alone = arg;
    if (alone->begun || !bot_settled(alone->bot))
        return;
    alone->begun = true;
    loop_defer(alone->loop, begin, alone);
}

static void on_released(void *arg, uint64_t who)
{
    (void)arg;
    (void)who;
}

static int count_shares(void *arg, struct str app_key)
{
    (void)arg;
    (void)app_key;
    return 1;
}

static void close_all(struct alone *alone)
{
    json_free(alone->next);
    if (alone->loop) {
        loop_defer_cancel(alone->loop, ask, alone);
        loop_defer_cancel(alone->loop, begin, alone);
        loop_timer_stop(alone->loop, &alone->flush);
        loop_hook_remove(&alone->idle);
    }
    alone->asks = true;
    if (alone->bot)
        bot_close(alone->bot);
    governor_free(alone->governor);
    if (alone->net)
        net_free(alone->net);
    if (alone->loop)
        loop_free(alone->loop);
}

int alone_run(const struct app *app, struct config *config, const struct config_bot *row,
              const struct json *body, struct news *news)
{
    struct err err = { 0 };
    struct alone alone = { .news = news, .body = body };
    script_self_test();
    alone.loop = loop_new(&err);
    alone.net = alone.loop ? net_new(alone.loop, NULL, &err) : NULL;
    if (alone.net && loop_on_signal(alone.loop, SIGINT, on_interrupt, &alone, &err) &&
        loop_on_signal(alone.loop, SIGTERM, on_interrupt, &alone, &err)) {
        alone.governor = governor_new(alone.loop, count_shares, &alone);
        struct bot_options options = {
            .app = app,
            .config = config,
            .row = row,
            .order = 1,
            .net = alone.net,
            .governor = alone.governor,
            .bare = true,
            .on_state = on_state,
            .on_released = on_released,
            .arg = &alone,
        };
        alone.bot = bot_open(&options, &err);
    }
    if (alone.bot)
        loop_run(alone.loop);
    else
        alone.status = app_fail(&err);
    close_all(&alone);
    return alone.status;
}
