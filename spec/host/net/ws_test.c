/* ws against our own server: opening, messages of all sizes, order, and every end. */
#include "fixture.h"

#include "base/buf.h"
#include "net/server.h"
#include "net/stream.h"
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

/* ---- tests ---- */

static void the_server_sees_the_raw_path_query_and_headers(void **state)
{
    struct client client = { 0 };
    char place[64];

    (void)state;
    open_client(&client);
    assert_string_equal(seen_path, "/connect//x");
    assert_string_equal(seen_query, "token=a%2Fb&n=1");
    snprintf(place, sizeof(place), "127.0.0.1:%d", server_port(server));
    assert_string_equal(seen_agent, place);
    finish(&client);
    WAIT_FOR(ended == 1);
}

static void messages_of_all_sizes_come_back(void **state)
{
    static const size_t sizes[] = { 1,     125,   126,   127,   16384,
                                    16385, 65535, 65536, 65537, MIB };
    struct client client = { 0 };
    char *bytes = mem_alloc(MIB);

    (void)state;
    open_client(&client);
    for (size_t i = 0; i < MIB; i++)
        bytes[i] = (char)(i * 31 + i / 251);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        int before = client.messages;

        assert_true(ws_send(client.ws, str_of(bytes, sizes[i])));
        WAIT_FOR(client.messages > before);
        assert_int_equal(client.last.len, sizes[i]);
        assert_memory_equal(client.last.at, bytes, sizes[i]);
    }
    assert_true(ws_send(client.ws, STR("")));
    WAIT_FOR(client.messages == 11);
    assert_int_equal(client.last.len, 0);
    assert_int_equal(ws_queued(client.ws), 0);
    free(bytes);
    finish(&client);
}

static void many_messages_of_one_turn_stay_in_order(void **state)
{
    struct client client = { 0 };
    char bytes[300];

    (void)state;
    open_client(&client);
    memset(bytes, 'x', sizeof(bytes));
    for (int i = 0; i < 20000; i++) {
        memcpy(bytes, &i, sizeof(i));
        assert_true(ws_send(client.ws, str_of(bytes, 10 + (size_t)(i % 290))));
    }
    WAIT_FOR(client.messages == 20000);
    assert_false(client.out_of_order);
    finish(&client);
}

static void a_message_too_large_ends_the_connection(void **state)
{
    struct client client = { 0 };
    char *bytes = mem_zero(5 * MIB);

    (void)state;
    open_client(&client);
    assert_true(server_ws_send(peer, str_of(bytes, 5 * MIB)));
    WAIT_FOR(client.closed == 1);
    assert_int_equal(client.why.code, ERR_LIMIT);
    free(bytes);
    finish(&client);
}

static void a_message_too_large_for_the_server_is_told_by_its_close(void **state)
{
    struct client client = { 0 };
    char *bytes = mem_zero(3 * MIB);

    (void)state;
    open_client(&client);
    assert_true(ws_send(client.ws, str_of(bytes, 3 * MIB)));
    WAIT_FOR(client.closed == 1 && ended == 1);
    assert_int_equal(client.messages, 0);
    free(bytes);
    finish(&client);
}

static void the_server_closing_is_seen_once(void **state)
{
    struct client client = { 0 };

    (void)state;
    open_client(&client);
    server_ws_send(peer, STR("last words"));
    server_ws_close(peer);
    assert_false(server_ws_send(peer, STR("too late")));
    assert_int_equal(ended, 0); /* not inside our own call */
    WAIT_FOR(client.closed == 1 && ended == 1);
    assert_int_equal(client.messages, 1);
    assert_int_equal(client.why.code, ERR_CLOSED);
    assert_non_null(strstr(client.why.text, "1000"));
    loop_turn(loop, 10);
    assert_int_equal(client.closed, 1);
    finish(&client);
}

static void the_client_closing_is_seen_by_the_server_only(void **state)
{
    struct client client = { 0 };

    (void)state;
    open_client(&client);
    ws_send(client.ws, STR("bye"));
    ws_close(client.ws);
    client.ws = NULL;
    WAIT_FOR(ended == 1);
    loop_turn(loop, 10);
    assert_int_equal(client.closed, 0);
    assert_int_equal(client.messages, 0);
    finish(&client);
}

static void closing_inside_on_opened_ends_it(void **state)
{
    struct client client = { .close_when_opened = true };

    (void)state;
    start(&client, HERE, server_port(server));
    WAIT_FOR(ended == 1);
    assert_int_equal(client.opened, 1);
    assert_int_equal(client.closed, 0);
    client.ws = NULL;
    finish(&client);
}

