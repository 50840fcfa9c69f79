/* im/webhook_event: the services that post something else than messages. */
#include "im/webhook_event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;

static struct {
    size_t count;
    char keys[4][WEBHOOK_KEY_SIZE];
    int64_t times[4];
    char last[2000];
    struct err err;
    bool recall;
    struct webhook_message message;
} heard;

static int set_up(void **state)
{
    (void)state;
    memset(&heard, 0, sizeof(heard));
    arena_init(&arena, WEBHOOK_ARENA_MAX);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_clear(&arena);
    return 0;
}

static void on_event(void *arg, const struct webhook_event *event)
{
    struct buf text;
    (void)arg;
    buf_init(&text, sizeof(heard.last) - 1);
    assert_true(json_write(event->data, &text));
    memcpy(heard.last, text.at, text.len);
    heard.last[text.len] = '\0';
    buf_clear(&text);
    size_t at = heard.count++ % 4;
    memcpy(heard.keys[at], event->key, WEBHOOK_KEY_SIZE);
    heard.times[at] = event->time_ms;
    heard.recall = webhook_read_recall(event, &arena, &heard.message, &heard.err);
}

static bool read(enum webhook kind, const char *body)
{
    return webhook_read_events(kind, str_from(body), on_event, NULL, &heard.err);
}

#define OPERATION(type, chat, more)                                                      \
    "{\"eventType\":" type ",\"fromUserId\":\"alice\",\"optTime\":1700000009000,"        \
    "\"source\":\"iOS\",\"conversationInfo\":{\"conversationType\":" chat "},"           \
    "\"originalMsgInfo\":{\"messageId\":\"5FGT\",\"messageTime\":1700000000101}," more   \
    "\"recallMsgInfo\":{\"isDelete\":0,\"isAdmin\":1,\"extra\":\"\"}}"
#define IN_GROUP "3,\"targetId\":\"g-100\""

static void recalls_are_messages(void **state)
{
    (void)state;
    assert_true(read(WEBHOOK_OPERATIONS, OPERATION("1", IN_GROUP, "")));
    assert_int_equal(heard.count, 1);
    assert_true(heard.recall);
    const struct message *message = &heard.message.message;
    assert_int_equal(message->type, CONVERSATION_GROUP);
    assert_true(str_eq(message->target, STR("g-100")));
    assert_true(str_eq(message->sender, STR("alice")));
    assert_true(str_eq(message->object_name, STR("RC:RcCmd")));
    assert_int_equal(message->sent_ms, 1700000009000);
    assert_true(str_find(message->content, STR("\"messageUId\":\"5FGT\"")) > 0);
    assert_true(str_find(message->content, STR("\"sentTime\":1700000000101")) > 0);
    /* The same one, when it is routed; another one of somebody else. */
    struct message routed = { .sender = STR("alice"),
                              .object_name = STR("RC:RcCmd"),
                              .content = message->content,
                              .uid = STR("6ABC") };
    webhook_name_recall(&routed, &arena);
    assert_true(str_eq(routed.uid, message->uid));
    routed.sender = STR("mallory");
    webhook_name_recall(&routed, &arena);
    assert_false(str_eq(routed.uid, message->uid));
    routed.object_name = STR("RC:TxtMsg");
    routed.uid = STR("6ABC");
    webhook_name_recall(&routed, &arena);
    assert_true(str_eq(routed.uid, STR("6ABC")));
}

static void others_are_none(void **state)
{
    (void)state;
    assert_true(read(WEBHOOK_OPERATIONS, OPERATION("2", IN_GROUP, "")));
    assert_false(heard.recall);
    assert_int_equal(heard.err.code, ERR_UNSUPPORTED);
    assert_true(read(WEBHOOK_OPERATIONS, OPERATION("1", "10,\"targetId\":\"u\"", "")));
    assert_int_equal(heard.err.code, ERR_UNSUPPORTED);
    assert_true(read(WEBHOOK_OPERATIONS, OPERATION("1", "3", "")));
    assert_false(heard.recall);
    assert_int_equal(heard.err.code, ERR_PROTO);
}

