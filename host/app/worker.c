#include "app/worker_inside.h"

#include "base/log.h"
#include "base/mem.h"

static size_t count_owned(const struct worker *worker)
{
    const struct config *config = worker->config;
    if (worker->options.number == 0 || config->workers == 1)
        return config->bot_count;
    size_t count = 0;
    for (size_t i = 0; i < config->bot_count; i++)
        count += worker_owns(worker, &config->bots[i]);
    return count;
}

void worker_look_settled(struct worker *worker)
{
    if (worker->settled || worker->bot_count < count_owned(worker))
        return;
    for (size_t i = 0; i < worker->bot_count; i++)
        if (!bot_settled(worker->bots[i]))
            return;
    worker->settled = true;
    worker->options.on_settled(worker->options.arg);
}

static void on_bot_state(void *arg)
{
    worker_look_settled(arg);
}

static void on_released(void *arg, uint64_t who)
{
    struct worker *worker = arg;
    worker->options.on_released(worker->options.arg, who);
}

bool worker_open_bot(struct worker *worker, struct config *config,
                     const struct config_bot *row, struct err *err)
{
    struct bot_options options = {
        .app = worker->options.app,
        .config = config,
        .row = row,
        .order = ++worker->last_order,
        .net = worker->options.net,
        .governor = worker->governor,
        .quarantine = worker->options.quarantine,
        .on_state = on_bot_state,
        .on_released = on_released,
        .arg = worker,
    };
    struct bot *bot = bot_open(&options, err);
    if (!bot)
        return false;
    worker->bots =
        mem_realloc(worker->bots, (worker->bot_count + 1) * sizeof(*worker->bots));
    worker->bots[worker->bot_count++] = bot;
    return true;
}

/* An app key has its quotas once: each worker that has bots of it takes an equal part. */
static int count_shares(void *arg, struct str app_key)
{
    const struct worker *worker = arg;
    const struct config *config = worker->config;
    uint32_t owners = 0;
    if (worker->options.number == 0 || config->workers == 1)
        return 1;
    for (size_t i = 0; i < config->bot_count; i++)
        if (str_eq(config->bots[i].account.app_key, app_key))
            owners |= UINT32_C(1) << config->bots[i].worker;
    int count = __builtin_popcount(owners);
    return count > 0 ? count : 1;
}

static bool open_bots(struct worker *worker, struct err *err)
{
    struct config *config = worker->config;
    for (size_t i = 0; i < config->bot_count; i++)
        if (worker_owns(worker, &config->bots[i]) &&
            !worker_open_bot(worker, config, &config->bots[i], err))
            return false;
    return true;
}

struct worker *worker_open(const struct worker_options *options, struct err *err)
{
    struct worker *worker = MEM_NEW(struct worker);
    worker->options = *options;
    worker->config = config_ref(options->config);
    worker->governor = governor_new(net_loop(options->net), count_shares, worker);
    struct str http = options->config->http;
    if (http.len > 0)
        worker->front = front_open(worker, options->net, http, err);
    bool opened = (http.len == 0 || worker->front) && open_bots(worker, err);
    if (opened) {
        const struct ctl_options ctl = {
            .state = options->number == 0 ? options->config->state : NULL,
            .on_answer = options->on_answer,
            .arg = options->arg,
        };
        worker->ctl = ctl_open(worker, &ctl, err);
        opened = worker->ctl != NULL;
    }
    if (!opened) {
        worker_close(worker);
        return NULL;
    }
    if (options->watch)
        worker->watch = watch_open(worker);
    if (worker->bot_count == 0)
        loop_defer(net_loop(options->net), on_bot_state, worker); /* nobody else will */
    return worker;
}

void worker_close(struct worker *worker)
{
    struct loop *loop = net_loop(worker->options.net);
    loop_timer_stop(loop, &worker->drain_deadline);
    loop_hook_remove(&worker->drain_hook);
    loop_defer_cancel(loop, on_bot_state, worker);
    worker_abandon(worker);
    if (worker->watch)
        watch_close(worker->watch);
    if (worker->front)
        front_hold(worker->front);
    for (size_t i = 0; i < worker->bot_count; i++)
        bot_close(worker->bots[i]);
    governor_free(worker->governor);
    if (worker->front)
        front_close(worker->front);
    if (worker->ctl)
        ctl_close(worker->ctl);
    free(worker->bots);
    config_free(worker->config);
    free(worker);
}

static void end_drain(struct worker *worker)
{
    loop_timer_stop(net_loop(worker->options.net), &worker->drain_deadline);
    loop_hook_remove(&worker->drain_hook);
    worker->options.on_drained(worker->options.arg);
}

static void on_drain_turn(void *arg)
{
    struct worker *worker = arg;
    for (size_t i = 0; i < worker->bot_count; i++)
        if (!bot_idle(worker->bots[i]))
            return;
    end_drain(worker);
}

static void on_drain_deadline(void *arg)
{
    struct worker *worker = arg;
    log_warn(LOG_APP, "drain: deadline passed, what is left goes on at the next start");
    end_drain(worker);
}

void worker_drain(struct worker *worker, int64_t deadline_ms)
{
    struct loop *loop = net_loop(worker->options.net);
    worker->drains = true;
    worker_abandon(worker);
    if (worker->front)
        front_hold(worker->front);
    for (size_t i = 0; i < worker->bot_count; i++)
        bot_hold(worker->bots[i]);
    loop_timer_start(loop, &worker->drain_deadline, deadline_ms, on_drain_deadline,
                     worker);
    loop_hook_add(loop, &worker->drain_hook, on_drain_turn, worker);
}

size_t worker_bot_count(const struct worker *worker)
{
    return worker->bot_count;
}

struct bot *worker_bot(const struct worker *worker, size_t index)
{
    return worker->bots[index];
}

struct bot *worker_find_bot(const struct worker *worker, struct str name, struct err *err)
{
    const struct config *config = worker->config;
    bool only = name.len == 0 && config->bot_count == 1;
    for (size_t i = 0; i < worker->bot_count; i++)
        if (only || str_eq(bot_name(worker->bots[i]), name))
            return worker->bots[i];
    struct buf names;
    buf_init(&names, 200);
    for (size_t i = 0; i < config->bot_count; i++)
        buf_add_format(&names, "%s%.*s", i ? ", " : "", STR_ARG(config->bots[i].name));
    err_set(err, ERR_NOT_FOUND, "%s%.*s; name one of: %.*s",
            name.len ? "no bot " : "which bot?", STR_ARG(name), STR_ARG(buf_str(&names)));
    buf_clear(&names);
    return NULL;
}

struct str worker_http(const struct worker *worker)
{
    return worker->front ? front_address(worker->front) : STR_NONE;
}

const struct worker_past *worker_past(const struct worker *worker)
{
    return &worker->options.past;
}

struct loop *worker_loop(const struct worker *worker)
{
    return net_loop(worker->options.net);
}

const struct config *worker_config(const struct worker *worker)
{
    return worker->config;
}

int worker_number(const struct worker *worker)
{
    return worker->options.number;
}

bool worker_owns(const struct worker *worker, const struct config_bot *row)
{
    return worker->options.number == 0 || row->worker == worker->options.number;
}

void worker_ask(struct worker *worker, int64_t id, const struct json *body)
{
    ctl_ask(worker->ctl, id, body);
}

void worker_ask_reconfigure(struct worker *worker)
{
    worker->options.on_reconfigure(worker->options.arg);
}

void worker_reconfigured(struct worker *worker, struct str report, const struct err *why)
{
    ctl_reconfigured(worker->ctl, report, why);
}
