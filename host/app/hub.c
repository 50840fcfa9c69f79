#include "app/hub.h"

#include "app/answer.h"
#include "app/ctl.h"
#include "app/deal.h"
#include "base/mem.h"
#include "net/lines.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 256 << 10 };

enum kind {
    ASK_ONE,         /* its answer is passed on */
    ASK_ALL,         /* ... or the first failure */
    ASK_STATUS,      /* of all, put together */
    ASK_IN_TURN,     /* the next when the one before went well */
    ASK_RECONFIGURE, /* not the workers' to answer */
};

struct peer {
    struct hub *hub;
    struct peer *next;
    struct lines *lines;
};

struct ask {
    struct hub *hub;
    struct ask *next;
    int64_t id;
    enum kind kind;
    struct peer *peer; /* NULL: gone */
    struct json *body;
    uint32_t asked, waiting; /* bits of workers */
    struct json *answers[DEAL_WORKERS_MAX];
    struct buf text; /* ASK_IN_TURN: so far */
    bool found;      /* ... a worker had something to do */
};

struct hub {
    struct hub_options options;
    struct lines_server *server;
    struct peer *peers;
    struct ask *asks;
    int64_t last_id;
};

static uint32_t bit_of(const struct child *child)
{
    return UINT32_C(1) << (child_number(child) - 1);
}

static void free_ask(struct ask *ask)
{
    struct ask **link = &ask->hub->asks;
    while (*link != ask)
        link = &(*link)->next;
    *link = ask->next;
    for (size_t i = 0; i < DEAL_WORKERS_MAX; i++)
        json_free(ask->answers[i]);
    json_free(ask->body);
    buf_clear(&ask->text);
    free(ask);
}

/* Takes the answer; the question is over. */
static void end_ask(struct ask *ask, struct json *answer)
{
    if (ask->peer)
        answer_send(ask->peer->lines, answer);
    json_free(answer);
    free_ask(ask);
}

static bool is_ok(const struct json *answer)
{
    return json_bool(json_get(answer, "ok"), false);
}

/* --- putting answers together --- */

static void add_all(struct json *to, const struct json *from)
{
    for (const struct json *one = json_next(from, NULL); one; one = json_next(from, one))
        json_add(to, NULL, json_copy(one));
}

/* What is known of a worker that says nothing itself, and of its bots. */
static void add_silent(const struct ask *ask, const struct child *child, struct str why,
                       struct json *workers, struct json *bots)
{
    const struct config *config = ask->hub->options.config(ask->hub->options.arg);
    struct str only = json_str(json_get(ask->body, "bot"));
    struct json *row = json_add(workers, NULL, json_object());
    json_add_int(row, "number", child_number(child));
    json_add_int(row, "restarts", child_restarts(child));
    json_add_str(row, "reason", str_from(child_reason(child)));
    for (size_t i = 0; i < config->bot_count; i++) {
        const struct config_bot *bot = &config->bots[i];
        if (bot->worker != child_number(child) ||
            (only.len > 0 && !str_eq(only, bot->name)))
            continue;
        row = json_add(bots, NULL, json_object());
        json_add_str(row, "name", bot->name);
        json_add_str(row, "user", bot->account.user);
        json_add_str(row, "state", STR("offline"));
        json_add_str(row, "detail", why);
        json_add(row, "plugins", json_array());
    }
}

static struct json *merge_status(const struct ask *ask)
{
    const struct hub_options *own = &ask->hub->options;
    struct json *body = json_object();
    json_add_bool(body, "ok", true);
    struct json *workers = json_add(body, "workers", json_array());
    struct json *bots = json_add(body, "bots", json_array());
    for (size_t i = 0; i < own->count; i++) {
        const struct json *answer = ask->answers[i];
        if (is_ok(answer)) {
            add_all(workers, json_get(answer, "workers"));
            add_all(bots, json_get(answer, "bots"));
        } else if (answer) {
            add_silent(ask, own->children[i], json_str(json_get(answer, "error")),
                       workers, bots);
        }
    }
    const struct json *only = own->count == 1 ? json_next(workers, NULL) : NULL;
    if (only)
        json_add(body, "worker", json_copy(only));
    if (only && json_get(only, "http"))
        json_add_str(body, "http", json_str(json_get(only, "http")));
    return body;
}

