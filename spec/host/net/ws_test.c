/* ws against our own server: opening, and messages of all sizes in order. */
#include "ws_fixture.h"

#include "net/stream.h"

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

static void what_is_sent_between_turns_does_not_wait_for_an_event(void **state)
{
    struct client client = { 0 };
    int64_t from;

    (void)state;
    open_client(&client);
    loop_turn(loop, 0);
    from = clock_real_ms();
    ws_send(client.ws, STR("there"));
    loop_turn(loop, 60000);
    server_ws_send(peer, STR("and back"));
    loop_turn(loop, 60000);
    WAIT_FOR(client.messages == 2);
    assert_true(clock_real_ms() - from < 30000);
    finish(&client);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_server_sees_the_raw_path_query_and_headers),
        TEST(messages_of_all_sizes_come_back),
        TEST(many_messages_of_one_turn_stay_in_order),
        TEST(a_name_is_resolved_and_each_address_tried),
        TEST(an_unknown_name_is_a_network_error),
        TEST(a_port_where_nobody_listens_is_a_network_error),
        TEST(a_refused_upgrade_names_the_status),
        TEST(a_server_that_never_answers_is_given_up_when_the_clock_says),
        TEST(malformed_addresses_are_refused),
        TEST(what_is_sent_between_turns_does_not_wait_for_an_event),
        TEST(what_a_turn_end_hook_sends_leaves_without_another_event),
    };

    return cmocka_run_group_tests_name("ws", tests, NULL, NULL);
}
