#include "app/ctl.h"

#include "app/answer.h"
#include "app/rollout.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/must.h"
#include "net/lines.h"
#include "net/loop.h"

#include <stdio.h>
#include <sys/un.h>
#include <unistd.h>

enum { REPORT_MAX = 2000 };

struct ctl {
    struct worker *worker;
    struct ctl_options options;
    struct lines_server *server; /* NULL: it is asked */
    struct peer *peers;
    struct roll *rolls;
};

/* A connection, which outlives its socket while work for it goes on; or one question. */
struct peer {
    struct ctl *ctl;
    struct peer *next;
    struct lines *lines; /* NULL: gone, or a question */
    bool asked_once;     /* it is a question, number `id` */
    int64_t id;
    int work;  /* evals and rollouts that go on, and what it waits for */
    int asked; /* of these: new looks at the configuration */
};

struct request {
    struct peer *peer;
    struct bot *bot;
    struct str plugin;
    const struct json *body;
};

bool ctl_path(char *out, size_t size, const char *state, struct err *err)
{
    int len = snprintf(out, size, "%s/ctl.sock", state);
    size_t most = sizeof(((struct sockaddr_un *)0)->sun_path);
    if (len < 0 || (size_t)len >= size || (size_t)len >= most) {
        return err_set(err, ERR_CONFIG, "state: %s/ctl.sock is longer than %zu bytes",
                       state, most - 1);
    }
    return true;
}

/* Takes the body. */
static void answer(struct peer *peer, struct json *body)
{
    if (peer->asked_once)
        peer->ctl->options.on_answer(peer->ctl->options.arg, peer->id, body);
    else if (peer->lines)
        answer_send(peer->lines, body);
    json_free(body);
}

static void answer_text(struct peer *peer, struct str text)
{
    answer(peer, answer_success(text));
}

static void answer_err(struct peer *peer, const struct err *err, struct str text)
{
    answer(peer, answer_failure(err, text));
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
    answer(request->peer, body);
}

static void do_load(const struct request *request)
{
    struct err err = { 0 };
    char text[200];
    if (!bot_load(request->bot, request->plugin, &err)) {
        answer_err(request->peer, &err, STR_NONE);
        return;
    }
    snprintf(text, sizeof(text), "loaded %.*s", STR_ARG(request->plugin));
    answer_text(request->peer, str_from(text));
}

static void do_unload(const struct request *request)
{
    struct err err = { 0 };
    char text[200];
    if (!bot_unload(request->bot, request->plugin, &err)) {
        answer_err(request->peer, &err, STR_NONE);
        return;
    }
    snprintf(text, sizeof(text), "unloaded %.*s", STR_ARG(request->plugin));
    answer_text(request->peer, str_from(text));
}

static void free_peer(struct peer *peer)
{
    struct peer **link = &peer->ctl->peers;
    while (*link != peer)
        link = &(*link)->next;
    *link = peer->next;
    free(peer);
}

