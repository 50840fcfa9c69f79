#include "app/serve.h"

#include "app/answer.h"
#include "app/leash.h"
#include "app/notify.h"
#include "app/worker.h"
#include "base/log.h"
#include "script/data.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

enum { REPORT_MAX = 1 << 16 };

struct serve {
    const struct app *app;
    const char *path;
    int number; /* 0: the only worker */
    bool watch;
    struct loop *loop;
    struct net *net;
    struct notify *notify;
    struct leash *leash; /* NULL: in the foreground */
    struct quarantine quarantine;
    struct worker *worker;
    bool terminal; /* there was one at the start */
    bool draining;
    int status;
};

bool serve_on_terminal(void)
{
    return isatty(STDIN_FILENO) || isatty(STDERR_FILENO);
}

static void on_settled(void *arg)
{
    struct serve *serve = arg;
    if (serve->leash) {
        leash_say(serve->leash, "settled", json_object());
        return;
    }
    printf("moondock ready\n");
    fflush(stdout);
    notify_ready(serve->notify);
}

static void on_released(void *arg, uint64_t who)
{
    struct serve *serve = arg;
    quarantine_end(&serve->quarantine, who);
    if (!serve->leash)
        return;
    struct json *body = json_object();
    quarantine_add_id(body, "who", who);
    leash_say(serve->leash, "released", body);
}

static void on_drained(void *arg)
{
    struct serve *serve = arg;
    loop_stop(serve->loop);
}

static void drain(struct serve *serve)
{
    if (serve->draining || !serve->worker)
        return;
    serve->draining = true;
    notify_stopping(serve->notify);
    log_info(LOG_APP, "stopping: finishing what is under way");
    worker_drain(serve->worker, SERVE_DRAIN_MS);
}

static void reconfigure(void *arg);

static void on_reconfigure(void *arg)
{
    struct serve *serve = arg;
    loop_defer(serve->loop, reconfigure, serve);
}

static void on_answer(void *arg, int64_t id, const struct json *answer)
{
    struct serve *serve = arg;
    struct json *body = json_object();
    json_add_int(body, "id", id);
    json_add(body, "body", json_copy(answer));
    if (leash_say(serve->leash, "answer", body))
        return;
    struct err err = { 0 };
    err_set(&err, ERR_LIMIT, "the answer is too large");
    body = json_object();
    json_add_int(body, "id", id);
    json_add(body, "body", answer_failure(&err, STR_NONE));
    leash_say(serve->leash, "answer", body);
}

static bool open_worker(struct serve *serve, struct config *config,
                        const struct worker_past *past, struct err *err)
{
    struct worker_options options = {
        .past = *past,
        .quarantine = &serve->quarantine,
        .on_released = on_released,
        .on_reconfigure = on_reconfigure,
        .on_answer = on_answer,
        .app = serve->app,
        .number = serve->number,
        .config = config,
        .net = serve->net,
        .watch = serve->watch,
        .on_settled = on_settled,
        .on_drained = on_drained,
        .arg = serve,
    };
    serve->worker = worker_open(&options, err);
    return serve->worker != NULL;
}

/* --- another configuration --- */

/* What the supervisor has read and checked. */
static struct config *take_config(struct serve *serve, int fd, struct buf *problems,
                                  struct err *err)
{
    struct buf text;
    struct config *config = NULL;
    buf_init(&text, DATA_SOURCE_MAX + 1);
    if (page_text_get(fd, &text, err))
        config = config_parse(serve->app, serve->path, buf_str(&text), problems);
    if (problems->len > 0)
        err_set(err, ERR_CONFIG, "%s", ANSWER_BAD_CONFIG);
    buf_clear(&text);
    return config;
}

static void log_kept(const struct err *why, struct str problems)
{
    struct str line;
    log_error(LOG_APP, "the configuration stays as it was: %s", why->text);
    while (str_split(&problems, '\n', &line))
        log_error(LOG_APP, "%.*s", STR_ARG(line));
}

/* Without a supervisor: both steps at once. */
static void reconfigure(void *arg)
{
    struct serve *serve = arg;
    struct err err = { 0 };
    struct buf report;
    buf_init(&report, REPORT_MAX);
    struct config *config = config_read(serve->app, serve->path, &report);
    if (!config)
        err_set(&err, ERR_CONFIG, "%s", ANSWER_BAD_CONFIG);
    bool ok = config && worker_prepare(serve->worker, config, &report, &err);
    if (ok)
        ok = worker_commit(serve->worker, &report, &err);
    else
        log_kept(&err, buf_str(&report));
    worker_reconfigured(serve->worker, str_trim(buf_str(&report)), ok ? NULL : &err);
    buf_clear(&report);
}

/* What came of a step, for the supervisor. */
static void say_outcome(struct serve *serve, const char *word, struct str report, bool ok,
                        const struct err *err)
{
    struct json *body = json_object();
    json_add_str(body, "text", str_trim(report));
    if (!ok) {
        json_add_str(body, "error", str_from(err->text));
        json_add_str(body, "code", str_from(err_word(err->code)));
    }
    leash_say(serve->leash, word, body);
}