static void closing_inside_on_message_ends_it(void **state)
{
    struct client client = { .close_on_message = true };
    char *bytes = mem_zero(MIB);

    (void)state;
    open_client(&client);
    server_ws_send(peer, str_of(bytes, MIB)); /* comes in pieces, so from a buffer */
    server_ws_send(peer, STR("never seen"));
    WAIT_FOR(ended == 1);
    assert_int_equal(client.messages, 1);
    assert_int_equal(client.last.len, MIB);
    assert_int_equal(client.closed, 0);
    free(bytes);
    client.ws = NULL;
    finish(&client);
}

static void closing_inside_on_closed_is_allowed(void **state)
{
    struct client client = { .close_on_closed = true };

    (void)state;
    open_client(&client);
    server_ws_close(peer);
    WAIT_FOR(client.closed == 1);
    finish(&client);
}

static void closing_before_it_is_open_says_nothing(void **state)
{
    struct client client = { 0 };

    (void)state;
    start(&client, HERE, server_port(server));
    ws_close(client.ws);
    client.ws = NULL;
    start(&client, "localhost", server_port(server));
    loop_turn(loop, 0);
    ws_close(client.ws);
    client.ws = NULL;
    for (int i = 0; i < 5; i++)
        loop_turn(loop, 5);
    assert_int_equal(client.opened + client.closed, 0);
    finish(&client);
}

static void a_name_is_resolved_and_each_address_tried(void **state)
{
    struct client client = { 0 };

    (void)state;
    start(&client, "localhost", server_port(server));
    WAIT_FOR(client.opened == 1);
    finish(&client);
}

static void an_unknown_name_is_a_network_error(void **state)
{
    struct client client = { 0 };

    (void)state;
    start(&client, "no-such-host.invalid", 80);
    WAIT_FOR(client.closed == 1);
    assert_int_equal(client.why.code, ERR_NETWORK);
    assert_non_null(strstr(client.why.text, "no-such-host.invalid"));
    finish(&client);
}

static void a_port_where_nobody_listens_is_a_network_error(void **state)
{
    struct client client = { 0 };
    int port = server_port(server);

    (void)state;
    server_close(server);
    server = NULL;
    for (int i = 0; i < 3; i++)
        loop_turn(loop, 0);
    start(&client, HERE, port);
    WAIT_FOR(client.closed == 1);
    assert_int_equal(client.why.code, ERR_NETWORK);
    assert_non_null(strstr(client.why.text, "cannot connect"));
    finish(&client);
}

static void a_refused_upgrade_names_the_status(void **state)
{
    struct client client = { 0 };

    (void)state;
    admit = false;
    start(&client, HERE, server_port(server));
    WAIT_FOR(client.closed == 1);
    assert_int_equal(client.why.code, ERR_NETWORK);
    assert_non_null(strstr(client.why.text, "403"));
    assert_int_equal(accepted + ended, 0);
    finish(&client);
}

static void *on_deaf_accepted(void *arg, struct stream *stream)
{
    *(struct stream **)arg = stream;
    return arg;
}

static void on_deaf_bytes(void *data, char *bytes, size_t len)
{
    (void)data;
    (void)bytes;
    (void)len;
}

static void on_deaf_gone(void *data)
{
    *(struct stream **)data = NULL;
}

static void a_server_that_never_answers_is_given_up_when_the_clock_says(void **state)
{
    static const struct stream_events deaf = { on_deaf_accepted, on_deaf_bytes,
                                               on_deaf_gone };
    struct listener_options options = { .host = STR("127.0.0.1") };
    struct stream *stream = NULL;
    struct listener *listener = listener_open(loop, &options, &deaf, &stream, NULL);
    struct client client = { 0 };

    (void)state;
    start(&client, HERE, listener_port(listener));
    WAIT_FOR(stream != NULL);
    for (int i = 0; i < 5; i++)
        loop_turn(loop, 5);
    assert_int_equal(client.closed, 0);
    clock_add_ms(9999);
    loop_turn(loop, 0);
    assert_int_equal(client.closed, 0);
    clock_add_ms(1);
    WAIT_FOR(client.closed == 1);
    assert_int_equal(client.why.code, ERR_TIMEOUT);
    WAIT_FOR(stream == NULL);
    listener_close(listener);
    finish(&client);
}

static void a_frame_cut_short_is_a_lost_connection(void **state)
{
    static const size_t cuts[] = { 0, 1, 2, 3, 4, 5, 200, 203 };
    char bytes[200] = "cut";

    (void)state;
    for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
        struct client client = { 0 };

        open_client(&client);
        server_ws_send(peer, STR("whole"));
        server_ws_cut(peer, str_of(bytes, sizeof(bytes)), cuts[i]);
        WAIT_FOR(client.closed == 1 && peer == NULL);
        assert_int_equal(client.messages, 1);
        assert_int_equal(client.why.code, ERR_NETWORK);
        finish(&client);
    }
}

