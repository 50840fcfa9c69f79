/* server_api: see the header. */
#include "im/server_api.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "net/http.h"

#include <stdio.h>
#include <string.h>

#define TIMEOUT_MS 10000
#define CHANGE_HOST_MS 30000
#define PATIENCE_MS 30000 /* for one that may not leave yet */
#define TOO_FAST 1008     /* server-api.md 6.3 */

/* Calls to one path that wait for their turn; there while there are any. */
struct queue {
    struct queue *next;
    struct server_api_call *first, *last;
};

struct server_api {
    struct net *net;
    struct governor_line *line;
    struct queue *queues;
    struct loop_timer timer; /* for them */
    char *app_key, *secret;
    char **hosts;
    size_t host_count, host; /* `host`: the present choice */
    int64_t changed_ms;      /* monotonic; 0: never */
};

struct server_api_call {
    struct server_api *api;
    struct server_api_call *next; /* in its queue */
    struct queue *queue;          /* NULL: it does not wait */
    int64_t started_ms;
    struct http_call *http;
    char *path, *body;
    size_t body_len;
    size_t host;
    bool repeated;
    bool once; /* too fast: not again */
    server_api_fn *fn;
    void *arg;
};

struct server_api *server_api_new(struct net *net, struct governor_line *line,
                                  struct str app_key, struct str secret,
                                  const struct str *hosts, size_t count)
{
    struct server_api *api = MEM_NEW(struct server_api);
    api->net = net;
    api->line = line;
    api->app_key = str_dup(app_key);
    api->secret = str_dup(secret);
    api->hosts = mem_zero(count * sizeof(char *));
    api->host_count = count;
    for (size_t i = 0; i < count; i++) {
        struct str host = hosts[i];
        while (str_ends(host, STR("/")))
            host.len--;
        api->hosts[i] = str_dup(host);
    }
    return api;
}

void server_api_free(struct server_api *api)
{
    if (!api)
        return;
    loop_timer_stop(net_loop(api->net), &api->timer);
    for (size_t i = 0; i < api->host_count; i++)
        free(api->hosts[i]);
    free(api->hosts);
    free(api->app_key);
    free(api->secret);
    free(api);
}

bool server_api_passes(int code)
{
    return code == 1000 || code == 1008 || code == 1050 || (code >= 500 && code < 600);
}

static void free_call(struct server_api_call *call)
{
    free(call->path);
    free(call->body);
    free(call);
}

static void on_answer(void *arg, const struct http_answer *answer, const struct err *why);

static bool send_call(struct server_api_call *call, struct err *err)
{
    struct server_api *api = call->api;
    char nonce[17], stamp[24], signature[DIGEST_SHA1_HEX];
    random_id(nonce, sizeof(nonce) - 1);
    snprintf(stamp, sizeof(stamp), "%lld", (long long)clock_wall_ms());
    struct str parts[] = { str_from(api->secret), str_from(nonce), str_from(stamp) };
    digest_sha1_hex(parts, 3, signature);

    struct buf lines;
    size_t ends[6];
    buf_init(&lines, 4096);
    const char *const names[] = { "App-Key", "Nonce", "Timestamp", "Signature" };
    const char *const values[] = { api->app_key, nonce, stamp, signature };
    bool fits = true;
    for (size_t i = 0; i < 4; i++) {
        fits = fits && buf_add_format(&lines, "%s: %s", names[i], values[i]);
        ends[i] = lines.len;
    }
    fits = fits &&
           buf_add_str(&lines, STR("Content-Type: application/x-www-form-urlencoded"));
    ends[4] = lines.len;
    struct str headers[5];
    for (size_t i = 0, from = 0; i < 5; from = ends[i], i++)
        headers[i] = str_of(lines.at + from, ends[i] - from);

    char url[1024];
    int len = snprintf(url, sizeof(url), "%s%s", api->hosts[call->host], call->path);
    if (!fits || len >= (int)sizeof(url)) {
        buf_clear(&lines);
        return err_set(err, ERR_CONFIG, "app key or Server API address too long");
    }
    struct http_request request = {
        .method = "POST",
        .url = str_from(url),
        .headers = headers,
        .header_count = 5,
        .body = str_of(call->body, call->body_len),
        .timeout_ms = TIMEOUT_MS,
    };
    call->http = http_start(api->net, &request, on_answer, call, err);
    buf_clear(&lines);
    return call->http != NULL;
}

static void finish(struct server_api_call *call, const struct json *answer,
                   const struct err *why)
{
    server_api_fn *fn = call->fn;
    void *arg = call->arg;
    free_call(call);
    fn(arg, answer, why);
}

/* ---- waiting for a turn ---- */

static void on_turn(void *arg);

static void call_later(struct server_api *api, int64_t ms)
{
    if (!loop_timer_runs(&api->timer) || api->timer.due_ms > clock_mono_ms() + ms)
        loop_timer_start(net_loop(api->net), &api->timer, ms, on_turn, api);
}

static struct queue *find_queue(const struct server_api *api, const char *path)
{
    struct queue *queue = api->queues;
    while (queue && strcmp(queue->first->path, path) != 0)
        queue = queue->next;
    return queue;
}

/* One that waits again goes before all others. */
static void enqueue(struct server_api_call *call, bool again)
{
    struct server_api *api = call->api;
    struct queue *queue = find_queue(api, call->path);
    if (!queue) {
        queue = MEM_NEW(struct queue);
        queue->next = api->queues;
        api->queues = queue;
    }
    call->queue = queue;
    if (again || !queue->first) {
        call->next = queue->first;
        queue->first = call;
        if (!call->next)
            queue->last = call;
    } else {
        queue->last->next = call;
        queue->last = call;
    }
}

