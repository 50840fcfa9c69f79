#include "app/serve.h"

#include "app/leash.h"
#include "app/notify.h"
#include "app/worker.h"
#include "base/log.h"
#include "script/data.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define BAD_CONFIG "the configuration is wrong"

enum { REPORT_MAX = 1 << 16 };

struct serve {
    const struct app *app;
    const char *path;
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

static void on_reconfigure(void *arg);

static bool open_worker(struct serve *serve, struct config *config,
                        const struct worker_past *past, struct err *err)
{
    struct worker_options options = {
        .past = *past,
        .quarantine = &serve->quarantine,
        .on_released = on_released,
        .on_reconfigure = on_reconfigure,
        .app = serve->app,
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

/* What the file says now; under a supervisor, what that one has read and checked. */
static struct config *read_config(struct serve *serve, struct buf *problems,
                                  struct err *err)
{
    struct buf text;
    struct config *config = NULL;
    buf_init(&text, DATA_SOURCE_MAX + 1);
    if (!serve->leash)
        config = config_read(serve->app, serve->path, problems);
    else if (page_text_get(PAGE_TEXT_FD, &text, err))
        config = config_parse(serve->app, serve->path, buf_str(&text), problems);
    if (problems->len > 0)
        err_set(err, ERR_CONFIG, "%s", BAD_CONFIG);
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

static void reconfigure(void *arg)
{
    struct serve *serve = arg;
    struct err err = { 0 };
    struct buf report;
    buf_init(&report, REPORT_MAX);
    struct config *config = read_config(serve, &report, &err);
    enum worker_applied applied =
        config ? worker_apply(serve->worker, config, &report, &err) : WORKER_KEPT;
    if (applied == WORKER_KEPT)
        log_kept(&err, buf_str(&report));
    worker_reconfigured(serve->worker, str_trim(buf_str(&report)),
                        applied == WORKER_TAKEN ? NULL : &err);
    if (serve->leash) {
        struct json *body = json_object();
        json_add_bool(body, "taken", applied != WORKER_KEPT);
        leash_say(serve->leash, "reconfigured", body);
    }
    buf_clear(&report);
}

/* The supervisor does not like what it has read, and has logged it. */
static void keep(struct serve *serve, struct str problems)
{
    struct err err = { 0 };
    err_set(&err, ERR_CONFIG, "%s", BAD_CONFIG);
    worker_reconfigured(serve->worker, problems, &err);
}

static void on_reconfigure(void *arg)
{
    struct serve *serve = arg;
    if (serve->leash)
        leash_say(serve->leash, "reconfigure", json_object());
    else
        loop_defer(serve->loop, reconfigure, serve);
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
    struct config *config = read_config(serve, &problems, &err);
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
    else if (str_eq(order, STR("reconfigure")) && serve->worker)
        reconfigure(serve);
    else if (str_eq(order, STR("keep")) && serve->worker)
        keep(serve, json_str(json_get(body, "why")));
    else
        log_error(LOG_APP, "unknown order of the supervisor: %.*s", STR_ARG(order));
}

static void on_lost(void *arg)
{
    log_error(LOG_APP, "the supervisor is gone");
    fail(arg);
}

int serve_supervised(const struct app *app, const char *path, bool watch)
{
    static const struct leash_events events = { .on_order = on_order,
                                                .on_lost = on_lost };
    struct err err = { 0 };
    struct serve serve = { .app = app, .path = path, .watch = watch };
    if (open_loop(&serve, &err))
        serve.leash = leash_open(serve.loop, &events, &serve, &err);
    if (serve.leash)
        loop_run(serve.loop);
    else
        serve.status = app_fail(&err);
    return end(&serve);
}
