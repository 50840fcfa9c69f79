#include "app/front.h"

#include "app/metrics.h"
#include "app/webhooks.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/server.h"

#include <stdio.h>

/* Each may hold a body of 1 MiB that nobody has asked for yet. */
#define CONNS_MAX 256

struct front {
    struct worker *worker;
    struct server *server;
    struct webhooks *webhooks;
    bool holds;
    int64_t start_ms;
    char address[300];
};

static void serve_metrics(struct front *front, struct server_request *request)
{
    static const struct server_header_pair allow[] = { { "Allow", "GET" },
                                                       { NULL, NULL } };
    struct buf page;
    if (!str_eq(server_method(request), STR("GET"))) {
        server_reply(request, 405, "text/plain", allow, STR("only GET\n"));
        return;
    }
    buf_init(&page, METRICS_MAX);
    if (metrics_write(front->worker, front->webhooks, front->start_ms, &page))
        server_reply(request, 200, METRICS_TYPE, NULL, buf_str(&page));
    else
        server_reply(request, 500, "text/plain", NULL, STR("too many bots\n"));
    buf_clear(&page);
}

static void on_request(void *arg, struct server_request *request)
{
    struct front *front = arg;
    struct str rest = server_path(request), name;
    str_split(&rest, '/', &name); /* nothing: it begins with one */
    bool named = str_split(&rest, '/', &name) && name.len > 0;
    struct bot *bot = named ? worker_find_bot(front->worker, name, NULL) : NULL;
    if (str_eq(server_path(request), STR("/metrics")))
        serve_metrics(front, request); /* also of a host that drains */
    else if (webhooks_serve(front->webhooks, request))
        return;
    else if (front->holds)
        server_reply(request, 503, "text/plain", NULL, STR("stopping\n"));
    else if (bot)
        script_serve(bot_script(bot), request);
    else
        server_reply(request, 404, "text/plain", NULL, STR("nothing is served here\n"));
}

static void on_gone(void *arg, struct server_request *request)
{
    struct front *front = arg;
    if (!webhooks_gone(front->webhooks, request))
        script_serve_gone(request);
}

struct front *front_open(struct worker *worker, struct net *net, struct str listen,
                         struct err *err)
{
    static const struct server_events events = { .on_request = on_request,
                                                 .on_request_gone = on_gone };
    struct server_options options = { .conns_max = CONNS_MAX };
    if (!app_address(listen, &options.host, &options.port)) {
        err_set(err, ERR_CONFIG, "listen.http: want \"HOST:PORT\"");
        return NULL;
    }
    if (options.port > 0 && worker_number(worker) > 0)
        options.port += worker_number(worker) - 1;
    struct front *front = MEM_NEW(struct front);
    front->worker = worker;
    front->start_ms = clock_wall_ms();
    front->webhooks = webhooks_new(worker);
    front->server = server_open(net, &options, &events, front, err);
    if (!front->server) {
        err_wrap(err, "listen.http");
        webhooks_free(front->webhooks);
        free(front);
        return NULL;
    }
    bool brackets = str_index(options.host, ':') >= 0;
    snprintf(front->address, sizeof(front->address), "%s%.*s%s:%d", brackets ? "[" : "",
             STR_ARG(options.host), brackets ? "]" : "", server_port(front->server));
    log_info(LOG_APP, "http on %s", front->address);
    return front;
}

void front_hold(struct front *front)
{
    front->holds = true;
    webhooks_hold(front->webhooks);
}

void front_close(struct front *front)
{
    server_close(front->server);
    webhooks_free(front->webhooks);
    free(front);
}

struct str front_address(const struct front *front)
{
    return str_from(front->address);
}
