/* A token from the App Server (app-server.md 3, profile 1): log in as the bot; the answer
 * carries the stored token. If that one will not do, a new one is asked for, with the
 * cookie of the log-in. */
#include "im/token_source.h"

#include "base/json.h"
#include "base/mem.h"
#include "net/http.h"

#include <stdio.h>
#include <stdlib.h>

#define BODY_MAX ((size_t)16 << 10)
#define ANSWER_MAX ((size_t)256 << 10)
#define COOKIE_MAX ((size_t)4096)
#define STALE_MAX ((size_t)4096)

/* app-server.md 2: what asking again, later, can cure. The others mean that account or
 * password are wrong, or that this account may not. */
enum { TOO_MANY = 1003, LIMIT_PASSED = 1004, CLOUD_FAILED = 2000, UNKNOWN = 5000 };

struct from_app {
    struct token_source source;
    struct net *net;
    char *url, *account, *password, *user;
    struct http_call *call;
    bool again;        /* the stored token would not do */
    struct buf stale;  /* empty: any will do */
    struct buf cookie; /* a header line */
    token_found_fn *fn;
    void *arg;
};

/* ---- errors ---- */

static bool passes(int http, int64_t code)
{
    return http == 429 || http >= 500 || code == TOO_MANY || code == LIMIT_PASSED ||
           code == CLOUD_FAILED || code == UNKNOWN;
}

/* What the server says, for a person; never with the password in it. */
static void read_text(const struct from_app *from, const struct json *root, char *out,
                      size_t size)
{
    static const char *const names[] = { "message", "msg", "errorMessage" };
    struct str text = STR_NONE;
    for (size_t i = 0; i < 3 && text.len == 0; i++)
        text = json_str(json_get(root, names[i]));
    if (str_find(text, str_from(from->password)) >= 0)
        text = STR_NONE;
    text = str_cut_utf8(text, size - 3);
    snprintf(out, size, "%s%.*s", text.len ? ": " : "", STR_ARG(text));
    str_blank_controls(out, strlen(out));
}

/* Always false. */
static bool refused(const struct from_app *from, int http, const struct json *root,
                    struct err *err)
{
    char text[160];
    int64_t code = json_int(json_get(root, "code"), 0);
    read_text(from, root, text, sizeof(text));
    if (passes(http, code))
        err_set(err, ERR_REFUSED, "the App Server is busy (HTTP %d, code %lld)%s", http,
                (long long)code, text);
    else if (from->again)
        err_set(err, ERR_REFUSED,
                "the App Server gives no new token (HTTP %d, code %lld)%s", http,
                (long long)code, text);
    else if ((http >= 300 && http < 400) || http == 404 || http == 405)
        err_set(err, ERR_CONFIG,
                "no App Server answers at app_server.url (HTTP %d): see the address",
                http);
    else if (code != 0 || http == 401 || http == 403)
        err_set(err, ERR_TOKEN,
                "the App Server refuses to log in %s (HTTP %d, code %lld)%s: see "
                "account and password of app_server",
                from->account, http, (long long)code, text);
    else
        err_set(err, ERR_PROTO,
                "what answers at app_server.url is no App Server (HTTP "
                "%d, no code)",
                http);
    return false;
}

/* ---- answers ---- */

/* It goes back into a header. */
static bool is_cookie(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < ' ' || text.at[i] > '~')
            return false;
    return text.len > 0;
}

void token_cookies_read(struct str headers, struct buf *out)
{
    struct str line, name, cookie;
    buf_reset(out);
    while (str_split(&headers, '\n', &line)) {
        if (!str_split(&line, ':', &name) || !str_eq_nocase(name, STR("Set-Cookie")) ||
            !str_split(&line, ';', &cookie) || !is_cookie(str_trim(cookie)))
            continue;
        size_t before = out->len;
        if (!buf_add_str(out, before ? STR("; ") : STR("Cookie: ")) ||
            !buf_add_str(out, str_trim(cookie)))
            buf_cut(out, before);
    }
}

/* Whose token it is: another user's would bring somebody else online. */
static bool check_user(const struct from_app *from, struct str id, struct err *err)
{
    if (id.len == 0 || str_eq(id, str_from(from->user)))
        return true;
    return err_set(err, ERR_CONFIG,
                   "the App Server logs %s in as user %.*s, configured is user %s",
                   from->account, STR_ARG(str_cut_utf8(id, 64)), from->user);
}

