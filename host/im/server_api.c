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

struct server_api {
    struct net *net;
    char *app_key, *secret;
    char **hosts;
    size_t host_count, host; /* `host`: the present choice */
    int64_t changed_ms;      /* monotonic; 0: never */
};

struct server_api_call {
    struct server_api *api;
    struct http_call *http;
    char *path, *body;
    size_t body_len;
    size_t host;
    bool repeated;
    server_api_fn *fn;
    void *arg;
};

struct server_api *server_api_new(struct net *net, struct str app_key, struct str secret,
                                  const struct str *hosts, size_t count)
{
    struct server_api *api = MEM_NEW(struct server_api);
    api->net = net;
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
    bool good = json_int(json_get(root, "code"), -1) == 200;
    if (!good)
        read_error(&err, answer, root);
    finish(call, good ? root : NULL, good ? NULL : &err);
    json_free(root);
}

struct server_api_call *server_api_start(struct server_api *api, const char *path,
                                         struct str body, server_api_fn *fn, void *arg,
                                         struct err *err)
{
    struct server_api_call *call = MEM_NEW(struct server_api_call);
    call->api = api;
    call->path = str_dup(str_from(path));
    call->body = str_dup(body);
    call->body_len = body.len;
    call->host = api->host;
    call->fn = fn;
    call->arg = arg;
    if (send_call(call, err))
        return call;
    free_call(call);
    return NULL;
}

void server_api_cancel(struct server_api_call *call)
{
    if (!call)
        return;
    if (call->http)
        http_cancel(call->http);
    free_call(call);
}
