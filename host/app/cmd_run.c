#include "app/app.h"
#include "app/config.h"
#include "app/lock.h"
#include "app/worker.h"
#include "base/log.h"
#include "script/script.h"

#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

enum { DRAIN_MS = 10000, PROBLEMS_MAX = 1 << 16 };

struct run {
    struct loop *loop;
    struct worker *worker;
    bool draining;
};

static void on_settled(void *arg)
{
    (void)arg;
    printf("moondock ready\n");
    fflush(stdout);
}

static void on_drained(void *arg)
{
    struct run *run = arg;
    loop_stop(run->loop);
}

/* The first signal drains, the second ends at once. */
static void on_signal(void *arg)
{
    struct run *run = arg;
    if (run->draining) {
        loop_stop(run->loop);
        return;
    }
    run->draining = true;
    log_info(LOG_APP, "stopping: finishing what is under way");
    worker_drain(run->worker, DRAIN_MS);
}

static bool watch_signals(struct run *run, struct err *err)
{
    return loop_on_signal(run->loop, SIGINT, on_signal, run, err) &&
           loop_on_signal(run->loop, SIGTERM, on_signal, run, err) &&
           loop_on_signal(run->loop, SIGHUP, on_signal, run, err);
}

static int serve(struct app *app, const struct config *config, bool watch)
{
    struct err err = { 0 };
    struct run run = { 0 };
    int status = APP_REFUSED;
    struct net *net = NULL;
    int lock = lock_take(config->state, &err);
    if (lock < 0)
        return app_fail(&err);
    run.loop = loop_new(&err);
    net = run.loop ? net_new(run.loop, NULL, &err) : NULL;
    if (net && watch_signals(&run, &err)) {
        struct worker_options options = {
            .app = app,
            .config = config,
            .net = net,
            .watch = watch,
            .on_settled = on_settled,
            .on_drained = on_drained,
            .arg = &run,
        };
        run.worker = worker_open(&options, &err);
    }
    if (run.worker) {
        loop_run(run.loop);
        worker_close(run.worker);
        status = APP_DONE;
    } else {
        app_fail(&err);
    }
    if (net)
        net_free(net);
    if (run.loop)
        loop_free(run.loop);
    lock_release(lock);
    return status;
}

static int run(struct app *app, int argc, char **argv)
{
    const char *level = NULL;
    bool watch = false;
    const struct app_option options[] = {
        { .name = "--log", .value = &level },
        { .name = "--watch", .flag = &watch },
        { .name = NULL },
    };
    if (!app_options(&cmd_run, options, &argc, argv))
        return APP_USAGE;
    if (argc > 2)
        return app_usage(&cmd_run, "one FILE at most");
    enum log_level wanted;
    if (level) {
        if (!log_level_parse(str_from(level), &wanted))
            return app_usage(&cmd_run, "--log takes error, warn, info or debug");
        log_set_level(wanted);
    }
    umask(077);
    script_self_test();
    struct buf problems;
    buf_init(&problems, PROBLEMS_MAX);
    struct config *config =
        config_read(app, argc == 2 ? argv[1] : "moondock.lua", &problems);
    int status = APP_REFUSED;
    if (config) {
        status = serve(app, config, watch);
        config_free(config);
    } else {
        fprintf(stderr, "%.*s", STR_ARG(buf_str(&problems)));
    }
    buf_clear(&problems);
    return status;
}

const struct command cmd_run = {
    .name = "run",
    .usage = "[FILE] [--log LEVEL] [--watch]",
    .summary = "keep the configured bots online (FILE: moondock.lua)",
    .run = run,
};
