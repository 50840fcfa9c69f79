/* governor: how fast an account may call the Server API. */
#include "fixture.h"

#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void on_done(void *arg, const struct err *why)
{
    struct err *got = arg;
    got->code = why ? why->code : ERR_NONE;
    got->status = why ? why->status : 1;
}

static void recall_of(const char *uid, struct err *got)
{
    if (!account_recall(fix->account, CONVERSATION_GROUP, STR("g1"), STR("ann"),
                        str_from(uid), 1, on_done, got, got))
        fail_msg("%s", got->text);
}

static void calls_keep_their_quota_and_order(void **state)
{
    (void)state;
    struct err got[12] = { 0 };
    char uid[16];
    fix->config.quotas.calls = 5;
    fixture_online();
    for (int i = 0; i < 12; i++) {
        snprintf(uid, sizeof(uid), "UID-%02d", i);
        recall_of(uid, &got[i]);
    }
    wire_idle(fix->wire);
    wire_idle(fix->wire);
    assert_int_equal(fix->wire->call_count, 5);
    fixture_steps(3000, 50);
    assert_int_equal(fix->wire->call_count, 12);
    for (int i = 0; i < 12; i++) {
        snprintf(uid, sizeof(uid), "UID-%02d", i);
        if (!strstr(fix->wire->calls[i].body, uid))
            fail_msg("call %d is not about %s: %s", i, uid, fix->wire->calls[i].body);
        assert_int_equal(got[i].status, 1);
    }
}

static void a_call_too_fast_is_made_again(void **state)
{
    (void)state;
    struct err got = { 0 };
    fixture_online();
    fix->wire->api_code = 1008;
    fix->wire->api_status = 429;
    recall_of("UID-1", &got);
    fixture_pass(0);
    fixture_pass(0);
    assert_int_equal(got.status, 0);
    fix->wire->api_code = fix->wire->api_status = 0;
    for (int i = 0; i < 40 && got.status == 0; i++)
        fixture_pass(100);
    assert_int_equal(got.status, 1);
    assert_int_equal(fix->wire->call_count, 2);
}

static void a_call_always_too_fast_ends(void **state)
{
    (void)state;
    struct err got = { 0 };
    fixture_online();
    fix->wire->api_code = 1008;
    fix->wire->api_status = 429;
    recall_of("UID-1", &got);
    fixture_steps(70 * 1000, 100);
    assert_true(got.code == ERR_REFUSED || got.code == ERR_LIMIT);
    assert_in_range(fix->wire->call_count, 3, 8);
}

static void closing_ends_calls_that_wait(void **state)
{
    (void)state;
    struct err got[5] = { 0 };
    fix->config.quotas.calls = 1;
    fixture_online();
    for (int i = 0; i < 5; i++)
        recall_of("UID-1", &got[i]);
    wire_idle(fix->wire);
    fixture_close();
    for (int i = 1; i < 5; i++)
        assert_int_equal(got[i].code, ERR_CLOSED);
}

int main(void)
{
    log_set_level(LOG_ERROR);
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(calls_keep_their_quota_and_order),
        TEST(a_call_too_fast_is_made_again),
        TEST(a_call_always_too_fast_ends),
        TEST(closing_ends_calls_that_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