static struct json *merge(const struct ask *ask)
{
    const struct json *chosen = NULL;
    if (ask->kind == ASK_STATUS)
        return merge_status(ask);
    for (size_t i = 0; i < ask->hub->options.count; i++)
        if (ask->answers[i] && (!chosen || (is_ok(chosen) && !is_ok(ask->answers[i]))))
            chosen = ask->answers[i];
    return json_copy(chosen);
}

/* --- asking --- */

static struct json *no_answer(const struct child *child, const char *how)
{
    struct err err = { 0 };
    err_set(&err, ERR_CLOSED, "worker %d %s: %s", child_number(child), how,
            child_reason(child));
    return answer_failure(&err, STR_NONE);
}

/* What comes in the place of an answer is noted at once. */
static void ask_worker(struct ask *ask, struct child *child)
{
    struct err err = { 0 };
    struct json *order = json_object();
    json_add_int(order, "id", ask->id);
    json_add(order, "body", json_copy(ask->body));
    ask->asked |= bit_of(child);
    if (child_tell(child, "ask", order)) {
        ask->waiting |= bit_of(child);
    } else if (child_listens(child)) {
        err_set(&err, ERR_LIMIT, "worker %d cannot be asked: the request is too large",
                child_number(child));
        ask->answers[child_number(child) - 1] = answer_failure(&err, STR_NONE);
    } else {
        ask->answers[child_number(child) - 1] =
            no_answer(child, "is being started again");
    }
}

static void add_text(struct ask *ask, const struct json *answer)
{
    struct str text = json_str(json_get(answer, "text"));
    if (text.len > 0)
        buf_add_format(&ask->text, "%s%.*s", ask->text.len > 0 ? "\n" : "",
                       STR_ARG(text));
}

/* One that has no bot with the plugin is no failure, as long as another has. */
static void go_on(struct ask *ask, size_t answered)
{
    const struct hub_options *own = &ask->hub->options;
    for (size_t i = answered; i < own->count; i++) {
        if (i > answered || ask->asked == 0)
            ask_worker(ask, own->children[i]);
        const struct json *answer = ask->answers[i];
        if (!answer)
            return; /* it will come */
        bool none =
            !is_ok(answer) && json_str(json_get(answer, "text")).len == 0 &&
            str_eq(json_str(json_get(answer, "code")), str_from(err_word(ERR_NOT_FOUND)));
        add_text(ask, answer);
        ask->found = ask->found || !none;
        if (is_ok(answer) || (none && (ask->found || i + 1 < own->count)))
            continue;
        struct json *failure = json_object();
        json_add_bool(failure, "ok", false);
        json_add_str(failure, "code", json_str(json_get(answer, "code")));
        json_add_str(failure, "error", json_str(json_get(answer, "error")));
        json_add_str(failure, "text", buf_str(&ask->text));
        end_ask(ask, failure);
        return;
    }
    end_ask(ask, answer_success(buf_str(&ask->text)));
}

static void look_done(struct ask *ask)
{
    if (ask->waiting == 0)
        end_ask(ask, merge(ask));
}

static void take_answer(struct ask *ask, size_t index, struct json *answer)
{
    ask->waiting &= ~(UINT32_C(1) << index);
    ask->answers[index] = answer;
    if (ask->kind == ASK_IN_TURN)
        go_on(ask, index);
    else
        look_done(ask);
}

void hub_answered(struct hub *hub, int worker, int64_t id, const struct json *body)
{
    for (struct ask *ask = hub->asks; ask; ask = ask->next)
        if (ask->id == id && (ask->waiting >> (worker - 1) & 1)) {
            take_answer(ask, (size_t)worker - 1, json_copy(body));
            return;
        }
}

void hub_lost(struct hub *hub, int worker)
{
    const struct child *child = hub->options.children[worker - 1];
    struct ask *next;
    for (struct ask *ask = hub->asks; ask; ask = next) {
        next = ask->next;
        if (ask->waiting >> (worker - 1) & 1)
            take_answer(ask, (size_t)worker - 1,
                        no_answer(child, "ended before it answered"));
    }
}

void hub_reconfigured(struct hub *hub, struct str report, const struct err *why)
{
    struct ask *next;
    for (struct ask *ask = hub->asks; ask; ask = next) {
        next = ask->next;
        if (ask->kind == ASK_RECONFIGURE)
            end_ask(ask, answer_reconfigured(report, why));
    }
}

