/* What can be asked of a worker: a row of `orders` each. */
#include "app/aside.h"
#include "app/ctl_inside.h"
#include "app/rollout.h"
#include "base/clock.h"
#include "base/mem.h"
#include "net/loop.h"

#include <stdio.h>
#include <unistd.h>

enum { REPORT_MAX = 2000 };

struct request {
    struct peer *peer;
    struct bot *bot;
    struct str plugin;
    const struct json *body;
};

static void answer_text(struct peer *peer, struct str text)
{
    ctl_answer(peer, answer_success(text));
}

static void answer_err(struct peer *peer, const struct err *err, struct str text)
{
    ctl_answer(peer, answer_failure(err, text));
}

static void add_worker(struct json *body, const struct worker *worker)
{
    const struct worker_past *past = worker_past(worker);
    struct str http = worker_http(worker);
    int number = worker_number(worker);
    struct json *row =
        json_add(json_add(body, "workers", json_array()), NULL, json_object());
    json_add_int(row, "number", number > 0 ? number : 1);
    json_add_int(row, "pid", getpid());
    json_add_int(row, "restarts", past->restarts);
    json_add_str(row, "reason", str_from(past->reason));
    struct loop_lag lag = loop_lag(worker_loop(worker));
    json_add_int(row, "lag_ms", lag.minute_us / 1000);
    json_add_int(row, "lag_max_ms", lag.worst_us / 1000);
    if (http.len > 0)
        json_add_str(row, "http", http);
    if (number > 0 && worker_config(worker)->workers > 1)
        return;
    json_add(body, "worker", json_copy(row));
    if (http.len > 0)
        json_add_str(body, "http", http);
}

static void do_status(const struct request *request)
{
    struct worker *worker = request->peer->ctl->worker;
    struct json *body = json_object();
    json_add_bool(body, "ok", true);
    add_worker(body, worker);
    struct json *bots = json_add(body, "bots", json_array());
    for (size_t i = 0; i < worker_bot_count(worker); i++) {
        struct bot *bot = worker_bot(worker, i);
        if (!request->bot || request->bot == bot)
            bot_status(bot, bots);
    }
    ctl_answer(request->peer, body);
}

/* What was done with a plugin, or why not. */
static void answer_plugin(const struct request *request, bool done, const char *word,
                          const struct err *err)
{
    char text[200];
    if (!done) {
        answer_err(request->peer, err, STR_NONE);
        return;
    }
    snprintf(text, sizeof(text), "%s %.*s", word, STR_ARG(request->plugin));
    answer_text(request->peer, str_from(text));
}

static void do_load(const struct request *request)
{
    struct err err = { 0 };
    bool done = bot_load(request->bot, request->plugin, &err);
    answer_plugin(request, done, "loaded", &err);
}

static void do_unload(const struct request *request)
{
    struct err err = { 0 };
    bool done = bot_unload(request->bot, request->plugin, &err);
    answer_plugin(request, done, "unloaded", &err);
}

static void do_resume(const struct request *request)
{
    struct err err = { 0 };
    bool done = bot_resume(request->bot, request->plugin, &err);
    answer_plugin(request, done, "resumed", &err);
}

/* A rollout of a peer. */
struct roll {
    struct peer *peer;
    struct rollout *rollout;
    struct roll *next, **link;
};

static void free_roll(struct roll *roll)
{
    *roll->link = roll->next;
    if (roll->next)
        roll->next->link = roll->link;
    free(roll);
}

static void on_rolled(void *arg, struct str report, const struct err *why)
{
    struct roll *roll = arg;
    if (why)
        answer_err(roll->peer, why, report);
    else
        answer_text(roll->peer, report);
    ctl_end_work(roll->peer);
    free_roll(roll);
}

void ctl_end_rolls(struct ctl *ctl)
{
    while (ctl->rolls) {
        rollout_cancel(ctl->rolls->rollout);
        ctl->rolls->peer->work--;
        free_roll(ctl->rolls);
    }
}

/* For all bots that have the plugin. */
static void roll_out(const struct request *request, enum rollout_kind kind)
{
    struct ctl *ctl = request->peer->ctl;
    struct err err = { 0 };
    struct roll *roll = MEM_NEW(struct roll);
    roll->peer = request->peer;
    roll->rollout =
        rollout_start(ctl->worker, request->plugin, kind, on_rolled, roll, &err);
    if (!roll->rollout) {
        free(roll);
        answer_err(request->peer, &err, STR_NONE);
        return;
    }
    roll->next = ctl->rolls;
    roll->link = &ctl->rolls;
    if (roll->next)
        roll->next->link = &roll->next;
    ctl->rolls = roll;
    request->peer->work++;
}

static void change_version(const struct request *request, bool back)
{
    struct err err = { 0 };
    struct buf report;
    bool force = json_bool(json_get(request->body, "force"), false);
    if (!request->bot) {
        roll_out(request, back ? ROLLOUT_BACK : force ? ROLLOUT_FORCED : ROLLOUT_RELOAD);
        return;
    }
    buf_init(&report, REPORT_MAX);
    if (back ? bot_rollback(request->bot, request->plugin, &report, &err)
             : bot_reload(request->bot, request->plugin, force, &report, &err))
        answer_text(request->peer, buf_str(&report));
    else
        answer_err(request->peer, &err, buf_str(&report));
    buf_clear(&report);
}

static void do_reload(const struct request *request)
{
    change_version(request, false);
}

static void do_rollback(const struct request *request)
{
    change_version(request, true);
}

