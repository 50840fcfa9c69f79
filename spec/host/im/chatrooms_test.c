/* Chatrooms: what is asked of the Server API, how many there may be, and when the server
 * does not want us back. spec/scenarios/chatroom_spec.lua has the rest. */
#include "fixture.h"

#include "im/chatrooms.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool done;
static struct err result;

static void on_ordered(void *arg, const struct json *json, const struct err *why)
{
    (void)arg;
    (void)json;
    done = true;
    result = why ? *why : (struct err){ 0 };
}

static bool is_done(void *arg)
{
    (void)arg;
    return done;
}

static void order(struct order like)
{
    struct err err = { 0 };
    done = false;
    if (!account_order(fix->account, &like, on_ordered, NULL, &err)) {
        result = err;
        return;
    }
    wire_until(fix->wire, is_done, NULL);
}

static void orders_of_the_server_api(void **state)
{
    (void)state;
    static const struct {
        enum order_verb verb;
        const char *user;
        int number;
        const char *path, *body;
    } rows[] = {
        { ORDER_ROOM_INFO, "", 0, "get", "chatroomId=a%20b" },
        { ORDER_ROOM_MEMBERS, "", 0, "user/query", "chatroomId=a%20b&count=500&order=1" },
        { ORDER_ROOM_MUTE, "bob", 5, "user/gag/add",
          "chatroomId=a%20b&userId=bob&minute=5" },
        { ORDER_ROOM_UNMUTE, "bob", 0, "user/gag/rollback",
          "chatroomId=a%20b&userId=bob" },
        { ORDER_ROOM_MUTED, "", 0, "user/gag/list", "chatroomId=a%20b" },
        { ORDER_ROOM_MUTE_ALL, "", 1, "ban/add", "chatroomId=a%20b" },
        { ORDER_ROOM_MUTE_ALL, "", 0, "ban/rollback", "chatroomId=a%20b" },
        { ORDER_ROOM_BLOCK, "bob", 60, "user/block/add",
          "chatroomId=a%20b&userId=bob&minute=60" },
        { ORDER_ROOM_UNBLOCK, "bob", 0, "user/block/rollback",
          "chatroomId=a%20b&userId=bob" },
        { ORDER_ROOM_BLOCKED, "", 0, "user/block/list", "chatroomId=a%20b" },
    };
    fixture_online();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char path[100];
        order((struct order){ .verb = rows[i].verb,
                              .room = STR("a b"),
                              .user = str_from(rows[i].user),
                              .number = rows[i].number });
        assert_int_equal(result.code, ERR_NONE);
        snprintf(path, sizeof(path), "/chatroom/%s.json", rows[i].path);
        const size_t last = fix->wire->call_count - 1;
        assert_string_equal(fix->wire->calls[last].path, path);
        assert_string_equal(fix->wire->calls[last].body, rows[i].body);
    }
    order((struct order){ .verb = ORDER_ROOM_MUTE, .room = STR("r"), .user = STR("u") });
    assert_int_equal(result.code, ERR_ARGUMENT); /* for no time at all */
}

static void join(int number)
{
    char id[16];
    snprintf(id, sizeof(id), "r%d", number);
    order((struct order){ .verb = ORDER_ROOM_JOIN, .room = str_from(id) });
}

static void no_more_than_a_hundred(void **state)
{
    (void)state;
    fixture_online();
    for (int i = 0; i < CHATROOMS_MAX; i++) {
        join(i);
        assert_int_equal(result.code, ERR_NONE);
    }
    join(CHATROOMS_MAX);
    assert_int_equal(result.code, ERR_LIMIT);
    join(0); /* once more is fine */
    assert_int_equal(result.code, ERR_NONE);
    order((struct order){ .verb = ORDER_ROOM_LEAVE, .room = STR("r1") });
    join(CHATROOMS_MAX);
    assert_int_equal(result.code, ERR_NONE);
}

static bool has_pulled(void *arg)
{
    return wire_count(fix->wire, FRAME_QUERY, "chrmPull") >= *(size_t *)arg;
}

static void until_pulled(size_t count)
{
    wire_until(fix->wire, has_pulled, &count);
    wire_idle(fix->wire);
}

/* It is joined anew: the server may have put us out. */
static void a_failed_pull_is_tried_again_in_a_while(void **state)
{
    (void)state;
    fixture_online();
    fix->wire->room_status = 33003;
    join(1);
    until_pulled(1);
    fixture_pass(4000);
    assert_int_equal(wire_count(fix->wire, FRAME_QUERY, "chrmPull"), 1);
    fixture_pass(1000);
    until_pulled(2);
    assert_int_equal(wire_count(fix->wire, FRAME_QUERY, "joinChrmR"), 1);
    fix->wire->room_status = 0;
    fixture_pass(5000);
    until_pulled(3);
    fixture_pass(10000);
    assert_int_equal(wire_count(fix->wire, FRAME_QUERY, "chrmPull"), 3);
    assert_int_equal(wire_count(fix->wire, FRAME_QUERY, "joinChrmR"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(orders_of_the_server_api),
        TEST(no_more_than_a_hundred),
        TEST(a_failed_pull_is_tried_again_in_a_while),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
