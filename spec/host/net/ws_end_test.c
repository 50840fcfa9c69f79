/* ws against our own server: every way a connection ends. */
#include "ws_fixture.h"

#include <sys/resource.h>

/* ---- tests ---- */

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

/* A thousand connections have two thousand ends here; many a user may have 1,024. */
static void allow_files(void)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

int main(void)
{
    allow_files();
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_message_too_large_ends_the_connection),
        TEST(a_message_too_large_for_the_server_is_told_by_its_close),
        TEST(the_server_closing_is_seen_once),
        TEST(the_client_closing_is_seen_by_the_server_only),
        TEST(closing_inside_on_opened_ends_it),
        TEST(closing_inside_on_message_ends_it),
        TEST(closing_inside_on_closed_is_allowed),
        TEST(closing_before_it_is_open_says_nothing),
        TEST(a_frame_cut_short_is_a_lost_connection),
        TEST(a_frame_cut_behind_its_end_arrives),
        TEST(a_thousand_connections_open_and_close),
        TEST(closing_the_server_tells_both_ends),
    };

    return cmocka_run_group_tests_name("ws_end", tests, NULL, NULL);
}
