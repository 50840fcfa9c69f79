/* im/webhook: what RongCloud posts, read and checked. */
#include "im/webhook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1700000000123)
#define WINDOW 600000
/* The example of webhooks.md 2. */
#define SECRET STR("s3cr3tMoonDock")
#define GOOD "20b4099bd871b9e7d704c1aeffd09274babe3246"
#define QUERY "appKey=mdk-dev&timestamp=1700000000123&nonce=582093&signature=" GOOD

static struct arena arena;

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, WEBHOOK_ARENA_MAX);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_clear(&arena);
    return 0;
}

static bool check(const char *query, int64_t now_ms, int64_t window_ms, const char *part)
{
    struct webhook_proof proof = { 0 };
    struct err err = { 0 };
    webhook_read_proof(str_from(query), &arena, &proof);
    bool good = webhook_check(&proof, SECRET, now_ms, window_ms, &err);
    if (!good && !strstr(err.text, part))
        fail_msg("%s: %s, not %s", query, err.text, part);
    assert_null(strstr(err.text, GOOD));
    return good;
}

static void signatures(void **state)
{
    (void)state;
    assert_true(check(QUERY, NOW, WINDOW, ""));
    assert_true(check("signature=20B4099BD871B9E7D704C1AEFFD09274BABE3246&nonce=582093"
                      "&signTimestamp=1700000000123",
                      NOW, WINDOW, ""));
    assert_true(check(QUERY, NOW + WINDOW, WINDOW, ""));
    assert_false(check(QUERY, NOW + WINDOW + 1, WINDOW, "too far from now"));
    assert_false(check(QUERY, NOW - WINDOW - 1, WINDOW, "too far from now"));
    assert_true(check(QUERY, NOW + 10 * (int64_t)WINDOW, 0, ""));
    assert_false(check("", NOW, WINDOW, "is missing"));
    assert_false(check("timestamp=1700000000123&nonce=582093", NOW, WINDOW, "missing"));
    assert_false(check("timestamp=1700000000124&nonce=582093&signature=" GOOD, NOW,
                       WINDOW, "the signature is wrong"));
    assert_false(check("timestamp=1700000000123&nonce=582093&signature=" GOOD "0", NOW,
                       WINDOW, "the signature is wrong"));
    assert_false(check("timestamp=1700000000123&nonce=582093&signature=20b4", NOW, WINDOW,
                       "the signature is wrong"));
}

static void an_app_key_is_read(void **state)
{
    struct webhook_proof proof = { 0 };
    (void)state;
    webhook_read_proof(STR(QUERY), &arena, &proof);
    assert_true(str_eq(proof.app_key, STR("mdk-dev")));
    webhook_read_proof(STR("appKey=other"), &arena, &proof);
    assert_true(str_eq(proof.app_key, STR("mdk-dev"))); /* the first one counts */
}

#define ROUTE                                                                            \
    "fromUserId=alice&toUserId=g-100&objectName=RC%3ATxtMsg&content=%7B%22content%22"    \
    "%3A%22%2Froll+2d6%22%7D&channelType=GROUP&msgTimestamp=1700000000101"               \
    "&msgUID=5FGT-7VA9-G4DD-4V5P&sensitiveType=0&source=Android&busChannel="

static void routed_messages(void **state)
{
    struct webhook_message got;
    struct err err = { 0 };
    (void)state;
    assert_true(webhook_read_route(STR(ROUTE), &arena, &got, &err));
    assert_true(str_eq(got.message.sender, STR("alice")));
    assert_true(str_eq(got.message.target, STR("g-100")));
    assert_true(str_eq(got.message.object_name, STR("RC:TxtMsg")));
    assert_true(str_eq(got.message.content, STR("{\"content\":\"/roll 2d6\"}")));
    assert_true(str_eq(got.message.uid, STR("5FGT-7VA9-G4DD-4V5P")));
    assert_int_equal(got.message.type, CONVERSATION_GROUP);
    assert_int_equal(got.message.sent_ms, 1700000000101);
    assert_int_equal(got.to_count, 0);
}

