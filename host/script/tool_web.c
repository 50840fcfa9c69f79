#include "script/tool_web.h"

#include "base/mem.h"
#include "net/server.h"

#define HEADERS_MAX ((size_t)64 << 10)

struct tool_web_page {
    struct tool_web_page *next;
    char *method, *url;
    struct json *page;
};

struct tool_web_call {
    struct tool_web_call *next, **at;
    struct tool_web *web;
    http_done_fn *done;
    void *arg;
    const struct tool_web_page *page; /* NULL: `why` */
    struct err why;
};

void tool_web_init(struct tool_web *web, struct tool_cloud *cloud)
{
    *web = (struct tool_web){ .cloud = cloud };
}

void tool_web_put(struct tool_web *web, struct str method, struct str url,
                  struct json *page)
{
    struct tool_web_page *added = MEM_NEW(struct tool_web_page);
    added->method = str_dup(method);
    added->url = str_dup(url);
    added->page = page;
    added->next = web->pages;
    web->pages = added;
}

static const struct tool_web_page *find_page(const struct tool_web *web,
                                             const struct http_request *request)
{
    for (const struct tool_web_page *page = web->pages; page; page = page->next) {
        struct str method = str_from(page->method), url = str_from(page->url);
        bool all = str_ends(url, STR("*"));
        if (method.len > 0 && !str_eq(method, str_from(request->method))) {
            continue;
        }
        if (all ? str_starts(request->url, str_sub(url, 0, url.len - 1))
                : str_eq(request->url, url)) {
            return page;
        }
    }
    return NULL;
}

/* --- requests --- */

static void drop_call(struct tool_web_call *call)
{
    *call->at = call->next;
    if (call->next) {
        call->next->at = call->at;
    }
    free(call);
}

static void answer(void *arg)
{
    struct tool_web_call call = *(struct tool_web_call *)arg;
    drop_call(arg);
    if (!call.page) {
        call.done(call.arg, NULL, &call.why);
        return;
    }
    const struct json *page = call.page->page, *headers = json_get(page, "headers");
    struct http_answer found = {
        .status = (int)json_int(json_get(page, "status"), 200),
        .body = json_str(json_get(page, "body")),
    };
    struct buf lines;
    buf_init(&lines, HEADERS_MAX);
    for (const struct json *at = json_next(headers, NULL); at;
         at = json_next(headers, at)) {
        buf_add_format(&lines, "%.*s: %.*s\r\n", STR_ARG(json_name(at)),
                       STR_ARG(json_str(at)));
        if (str_eq_nocase(json_name(at), STR("Location"))) {
            found.redirect = json_str(at);
        }
        if (str_eq_nocase(json_name(at), STR("Content-Type"))) {
            found.content_type = json_str(at);
        }
    }
    found.headers = buf_str(&lines);
    call.done(call.arg, &found, NULL);
    buf_clear(&lines);
}

static void note(const struct tool_web *web, const struct http_request *request)
{
    struct json *call = json_add(web->cloud->calls, NULL, json_object());
    json_add_str(call, "kind", STR("http"));
    json_add_str(call, "method", str_from(request->method));
    json_add_str(call, "url", request->url);
    json_add_str(call, "body", request->body);
    struct json *headers = json_add(call, "headers", json_array());
    for (size_t i = 0; i < request->header_count; i++) {
        json_add_str(headers, NULL, request->headers[i]);
    }
}

static void *start(void *arg, const struct http_request *request, http_done_fn *done,
                   void *done_arg, struct err *err)
{
    struct tool_web *web = arg;
    struct tool_web_call *call = MEM_NEW(struct tool_web_call);
    (void)err;
    note(web, request);
    call->web = web;
    call->done = done;
    call->arg = done_arg;
    if (!tool_cloud_take_failure(web->cloud, "http", &call->why)) {
        call->page = find_page(web, request);
        err_set(&call->why, ERR_NETWORK, "the spec says nothing of %s %.*s",
                request->method, STR_ARG(request->url));
    }
    call->next = web->pending;
    call->at = &web->pending;
    if (call->next) {
        call->next->at = &call->next;
    }
    web->pending = call;
    loop_defer(web->cloud->loop, answer, call);
    return call;
}

static void cancel(void *arg, void *call)
{
    struct tool_web *web = arg;
    loop_defer_cancel(web->cloud->loop, answer, call);
    drop_call(call);
}

struct script_web tool_web_script(struct tool_web *web)
{
    return (struct script_web){ web, start, cancel };
}

/* --- what it serves --- */

static void on_request(void *arg, struct server_request *request)
{
    struct tool_web *web = arg;
    script_serve(web->script, request);
}

static void on_gone(void *arg, struct server_request *request)
{
    (void)arg;
    script_serve_gone(request);
}

int tool_web_port(struct tool_web *web, struct net *net, struct script *script,
                  struct err *err)
{
    static const struct server_events events = { .on_request = on_request,
                                                 .on_request_gone = on_gone };
    struct server_options options = { .host = STR("127.0.0.1") };
    web->script = script;
    if (!web->server) {
        web->server = server_open(net, &options, &events, web, err);
    }
    return web->server ? server_port(web->server) : 0;
}

void tool_web_close(struct tool_web *web)
{
    if (web->server) {
        server_close(web->server);
    }
    web->server = NULL;
}

void tool_web_clear(struct tool_web *web)
{
    while (web->pages) {
        struct tool_web_page *page = web->pages;
        web->pages = page->next;
        json_free(page->page);
        free(page->method);
        free(page->url);
        free(page);
    }
}