static void dequeue(struct server_api_call *call)
{
    struct queue *queue = call->queue;
    struct server_api_call *before = NULL;
    for (struct server_api_call *c = queue->first; c != call; c = c->next)
        before = c;
    *(before ? &before->next : &queue->first) = call->next;
    if (queue->last == call)
        queue->last = before;
    call->next = NULL;
    call->queue = NULL;
    if (queue->first)
        return;
    struct queue **link = &call->api->queues;
    while (*link != queue)
        link = &(*link)->next;
    *link = queue->next;
    free(queue);
}

static bool is_patient(const struct server_api_call *call)
{
    return clock_mono_ms() - call->started_ms < PATIENCE_MS;
}

/* Gives the next call that may leave now or has waited too long; it is out of its queue.
 * NULL: all others wait on. */
static struct server_api_call *next_call(struct server_api *api)
{
    for (struct queue *queue = api->queues; queue; queue = queue->next) {
        struct server_api_call *call = queue->first;
        int64_t wait_ms =
            is_patient(call) ? governor_call(api->line, str_from(call->path)) : 0;
        if (wait_ms == 0) {
            dequeue(call);
            return call;
        }
        call_later(api, wait_ms);
    }
    return NULL;
}

static void on_turn(void *arg)
{
    struct server_api *api = arg;
    struct err err = { 0 };
    /* One a turn: who is told may cancel others. */
    struct server_api_call *call = next_call(api);
    if (!call)
        return;
    call_later(api, 0);
    if (!is_patient(call)) {
        err_set(&err, ERR_LIMIT, "Server API %s: called too often", call->path);
        finish(call, NULL, &err);
    } else if (!send_call(call, &err)) {
        finish(call, NULL, &err);
    }
}

/* ---- answers ---- */

/* Moves to the other host and sends again; false when that is not to be done. */
static bool repeat(struct server_api_call *call)
{
    struct server_api *api = call->api;
    if (call->repeated || api->host_count < 2)
        return false;
    int64_t now_ms = clock_mono_ms();
    if (call->host == api->host) {
        if (api->changed_ms && now_ms - api->changed_ms < CHANGE_HOST_MS)
            return false;
        api->host = (api->host + 1) % api->host_count;
        api->changed_ms = now_ms;
        log_warn(LOG_IM, "Server API: changing to host=%s", api->hosts[api->host]);
    }
    call->repeated = true;
    call->host = api->host;
    return send_call(call, NULL);
}

static bool read_error(struct err *err, const struct http_answer *answer,
                       const struct json *root)
{
    if (json_kind(root) != JSON_OBJECT) {
        struct str text = str_cut_utf8(answer->body, 200);
        return err_refused(err, answer->status, "Server API: HTTP %d: %.*s",
                           answer->status, STR_ARG(text));
    }
    static const char *const names[] = { "errorMessage", "msg", "message" };
    struct str text = STR_NONE;
    for (size_t i = 0; i < 3 && text.len == 0; i++)
        text = json_str(json_get(root, names[i]));
    int code = (int)json_int(json_get(root, "code"), answer->status);
    return err_refused(err, code, "Server API: %d %.*s", code,
                       STR_ARG(str_cut_utf8(text, 200)));
}

static void on_answer(void *arg, const struct http_answer *answer, const struct err *why)
{
    struct server_api_call *call = arg;
    call->http = NULL;
    if ((!answer || answer->status >= 500) && repeat(call))
        return;
    struct err err = { 0 };
    if (!answer) {
        err = *why;
        err_wrap(&err, "Server API %s", call->api->hosts[call->host]);
        finish(call, NULL, &err);
        return;
    }
    struct json *root = json_parse(answer->body, NULL);
    int64_t code = json_int(json_get(root, "code"), -1);
    bool good = code == 200;
    if (call->once) {
        /* Whoever paces himself is not to be paced twice. */
    } else if (code == TOO_FAST || answer->status == 429) {
        governor_call_too_fast(call->api->line, str_from(call->path));
        if (is_patient(call)) {
            json_free(root);
            enqueue(call, true);
            call_later(call->api, 0);
            return;
        }
    } else {
        governor_call_went_well(call->api->line, str_from(call->path));
    }
    if (!good)
        read_error(&err, answer, root);
    finish(call, good ? root : NULL, good ? NULL : &err);
    json_free(root);
}

static struct server_api_call *start(struct server_api *api, const char *path,
                                     struct str body, bool once, server_api_fn *fn,
                                     void *arg, struct err *err)
{
    struct server_api_call *call = MEM_NEW(struct server_api_call);
    call->api = api;
    call->path = str_dup(str_from(path));
    call->body = str_dup(body);
    call->body_len = body.len;
    call->host = api->host;
    call->once = once;
    call->started_ms = clock_mono_ms();
    call->fn = fn;
    call->arg = arg;
    int64_t wait_ms = 0;
    if (!find_queue(api, path))
        wait_ms = governor_call(api->line, str_from(path));
    if (wait_ms > 0 || find_queue(api, path)) {
        enqueue(call, false);
        call_later(api, wait_ms);
        return call;
    }
    if (send_call(call, err))
        return call;
    free_call(call);
    return NULL;
}

struct server_api_call *server_api_start(struct server_api *api, const char *path,
                                         struct str body, server_api_fn *fn, void *arg,
                                         struct err *err)
{
    return start(api, path, body, false, fn, arg, err);
}

struct server_api_call *server_api_start_once(struct server_api *api, const char *path,
                                              struct str body, server_api_fn *fn,
                                              void *arg, struct err *err)
{
    return start(api, path, body, true, fn, arg, err);
}

void server_api_cancel(struct server_api_call *call)
{
    if (!call)
        return;
    if (call->queue)
        dequeue(call);
    if (call->http)
        http_cancel(call->http);
    free_call(call);
}