static void receivers_come_in_three_ways(void **state)
{
    static const char *const ways[] = { ROUTE "&groupUserIds=bob&groupUserIds=dice",
                                        ROUTE "&groupUserIds=bob%2Cdice",
                                        ROUTE
                                        "&groupUserIds=%5B%22bob%22,%22dice%22%5D" };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct webhook_message got;
        assert_true(webhook_read_route(str_from(ways[i]), &arena, &got, NULL));
        assert_int_equal(got.to_count, 2);
        assert_true(str_eq(got.to[1], STR("dice")));
    }
}

static void messages_that_are_none(void **state)
{
    static const char *const cases[][2] = {
        { "", "fromUserId is missing" },
        { "fromUserId=a&toUserId=b&objectName=c&msgUID=d&channelType=ULTRAGROUP",
          "channelType" },
        { "fromUserId=a&toUserId=b&objectName=c&msgUID=d&channelType=GROUP",
          "msgTimestamp is missing" },
        { "fromUserId=a&toUserId=b&objectName=c&msgUID=d&channelType=GROUP"
          "&msgTimestamp=1",
          "content is missing" },
        { "fromUserId=a&toUserId=b&objectName=c&msgUID=d&channelType=GROUP"
          "&msgTimestamp=x&content=%7B%7D",
          "msgTimestamp is missing or no time" },
        { "fromUserId=%FF&toUserId=b", "fromUserId is missing or no text" },
        { "fromUserId=a%00&toUserId=b", "fromUserId is missing or no text" },
        { "fromUserId=a&toUserId=b&objectName=c&msgUID=moondock/1&channelType=GROUP"
          "&msgTimestamp=1&content=%7B%7D",
          "none of the cloud's" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct webhook_message got;
        struct err err = { 0 };
        assert_false(webhook_read_route(str_from(cases[i][0]), &arena, &got, &err));
        if (!strstr(err.text, cases[i][1]))
            fail_msg("%s: %s", cases[i][0], err.text);
    }
}

static void questions(void **state)
{
    struct webhook_message got;
    (void)state;
    assert_true(webhook_read_precheck(
        STR("appKey=mdk-dev&fromUserId=mallory&targetId=bob&msgType=RC%3ATxtMsg"
            "&content=%7B%7D&channelType=PERSON&msgTimeStamp=1700000000100"
            "&messageId=6ABC-2DEF-8GH0-1JKL&os=iOS&clientIp=203.0.113.9%3A51234"),
        &arena, &got, NULL));
    assert_int_equal(got.message.type, CONVERSATION_PRIVATE);
    assert_true(str_eq(got.message.uid, STR("6ABC-2DEF-8GH0-1JKL")));
}

static char told[400];

static void on_change(void *arg, const struct webhook_online *change)
{
    size_t len = strlen(told);
    (void)arg;
    snprintf(told + len, sizeof(told) - len, "%.*s%s%.*s/%.*s@%lld ",
             STR_ARG(change->user), change->online ? "+" : "-", STR_ARG(change->os),
             STR_ARG(change->session), (long long)change->time_ms);
}

static void who_is_online(void **state)
{
    struct err err = { 0 };
    (void)state;
    told[0] = '\0';
    assert_true(webhook_read_online(
        STR("[{\"userid\":\"alice\",\"status\":\"0\",\"os\":\"iOS\",\"time\":5,"
            "\"sessionId\":\"s\"},{\"userid\":\"bob\",\"status\":2,\"time\":6}]"),
        on_change, NULL, &err));
    assert_true(webhook_read_online(STR("{\"userid\":\"eve\",\"status\":\"1\"}"),
                                    on_change, NULL, &err));
    assert_string_equal(told, "alice+iOS/s@5 bob-/@6 eve-/@0 ");
    told[0] = '\0';
    assert_false(webhook_read_online(
        STR("[{\"userid\":\"a\",\"status\":0},{\"userid\":\"b\",\"status\":3}]"),
        on_change, NULL, &err));
    assert_false(webhook_read_online(STR("[{\"status\":0}]"), on_change, NULL, &err));
    assert_false(webhook_read_online(STR("7"), on_change, NULL, &err));
    assert_false(webhook_read_online(STR("[{"), on_change, NULL, &err));
    assert_string_equal(told, ""); /* all or nothing */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(signatures),
        TEST(an_app_key_is_read),
        TEST(routed_messages),
        TEST(receivers_come_in_three_ways),
        TEST(messages_that_are_none),
        TEST(questions),
        TEST(who_is_online),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