static void lists_and_single_ones(void **state)
{
    (void)state;
    assert_true(
        read(WEBHOOK_GROUPS,
             "[{\"groupId\":\"g\",\"eventType\":2,\"time\":7,\"userIds\":[\"b\"]},"
             "{\"groupId\":\"h\",\"eventType\":5,\"time\":8}]"));
    assert_int_equal(heard.count, 2);
    assert_int_equal(heard.times[0], 7);
    assert_int_equal(heard.times[1], 8);
    assert_string_not_equal(heard.keys[0], heard.keys[1]);
    assert_true(read(WEBHOOK_GROUPS, "{\"profiles\":[{\"groupId\":\"g\",\"eventType\":2,"
                                     "\"time\":7,\"userIds\":[\"b\"],\"more\":1}]}"));
    assert_string_equal(heard.keys[0], heard.keys[2]);
    assert_true(read(WEBHOOK_ROOMS, " {\"chatroomId\":\"r\",\"key\":\"k\"}"));
    assert_int_equal(heard.count, 4);
    assert_true(read(WEBHOOK_ROOMS, "[]"));
    assert_int_equal(heard.count, 4);
}

static void json_in_texts_is_read(void **state)
{
    (void)state;
    assert_true(
        read(WEBHOOK_AUDITS,
             "{\"result\":10001,\"msgUID\":\"6ABC\",\"content\":\"{\\\"fromUserId\\\""
             ":\\\"m\\\"}\",\"resultDetail\":\"none\"}"));
    assert_non_null(strstr(heard.last, "\"content\":{\"fromUserId\":\"m\"}"));
    assert_non_null(strstr(heard.last, "\"resultDetail\":\"none\""));
}

static void forms(void **state)
{
    (void)state;
    assert_true(read(WEBHOOK_USERS, "userId=b%20c&operateId=BQ7N&type=0&code=0&time=9"));
    assert_string_equal(heard.last, "{\"userId\":\"b c\",\"operateId\":\"BQ7N\","
                                    "\"type\":\"0\",\"code\":\"0\",\"time\":\"9\"}");
    assert_int_equal(heard.times[0], 9);
}

static void what_makes_no_sense_is_refused_as_a_whole(void **state)
{
    static const struct {
        enum webhook kind;
        const char *body, *problem;
    } cases[] = {
        { WEBHOOK_USERS, "", "neither JSON nor a form" },
        { WEBHOOK_USERS, "type=0", "userId is missing" },
        { WEBHOOK_GROUPS, "[{\"groupId\":\"g\"},{\"groupId\":\"\"}]", "groupId" },
        { WEBHOOK_GROUPS, "[{\"groupId\":\"g\"},7]", "want an object" },
        { WEBHOOK_GROUPS, "[{", "" },
        { WEBHOOK_AUDITS, "{\"msgUID\":\"6ABC\"}", "result is missing" },
        { WEBHOOK_BOTS, "{\"type\":\"group:dismiss\"}", "bot is missing" },
        { WEBHOOK_OPERATIONS, "{\"eventType\":1}", "fromUserId is missing" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_false(read(cases[i].kind, cases[i].body));
        assert_int_equal(heard.err.code, ERR_PROTO);
        assert_non_null(strstr(heard.err.text, cases[i].problem));
    }
    assert_int_equal(heard.count, 0);
}

static void not_too_many_at_once(void **state)
{
    struct buf body;
    (void)state;
    buf_init(&body, 1 << 20);
    for (int i = 0; i <= WEBHOOK_ITEMS_MAX; i++)
        buf_add_format(&body, "%s{\"userId\":\"u%d\"}", i ? "," : "[", i);
    buf_add_str(&body, str_of("]", 2));
    assert_false(read(WEBHOOK_USERS, body.at));
    assert_int_equal(heard.count, 0);
    buf_clear(&body);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(recalls_are_messages),
        TEST(others_are_none),
        TEST(lists_and_single_ones),
        TEST(json_in_texts_is_read),
        TEST(forms),
        TEST(what_makes_no_sense_is_refused_as_a_whole),
        TEST(not_too_many_at_once),
    };
    return cmocka_run_group_tests_name("webhook_event", tests, NULL, NULL);
}
