#include "stage.h"

static void test_token_logs_in(void **state)
{
    char token[128];
    (void)state;
    get_token("alice", token, sizeof token);
    struct player *alice = player_dial(token, "");
    struct frame ack = player_await(alice, FRAME_CONNACK, NULL, -1);
    assert_int_equal(ack.status, 0);
    assert_str(ack.user, "alice");
    assert_int_equal(ack.session.len, 8);
    assert_int_equal(ack.time_ms, clock_wall_ms());
    player_settle(alice);
    player_free(alice);
}

static void test_protocol_4_has_flags(void **state)
{
    (void)state;
    char token[128];
    get_token("alice", token, sizeof token);
    struct player *alice = player_dial(token, "&protocolVer=4");
    struct frame ack = player_await(alice, FRAME_CONNACK, NULL, -1);
    assert_int_equal(ack.status, 0);
    assert_int_equal(ack.has, 15);
    assert_str(ack.user, "alice");
    assert_int_equal(ack.first_id, 0);
    player_free(alice);
}

static void refused(const char *token, const char *more, int status)
{
    struct player *player = player_dial(token, more);
    assert_int_equal(player_login(player), status);
    WAIT_FOR(player->closed);
    player_free(player);
}

static void test_refusals(void **state)
{
    char token[128];
    (void)state;
    get_token("alice", token, sizeof token);
    refused("nonsense", "", 4);
    refused(token, "&protocolVer=5", 1);
    assert_int_equal(control("POST", "/_sandbox/token/expire", "{\"user_id\":\"alice\"}"),
                     200);
    refused(token, "", 10);
    get_token("alice", token, sizeof token);
    assert_int_equal(rest("/user/block.json", "userId=alice&minute=10"), 200);
    refused(token, "", 9);
    clock_add_ms(10 * 60000);
    struct player *alice = player_dial(token, "");
    assert_int_equal(player_login(alice), 0);
    player_free(alice);
}

static void test_tokens_live_side_by_side_and_end(void **state)
{
    char first[128], second[128];
    (void)state;
    assert_int_equal(control("POST", "/_sandbox/limits", "{\"token_ms\":1000}"), 200);
    get_token("alice", first, sizeof first);
    clock_add_ms(600);
    get_token("alice", second, sizeof second);
    assert_string_not_equal(first, second);
    struct player *one = player_dial(first, "");
    assert_int_equal(player_login(one), 0);
    player_free(one);
    clock_add_ms(600);
    refused(first, "", 10);
    one = player_dial(second, "@http://127.0.0.1");
    assert_int_equal(player_login(one), 0);
    player_free(one);
}

static void test_wrong_app_key(void **state)
{
    struct err err = { 0 };
    (void)state;
    char token[128], url[512];
    get_token("alice", token, sizeof token);
    snprintf(url, sizeof url, "ws://127.0.0.1:%d/websocket?appId=other&token=%s",
             stage.port, token);
    static const struct ws_events events = { player_opened, player_message,
                                             player_closed };
    struct player *player = MEM_NEW(struct player);
    struct ws_options options = { .url = str_from(url) };
    player->protocol = 3;
    player->ws = ws_open(stage.net, &options, &events, player, &err);
    assert_non_null(player->ws);
    assert_int_equal(player_login(player), 5);
    player_free(player);
}

static void test_second_login_kicks_the_first(void **state)
{
    (void)state;
    struct player *first = player_open("alice");
    struct player *second = player_open("alice");
    assert_int_equal(player_await(first, FRAME_DISCONNECT, NULL, -1).status, 1);
    WAIT_FOR(first->closed);
    player_settle(second);
    assert_int_equal(rest("/user/checkOnline.json", "userId=alice"), 200);
    assert_str(reply_str("status"), "1");
    player_free(first);
    player_free(second);
}

static void test_several_devices_get_sync_copies(void **state)
{
    (void)state;
    assert_int_equal(control("POST", "/_sandbox/user",
                             "{\"user_id\":\"alice\",\"multi_device\":true}"),
                     200);
    struct player *phone = player_open_with("alice", "&deviceId=phone");
    struct player *desk = player_open_with("alice", "&deviceId=desk");
    struct frame sent = send_text(phone, "ppMsgP", "bob", "hi");
    struct frame copy = player_await(desk, FRAME_PUBLISH, "ppMsgP", -1);
    assert_true(copy.dup);
    assert_int_equal(copy.id, 0x8000);
    assert_str(copy.target, "bob");
    struct frame ack = player_await(desk, FRAME_PUBACK, NULL, 0x8000);
    assert_true(str_eq(ack.uid, sent.uid));
    assert_int_equal(ack.seconds, sent.seconds);
    assert_int_equal(ack.millis, sent.millis);
    player_settle(phone);
    assert_int_equal(phone->count, 3); /* CONNACK, PUBACK, PINGRESP */

    struct player *again = player_open_with("alice", "&deviceId=desk");
    assert_int_equal(player_await(desk, FRAME_DISCONNECT, NULL, -1).status, 1);
    player_settle(phone);
    player_free(phone);
    player_free(desk);
    player_free(again);
}

static void test_block_throws_out(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    assert_int_equal(rest("/user/block.json", "userId=alice&minute=1"), 200);
    assert_int_equal(player_await(alice, FRAME_DISCONNECT, NULL, -1).status, 2);
    WAIT_FOR(alice->closed);
    assert_int_equal(rest("/user/checkOnline.json", "userId=alice"), 200);
    assert_str(reply_str("status"), "0");
    player_free(alice);
}

static void test_bad_frames_close_the_socket(void **state)
{
    static const char *const bad[] = { "\xf0", "\x30", "\x30\x00\x06pp", "\x50\xff\xff" };
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct player *alice = player_open("alice");
        assert_true(ws_send(alice->ws, str_of(bad[i], i == 0 || i == 1 ? 1
                                                      : i == 2         ? 5
                                                                       : 3)));
        WAIT_FOR(alice->closed);
        player_free(alice);
    }
    struct player *alice = player_open("alice");
    struct frame frame = {
        .type = FRAME_PUBLISH,
        .qos = 1,
        .topic = STR("ppMsgP"),
        .target = STR("bob"),
        .id = 9,
        .payload = STR("\xff\xff\xff"),
    };
    player_send(alice, &frame);
    assert_int_equal(player_await(alice, FRAME_PUBACK, NULL, 9).status, 33003);
    player_free(alice);
}

static void test_unknown_topics_are_answered(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    assert_int_equal(ask(alice, "noSuch", "alice", NULL, NULL, NULL, NULL), 33003);
    assert_int_equal(send_text(alice, "noSuch", "bob", "x").status, 33003);
    player_free(alice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(test_token_logs_in),
        RUN(test_protocol_4_has_flags),
        RUN(test_refusals),
        RUN(test_tokens_live_side_by_side_and_end),
        RUN(test_wrong_app_key),
        RUN(test_second_login_kicks_the_first),
        RUN(test_several_devices_get_sync_copies),
        RUN(test_block_throws_out),
        RUN(test_bad_frames_close_the_socket),
        RUN(test_unknown_topics_are_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
