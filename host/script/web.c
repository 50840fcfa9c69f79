#include "script/web.h"

#include "base/clock.h"
#include "base/mem.h"
#include "net/address.h"
#include "script/caps_web.h"
#include "script/quota.h"

#include <stdio.h>

struct web_header {
    char *name, *line;
};

struct web {
    struct instance *instance;
    char *method, *url;
    struct url parts; /* views of url */
    struct web_header headers[WEB_HEADERS_MAX];
    size_t header_count;
    char *body;
    size_t body_len;
    int64_t timeout_ms, deadline_ms;
    int redirects, hops;
    http_take_fn *take; /* NULL: it is no file */
    size_t answer_max;
    bool anywhere; /* this hop may lead to a private address */
    void *call;    /* of the runtime's script_web */
    web_done_fn *done;
    void *arg;
};

struct web *web_new(struct instance *instance, struct str method, struct str url)
{
    struct web *web = MEM_NEW(struct web);
    web->instance = instance;
    web->method = str_dup(method);
    web->url = str_dup(url);
    return web;
}

static struct web_header make_header(struct str name, struct str value)
{
    size_t size = name.len + value.len + 3;
    struct web_header header = { str_dup(name), mem_alloc(size) };
    snprintf(header.line, size, "%.*s: %.*s", STR_ARG(name), STR_ARG(value));
    return header;
}

void web_add_header(struct web *web, struct str name, struct str value)
{
    if (web->header_count < WEB_HEADERS_MAX)
        web->headers[web->header_count++] = make_header(name, value);
}

static void drop_header(struct web *web, size_t index)
{
    free(web->headers[index].name);
    free(web->headers[index].line);
    web->headers[index] = web->headers[--web->header_count];
}

void web_set_body(struct web *web, struct str body)
{
    free(web->body);
    web->body = str_dup(body);
    web->body_len = body.len;
}

void web_set_limits(struct web *web, int64_t timeout_ms, int redirects)
{
    web->timeout_ms = timeout_ms;
    web->redirects = redirects;
}

void web_set_file(struct web *web, size_t max, http_take_fn *take)
{
    web->take = take;
    web->answer_max = max;
}

void web_free(struct web *web)
{
    if (!web)
        return;
    while (web->header_count > 0)
        drop_header(web, web->header_count - 1);
    free(web->method);
    free(web->url);
    free(web->body);
    free(web);
}

/* --- one hop --- */

static bool may_go(void *arg, struct str number)
{
    const struct web *web = arg;
    return web->anywhere || address_is_public(number);
}

static bool check_place(struct web *web, struct err *err)
{
    const struct version *version = web->instance->version;
    if (!url_parse(str_from(web->url), &web->parts, err))
        return false;
    if (!str_starts(web->parts.scheme, STR("http")))
        return err_set(err, ERR_ARGUMENT, "not an http:// or https:// address: %.*s",
                       STR_ARG(web->parts.place));
    enum caps_web said = caps_web(&version->grants, &web->parts);
    const struct script_im *im = &web->instance->runtime->im;
    web->anywhere = said == CAPS_WEB_ANY || (web->take && im->is_ours &&
                                             im->is_ours(im->arg, str_from(web->url)));
    if (web->take)
        return true; /* may_go looks at where it leads */
    return said != CAPS_WEB_NOWHERE ||
           err_set(err, ERR_DENIED,
                   "the plugin %s is not granted \"http:%.*s\" (grants in the "
                   "configuration)",
                   version->name, STR_ARG(web->parts.place));
}

static void on_answer(void *arg, const struct http_answer *answer, const struct err *why);

static bool on_piece(void *arg, struct str bytes)
{
    struct web *web = arg;
    return web->take(web->arg, bytes);
}

static bool start_hop(struct web *web, struct err *err)
{
    struct script_web *out = &web->instance->runtime->web;
    struct str lines[WEB_HEADERS_MAX];
    int64_t left_ms = web->deadline_ms - clock_mono_ms();
    for (size_t i = 0; i < web->header_count; i++)
        lines[i] = str_from(web->headers[i].line);
    struct http_request request = {
        .method = web->method,
        .url = str_from(web->url),
        .headers = lines,
        .header_count = web->header_count,
        .body = str_of(web->body, web->body_len),
        .timeout_ms = left_ms > 0 ? left_ms : 1,
        .answer_max = web->take ? web->answer_max : QUOTA_HTTP_BODY_BYTES_MAX,
        .take = web->take ? on_piece : NULL,
        .may = may_go,
    };
    if (!out->start)
        return err_set(err, ERR_UNSUPPORTED, "there is no way to the web here");
    web->call = out->start(out->arg, &request, on_answer, web, err);
    return web->call != NULL;
}

