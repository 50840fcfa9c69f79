#include "sandbox/sandbox.h"

#include "base/mem.h"
#include "base/recent.h"
#include "sandbox/faults.h"
#include "sandbox/files.h"
#include "sandbox/hooks.h"
#include "sandbox/save.h"
#include "sandbox/web.h"
#include "sandbox/wire.h"
#include "sandbox/words.h"

#include <stdio.h>
#include <string.h>

#define ARENA_MAX (32u << 20)   /* for one frame or request */
#define PAYLOAD_MAX (64u << 20) /* of one answer: the state of thousands of users */
#define FRAME_MAX (16u << 20)

void limits_reset(struct limits *limits)
{
    *limits = (struct limits){
        .history = true,
        .pull_send = true,
        .keep_acked = true,
        .gzip = true,
        .page = 200,
    };
}

struct str box_copy(struct sandbox *box, struct str s)
{
    return arena_copy(&box->arena, s);
}

struct str box_place(struct sandbox *box, struct str host)
{
    char text[300];
    bool fine = host.len > 0 && host.len < 256;
    for (size_t i = 0; fine && i < host.len; i++) {
        char c = host.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        fine = letter || (c >= '0' && c <= '9') || (c != '\0' && strchr(".:-[]", c));
    }
    if (fine)
        return host;
    int len = snprintf(text, sizeof text, "%.*s:%d", STR_ARG(box->host),
                       server_port(box->server));
    return box_copy(box, str_of(text, (size_t)len));
}

static void on_request(void *arg, struct server_request *request)
{
    web_request(arg, request);
}

static void on_request_gone(void *arg, struct server_request *request)
{
    web_gone(arg, request);
}

static bool on_ws_open(void *arg, struct server_peer *peer)
{
    return wire_on_open(arg, peer);
}

static void on_ws_ready(void *arg, struct server_peer *peer)
{
    wire_on_ready(arg, peer);
}

static void on_ws_message(void *arg, struct server_peer *peer, struct str bytes)
{
    wire_on_message(arg, peer, bytes);
}

static void on_ws_closed(void *arg, struct server_peer *peer)
{
    wire_on_closed(arg, peer);
}

static const struct server_events events = {
    .on_request = on_request,
    .on_request_gone = on_request_gone,
    .on_ws_open = on_ws_open,
    .on_ws_ready = on_ws_ready,
    .on_ws_message = on_ws_message,
    .on_ws_closed = on_ws_closed,
};

static struct sandbox *make(struct net *net, const struct sandbox_options *options)
{
    struct sandbox *box = MEM_NEW(struct sandbox);
    box->net = net;
    box->loop = net_loop(net);
    state_set(&box->host, options->host);
    state_set(&box->app_key, options->app_key);
    state_set(&box->app_secret, options->app_secret);
    box->notices = options->notices;
    box->hosting = options->hosting;
    box->tls = options->tls_cert != NULL;
    limits_reset(&box->limits);
    box->limits.hosting = box->hosting;
    mail_init(&box->mail, BOX_MESSAGES);
    box->words = words_new();
    box->faults = faults_new();
    box->files = files_new();
    box->recent = recent_new();
    const char *const urls[HOOKS] = {
        [HOOK_ROUTE] = options->route,
        [HOOK_PRECHECK] = options->precheck,
        [HOOK_ONLINE] = options->online,
        [HOOK_FEED] = options->feed,
    };
    box->hooks = hooks_new(box, urls, options->route_server);
    arena_init(&box->arena, ARENA_MAX);
    buf_init(&box->frame, FRAME_MAX);
    buf_init(&box->payload, PAYLOAD_MAX);
    buf_init(&box->scratch, FRAME_MAX);
    buf_init(&box->notice, 1024);
    return box;
}

static bool urls_fine(const struct sandbox_options *options, struct err *err)
{
    return (!options->route ||
            hooks_check_url(HOOK_ROUTE, str_from(options->route), err)) &&
           (!options->precheck ||
            hooks_check_url(HOOK_PRECHECK, str_from(options->precheck), err)) &&
           (!options->online ||
            hooks_check_url(HOOK_ONLINE, str_from(options->online), err)) &&
           (!options->feed || hooks_check_url(HOOK_FEED, str_from(options->feed), err));
}

struct sandbox *sandbox_open(struct net *net, const struct sandbox_options *options,
                             struct err *err)
{
    struct sandbox *box = make(net, options);
    struct server_options serve = {
        .host = box->host,
        .port = options->port,
        .cert = options->tls_cert,
        .key = options->tls_key,
        .body_max = FILES_FORM_MAX,
    };
    if (!urls_fine(options, err)) {
        sandbox_close(box);
        return NULL;
    }
    if (options->data && !save_open(box, options->data, err)) {
        sandbox_close(box);
        return NULL;
    }
    box->server = server_open(net, &serve, &events, box, err);
    if (!box->server) {
        sandbox_close(box);
        return NULL;
    }
    return box;
}

int sandbox_port(const struct sandbox *box)
{
    return server_port(box->server);
}

void box_reset(struct sandbox *box)
{
    for (struct conn *conn = box->conns, *next; conn; conn = next) {
        next = conn->next;
        wire_close(conn);
    }
    state_clear(&box->state);
    mail_clear(&box->mail);
    words_clear(box->words);
    faults_clear(box->faults);
    files_clear(box->files);
    recent_clear(box->recent);
    hooks_reset(box->hooks);
    limits_reset(&box->limits);
    box->limits.hosting = box->hosting;
    box->counters = (struct counters){ 0 };
    save_nothing(box);
}

void sandbox_close(struct sandbox *box)
{
    if (!box)
        return;
    box->closing = true;
    if (box->server)
        server_close(box->server);
    save_close(box);
    state_clear(&box->state);
    mail_clear(&box->mail);
    free(box->mail.ring);
    words_free(box->words);
    faults_free(box->faults);
    files_free(box->files);
    recent_free(box->recent);
    hooks_free(box->hooks);
    arena_clear(&box->arena);
    buf_clear(&box->frame);
    buf_clear(&box->payload);
    buf_clear(&box->scratch);
    buf_clear(&box->notice);
    free((char *)box->host.at);
    free((char *)box->app_key.at);
    free((char *)box->app_secret.at);
    free(box);
}
