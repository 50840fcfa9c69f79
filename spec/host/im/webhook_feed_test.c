/* im/webhook_feed: what the App Server tells, as the messages that im/changes makes. */
#include "im/webhook_feed.h"

#include "proto/content.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct arena arena;
static struct message heard;
static struct err why;
static size_t count;
static bool good;

static int set_up(void **state)
{
    (void)state;
    count = 0;
    why = (struct err){ 0 };
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
    (void)arg;
    count++;
    good = webhook_read_feed(event, STR("bot"), &arena, &heard, &why);
}

/* The last event of the body, as the bot hears it. */
static bool hears(const char *body)
{
    struct err err = { 0 };
    if (!webhook_read_events(WEBHOOK_FEED, str_from(body), on_event, NULL, &err))
        fail_msg("%s", err.text);
    return good;
}

#define EVENT(type, more)                                                                \
    "[{\"id\":\"e-1\",\"eventType\":" type ",\"time\":7,\"optUserId\":\"ann\"" more "}]"

static void groups_are_notices(void **state)
{
    static const struct {
        const char *body, *operation, *name, *text;
        size_t targets;
        int minutes;
    } cases[] = {
        { EVENT("1", ",\"groupId\":\"g\",\"data\":{\"name\":\"Tea\"}"), "Create", "Tea",
          "", 0, 0 },
        { EVENT("2", ",\"groupId\":\"g\",\"userIds\":[\"b\",\"c\"]"), "Add", "", "", 2,
          0 },
        { EVENT("21", ",\"groupId\":\"g\",\"data\":{\"bulletin\":\"x\"}"), "Bulletin", "",
          "x", 0, 0 },
        { EVENT("22", ",\"groupId\":\"g\",\"data\":{\"muteStatus\":1}"), "MuteAll", "",
          "", 0, 0 },
        { EVENT("22", ",\"groupId\":\"g\","
                      "\"data\":{\"muteStatus\":0}"),
          "UnmuteAll", "", "", 0, 0 },
        { EVENT("23", ",\"groupId\":\"g\",\"userIds\":[\"b\"],\"data\":{\"minute\":-1}"),
          "UnmuteMember", "", "", 1, 0 },
        { EVENT("23", ",\"groupId\":\"g\",\"userIds\":[\"b\"],\"data\":{\"minute\":9}"),
          "MuteMember", "", "", 1, 9 },
        { EVENT("8", ",\"groupId\":\"g\",\"userIds\":[\"b\"]"), "Transfer", "", "", 1,
          0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct content content;
        assert_true(hears(cases[i].body));
        assert_int_equal(heard.type, CONVERSATION_GROUP);
        assert_true(str_eq(heard.target, STR("g")));
        assert_true(str_eq(heard.sender, STR("ann")));
        assert_true(str_eq(heard.uid, STR(MESSAGE_FEED "e-1")));
        assert_int_equal(heard.sent_ms, 7);
        assert_true(content_parse(&content, heard.object_name, heard.content, NULL));
        assert_int_equal(content.kind, CONTENT_GROUP_NOTICE);
        assert_true(str_eq(content.notice.operation, str_from(cases[i].operation)));
        assert_true(str_eq(content.notice.group_name, str_from(cases[i].name)));
        assert_true(str_eq(content.notice.message, str_from(cases[i].text)));
        assert_int_equal(content.notice.target_count, cases[i].targets);
        assert_int_equal(content.notice.minutes, cases[i].minutes);
        content_clear(&content);
    }
}

static void friends_are_those_of_the_bot(void **state)
{
    (void)state;
    assert_true(hears(EVENT("31", ",\"userIds\":[\"bot\"]")));
    assert_int_equal(heard.type, CONVERSATION_PRIVATE);
    assert_true(str_eq(heard.sender, STR("ann")));
    assert_true(hears("[{\"id\":\"e\",\"eventType\":32,\"time\":7,\"optUserId\":\"bot\","
                      "\"userIds\":[\"ben\"]}]"));
    assert_true(str_eq(heard.sender, STR("ben")));
    assert_false(hears(EVENT("31", ",\"userIds\":[\"ben\"]")));
    assert_int_equal(why.code, ERR_UNSUPPORTED);
}

static void what_is_wrong_is_named(void **state)
{
    static const struct {
        const char *body, *problem;
        enum err_code code;
    } cases[] = {
        { EVENT("2", ""), "groupId", ERR_PROTO },
        { EVENT("2", ",\"groupId\":\"g\",\"userIds\":[7]"), "userIds", ERR_PROTO },
        { "[{\"id\":\"e\",\"eventType\":2,\"time\":7,\"groupId\":\"g\"}]", "optUserId",
          ERR_PROTO },
        { "[{\"id\":\"e\",\"eventType\":2,\"optUserId\":\"a\",\"groupId\":\"g\"}]",
          "time", ERR_PROTO },
        { EVENT("30", ",\"userIds\":[\"ann\"]"), "no event", ERR_UNSUPPORTED },
        { EVENT("99", ",\"groupId\":\"g\""), "no event", ERR_UNSUPPORTED },
    };
    struct err err = { 0 };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_false(hears(cases[i].body));
        assert_int_equal(why.code, cases[i].code);
        assert_non_null(strstr(why.text, cases[i].problem));
    }
    assert_false(webhook_read_events(WEBHOOK_FEED, STR("[{\"eventType\":2}]"), on_event,
                                     NULL, &err));
    assert_non_null(strstr(err.text, "id is missing"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(groups_are_notices),
        TEST(friends_are_those_of_the_bot),
        TEST(what_is_wrong_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