static void prepare(struct serve *serve)
{
    struct err err = { 0 };
    struct buf report;
    buf_init(&report, REPORT_MAX);
    struct config *config = take_config(serve, PAGE_NEXT_FD, &report, &err);
    bool ok = config && worker_prepare(serve->worker, config, &report, &err);
    if (!ok)
        log_kept(&err, buf_str(&report));
    say_outcome(serve, "prepared", buf_str(&report), ok, &err);
    buf_clear(&report);
}

static void commit(struct serve *serve)
{
    struct err err = { 0 };
    struct buf report;
    buf_init(&report, REPORT_MAX);
    bool ok = worker_commit(serve->worker, &report, &err);
    say_outcome(serve, "committed", buf_str(&report), ok, &err);
    buf_clear(&report);
}

static bool open_loop(struct serve *serve, struct err *err)
{
    serve->loop = loop_new(err);
    serve->net = serve->loop ? net_new(serve->loop, NULL, err) : NULL;
    return serve->net != NULL;
}

static int end(struct serve *serve)
{
    loop_defer_cancel(serve->loop, reconfigure, serve);
    if (serve->worker)
        worker_close(serve->worker);
    script_show(NULL);
    leash_close(serve->leash);
    notify_close(serve->notify);
    quarantine_clear(&serve->quarantine);
    if (serve->net)
        net_free(serve->net);
    if (serve->loop)
        loop_free(serve->loop);
    return serve->status;
}

/* --- under signals --- */

/* The first signal drains, the second ends at once. */
static void on_signal(void *arg)
{
    struct serve *serve = arg;
    if (serve->draining)
        loop_stop(serve->loop);
    else
        drain(serve);
}

static void on_hangup(void *arg)
{
    struct serve *serve = arg;
    if (serve->terminal && !serve_on_terminal()) {
        drain(serve);
        return;
    }
    notify_reloading(serve->notify);
    reconfigure(serve);
    notify_reloaded(serve->notify);
}

static bool watch_signals(struct serve *serve, struct err *err)
{
    return loop_on_signal(serve->loop, SIGINT, on_signal, serve, err) &&
           loop_on_signal(serve->loop, SIGTERM, on_signal, serve, err) &&
           loop_on_signal(serve->loop, SIGHUP, on_hangup, serve, err);
}

int serve_foreground(const struct app *app, struct config *config, bool watch)
{
    struct err err = { 0 };
    struct serve serve = { .app = app, .path = config->path, .watch = watch };
    const struct worker_past none = { 0 };
    serve.terminal = serve_on_terminal();
    if (open_loop(&serve, &err) && watch_signals(&serve, &err) &&
        open_worker(&serve, config, &none, &err)) {
        serve.notify = notify_open(serve.loop);
        loop_run(serve.loop);
    } else {
        serve.status = app_fail(&err);
    }
    return end(&serve);
}

/* --- on the supervisor's orders --- */

static void fail(struct serve *serve)
{
    serve->status = APP_REFUSED;
    loop_stop(serve->loop);
}

static void start(struct serve *serve, const struct json *order)
{
    struct err err = { 0 };
    struct page *page = leash_page(serve->leash);
    struct worker_past past = { .restarts = json_int(json_get(order, "restarts"), 0) };
    snprintf(past.reason, sizeof(past.reason), "%.*s",
             STR_ARG(json_str(json_get(order, "reason"))));
    loop_beat(serve->loop, &page->beat, json_int(json_get(order, "beat_ms"), 1000));
    script_show(&page->inside);
    quarantine_read(&serve->quarantine, json_get(order, "quarantine"));
    struct buf problems;
    buf_init(&problems, REPORT_MAX);
    struct config *config = take_config(serve, PAGE_TEXT_FD, &problems, &err);
    if (config && open_worker(serve, config, &past, &err)) {
        page->opened = 1;
    } else {
        app_fail(&err);
        fprintf(stderr, "%.*s", STR_ARG(buf_str(&problems)));
        fail(serve);
    }
    buf_clear(&problems);
    config_free(config);
}

static void on_order(void *arg, struct str order, const struct json *body)
{
    struct serve *serve = arg;
    if (str_eq(order, STR("start")) && !serve->worker)
        start(serve, body);
    else if (str_eq(order, STR("drain")))
        drain(serve);
    else if (str_eq(order, STR("stop")))
        loop_stop(serve->loop);
    else if (str_eq(order, STR("ask")) && serve->worker)
        worker_ask(serve->worker, json_int(json_get(body, "id"), 0),
                   json_get(body, "body"));
    else if (str_eq(order, STR("prepare")) && serve->worker)
        prepare(serve);
    else if (str_eq(order, STR("commit")) && serve->worker)
        commit(serve);
    else if (str_eq(order, STR("keep")) && serve->worker)
        worker_abandon(serve->worker);
    else
        log_error(LOG_APP, "unknown order of the supervisor: %.*s", STR_ARG(order));
}

static void on_lost(void *arg)
{
    log_error(LOG_APP, "the supervisor is gone");
    fail(arg);
}

int serve_supervised(const struct app *app, const char *path, int number, bool watch)
{
    static const struct leash_events events = { .on_order = on_order,
                                                .on_lost = on_lost };
    struct err err = { 0 };
    struct serve serve = { .app = app, .path = path, .number = number, .watch = watch };
    if (open_loop(&serve, &err))
        serve.leash = leash_open(serve.loop, &events, &serve, &err);
    if (serve.leash)
        loop_run(serve.loop);
    else
        serve.status = app_fail(&err);
    return end(&serve);
}
