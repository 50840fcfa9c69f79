/* server from the outside: the upgrade, and frames good and bad. */
#include "raw.h"

/* ---- the server end ---- */

static int opened, closed;
static struct buf frames; /* each with '|' */
static struct server_peer *peer;

static bool on_ws_open(void *arg, struct server_peer *new_peer)
{
    (void)arg;
    opened++;
    peer = new_peer;
    return !str_eq(server_peer_path(new_peer), STR("/no"));
}

static void on_ws_message(void *arg, struct server_peer *from, struct str bytes)
{
    (void)arg;
    buf_add_str(&frames, bytes);
    buf_add_byte(&frames, '|');
    if (str_eq(bytes, STR("close me")))
        server_ws_close(from);
}

static void on_ws_closed(void *arg, struct server_peer *was)
{
    (void)arg;
    assert_ptr_equal(was, peer);
    closed++;
}

static int set_up(void **state)
{
    static const struct server_events events = { .on_ws_open = on_ws_open,
                                                 .on_ws_message = on_ws_message,
                                                 .on_ws_closed = on_ws_closed };
    struct server_options options = { .host = STR("127.0.0.1"), .message_max = 1000 };
    struct err err = { 0 };

    (void)state;
    opened = closed = 0;
    buf_init(&frames, MIB);
    if (open_net_with(NULL) != 0)
        return 1;
    server = server_open(net, &options, &events, NULL, &err);
    return server == NULL;
}

static int tear_down(void **state)
{
    server_close(server);
    buf_clear(&frames);
    return close_net(state);
}

/* ---- tests ---- */

#define UPGRADE                                                                          \
    " HTTP/1.1\r\nHost: h\r\nUpgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n"  \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

static struct raw upgrade(void)
{
    struct raw raw = dial();

    say(&raw, STR("GET /ws" UPGRADE "\r\n"));
    EXPECT(&raw, "\r\n\r\n");
    assert_true(heard(&raw, "HTTP/1.1 101 "));
    return raw;
}