/* Something asked for by the peer is over; it may be gone then. */
static void end_work(struct peer *peer)
{
    peer->work--;
    if (!peer->lines && peer->work == 0)
        free_peer(peer);
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
    end_work(roll->peer);
    free_roll(roll);
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

static void do_reload(const struct request *request)
{
    struct err err = { 0 };
    struct buf report;
    bool force = json_bool(json_get(request->body, "force"), false);
    if (!request->bot) {
        roll_out(request, force ? ROLLOUT_FORCED : ROLLOUT_RELOAD);
        return;
    }
    buf_init(&report, REPORT_MAX);
    if (bot_reload(request->bot, request->plugin, force, &report, &err))
        answer_text(request->peer, buf_str(&report));
    else
        answer_err(request->peer, &err, buf_str(&report));
    buf_clear(&report);
}

static void do_resume(const struct request *request)
{
    struct err err = { 0 };
    char text[200];
    if (!bot_resume(request->bot, request->plugin, &err)) {
        answer_err(request->peer, &err, STR_NONE);
        return;
    }
    snprintf(text, sizeof(text), "resumed %.*s", STR_ARG(request->plugin));
    answer_text(request->peer, str_from(text));
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
    if (!(again ? bot_retry(request->bot, number, &err)
                : bot_drop(request->bot, number, &err))) {
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

static void do_rollback(const struct request *request)
{
    struct err err = { 0 };
    struct buf report;
    if (!request->bot) {
        roll_out(request, ROLLOUT_BACK);
        return;
    }
    buf_init(&report, REPORT_MAX);
    if (bot_rollback(request->bot, request->plugin, &report, &err))
        answer_text(request->peer, buf_str(&report));
    else
        answer_err(request->peer, &err, buf_str(&report));
    buf_clear(&report);
}

static void do_reconfigure(const struct request *request)
{
    request->peer->work++;
    request->peer->asked++;
    worker_ask_reconfigure(request->peer->ctl->worker);
}

void ctl_reconfigured(struct ctl *ctl, struct str report, const struct err *why)
{
    struct peer *next;
    for (struct peer *peer = ctl->peers; peer; peer = next) {
        next = peer->next;
        for (int left = peer->asked; left > 0; left--) {
            answer(peer, answer_reconfigured(report, why));
            peer->asked--;
            end_work(peer); /* the last one may free it */
        }
    }
}

static void on_eval_done(void *arg, struct str result, const struct err *why)
{
    struct peer *peer = arg;
    if (why)
        answer_err(peer, why, STR_NONE);
    else
        answer_text(peer, result);
    end_work(peer);
}

static void eval(const struct request *request, enum script_eval_how how)
{
    struct str code = json_str(json_get(request->body, "code"));
    struct err err = { 0 };
    if (!worker_config(request->peer->ctl->worker)->eval) {
        err_set(&err, ERR_DENIED, "the configuration says eval = false");
        answer_err(request->peer, &err, STR_NONE);
        return;
    }
    request->peer->work++;
    bot_eval(request->bot, how, request->plugin, code, on_eval_done, request->peer);
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
#ifdef MOONDOCK_TESTING
    { "clock", 0, do_clock },
    { "crash", WANT_BOT | WANT_PLUGIN, do_crash },
#endif
};

static void obey(struct peer *peer, const struct json *body)
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

static void *on_opened(void *arg, struct lines *lines)
{
    struct ctl *ctl = arg;
    struct peer *peer = MEM_NEW(struct peer);
    peer->ctl = ctl;
    peer->lines = lines;
    peer->next = ctl->peers;
    ctl->peers = peer;
    return peer;
}

void ctl_ask(struct ctl *ctl, int64_t id, const struct json *body)
{
    struct peer *peer = on_opened(ctl, NULL);
    peer->asked_once = true;
    peer->id = id;
    peer->work++;
    obey(peer, body);
    end_work(peer);
}

static void on_line(void *arg, struct str line)
{
    struct peer *peer = arg;
    struct err err = { 0 };
    struct json *body = json_parse(line, &err);
    if (!body) {
        err_wrap(&err, "request");
        answer_err(peer, &err, STR_NONE);
        return;
    }
    obey(peer, body);
    json_free(body);
}

static void on_closed(void *arg, const struct err *why)
{
    struct peer *peer = arg;
    (void)why;
    lines_close(peer->lines);
    peer->lines = NULL;
    if (peer->work == 0)
        free_peer(peer);
}

static bool listen_below(struct ctl *ctl, const char *state, struct err *err)
{
    static const struct lines_server_events events = {
        .on_opened = on_opened,
        .stream = { .on_line = on_line, .on_closed = on_closed },
    };
    char path[4096];
    if (!ctl_path(path, sizeof(path), state, err))
        return false;
    ctl->server = lines_listen(worker_loop(ctl->worker), path, &events, ctl, err);
    return ctl->server != NULL;
}

struct ctl *ctl_open(struct worker *worker, const struct ctl_options *options,
                     struct err *err)
{
    struct ctl *ctl = MEM_NEW(struct ctl);
    ctl->worker = worker;
    ctl->options = *options;
    if (options->state && !listen_below(ctl, options->state, err)) {
        free(ctl);
        return NULL;
    }
    return ctl;
}

/* The bots are closed by now, and with them every eval ended. */
void ctl_close(struct ctl *ctl)
{
    while (ctl->rolls) {
        rollout_cancel(ctl->rolls->rollout);
        ctl->rolls->peer->work--;
        free_roll(ctl->rolls);
    }
    if (ctl->server)
        lines_server_close(ctl->server);
    while (ctl->peers) {
        struct peer *peer = ctl->peers;
        must(peer->work == peer->asked);
        ctl->peers = peer->next;
        free(peer);
    }
    free(ctl);
}