/* {"id": "12"} */
static void leave_aside(const struct request *request, bool again)
{
    struct str id = json_str(json_get(request->body, "id"));
    struct err err = { 0 };
    char text[100];
    long long number = 0;
    for (size_t i = 0; i < id.len && i < 18; i++)
        number = id.at[i] >= '0' && id.at[i] <= '9' ? number * 10 + id.at[i] - '0' : -1;
    struct account *account = bot_account(request->bot);
    struct script *script = bot_script(request->bot);
    if (!(again ? aside_retry(account, script, number, &err)
                : aside_drop(account, script, number, &err))) {
        answer_err(request->peer, &err, STR_NONE);
        return;
    }
    snprintf(text, sizeof(text), "%s %lld", again ? "handled again" : "dropped", number);
    answer_text(request->peer, str_from(text));
}

static void do_retry(const struct request *request)
{
    leave_aside(request, true);
}

static void do_drop(const struct request *request)
{
    leave_aside(request, false);
}

static void do_reconfigure(const struct request *request)
{
    request->peer->work++;
    request->peer->asked++;
    worker_ask_reconfigure(request->peer->ctl->worker);
}

static void on_eval_done(void *arg, struct str result, const struct err *why)
{
    struct peer *peer = arg;
    if (why)
        answer_err(peer, why, STR_NONE);
    else
        answer_text(peer, result);
    ctl_end_work(peer);
}

/* Whether code may come this way. */
static bool takes_code(const struct request *request)
{
    struct err err = { 0 };
    if (worker_config(request->peer->ctl->worker)->eval)
        return true;
    err_set(&err, ERR_DENIED, "the configuration says eval = false");
    answer_err(request->peer, &err, STR_NONE);
    return false;
}

static void eval(const struct request *request, enum script_eval_how how)
{
    struct str code = json_str(json_get(request->body, "code"));
    if (!takes_code(request))
        return;
    request->peer->work++;
    script_eval(bot_script(request->bot), how, request->plugin, code, on_eval_done,
                request->peer);
}

static void do_eval(const struct request *request)
{
    bool pretty = json_bool(json_get(request->body, "pretty"), false);
    eval(request, pretty ? SCRIPT_EVAL_PRETTY : SCRIPT_EVAL_LINE);
}

static void do_complete(const struct request *request)
{
    eval(request, SCRIPT_COMPLETE);
}

static void on_news(void *arg, const struct json *body, const struct err *why)
{
    struct peer *peer = arg;
    if (why)
        answer_err(peer, why, STR_NONE);
    else
        ctl_answer(peer, json_copy(body));
    ctl_end_work(peer);
}

static void do_exec(const struct request *request)
{
    if (!takes_code(request))
        return;
    request->peer->work++;
    script_exec(bot_script(request->bot), request->body, on_news, request->peer);
}

#ifdef MOONDOCK_TESTING
static void do_clock(const struct request *request)
{
    const struct json *freeze = json_get(request->body, "freeze");
    int64_t add_ms = json_int(json_get(request->body, "add_ms"), 0);
    if (freeze)
        clock_freeze(json_bool(freeze, false));
    if (add_ms > 0)
        clock_add_ms(add_ms);
    answer_text(request->peer, STR("clock moved"));
}

/* Dies, or stops, inside a plugin: {"signal":N}. */
static void do_crash(const struct request *request)
{
    int signal = (int)json_int(json_get(request->body, "signal"), 0);
    bot_crash(request->bot, request->plugin, signal);
    answer_text(request->peer, STR("it goes on"));
}
#endif

enum { WANT_BOT = 1, WANT_PLUGIN = 2, MANY_BOTS = 4 /* without a name: all of them */ };

static const struct {
    const char *name;
    int wants;
    void (*run)(const struct request *request);
} orders[] = {
    { "status", 0, do_status },
    { "retry", WANT_BOT, do_retry },
    { "drop", WANT_BOT, do_drop },
    { "load", WANT_BOT | WANT_PLUGIN, do_load },
    { "unload", WANT_BOT | WANT_PLUGIN, do_unload },
    { "reload", WANT_BOT | WANT_PLUGIN | MANY_BOTS, do_reload },
    { "resume", WANT_BOT | WANT_PLUGIN, do_resume },
    { "rollback", WANT_BOT | WANT_PLUGIN | MANY_BOTS, do_rollback },
    { "reconfigure", 0, do_reconfigure },
    { "eval", WANT_BOT, do_eval },
    { "complete", WANT_BOT, do_complete },
    { "exec", WANT_BOT, do_exec },
#ifdef MOONDOCK_TESTING
    { "clock", 0, do_clock },
    { "crash", WANT_BOT | WANT_PLUGIN, do_crash },
#endif
};

void ctl_obey(struct peer *peer, const struct json *body)
{
    struct err err = { 0 };
    struct str name = json_str(json_get(body, "do"));
    struct str bot = json_str(json_get(body, "bot"));
    struct request request = {
        .peer = peer,
        .plugin = json_str(json_get(body, "plugin")),
        .body = body,
    };
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        if (!str_eq(name, str_from(orders[i].name)))
            continue;
        bool many = (orders[i].wants & MANY_BOTS) && bot.len == 0 &&
                    worker_config(peer->ctl->worker)->bot_count > 1;
        if (!many && (bot.len > 0 || (orders[i].wants & WANT_BOT))) {
            request.bot = worker_find_bot(peer->ctl->worker, bot, &err);
            if (!request.bot) {
                answer_err(peer, &err, STR_NONE);
                return;
            }
        }
        if ((orders[i].wants & WANT_PLUGIN) && request.plugin.len == 0) {
            err_set(&err, ERR_ARGUMENT, "name a plugin");
            answer_err(peer, &err, STR_NONE);
            return;
        }
        orders[i].run(&request);
        return;
    }
    err_set(&err, ERR_ARGUMENT, "unknown order \"%.*s\"", STR_ARG(str_sub(name, 0, 40)));
    answer_err(peer, &err, STR_NONE);
}