static void the_handshake_is_the_one_of_the_rfc(void **state)
{
    struct raw raw = dial();

    (void)state;
    say(&raw, STR("GET /ws" UPGRADE "Sec-WebSocket-Protocol: one, two\r\n\r\n"));
    EXPECT(&raw, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
    EXPECT(&raw, "Sec-WebSocket-Protocol: one\r\n");
    hang_up(&raw);
    WAIT_FOR(closed == 1);
}

static void bad_upgrades_are_refused(void **state)
{
    static const struct {
        const char *request, *status;
    } cases[] = {
        { "GET /no" UPGRADE "\r\n", "403" },
        { "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
          "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
          "\r\n",
          "426" },
        { "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n",
          "400" },
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
    assert_int_equal(opened, 1);
    assert_int_equal(closed, 0);
}

/* Frames below are masked with zeros, so that they can be read here. */
#define MASK "\0\0\0\0"

static void pieces_are_joined_and_controls_may_come_between(void **state)
{
    struct raw raw = upgrade();

    (void)state;
    say(&raw, STR("\x02\x82" MASK "ab"
                  "\x89\x84" MASK "ping"
                  "\x00\x80" MASK "\x00\x81" MASK "c"
                  "\x8a\x80" MASK "\x80\x81" MASK "d"
                  "\x82\x83" MASK "xyz"
                  "\x81\x82\x01\x02\x03\x04\x69\x6b"));
    WAIT_FOR(frames.len == 12);
    assert_string_equal(frames.at, "abcd|xyz|hi|");
    EXPECT(&raw, "\x8a\x04ping");
    hang_up(&raw);
    WAIT_FOR(closed == 1);
}

static void a_frame_in_single_bytes_is_the_same_frame(void **state)
{
    struct str bytes = STR("\x82\xfe\x00\x80" MASK);
    struct raw raw = upgrade();

    (void)state;
    for (size_t i = 0; i < bytes.len; i++) {
        say(&raw, str_sub(bytes, i, 1));
        loop_turn(loop, 1);
    }
    for (int i = 0; i < 128; i++) {
        assert_int_equal(frames.len, 0);
        say(&raw, STR("x"));
        loop_turn(loop, 1);
    }
    WAIT_FOR(frames.len == 129);
    hang_up(&raw);
    WAIT_FOR(closed == 1);
}

static void broken_frames_end_the_connection_with_a_code(void **state)
{
    static const struct {
        struct str frame;
        const char *answer;
    } cases[] = {
        { { "\x82\x01x", 3 }, "\x88\x02\x03\xea" },             /* not masked */
        { { "\xc2\x80" MASK, 6 }, "\x88\x02\x03\xea" },         /* reserved bit */
        { { "\x83\x80" MASK, 6 }, "\x88\x02\x03\xea" },         /* reserved kind */
        { { "\x09\x80" MASK, 6 }, "\x88\x02\x03\xea" },         /* ping in pieces */
        { { "\x89\xfe\x00\x7e" MASK, 8 }, "\x88\x02\x03\xea" }, /* long ping */
        { { "\x82\xfe\x00\x7d" MASK, 8 }, "\x88\x02\x03\xea" }, /* longer form */
        { { "\x80\x80" MASK, 6 }, "\x88\x02\x03\xea" },         /* goes on from nothing */
        { { "\x02\x80" MASK "\x82\x80" MASK, 12 }, "\x88\x02\x03\xea" },
        { { "\x82\xfe\x03\xe9" MASK, 8 }, "\x88\x02\x03\xf1" }, /* 1001 bytes */
        { { "\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff" MASK, 14 }, "\x88\x02\x03\xf1" },
        { { "\x81\x81" MASK "\xff", 7 }, "\x88\x02\x03\xef" }, /* not UTF-8 */
        { { "\x88\x82" MASK "\x03\xe9", 8 }, "\x88\x02\x03\xe9" },
        { { "\x88\x80" MASK, 6 }, "\x88\x02\x03\xe8" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct raw raw = upgrade();

        say(&raw, cases[i].frame);
        EXPECT(&raw, cases[i].answer);
        WAIT_FOR(is_over(&raw) && closed == (int)i + 1);
        hang_up(&raw);
    }
    assert_int_equal(frames.len, 0);
}

static void pieces_that_grow_too_large_end_the_connection(void **state)
{
    struct raw raw = upgrade();
    char piece[608] = "\x02\xfe\x02\x58"; /* 600 bytes, more to come */

    (void)state;
    say(&raw, str_of(piece, sizeof(piece)));
    piece[0] = '\0';
    say(&raw, str_of(piece, sizeof(piece)));
    EXPECT(&raw, "\x88\x02\x03\xf1");
    WAIT_FOR(closed == 1);
    hang_up(&raw);
}

static void closing_inside_a_message_drops_the_rest(void **state)
{
    struct raw raw = upgrade();

    (void)state;
    say(&raw, STR("\x82\x88" MASK "close me"
                  "\x82\x84" MASK "rest"));
    EXPECT(&raw, "\x88\x02\x03\xe8");
    WAIT_FOR(closed == 1);
    assert_string_equal(frames.at, "close me|");
    hang_up(&raw);
}

static void a_peer_that_does_not_read_is_cut(void **state)
{
    struct raw raw = upgrade();
    char *bytes = mem_zero(MIB);

    (void)state;
    for (int i = 0; i < 64 && closed == 0; i++) {
        server_ws_send(peer, str_of(bytes, MIB));
        loop_turn(loop, 0);
    }
    assert_int_equal(closed, 1);
    free(bytes);
    hang_up(&raw);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_handshake_is_the_one_of_the_rfc),
        TEST(bad_upgrades_are_refused),
        TEST(pieces_are_joined_and_controls_may_come_between),
        TEST(a_frame_in_single_bytes_is_the_same_frame),
        TEST(broken_frames_end_the_connection_with_a_code),
        TEST(pieces_that_grow_too_large_end_the_connection),
        TEST(closing_inside_a_message_drops_the_rest),
        TEST(a_peer_that_does_not_read_is_cut),
    };

    return cmocka_run_group_tests_name("server_ws", tests, NULL, NULL);
}
