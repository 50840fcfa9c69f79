/* navi: see the header. */
#include "im/navi.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "im/form.h"
#include "im/token.h"
#include "net/http.h"

#include <stdio.h>
#include <string.h>

#define URLS_MAX 16
#define TIMEOUT_MS 10000
#define PROTOCOL_WS 5
#define PROTOCOL_WSS 6

struct navi_call {
    struct net *net;
    struct http_call *http;
    char *urls[URLS_MAX];
    size_t url_count, url;
    int format;
    char *app_key, *token, *version;
    struct err why; /* the last failure */
    navi_fn *fn;
    void *arg;
};

/* ---- reading answers ---- */

static void add_address(struct navi_answer *out, struct str host, bool secure,
                        int64_t weight)
{
    host = str_trim(host);
    if (host.len == 0 || host.len >= NAVI_HOST || out->count == NAVI_ADDRESSES)
        return;
    for (size_t i = 0; i < out->count; i++) {
        if (out->list[i].secure == secure && str_eq(str_from(out->list[i].host), host))
            return;
    }
    /* Kept sorted, bigger weight first, equal ones in the order given. */
    size_t at = out->count++;
    for (; at > 0 && out->list[at - 1].weight < weight; at--)
        out->list[at] = out->list[at - 1];
    struct navi_address *address = &out->list[at];
    *address = (struct navi_address){ .secure = secure, .weight = weight };
    memcpy(address->host, host.at, host.len);
}

static void read_format2(const struct json *list, struct navi_answer *out)
{
    const struct json *row = NULL;
    while ((row = json_next(list, row))) {
        int64_t protocol = json_int(json_get(row, "protocol"), PROTOCOL_WS);
        if (protocol == PROTOCOL_WS || protocol == PROTOCOL_WSS)
            add_address(out, json_str(json_get(row, "addr")), protocol == PROTOCOL_WSS,
                        json_int(json_get(row, "weight"), 0));
    }
}

static void read_format1(const struct json *root, bool secure, struct navi_answer *out)
{
    add_address(out, json_str(json_get(root, "server")), secure, 1);
    struct str rest = json_str(json_get(root, "backupServer")), host;
    while (str_split(&rest, ',', &host))
        add_address(out, host, secure, 0);
}

/* JSONP is cut to what stands between the first '{' and the last '}'. */
static struct str json_part(struct str body)
{
    ptrdiff_t from = str_index(body, '{');
    if (from < 0)
        return STR_NONE;
    size_t to = body.len;
    while (to > (size_t)from && body.at[to - 1] != '}')
        to--;
    return str_sub(body, (size_t)from, to - (size_t)from);
}

static bool code_error(int code, struct err *err)
{
    if (code == 401 || code == 403)
        return err_set(err, ERR_TOKEN, "navi: token incorrect (%d)", code);
    if (code == 416)
        return err_refused(err, code, "navi: the licence has expired (%d)", code);
    return err_set(err, ERR_NETWORK, "navi answered %d", code);
}

bool navi_read(struct str body, bool secure, struct navi_answer *out, struct err *err)
{
    *out = (struct navi_answer){ 0 };
    struct json *root = json_parse(json_part(body), NULL);
    if (json_kind(root) != JSON_OBJECT) {
        json_free(root);
        return err_set(err, ERR_PROTO, "navi's answer is no JSON object");
    }
    int code = (int)json_int(json_get(root, "code"), 200);
    if (code == 200) {
        out->anti = json_bool(json_get(root, "openAnti"), false);
        out->hosting = json_bool(json_get(root, "userProfile"), false);
        oss_read(json_get(root, "ossConfig"), json_str(json_get(root, "uploadServer")),
                 &out->stores);
        read_format2(json_get(root, "serverAddr"), out);
        if (out->count == 0)
            read_format1(root, secure, out);
    }
    json_free(root);
    if (code != 200)
        return code_error(code, err);
    return out->count > 0 || err_set(err, ERR_NOT_FOUND, "navi names no IM server");
}

void navi_write(const struct navi_answer *answer, struct json *out)
{
    json_add_bool(out, "openAnti", answer->anti);
    json_add_bool(out, "userProfile", answer->hosting);
    json_add(out, "ossConfig", oss_write(&answer->stores));
    struct json *list = json_add(out, "serverAddr", json_array());
    for (size_t i = 0; i < answer->count; i++) {
        const struct navi_address *address = &answer->list[i];
        struct json *row = json_add(list, NULL, json_object());
        json_add_str(row, "addr", str_from(address->host));
        json_add_int(row, "protocol", address->secure ? PROTOCOL_WSS : PROTOCOL_WS);
        json_add_int(row, "weight", address->weight);
    }
}

bool navi_restore(const struct json *from, struct navi_answer *out)
{
    *out = (struct navi_answer){
        .anti = json_bool(json_get(from, "openAnti"), false),
        .hosting = json_bool(json_get(from, "userProfile"), false),
    };
    oss_read(json_get(from, "ossConfig"), STR_NONE, &out->stores);
    read_format2(json_get(from, "serverAddr"), out);
    return out->count > 0;
}

/* ---- asking ---- */

static void free_call(struct navi_call *call)
{
    for (size_t i = 0; i < call->url_count; i++)
        free(call->urls[i]);
    free(call->app_key);
    free(call->token);
    free(call->version);
    free(call);
}

static void add_url(struct navi_call *call, struct str url)
{
    url = str_trim(url);
    while (str_ends(url, STR("/")))
        url.len--;
    if (url.len == 0 || url.len > 512 || call->url_count == URLS_MAX)
        return;
    bool has_scheme = str_find(url, STR("://")) >= 0;
    char text[600];
    snprintf(text, sizeof(text), "%s%.*s", has_scheme ? "" : "https://", STR_ARG(url));
    for (size_t i = 0; i < call->url_count; i++) {
        if (strcmp(call->urls[i], text) == 0)
            return;
    }
    call->urls[call->url_count++] = str_dup(str_from(text));
}

