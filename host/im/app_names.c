/* app_names: see the header. */
#include "im/app_names.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "im/call.h"
#include "im/token_source.h"
#include "net/http.h"

#include <stdio.h>

#define BATCH_MAX 100
#define KNOWN_MS 600000
#define PAUSE_MS 60000
#define KNOWN_MAX 10000
#define ANSWER_MAX ((size_t)1 << 20)
#define BODY_MAX ((size_t)16 << 10)
#define COOKIE_MAX ((size_t)4096)
#define TIMEOUT_MS 5000
#define NOT_LOGGED_IN 1000

struct app_names {
    struct net *net;
    char *url, *account, *password;
    struct buf cookie;    /* a header line; empty: not logged in */
    struct map known[2];  /* users, groups: id -> until when, in a heap int64_t */
    int64_t pause_ms;     /* nothing is asked before */
    struct call_list all; /* struct question */
};

struct question {
    struct account_call base;
    struct app_names *names;
    bool users, again; /* again: after a second log-in */
    struct json *ids;
    struct http_call *call;
    order_done_fn *done;
    void *arg;
};

static void begin(void *arg);

static void end(struct question *question)
{
    call_remove(&question->base);
    loop_defer_cancel(net_loop(question->names->net), begin, question);
    if (question->call)
        http_cancel(question->call);
    json_free(question->ids);
    free(question);
}

static void cancel(struct account_call *base)
{
    end((struct question *)base);
}

static void answer(struct question *question, const struct json *list)
{
    struct json *none = list ? NULL : json_array();
    order_done_fn *done = question->done;
    void *arg = question->arg;
    end(question);
    done(arg, list ? list : none, NULL);
    json_free(none);
}

static void fail(struct account_call *base, const struct err *why)
{
    (void)why;
    answer((struct question *)base, NULL);
}

static void give_up(struct question *question, const char *why)
{
    log_warn(LOG_IM, "no names from the App Server: %s", why);
    question->names->pause_ms = clock_mono_ms() + PAUSE_MS;
    answer(question, NULL);
}

/* ---- what is known ---- */

static bool is_known(const struct app_names *names, bool users, struct str id)
{
    const int64_t *until = map_get(&names->known[!users], id);
    return until && *until > clock_mono_ms();
}

static void forget_all(struct map *known)
{
    struct str id;
    void *value;
    for (size_t at = 0; map_next(known, &at, &id, &value);)
        free(value);
    map_clear(known);
}

static void note_known(struct app_names *names, bool users, struct str id)
{
    struct map *known = &names->known[!users];
    if (known->len >= KNOWN_MAX)
        forget_all(known);
    int64_t *until = mem_alloc(sizeof(*until));
    *until = clock_mono_ms() + KNOWN_MS;
    free(map_set(known, id, until));
}

/* ---- asking ---- */

static void start(struct question *question);

static void take(struct question *question, const struct json *result)
{
    const struct json *one = NULL;
    struct json *list = json_array();
    while ((one = json_next(result, one))) {
        struct str id = json_str(json_get(one, "id"));
        struct str name = json_str(json_get(one, question->users ? "nickname" : "name"));
        if (id.len == 0 || name.len == 0)
            continue;
        struct json *row = json_add(list, NULL, json_object());
        json_add_str(row, "id", id);
        json_add_str(row, "name", name);
    }
    for (one = NULL; (one = json_next(question->ids, one));)
        note_known(question->names, question->users, json_str(one));
    answer(question, list);
    json_free(list);
}

static void on_answer(void *arg, const struct http_answer *got, const struct err *why)
{
    struct question *question = arg;
    struct app_names *names = question->names;
    bool logging_in = names->cookie.len == 0;
    question->call = NULL;
    if (!got) {
        give_up(question, why->text);
        return;
    }
    struct json *root = json_parse(got->body, NULL);
    int64_t code = json_int(json_get(root, "code"), 0);
    bool over = got->status == 401 || got->status == 403 ||
                (got->status == 200 && code == NOT_LOGGED_IN);
    if (logging_in && got->status == 200 && code == 200)
        token_cookies_read(got->headers, &names->cookie);
    if (!logging_in && over && !question->again) {
        question->again = true;
        buf_reset(&names->cookie);
        start(question);
    } else if (got->status != 200 || code != 200 || names->cookie.len == 0) {
        char text[80];
        snprintf(text, sizeof(text), "HTTP %d, code %lld", got->status, (long long)code);
        buf_reset(&names->cookie);
        give_up(question, text);
    } else if (logging_in) {
        start(question);
    } else {
        take(question, json_get(root, "result"));
    }
    json_free(root);
}

