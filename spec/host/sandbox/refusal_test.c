/* What the sandbox refuses to send, as the cloud does. */
#include "stage.h"

static void make_group(void)
{
    assert_int_equal(
        rest("/group/create.json", "groupId=g&groupName=G&userId=alice&userId=bob"), 200);
}

static int say(struct player *player, const char *topic, const char *target,
               const char *text)
{
    return send_text(player, topic, target, text).status;
}

static void test_not_a_member(void **state)
{
    (void)state;
    make_group();
    struct player *alice = player_open("alice"), *carol = player_open("carol");
    assert_int_equal(say(carol, "pgMsgP", "g", "x"), 22406);
    assert_int_equal(say(carol, "pgMsgP", "none", "x"), 22406);
    assert_int_equal(say(alice, "pgMsgP", "g", "x"), 0);
    assert_int_equal(rest("/group/quit.json", "groupId=g&userId=alice"), 200);
    struct frame ack = send_text(alice, "pgMsgP", "g", "x");
    assert_int_equal(ack.status, 22406);
    assert_int_equal(ack.uid.len, 0);
    player_free(alice);
    player_free(carol);
}

static void test_muted_member(void **state)
{
    (void)state;
    make_group();
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    assert_int_equal(rest("/group/user/gag/add.json", "groupId=g&userId=alice&minute=5"),
                     200);
    assert_int_equal(say(alice, "pgMsgP", "g", "x"), 22408);
    assert_int_equal(say(bob, "pgMsgP", "g", "x"), 0);
    assert_int_equal(say(alice, "ppMsgP", "bob", "x"), 0);
    clock_add_ms(5 * 60000);
    assert_int_equal(say(alice, "pgMsgP", "g", "x"), 0);
    assert_int_equal(rest("/group/user/gag/add.json", "userId=alice&minute=0"), 200);
    clock_add_ms(100ll * 86400000);
    assert_int_equal(say(alice, "pgMsgP", "g", "x"), 22408);
    assert_int_equal(rest("/group/user/gag/rollback.json", "userId=alice"), 200);
    assert_int_equal(say(alice, "pgMsgP", "g", "x"), 0);
    player_free(alice);
    player_free(bob);
}

static void test_muted_group_and_its_white_list(void **state)
{
    (void)state;
    make_group();
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    assert_int_equal(rest("/group/ban/add.json", "groupId=g"), 200);
    assert_int_equal(rest("/group/user/ban/whitelist/add.json", "groupId=g&userId=bob"),
                     200);
    assert_int_equal(say(alice, "pgMsgP", "g", "x"), 22408);
    assert_int_equal(say(bob, "pgMsgP", "g", "x"), 0);
    assert_int_equal(rest("/group/ban/rollback.json", "groupId=g"), 200);
    assert_int_equal(say(alice, "pgMsgP", "g", "x"), 0);
    player_free(alice);
    player_free(bob);
}

static void test_black_list(void **state)
{
    (void)state;
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    struct add2_black_list_input add = { 0 };
    struct query_black_list_input query = { 0 };
    struct query_black_list_output got;
    pb_put(add, add2_black_list_input, user_id, STR("alice"));
    pb_put(query, query_black_list_input, nothing, 1);
    assert_int_equal(
        ask(bob, "addBlack", "alice", &add2_black_list_input_type, &add, NULL, NULL), 0);
    assert_int_equal(say(alice, "ppMsgP", "bob", "x"), 405);
    assert_int_equal(say(bob, "ppMsgP", "alice", "x"), 0);
    assert_int_equal(ask(bob, "getBlack", "bob", &query_black_list_input_type, &query,
                         &query_black_list_output_type, &got),
                     0);
    assert_int_equal(got.user_ids.count, 1);
    assert_int_equal(
        ask(bob, "rmBlack", "alice", &add2_black_list_input_type, &add, NULL, NULL), 0);
    assert_int_equal(say(alice, "ppMsgP", "bob", "x"), 0);
    player_free(alice);
    player_free(bob);
}

static void test_private_mute(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    assert_int_equal(rest("/user/chat/fb/set.json", "userId=alice&state=1&type=PERSON"),
                     200);
    assert_int_equal(say(alice, "ppMsgP", "bob", "x"), 20106);
    assert_int_equal(rest("/user/chat/fb/set.json", "userId=alice&state=0&type=PERSON"),
                     200);
    assert_int_equal(say(alice, "ppMsgP", "bob", "x"), 0);
    player_free(alice);
}

static void test_words(void **state)
{
    (void)state;
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    assert_int_equal(rest("/sensitiveword/add.json", "word=spam"), 200);
    assert_int_equal(rest("/sensitiveword/add.json", "word=damn&replaceWord=darn"), 200);
    assert_int_equal(say(alice, "ppMsgP", "bob", "buy SPAM now"), 21501);
    assert_int_equal(say(alice, "ppMsgP", "bob", "damn, damn"), 21502);
    assert_str(await_push(bob).content, "{\"content\":\"darn, darn\"}");
    assert_int_equal(say(alice, "ppMsgP", "bob", "fine"), 0);
    assert_int_equal(rest("/sensitiveword/delete.json", "word=spam"), 200);
    assert_int_equal(say(alice, "ppMsgP", "bob", "spam"), 0);
    player_free(alice);
    player_free(bob);
}

static void test_rate(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    assert_int_equal(control("POST", "/_sandbox/limits", "{\"messages_per_second\":2}"),
                     200);
    assert_int_equal(say(alice, "ppMsgP", "bob", "1"), 0);
    assert_int_equal(say(alice, "ppMsgP", "bob", "2"), 0);
    assert_int_equal(say(alice, "ppMsgP", "bob", "3"), 20604);
    clock_add_ms(1000);
    assert_int_equal(say(alice, "ppMsgP", "bob", "4"), 0);
    player_free(alice);
}

static void test_bad_messages(void **state)
{
    static char big[140000];
    (void)state;
    struct player *alice = player_open("alice");
    struct up_stream_message up = up_message("RC:TxtMsg", "x\xff", 3);
    uint16_t id =
        player_start(alice, FRAME_PUBLISH, "ppMsgP", "bob", &up_stream_message_type, &up);
    assert_int_equal(player_await(alice, FRAME_PUBACK, NULL, id).status, 33003);
    memset(big, 'x', sizeof big - 1);
    up = up_message("RC:TxtMsg", big, 3);
    id =
        player_start(alice, FRAME_PUBLISH, "ppMsgP", "bob", &up_stream_message_type, &up);
    assert_int_equal(player_await(alice, FRAME_PUBACK, NULL, id).status, 33003);
    assert_int_equal(say(alice, "ppMsgP", "no such id!", "x"), 33003);
    player_free(alice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(test_not_a_member),
        RUN(test_muted_member),
        RUN(test_muted_group_and_its_white_list),
        RUN(test_black_list),
        RUN(test_private_mute),
        RUN(test_words),
        RUN(test_rate),
        RUN(test_bad_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
