/* What the tests of ws share: a server that answers every message with itself, and a
 * client that remembers what happened to it. */
#ifndef SPEC_NET_WS_FIXTURE_H
#define SPEC_NET_WS_FIXTURE_H

#include "fixture.h"

#include "base/buf.h"
#include "net/server.h"
#include "net/ws.h"

#define MIB ((size_t)1 << 20)

/* ---- the server end: answers every message with itself ---- */

static struct server *server;
static struct server_peer *peer;
static int accepted, ended;
static bool admit;
static char seen_path[64], seen_query[64], seen_agent[64];

static void copy(char *out, size_t size, struct str s)
{
    snprintf(out, size, "%.*s", STR_ARG(s));
}

static bool on_ws_open(void *arg, struct server_peer *new_peer)
{
    (void)arg;
    copy(seen_path, sizeof(seen_path), server_peer_path(new_peer));
    copy(seen_query, sizeof(seen_query), server_peer_query(new_peer));
    copy(seen_agent, sizeof(seen_agent), server_peer_header(new_peer, "HOST"));
    return admit;
}

static void on_ws_ready(void *arg, struct server_peer *new_peer)
{
    (void)arg;
    peer = new_peer;
    accepted++;
}

static void on_ws_message(void *arg, struct server_peer *from, struct str bytes)
{
    (void)arg;
    assert_true(server_ws_send(from, bytes));
}

static void on_ws_closed(void *arg, struct server_peer *gone)
{
    (void)arg;
    if (gone == peer)
        peer = NULL;
    ended++;
}

static void on_request(void *arg, struct server_request *request)
{
    (void)arg;
    server_reply(request, 404, NULL, NULL, STR("nothing here"));
}

static const struct server_events server_events = { .on_request = on_request,
                                                    .on_ws_open = on_ws_open,
                                                    .on_ws_ready = on_ws_ready,
                                                    .on_ws_message = on_ws_message,
                                                    .on_ws_closed = on_ws_closed };

#define HERE "127.0.0.1"

/* ---- the client end ---- */

struct client {
    struct ws *ws;
    int opened, closed, messages;
    size_t bytes;
    int next_number; /* each message starts with the number expected */
    bool out_of_order;
    struct buf last;
    struct err why;
    bool close_when_opened, close_on_message, close_on_closed;
};

static void on_opened(void *arg)
{
    struct client *client = arg;

    client->opened++;
    if (client->close_when_opened)
        ws_close(client->ws);
}

static void on_message(void *arg, struct str bytes)
{
    struct client *client = arg;
    int number = -1;

    client->messages++;
    client->bytes += bytes.len;
    if (bytes.len >= sizeof(number)) {
        memcpy(&number, bytes.at, sizeof(number));
        if (number != client->next_number++)
            client->out_of_order = true;
    }
    if (client->close_on_message)
        ws_close(client->ws);
    buf_reset(&client->last);
    buf_add_str(&client->last, bytes); /* still readable after ws_close */
}

static void on_closed(void *arg, const struct err *why)
{
    struct client *client = arg;

    client->closed++;
    client->why = *why;
    if (client->close_on_closed)
        ws_close(client->ws);
    client->ws = NULL;
}

static const struct ws_events client_events = { on_opened, on_message, on_closed };

static void start(struct client *client, const char *host, int port)
{
    char url[200];
    struct ws_options options = { .message_max = 4 * MIB };
    struct err err = { 0 };

    buf_init(&client->last, 4 * MIB);
    snprintf(url, sizeof(url), "ws://%s:%d/connect//x?token=a%%2Fb&n=1", host, port);
    options.url = str_from(url);
    client->ws = ws_open(net, &options, &client_events, client, &err);
    if (client->ws == NULL)
        fail_msg("%s", err.text);
}

static void finish(struct client *client)
{
    if (client->ws != NULL)
        ws_close(client->ws);
    buf_clear(&client->last);
}

static int set_up(void **state)
{
    struct server_options options = { .host = STR("127.0.0.1"), .message_max = 2 * MIB };
    struct err err = { 0 };

    (void)state;
    admit = true;
    peer = NULL;
    accepted = ended = 0;
    if (open_net_with(NULL) != 0)
        return 1;
    server = server_open(net, &options, &server_events, NULL, &err);
    return server == NULL;
}

static int tear_down(void **state)
{
    if (server != NULL)
        server_close(server);
    return close_net(state);
}

static void open_client(struct client *client)
{
    start(client, HERE, server_port(server));
    WAIT_FOR(client->opened == 1 && peer != NULL);
}

#endif