static struct json *login_of(const struct app_names *names)
{
    struct json *body = json_object();
    json_add_str(body, "account", str_from(names->account));
    json_add_str(body, "password", str_from(names->password));
    return body;
}

static struct json *batch_of(const struct question *question)
{
    struct json *body = json_object();
    json_add(body, "ids", json_copy(question->ids));
    return body;
}

/* Logs in, or asks if that was done. */
static void start(struct question *question)
{
    struct app_names *names = question->names;
    bool logged_in = names->cookie.len > 0;
    const char *path = !logged_in        ? "/user/login"
                       : question->users ? "/user/batch"
                                         : "/user/groups";
    struct json *body = !logged_in        ? login_of(names)
                        : question->users ? batch_of(question)
                                          : NULL;
    struct str headers[] = { STR("Content-Type: application/json"),
                             buf_str(&names->cookie) };
    char url[1024];
    struct buf text;
    struct err err = { 0 };
    int len = snprintf(url, sizeof(url), "%s%s", names->url, path);
    buf_init(&text, BODY_MAX);
    bool fits =
        len > 0 && (size_t)len < sizeof(url) && (!body || json_write(body, &text));
    const struct http_request request = {
        .method = body ? "POST" : "GET",
        .url = str_from(url),
        .headers = headers,
        .header_count = logged_in ? 2 : 1,
        .body = buf_str(&text),
        .timeout_ms = TIMEOUT_MS,
        .answer_max = ANSWER_MAX,
    };
    if (fits)
        question->call = http_start(names->net, &request, on_answer, question, &err);
    buf_clear(&text);
    json_free(body);
    if (!question->call)
        give_up(question, fits ? err.text : "url, account or password are too long");
}

static void begin(void *arg)
{
    struct question *question = arg;
    if (json_size(question->ids) == 0 || question->names->pause_ms > clock_mono_ms())
        answer(question, NULL);
    else
        start(question);
}

struct account_call *app_names_ask(struct app_names *names, bool users,
                                   const struct json *ids, order_done_fn *done, void *arg)
{
    struct question *question = MEM_NEW(struct question);
    const struct json *one = NULL;
    question->base.cancel = cancel;
    question->base.fail = fail;
    question->names = names;
    question->users = users;
    question->done = done;
    question->arg = arg;
    question->ids = json_array();
    while ((one = json_next(ids, one)) && json_size(question->ids) < BATCH_MAX)
        if (json_str(one).len > 0 && !is_known(names, users, json_str(one)))
            json_add_str(question->ids, NULL, json_str(one));
    call_add(&names->all, &question->base);
    loop_defer(net_loop(names->net), begin, question);
    return &question->base;
}

/* ---- life ---- */

struct app_names *app_names_new(struct net *net, const struct account_config *config)
{
    const struct account_app_server *server = &config->app_server;
    if (server->url.len == 0)
        return NULL;
    struct app_names *names = MEM_NEW(struct app_names);
    struct str url = server->url;
    while (str_ends(url, STR("/")))
        url.len--;
    names->net = net;
    names->url = str_dup(url);
    names->account = str_dup(server->account);
    names->password = str_dup(server->password);
    buf_init(&names->cookie, COOKIE_MAX);
    map_init(&names->known[0]);
    map_init(&names->known[1]);
    call_list_init(&names->all);
    return names;
}

void app_names_free(struct app_names *names)
{
    struct err closed = { 0 };
    if (!names)
        return;
    err_set(&closed, ERR_CLOSED, "the account was closed");
    call_list_fail(&names->all, &closed);
    forget_all(&names->known[0]);
    forget_all(&names->known[1]);
    buf_clear(&names->cookie);
    free(names->url);
    free(names->account);
    free(names->password);
    free(names);
}
