#include "app/rollout.h"

#include "base/clock.h"
#include "base/mem.h"

enum { SLICE_US = 2000, REPORT_MAX = 256 << 10 };

struct rollout {
    struct worker *worker;
    char *plugin;
    enum rollout_kind kind;
    uint64_t reached; /* bot_order of the last one that was looked at */
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

/* The first that was not looked at; bots may have come and gone meanwhile. */
static struct bot *next_bot(const struct rollout *rollout)
{
    size_t low = 0, high = worker_bot_count(rollout->worker);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (bot_order(worker_bot(rollout->worker, middle)) > rollout->reached)
            high = middle;
        else
            low = middle + 1;
    }
    bool none = low == worker_bot_count(rollout->worker);
    return none ? NULL : worker_bot(rollout->worker, low);
}

static void on_turn(void *arg)
{
    struct rollout *rollout = arg;
    struct err err = { 0 };
    bool ok = true;
    int64_t until_us = clock_mono_us() + SLICE_US;
    struct bot *bot;
    while (ok && (bot = next_bot(rollout)) != NULL && clock_mono_us() < until_us) {
        rollout->reached = bot_order(bot);
        if (bot_has(bot, str_from(rollout->plugin)))
            ok = reach(rollout, bot, &err);
    }
    if (ok && bot) {
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