static void a_frame_cut_behind_its_end_arrives(void **state)
{
    struct client client = { 0 };

    (void)state;
    open_client(&client);
    server_ws_cut(peer, STR("whole"), 1000);
    WAIT_FOR(client.closed == 1);
    assert_int_equal(client.messages, 1);
    finish(&client);
}

static void malformed_addresses_are_refused(void **state)
{
    static const char *const urls[] = {
        "",
        "ws",
        "ws://",
        "ws:///path",
        "http://127.0.0.1/",
        "ftp://127.0.0.1/",
        "ws://user@host/",
        "ws://host:0/",
        "ws://host:65536/",
        "ws://host:12x/",
        "ws://host/a b",
        "ws://host/#part",
        "ws://[::1/",
        "wss://[::1]/",
        "ws://ho st/",
        "ws://host\r\nX: y/",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        struct ws_options options = { .url = str_from(urls[i]) };
        struct err err = { 0 };

        if (ws_open(net, &options, &client_events, NULL, &err) != NULL)
            fail_msg("accepted: %s", urls[i]);
        assert_true(err.code == ERR_ARGUMENT || err.code == ERR_UNSUPPORTED);
        assert_null(strchr(err.text, '?'));
    }
}

static void a_thousand_connections_open_and_close(void **state)
{
    enum { COUNT = 1000 };
    struct client *clients = mem_zero(COUNT * sizeof(*clients));
    int opened = 0;

    (void)state;
    for (int i = 0; i < COUNT; i++)
        start(&clients[i], HERE, server_port(server));
    WAIT_FOR(accepted == COUNT);
    for (int i = 0; i < COUNT; i++) {
        WAIT_FOR(clients[i].opened == 1);
        ws_send(clients[i].ws, STR("hello"));
    }
    for (int i = 0; i < COUNT; i++)
        WAIT_FOR(clients[i].messages == 1);
    for (int i = 0; i < COUNT; i++) {
        opened += clients[i].opened;
        finish(&clients[i]);
    }
    assert_int_equal(opened, COUNT);
    WAIT_FOR(ended == COUNT);
    free(clients);
}

static void closing_the_server_tells_both_ends(void **state)
{
    struct client client = { 0 };

    (void)state;
    open_client(&client);
    server_close(server);
    server = NULL;
    assert_int_equal(ended, 1);
    WAIT_FOR(client.closed == 1);
    finish(&client);
}

static struct loop_hook hook;

static void send_once(void *arg)
{
    struct client *client = arg;

    loop_hook_remove(&hook);
    ws_send(client->ws, STR("from a hook"));
}

static void what_a_turn_end_hook_sends_leaves_without_another_event(void **state)
{
    struct client client = { 0 };

    (void)state;
    open_client(&client);
    loop_hook_add(loop, &hook, send_once, &client);
    loop_turn(loop, 0);
    assert_int_equal(ws_queued(client.ws), 0);
    WAIT_FOR(client.messages == 1);
    finish(&client);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_server_sees_the_raw_path_query_and_headers),
        TEST(messages_of_all_sizes_come_back),
        TEST(many_messages_of_one_turn_stay_in_order),
        TEST(a_message_too_large_ends_the_connection),
        TEST(a_message_too_large_for_the_server_is_told_by_its_close),
        TEST(the_server_closing_is_seen_once),
        TEST(the_client_closing_is_seen_by_the_server_only),
        TEST(closing_inside_on_opened_ends_it),
        TEST(closing_inside_on_message_ends_it),
        TEST(closing_inside_on_closed_is_allowed),
        TEST(closing_before_it_is_open_says_nothing),
        TEST(a_name_is_resolved_and_each_address_tried),
        TEST(an_unknown_name_is_a_network_error),
        TEST(a_port_where_nobody_listens_is_a_network_error),
        TEST(a_refused_upgrade_names_the_status),
        TEST(a_server_that_never_answers_is_given_up_when_the_clock_says),
        TEST(a_frame_cut_short_is_a_lost_connection),
        TEST(a_frame_cut_behind_its_end_arrives),
        TEST(malformed_addresses_are_refused),
        TEST(a_thousand_connections_open_and_close),
        TEST(closing_the_server_tells_both_ends),
        TEST(what_a_turn_end_hook_sends_leaves_without_another_event),
    };

    return cmocka_run_group_tests_name("ws", tests, NULL, NULL);
}