static void finish(struct web *web, const struct http_answer *answer,
                   const struct err *why)
{
    web_done_fn *done = web->done;
    void *arg = web->arg;
    web->instance->http_count--;
    web_free(web);
    done(arg, answer, why);
}

/* --- redirects --- */

static bool is_redirect(const struct http_answer *answer)
{
    int status = answer->status;
    return answer->redirect.len > 0 && (status == 301 || status == 302 || status == 303 ||
                                        status == 307 || status == 308);
}

static void drop_headers(struct web *web, const char *const *names)
{
    for (; *names; names++)
        for (size_t i = web->header_count; i-- > 0;)
            if (str_eq_nocase(str_from(web->headers[i].name), str_from(*names)))
                drop_header(web, i);
}

static void drop_body(struct web *web)
{
    static const char *const names[] = { "Content-Type", "Content-Encoding",
                                         "Content-Language", "Content-Location", NULL };
    free(web->body);
    free(web->method);
    web->body = NULL;
    web->body_len = 0;
    web->method = str_dup(STR("GET"));
    drop_headers(web, names);
}

static bool is_same_server(const struct url *a, const struct url *b)
{
    return a->secure == b->secure && a->port == b->port &&
           str_eq_nocase(a->host, b->host);
}

static bool follow(struct web *web, const struct http_answer *answer, struct err *err)
{
    static const char *const secrets[] = { "Authorization", "Cookie", NULL };
    struct str to = answer->redirect;
    struct str method = str_from(web->method);
    if (++web->hops > web->redirects)
        return err_set(err, ERR_LIMIT, "%.*s: more than %d redirects",
                       STR_ARG(web->parts.place), web->redirects);
    if (str_index(to, '#') >= 0)
        to.len = (size_t)str_index(to, '#');
    if (to.len > WEB_URL_MAX)
        return err_set(err, ERR_LIMIT, "%.*s: redirects to an address of %zu bytes",
                       STR_ARG(web->parts.place), to.len);
    char *from = web->url;
    struct url before = web->parts;
    web->url = str_dup(to);
    bool ok = check_place(web, err) ||
              err_wrap(err, "redirected by %.*s", STR_ARG(before.place));
    if (ok && !is_same_server(&before, &web->parts))
        drop_headers(web, secrets);
    free(from);
    if (!ok && err->code == ERR_ARGUMENT)
        err->code = ERR_PROTO; /* of the server, not of the plugin */
    if (!ok)
        return false;
    bool keeps = answer->status == 307 || answer->status == 308 ||
                 str_eq(method, STR("GET")) || str_eq(method, STR("HEAD")) ||
                 (answer->status != 303 && !str_eq(method, STR("POST")));
    if (!keeps)
        drop_body(web);
    return start_hop(web, err);
}

static void on_answer(void *arg, const struct http_answer *answer, const struct err *why)
{
    struct web *web = arg;
    struct err err = { 0 };
    web->call = NULL;
    if (why && why->code == ERR_DENIED) {
        err_set(&err, ERR_DENIED, "%s; \"http.private:%.*s\" would grant it", why->text,
                STR_ARG(web->parts.place));
        finish(web, NULL, &err);
        return;
    }
    if (!answer || web->redirects == 0 || !is_redirect(answer))
        finish(web, answer, why);
    else if (!follow(web, answer, &err))
        finish(web, NULL, &err);
}

/* --- start and cancel --- */

bool web_start(struct web *web, web_done_fn *done, void *arg, struct err *err)
{
    web->done = done;
    web->arg = arg;
    web->deadline_ms = clock_mono_ms() + web->timeout_ms;
    if (quota_check(QUOTA_HTTP, web->instance->http_count, err) &&
        check_place(web, err) && start_hop(web, err)) {
        web->instance->http_count++;
        return true;
    }
    web_free(web);
    return false;
}

void web_cancel(struct web *web)
{
    struct script_web *out = &web->instance->runtime->web;
    if (web->call)
        out->cancel(out->arg, web->call);
    web->instance->http_count--;
    web_free(web);
}