/* --- being asked --- */

static enum kind kind_of(struct str order, bool one_bot)
{
    if (str_eq(order, STR("status")))
        return ASK_STATUS;
    if (str_eq(order, STR("reconfigure")))
        return ASK_RECONFIGURE;
    if (str_eq(order, STR("clock")))
        return ASK_ALL;
    if (!one_bot && (str_eq(order, STR("reload")) || str_eq(order, STR("rollback"))))
        return ASK_IN_TURN;
    return ASK_ONE;
}

/* The bot that is meant, or NULL: none, all, or one that there is not. */
static const struct config_bot *find_bot(const struct config *config,
                                         const struct json *body)
{
    struct str name = json_str(json_get(body, "bot"));
    if (name.len == 0)
        return config->bot_count == 1 ? &config->bots[0] : NULL;
    return config_bot(config, name);
}

/* Takes the question. */
static void begin_ask(struct peer *peer, struct json *body)
{
    struct hub *hub = peer->hub;
    const struct hub_options *own = &hub->options;
    const struct config_bot *bot = find_bot(own->config(own->arg), body);
    bool named = json_str(json_get(body, "bot")).len > 0;
    struct ask *ask = MEM_NEW(struct ask);
    ask->hub = hub;
    ask->peer = peer;
    ask->body = body;
    ask->id = ++hub->last_id;
    ask->kind = kind_of(json_str(json_get(body, "do")), bot || named);
    ask->next = hub->asks;
    hub->asks = ask;
    buf_init(&ask->text, TEXT_MAX);
    if (named && !bot && ask->kind == ASK_STATUS)
        ask->kind = ASK_ONE; /* the worker says that there is no such bot */
    bool all = ask->kind == ASK_ALL || (ask->kind == ASK_STATUS && !named);
    if (ask->kind == ASK_RECONFIGURE) {
        own->on_reconfigure(own->arg);
    } else if (ask->kind == ASK_IN_TURN) {
        go_on(ask, 0);
    } else {
        for (size_t i = 0; i < own->count; i++)
            if (all || i == (bot ? (size_t)bot->worker - 1 : 0))
                ask_worker(ask, own->children[i]);
        look_done(ask);
    }
}

static void *on_opened(void *arg, struct lines *lines)
{
    struct hub *hub = arg;
    struct peer *peer = MEM_NEW(struct peer);
    peer->hub = hub;
    peer->lines = lines;
    peer->next = hub->peers;
    hub->peers = peer;
    return peer;
}

static void on_line(void *arg, struct str line)
{
    struct peer *peer = arg;
    struct err err = { 0 };
    struct json *body = json_parse(line, &err);
    if (body) {
        begin_ask(peer, body);
        return;
    }
    err_wrap(&err, "request");
    body = answer_failure(&err, STR_NONE);
    answer_send(peer->lines, body);
    json_free(body);
}

static void free_peer(struct peer *peer)
{
    struct peer **link = &peer->hub->peers;
    while (*link != peer)
        link = &(*link)->next;
    *link = peer->next;
    for (struct ask *ask = peer->hub->asks; ask; ask = ask->next)
        if (ask->peer == peer)
            ask->peer = NULL;
    free(peer);
}

static void on_closed(void *arg, const struct err *why)
{
    struct peer *peer = arg;
    (void)why;
    lines_close(peer->lines);
    free_peer(peer);
}

struct hub *hub_open(const struct hub_options *options, struct err *err)
{
    static const struct lines_server_events events = {
        .on_opened = on_opened,
        .stream = { .on_line = on_line, .on_closed = on_closed },
    };
    char path[4096];
    if (!ctl_path(path, sizeof(path), options->state, err))
        return NULL;
    struct hub *hub = MEM_NEW(struct hub);
    hub->options = *options;
    hub->server = lines_listen(options->loop, path, &events, hub, err);
    if (hub->server)
        return hub;
    free(hub);
    return NULL;
}

void hub_close(struct hub *hub)
{
    if (!hub)
        return;
    lines_server_close(hub->server);
    while (hub->peers)
        free_peer(hub->peers);
    while (hub->asks)
        free_ask(hub->asks);
    free(hub);
}
