/* server from the outside: good requests, bad ones, and peers that leave. */
#include "raw.h"

/* ---- the server end ---- */

static struct server_request *held; /* a request that is answered later */
static bool hold;
static int requests, gone;
static struct buf seen; /* "METHOD path query body|" of each request */

static void answer(struct server_request *request)
{
    static const struct server_header_pair extra[] = { { "X-One", "1" },
                                                       { "X-Bad", "a\r\nInjected: yes" },
                                                       { NULL, NULL } };

    server_reply(request, 200, "text/plain", extra, server_body(request));
}

static void on_request(void *arg, struct server_request *request)
{
    (void)arg;
    requests++;
    buf_add_format(&seen, "%.*s %.*s %.*s %.*s|", STR_ARG(server_method(request)),
                   STR_ARG(server_path(request)), STR_ARG(server_query(request)),
                   STR_ARG(server_body(request)));
    char address[ADDRESS_SIZE];
    assert_true(str_eq(server_address(request, address), STR("127.0.0.1")));
    assert_true(server_from_loopback(request));
    if (hold)
        held = request;
    else if (str_eq(server_path(request), STR("/drop")))
        server_drop(request);
    else
        answer(request);
}

static void on_request_gone(void *arg, struct server_request *request)
{
    (void)arg;
    assert_ptr_equal(request, held);
    held = NULL;
    gone++;
}

static int set_up(void **state)
{
    static const struct server_events events = { .on_request = on_request,
                                                 .on_request_gone = on_request_gone };
    struct server_options options = { .host = STR("127.0.0.1"),
                                      .body_max = 1000,
                                      .conns_max = 50 };
    struct err err = { 0 };

    (void)state;
    hold = false;
    held = NULL;
    requests = gone = 0;
    buf_init(&seen, MIB);
    if (open_net_with(NULL) != 0)
        return 1;
    server = server_open(net, &options, &events, NULL, &err);
    return server == NULL;
}

static int tear_down(void **state)
{
    server_close(server);
    buf_clear(&seen);
    return close_net(state);
}

/* ---- requests ---- */

static void a_request_is_handed_up_raw(void **state)
{
    struct raw raw = dial();

    (void)state;
    say(&raw, STR("POST //a/../b%2F?x=1&x=%20+#frag HTTP/1.1\r\nHost: h\r\n"
                  "content-LENGTH: 3\r\n\r\nabc"));
    EXPECT(&raw, "\r\n\r\nabc");
    assert_string_equal(seen.at, "POST //a/../b%2F x=1&x=%20+ abc|");
    assert_true(heard(&raw, "HTTP/1.1 200 OK\r\n"));
    assert_true(heard(&raw, "X-One: 1\r\n"));
    assert_false(heard(&raw, "Injected"));
    assert_true(heard(&raw, "Content-Length: 3\r\n"));
    hang_up(&raw);
}

static void a_request_in_single_bytes_is_the_same_request(void **state)
{
    struct str text = STR("DELETE /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi");
    struct raw raw = dial();

    (void)state;
    for (size_t i = 0; i < text.len; i++) {
        say(&raw, str_sub(text, i, 1));
        loop_turn(loop, 1);
    }
    EXPECT(&raw, "200 OK");
    assert_string_equal(seen.at, "DELETE /x  hi|");
    hang_up(&raw);
}