static bool start(struct from_app *from, struct err *err);

static void finish(struct from_app *from, const struct token_found *found,
                   const struct err *why)
{
    buf_reset(&from->cookie);
    from->fn(from->arg, found, why);
}

static void on_answer(void *arg, const struct http_answer *answer, const struct err *why)
{
    struct from_app *from = arg;
    struct err err = { 0 };
    from->call = NULL;
    if (!answer) {
        err = *why;
        err_wrap(&err, "App Server");
        finish(from, NULL, &err);
        return;
    }
    struct json *root = json_parse(answer->body, NULL);
    const struct json *result = json_get(root, "result");
    struct token_found found = {
        .text = json_str(json_get(result, "token")),
        .expires_ms = token_expires_read(json_get(result, "expires")),
    };
    bool good = answer->status == 200 && json_int(json_get(root, "code"), 0) == 200;
    if (!good)
        refused(from, answer->status, root, &err);
    good = good && check_user(from, json_str(json_get(result, "id")), &err);
    if (good && found.text.len == 0)
        good = err_set(&err, ERR_PROTO, "the App Server answered without a token");
    if (good && !from->again && from->stale.len &&
        str_eq(found.text, buf_str(&from->stale))) {
        from->again = true;
        token_cookies_read(answer->headers, &from->cookie);
        if (!start(from, &err))
            finish(from, NULL, &err);
    } else {
        finish(from, good ? &found : NULL, good ? NULL : &err);
    }
    json_free(root);
}

/* ---- asking ---- */

static bool write_body(const struct from_app *from, struct buf *body)
{
    struct json *root = json_object();
    json_add_str(root, "account", str_from(from->account));
    json_add_str(root, "password", str_from(from->password));
    bool fits = json_write(root, body);
    json_free(root);
    return fits;
}

static bool start(struct from_app *from, struct err *err)
{
    char url[1024];
    struct buf body;
    struct str headers[2] = { STR("Content-Type: application/json"), STR_NONE };
    size_t count = 1;
    if (from->again && from->cookie.len)
        headers[count++] = buf_str(&from->cookie);
    int len = snprintf(url, sizeof(url), "%s%s", from->url,
                       from->again ? "/user/get_token" : "/user/login");
    buf_init(&body, BODY_MAX);
    if (len < 0 || (size_t)len >= sizeof(url) ||
        (!from->again && !write_body(from, &body))) {
        buf_clear(&body);
        return err_set(err, ERR_CONFIG, "app_server: url, account or password too long");
    }
    const struct http_request request = {
        .method = from->again ? "GET" : "POST",
        .url = str_from(url),
        .headers = headers,
        .header_count = count,
        .body = buf_str(&body),
        .answer_max = ANSWER_MAX,
    };
    from->call = http_start(from->net, &request, on_answer, from, err);
    buf_clear(&body);
    return from->call != NULL;
}

static bool ask(struct token_source *source, struct str stale, token_found_fn *fn,
                void *arg, struct err *err)
{
    struct from_app *from = (struct from_app *)source;
    from->fn = fn;
    from->arg = arg;
    from->again = false;
    buf_reset(&from->stale);
    buf_add_str(&from->stale, stale);
    return start(from, err);
}

static void stop(struct token_source *source)
{
    struct from_app *from = (struct from_app *)source;
    if (from->call)
        http_cancel(from->call);
    from->call = NULL;
}

static void free_source(struct token_source *source)
{
    struct from_app *from = (struct from_app *)source;
    buf_clear(&from->stale);
    buf_clear(&from->cookie);
    free(from->url);
    free(from->account);
    free(from->password);
    free(from->user);
    free(from);
}

struct token_source *token_from_app(struct net *net, const struct account_config *config)
{
    const struct account_app_server *server = &config->app_server;
    struct from_app *from = MEM_NEW(struct from_app);
    struct str url = server->url;
    while (str_ends(url, STR("/")))
        url.len--;
    from->source = (struct token_source){ ask, stop, free_source };
    from->net = net;
    from->url = str_dup(url);
    from->account = str_dup(server->account);
    from->password = str_dup(server->password);
    from->user = str_dup(config->user);
    buf_init(&from->stale, STALE_MAX);
    buf_init(&from->cookie, COOKIE_MAX);
    return &from->source;
}
