#include "app/app.h"
#include "app/deal.h"
#include "app/lock.h"
#include "app/serve.h"
#include "app/supervisor.h"
#include "base/duration.h"
#include "base/log.h"
#include "script/script.h"

#include <stdio.h>
#include <sys/stat.h>

enum { PROBLEMS_MAX = 1 << 16, HANG_MS = 30000, CALM_MS = 60000 };

/* False after a message. */
static bool read_duration(const char *name, const char *text, int64_t min, int64_t *ms)
{
    if (!text || (duration_parse(str_from(text), ms) && *ms >= min))
        return true;
    app_usage(&cmd_run, "%s takes a duration like 30s", name);
    return false;
}

struct run {
    const char *path, *level, *worker;
    bool watch, foreground;
    int64_t hang_ms, calm_ms;
};

static int serve(struct app *app, const struct run *run, struct config *config)
{
    struct err err = { 0 };
    int lock = lock_take(config->state, &err);
    if (lock < 0)
        return app_fail(&err);
    struct supervisor_options options = {
        .app = app,
        .config = config,
        .lock = lock,
        .log_level = run->level,
        .watch = run->watch,
        .hang_ms = run->hang_ms,
        .calm_ms = run->calm_ms,
    };
    int status = run->foreground ? serve_foreground(app, config, run->watch)
                                 : supervisor_run(&options);
    lock_release(lock);
    return status;
}

/* With its own eyes first: what is wrong is said once, by whoever was called. */
static int check_and_serve(struct app *app, const struct run *run)
{
    struct buf problems;
    buf_init(&problems, PROBLEMS_MAX);
    struct config *config = config_read(app, run->path, &problems);
    int status = APP_REFUSED;
    if (config)
        status = serve(app, run, config);
    else
        fprintf(stderr, "%.*s", STR_ARG(buf_str(&problems)));
    config_free(config);
    buf_clear(&problems);
    return status;
}

static int run(struct app *app, int argc, char **argv)
{
    struct run run = { .hang_ms = HANG_MS, .calm_ms = CALM_MS };
    const char *hang = NULL, *calm = NULL;
    const struct app_option options[] = {
        { .name = "--log", .value = &run.level },
        { .name = "--watch", .flag = &run.watch },
        { .name = "--foreground", .flag = &run.foreground },
        { .name = "--hang", .value = &hang },
        { .name = "--calm", .value = &calm },
        { .name = "--worker", .value = &run.worker }, /* the supervisor's */
        { .name = NULL },
    };
    if (!app_options(&cmd_run, options, &argc, argv))
        return APP_USAGE;
    if (argc > 2)
        return app_usage(&cmd_run, "one FILE at most");
    if (!read_duration("--hang", hang, 1000, &run.hang_ms) ||
        !read_duration("--calm", calm, 0, &run.calm_ms))
        return APP_USAGE;
    enum log_level wanted;
    if (run.level) {
        if (!log_level_parse(str_from(run.level), &wanted))
            return app_usage(&cmd_run, "--log takes error, warn, info or debug");
        log_set_level(wanted);
    }
    run.path = argc == 2 ? argv[1] : "moondock.lua";
    umask(077);
    if (run.worker || run.foreground)
        script_self_test();
    if (!run.worker)
        return check_and_serve(app, &run);
    int64_t number;
    if (!str_to_i64(str_from(run.worker), &number) || number < 1 ||
        number > DEAL_WORKERS_MAX)
        return app_usage(&cmd_run, "--worker takes a number");
    return serve_supervised(app, run.path, (int)number, run.watch);
}

const struct command cmd_run = {
    .name = "run",
    .usage = "[FILE] [--log LEVEL] [--watch] [--foreground] [--hang D] [--calm D]",
    .summary = "keep the configured bots online (FILE: moondock.lua)",
    .run = run,
};