static void requests_sent_together_are_answered_in_order(void **state)
{
    struct raw raw = dial();

    (void)state;
    hold = true;
    say(&raw, STR("POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nA"
                  "POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nB"
                  "OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
    WAIT_FOR(held != NULL);
    loop_turn(loop, 5);
    assert_int_equal(requests, 1); /* one at a time */
    hold = false;
    answer(held);
    EXPECT(&raw, "Connection: close");
    WAIT_FOR(is_over(&raw));
    assert_string_equal(seen.at, "POST /1  A|POST /2  B|OPTIONS *  |");
    assert_true(str_find(buf_str(&raw.got), STR("\r\n\r\nA")) <
                str_find(buf_str(&raw.got), STR("\r\n\r\nB")));
    hang_up(&raw);
}

static void head_and_204_have_no_body(void **state)
{
    struct raw raw = dial();

    (void)state;
    hold = true;
    say(&raw, STR("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"));
    WAIT_FOR(held != NULL);
    server_reply(held, 200, NULL, NULL, STR("not sent"));
    EXPECT(&raw, "Content-Length: 8\r\n\r\n");
    held = NULL;
    say(&raw, STR("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    WAIT_FOR(held != NULL);
    server_reply(held, 204, NULL, NULL, STR("not sent"));
    EXPECT(&raw, "204 No Content\r\n\r\n");
    held = NULL;
    say(&raw, STR("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    WAIT_FOR(held != NULL);
    server_reply(held, 430, NULL, NULL, STR("seen"));
    EXPECT(&raw, "HTTP/1.1 430 ");
    assert_false(heard(&raw, "not sent"));
    hang_up(&raw);
}

static void an_expectation_is_met(void **state)
{
    struct raw raw = dial();

    (void)state;
    say(&raw, STR("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                  "Content-Length: 2\r\n\r\n"));
    EXPECT(&raw, "100 Continue\r\n\r\n");
    say(&raw, STR("ok"));
    EXPECT(&raw, "200 OK");
    hang_up(&raw);
}

static void old_clients_get_a_closed_connection(void **state)
{
    struct raw raw = dial();

    (void)state;
    say(&raw, STR("GET / HTTP/1.0\r\n\r\n"));
    EXPECT(&raw, "200 OK");
    WAIT_FOR(is_over(&raw));
    hang_up(&raw);
}

static void bad_requests_get_their_status_and_a_close(void **state)
{
    static const struct {
        const char *request, *status;
    } cases[] = {
        { "POST / HTTP/1.1\r\nHost: h\r\n\r\n", "411" },
        { "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          "411" },
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n", "413" },
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 999999999999999999\r\n\r\n",
          "413" },
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", "400" },
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1x\r\n\r\n", "400" },
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n",
          "400" },
        { "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
          "400" },
        { "GET / HTTP/1.1\r\n\r\n", "400" },
        { "GET / HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n", "400" },
        { "GET / HTTP/2.0\r\nHost: h\r\n\r\n", "505" },
        { "GET /\r\nHost: h\r\n\r\n", "400" },
        { "GET no-slash HTTP/1.1\r\nHost: h\r\n\r\n", "400" },
        { "GET / HTTP/1.1\r\nHost : h\r\n\r\n", "400" },
        { "GET / HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n", "400" },
        { "GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n", "400" },
        { "GET / HTTP/1.1\r\nHost: h\x01\r\n\r\n", "400" },
        { "G@T / HTTP/1.1\r\nHost: h\r\n\r\n", "400" },
        { "GET /\x7f HTTP/1.1\r\nHost: h\r\n\r\n", "400" },
        { " GET / HTTP/1.1\r\nHost: h\r\n\r\n", "400" },
        { "\x16\x03\x01\x02\x01\x01", "400" }, /* TLS on a plain port */
        { "\r\n\r\n\r\n\r\n\r\n\r\n", "400" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct raw raw = dial();
        char line[32];

        snprintf(line, sizeof(line), "HTTP/1.1 %s ", cases[i].status);
        say(&raw, str_from(cases[i].request));
        EXPECT(&raw, line);
        WAIT_FOR(is_over(&raw));
        hang_up(&raw);
    }
    assert_int_equal(requests, 0);
}

static void a_head_without_end_is_refused(void **state)
{
    struct raw raw = dial(), many = dial();
    char *line = mem_alloc(MIB);

    (void)state;
    memset(line, 'a', MIB);
    say(&raw, STR("GET / HTTP/1.1\r\nHost: "));
    say(&raw, str_of(line, MIB));
    EXPECT(&raw, "HTTP/1.1 431 ");
    say(&many, STR("GET / HTTP/1.1\r\nHost: h\r\n"));
    for (int i = 0; i < 200; i++)
        say(&many, STR("X: y\r\n"));
    say(&many, STR("\r\n"));
    EXPECT(&many, "HTTP/1.1 431 ");
    free(line);
    hang_up(&raw);
    hang_up(&many);
}

static void a_large_body_gets_413_though_it_is_still_coming(void **state)
{
    struct raw raw = dial();
    char *body = mem_zero(MIB);

    (void)state;
    say(&raw, STR("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n"));
    say(&raw, str_of(body, MIB));
    EXPECT(&raw, "HTTP/1.1 413 ");
    assert_false(raw.broken);
    free(body);
    hang_up(&raw);
}

static void half_a_request_and_gone_is_forgotten(void **state)
{
    struct raw raw = dial(), silent = dial();

    (void)state;
    say(&raw, STR("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab"));
    loop_turn(loop, 5);
    hang_up(&raw);
    hang_up(&silent);
    for (int i = 0; i < 5; i++)
        loop_turn(loop, 5);
    assert_int_equal(requests + gone, 0);
}

static void a_connection_without_request_is_closed_in_time(void **state)
{
    struct raw raw = dial(), waiting = dial();

    (void)state;
    hold = true;
    say(&waiting, STR("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    say(&raw, STR("GET / HTTP/1.1\r\n"));
    WAIT_FOR(held != NULL);
    for (int i = 0; i < 3; i++)
        loop_turn(loop, 5);
    clock_add_ms(59999);
    loop_turn(loop, 0);
    assert_false(is_over(&raw));
    clock_add_ms(1);
    WAIT_FOR(is_over(&raw));
    assert_false(is_over(&waiting)); /* it is we who keep it waiting */
    answer(held);
    EXPECT(&waiting, "200 OK");
    hang_up(&raw);
    hang_up(&waiting);
}

static void a_peer_that_leaves_takes_its_request_along(void **state)
{
    struct raw raw = dial();

    (void)state;
    hold = true;
    say(&raw, STR("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    WAIT_FOR(held != NULL);
    hang_up(&raw);
    WAIT_FOR(gone == 1);
}

static void a_dropped_request_has_no_answer(void **state)
{
    struct raw raw = dial();

    (void)state;
    say(&raw,
        STR("GET /drop HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    WAIT_FOR(is_over(&raw));
    assert_int_equal(raw.got.len, 0);
    assert_int_equal(requests, 1);
    assert_int_equal(gone, 0);
    hang_up(&raw);
}

static void closing_the_server_ends_requests_in_hand(void **state)
{
    struct server_options options = { .host = STR("127.0.0.1") };
    static const struct server_events none;
    struct raw raw = dial();

    (void)state;
    hold = true;
    say(&raw, STR("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    WAIT_FOR(held != NULL);
    server_close(server);
    assert_int_equal(gone, 1);
    WAIT_FOR(is_over(&raw));
    hang_up(&raw);
    server = server_open(net, &options, &none, NULL, NULL);
}

static void a_port_in_use_is_said_so(void **state)
{
    struct server_options options = { .host = STR("127.0.0.1"),
                                      .port = server_port(server) };
    static const struct server_events none;
    struct err err = { 0 };

    (void)state;
    assert_null(server_open(net, &options, &none, NULL, &err));
    assert_int_equal(err.code, ERR_NETWORK);
    assert_non_null(strstr(err.text, "port in use"));
    options.host = STR("not an address");
    assert_null(server_open(net, &options, &none, NULL, &err));
    assert_int_equal(err.code, ERR_ARGUMENT);
}

static void params_are_decoded_in_order(void **state)
{
    struct str rest = STR("a=1&&b=%41+%&a=%zz&c&=x&%6e=%");
    struct buf name, value, all;

    (void)state;
    buf_init(&name, 100);
    buf_init(&value, 100);
    buf_init(&all, 1000);
    while (server_param_next(&rest, &name, &value))
        buf_add_format(&all, "%s=%s;", name.len > 0 ? name.at : "",
                       value.len > 0 ? value.at : "");
    assert_string_equal(all.at, "a=1;b=A %;a=%zz;c=;=x;n=%;");
    buf_reset(&all);
    assert_true(server_param(STR("x=1&y=%32%33"), "y", &all));
    assert_string_equal(all.at, "23");
    assert_false(server_param(STR("x=1&y=2"), "z", &all));
    assert_false(server_param(STR(""), "z", &all));
    buf_clear(&name);
    buf_clear(&value);
    buf_clear(&all);
}

static void more_connections_than_wanted_are_told_so(void **state)
{
    enum { WANTED = 50 };
    struct raw raws[WANTED], surplus;

    (void)state;
    for (int i = 0; i < WANTED; i++) {
        raws[i] = dial();
        say(&raws[i], STR("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
        EXPECT(&raws[i], "200 OK");
    }
    surplus = dial();
    say(&surplus, STR("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    EXPECT(&surplus, "HTTP/1.1 503");
    WAIT_FOR(is_over(&surplus));
    hang_up(&surplus);
    hang_up(&raws[0]);
    for (;;) { /* until the server has seen that one left */
        surplus = dial();
        say(&surplus, STR("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
        WAIT_FOR(heard(&surplus, "\r\n\r\n") || is_over(&surplus));
        if (heard(&surplus, "200 OK"))
            break;
        hang_up(&surplus);
    }
    hang_up(&surplus);
    for (int i = 1; i < WANTED; i++)
        hang_up(&raws[i]);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_request_is_handed_up_raw),
        TEST(a_request_in_single_bytes_is_the_same_request),
        TEST(requests_sent_together_are_answered_in_order),
        TEST(head_and_204_have_no_body),
        TEST(an_expectation_is_met),
        TEST(old_clients_get_a_closed_connection),
        TEST(bad_requests_get_their_status_and_a_close),
        TEST(a_head_without_end_is_refused),
        TEST(a_large_body_gets_413_though_it_is_still_coming),
        TEST(half_a_request_and_gone_is_forgotten),
        TEST(a_connection_without_request_is_closed_in_time),
        TEST(a_peer_that_leaves_takes_its_request_along),
        TEST(a_dropped_request_has_no_answer),
        TEST(closing_the_server_ends_requests_in_hand),
        TEST(a_port_in_use_is_said_so),
        TEST(params_are_decoded_in_order),
        TEST(more_connections_than_wanted_are_told_so),
    };

    return cmocka_run_group_tests_name("server", tests, NULL, NULL);
}