static void finish(struct navi_call *call, const struct navi_answer *answer,
                   const struct err *why)
{
    navi_fn *fn = call->fn;
    void *arg = call->arg;
    struct err err = why ? *why : (struct err){ 0 };
    free_call(call);
    fn(arg, answer, answer ? NULL : &err);
}

static void on_answer(void *arg, const struct http_answer *answer, const struct err *why);

static bool url_is_secure(const struct navi_call *call)
{
    return strncmp(call->urls[call->url], "https:", 6) == 0;
}

static bool ask_format2(struct navi_call *call)
{
    struct buf url, body;
    char key[300], negotiate[64];
    buf_init(&url, 1024);
    buf_init(&body, 16384);
    int len = snprintf(key, sizeof(key), "RC-Appkey: %s", call->app_key);
    snprintf(negotiate, sizeof(negotiate),
             "RC-Negotiate: conn=%d;rtc=4;log=2;iptype=v4,v6",
             url_is_secure(call) ? PROTOCOL_WSS : PROTOCOL_WS);
    struct str headers[] = { STR("Content-Type: Application/x-www-form-urlencoded"),
                             str_from(key), str_from(negotiate) };
    bool fits = len < (int)sizeof(key) &&
                buf_add_format(&url, "%s/v2/navi.json?cloud=0", call->urls[call->url]) &&
                form_add(&body, "token", str_from(call->token)) &&
                form_add(&body, "v", str_from(call->version)) &&
                form_add(&body, "platfrom", STR("browser"));
    struct http_request request = { .method = "POST",
                                    .url = buf_str(&url),
                                    .headers = headers,
                                    .header_count = 3,
                                    .body = buf_str(&body),
                                    .timeout_ms = TIMEOUT_MS };
    if (fits)
        call->http = http_start(call->net, &request, on_answer, call, &call->why);
    else
        err_set(&call->why, ERR_CONFIG, "app key, token or navi address too long");
    buf_clear(&url);
    buf_clear(&body);
    return call->http != NULL;
}

static bool ask_format1(struct navi_call *call)
{
    struct buf url;
    buf_init(&url, 16384);
    bool fits = buf_add_format(&url, "%s/navi.js?", call->urls[call->url]) &&
                form_add(&url, "appId", str_from(call->app_key)) &&
                form_add(&url, "token", str_from(call->token)) &&
                form_add(&url, "callBack", STR("getServerEndpoint")) &&
                form_add(&url, "v", str_from(call->version)) &&
                form_add_int(&url, "r", clock_wall_ms());
    struct http_request request = { .url = buf_str(&url), .timeout_ms = TIMEOUT_MS };
    if (fits)
        call->http = http_start(call->net, &request, on_answer, call, &call->why);
    buf_clear(&url);
    return call->http != NULL;
}

static void give_up(void *arg)
{
    struct navi_call *call = arg;
    finish(call, NULL, &call->why);
}

/* Asks the present URL in the present format, else the URLs after it. */
static void ask(struct navi_call *call)
{
    for (; call->url < call->url_count; call->url++, call->format = 2) {
        if (call->format == 2 ? ask_format2(call) : ask_format1(call))
            return;
    }
    loop_defer(net_loop(call->net), give_up, call);
}

static void ask_next(struct navi_call *call, bool other_format)
{
    log_debug(LOG_IM, "navi %s format %d failed: %s", call->urls[call->url], call->format,
              call->why.text);
    if (other_format && call->format == 2) {
        call->format = 1;
    } else {
        call->url++;
        call->format = 2;
    }
    ask(call);
}

static void on_answer(void *arg, const struct http_answer *answer, const struct err *why)
{
    struct navi_call *call = arg;
    struct navi_answer found;
    call->http = NULL;
    if (!answer) {
        call->why = *why;
        err_wrap(&call->why, "navi %s", call->urls[call->url]);
        ask_next(call, false);
        return;
    }
    bool good = answer->status == 200
                    ? navi_read(answer->body, url_is_secure(call), &found, &call->why)
                    : code_error(answer->status, &call->why);
    if (good) {
        finish(call, &found, NULL);
        return;
    }
    if (call->why.code == ERR_TOKEN || call->why.code == ERR_REFUSED ||
        call->why.code == ERR_NOT_FOUND) {
        finish(call, NULL, &call->why);
        return;
    }
    /* A server that knows only the old format says so with 4xx or something unreadable.
     */
    ask_next(call, answer->status < 500);
}

struct navi_call *navi_ask(struct net *net, const struct navi_request *request,
                           navi_fn *fn, void *arg)
{
    struct navi_call *call = MEM_NEW(struct navi_call);
    call->net = net;
    call->app_key = str_dup(request->app_key);
    call->token = str_dup(request->token);
    call->version = str_dup(request->version);
    call->format = 2;
    call->fn = fn;
    call->arg = arg;
    err_set(&call->why, ERR_CONFIG, "no navi address");
    struct str tail =
        str_sub(request->token, token_stem(request->token).len + 1, request->token.len);
    struct str host;
    while (str_split(&tail, ';', &host))
        add_url(call, host);
    for (size_t i = 0; i < request->url_count; i++)
        add_url(call, request->urls[i]);
    ask(call);
    return call;
}

void navi_cancel(struct navi_call *call)
{
    if (!call)
        return;
    if (call->http)
        http_cancel(call->http);
    loop_defer_cancel(net_loop(call->net), give_up, call);
    free_call(call);
}
