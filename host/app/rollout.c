#include "app/rollout.h"

#include "base/clock.h"
#include "base/mem.h"

enum { SLICE_US = 2000, REPORT_MAX = 256 << 10 };

struct rollout {
    struct worker *worker;
    char *plugin;
    enum rollout_kind kind;
    size_t next; /* bot */
    struct loop_timer timer;
    struct buf report;
    rollout_fn *done;
    void *arg;
};

static bool reach(struct rollout *rollout, struct bot *bot, struct err *err)
{
    struct str plugin = str_from(rollout->plugin);
    buf_add_format(&rollout->report, "%s%.*s: ", rollout->report.len ? "\n" : "",
                   STR_ARG(bot_name(bot)));
    if (rollout->kind == ROLLOUT_BACK)
        return bot_rollback(bot, plugin, &rollout->report, err);
    return bot_reload(bot, plugin, rollout->kind == ROLLOUT_FORCED, &rollout->report,
                      err);
}

static void on_turn(void *arg)
{
    struct rollout *rollout = arg;
    struct err err = { 0 };
    bool ok = true;
    int64_t until_us = clock_mono_us() + SLICE_US;
    do {
        struct bot *bot = worker_bot(rollout->worker, rollout->next++);
        if (bot_has(bot, str_from(rollout->plugin)))
            ok = reach(rollout, bot, &err);
    } while (ok && rollout->next < worker_bot_count(rollout->worker) &&
             clock_mono_us() < until_us);
    if (ok && rollout->next < worker_bot_count(rollout->worker)) {
        loop_timer_start(worker_loop(rollout->worker), &rollout->timer, 0, on_turn,
                         rollout);
        return;
    }
    rollout->done(rollout->arg, buf_str(&rollout->report), ok ? NULL : &err);
    rollout_cancel(rollout);
}

struct rollout *rollout_start(struct worker *worker, struct str plugin,
                              enum rollout_kind kind, rollout_fn *done, void *arg,
                              struct err *err)
{
    bool found = false;
    for (size_t i = 0; i < worker_bot_count(worker); i++)
        found = found || bot_has(worker_bot(worker, i), plugin);
    if (!found) {
        err_set(err, ERR_NOT_FOUND, "%.*s is not loaded", STR_ARG(plugin));
        return NULL;
    }
    struct rollout *rollout = MEM_NEW(struct rollout);
    rollout->worker = worker;
    rollout->plugin = str_dup(plugin);
    rollout->kind = kind;
    rollout->done = done;
    rollout->arg = arg;
    buf_init(&rollout->report, REPORT_MAX);
    loop_timer_start(worker_loop(worker), &rollout->timer, 0, on_turn, rollout);
    return rollout;
}

void rollout_cancel(struct rollout *rollout)
{
    loop_timer_stop(worker_loop(rollout->worker), &rollout->timer);
    buf_clear(&rollout->report);
    free(rollout->plugin);
    free(rollout);
}
