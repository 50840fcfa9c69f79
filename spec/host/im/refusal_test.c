/* refusal, pace: what follows each CONNACK and DISCONNECT, and how soon. */
#include "fixture.h"

#include "base/clock.h"
#include "base/log.h"
#include "im/pace.h"
#include "im/refusal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *detail(void)
{
    return fix->details[fix->state_count - 1];
}

struct expected {
    int status;
    enum refusal_class class;
};

static void check_classes(const struct expected *rows, size_t count, bool connack)
{
    for (size_t i = 0; i < count; i++) {
        struct refusal is = connack ? refusal_of_connack(rows[i].status)
                                    : refusal_of_disconnect(rows[i].status);
        if (is.class != rows[i].class)
            fail_msg("status %d has class %d", rows[i].status, is.class);
        assert_non_null(is.text);
    }
}

static const struct expected connacks[] = {
    { 1, REFUSAL_PERSON },  { 2, REFUSAL_PERSON },  { 3, REFUSAL_RETRY },
    { 4, REFUSAL_TOKEN },   { 5, REFUSAL_PERSON },  { 6, REFUSAL_NAVI },
    { 7, REFUSAL_PERSON },  { 8, REFUSAL_PERSON },  { 9, REFUSAL_BLOCKED },
    { 10, REFUSAL_TOKEN },  { 11, REFUSAL_TOKEN },  { 12, REFUSAL_PERSON },
    { 13, REFUSAL_RETRY },  { 14, REFUSAL_RETRY },  { 15, REFUSAL_NAVI },
    { 16, REFUSAL_RETRY },  { 17, REFUSAL_TOKEN },  { 18, REFUSAL_PERSON },
    { 19, REFUSAL_PERSON }, { 20, REFUSAL_PERSON }, { 21, REFUSAL_RETRY },
    { 200, REFUSAL_RETRY },
};

static const struct expected disconnects[] = {
    { 0, REFUSAL_RETRY },  { 1, REFUSAL_KICKED }, { 2, REFUSAL_RETRY },
    { 3, REFUSAL_RETRY },  { 4, REFUSAL_RETRY },  { 5, REFUSAL_RETRY },
    { 6, REFUSAL_NAVI },   { 7, REFUSAL_TOKEN },  { 8, REFUSAL_PERSON },
    { 9, REFUSAL_PERSON }, { 77, REFUSAL_RETRY },
};

static void classes_are_as_written(void **state)
{
    (void)state;
    check_classes(connacks, sizeof(connacks) / sizeof(connacks[0]), true);
    check_classes(disconnects, sizeof(disconnects) / sizeof(disconnects[0]), false);
}

static bool is_not_trying(void *arg)
{
    (void)arg;
    enum account_state now = account_state(fix->account);
    return now != ACCOUNT_CONNECTING && now != ACCOUNT_SYNCING && now != ACCOUNT_ONLINE;
}

/* Attempts in the next ten minutes, in which every connect is refused. */
static int attempts_in_ten_minutes(void)
{
    int before = fix->wire->connects;
    for (int i = 0; i < 60; i++) {
        clock_add_ms(10000);
        /* What is to be tried at once, without waiting for the clock, happens as well. */
        for (int round = 0; round < 8; round++) {
            loop_turn(fix->wire->loop, 0);
            wire_until(fix->wire, is_not_trying, NULL);
        }
    }
    return fix->wire->connects - before;
}

static void check_refused(int attempts, enum refusal_class class)
{
    enum account_state now = account_state(fix->account);
    switch (class) {
    case REFUSAL_PERSON:
        assert_int_equal(now, ACCOUNT_REFUSED);
        assert_int_equal(attempts, 0);
        break;
    case REFUSAL_KICKED:
        assert_int_equal(now, ACCOUNT_KICKED);
        assert_int_equal(attempts, 0);
        break;
    case REFUSAL_BLOCKED:
        assert_int_equal(now, ACCOUNT_BLOCKED);
        assert_in_range(attempts, 1, 2);
        break;
    case REFUSAL_RETRY:
    case REFUSAL_NAVI:
    case REFUSAL_TOKEN:
        assert_int_equal(now, ACCOUNT_OFFLINE);
        /* Neither given up nor hammered: 60 s at most, growing from 1 s, at once 5 times
         * a minute at most. */
        assert_in_range(attempts, 9, 70);
        break;
    }
}

static void every_connack(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(connacks) / sizeof(connacks[0]); i++) {
        fix->wire->connack_always = connacks[i].status;
        fixture_open();
        wire_until(fix->wire, is_not_trying, NULL);
        assert_non_null(strstr(detail(), refusal_of_connack(connacks[i].status).text));
        int tokens = fix->wire->token_count, navis = fix->wire->navi_count;
        int attempts = attempts_in_ten_minutes();
        check_refused(attempts, connacks[i].class);
        if (connacks[i].class == REFUSAL_TOKEN)
            assert_in_range(fix->wire->token_count - tokens, attempts - 1, attempts + 1);
        else
            assert_int_equal(fix->wire->token_count, tokens);
        if (connacks[i].class == REFUSAL_NAVI)
            assert_in_range(fix->wire->navi_count - navis, attempts - 1, attempts + 1);
        fixture_close();
    }
}

static void every_disconnect(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(disconnects) / sizeof(disconnects[0]); i++) {
        fix->wire->connack_always = 0;
        fixture_online();
        fix->wire->connack_always = WIRE_CLOSE;
        wire_disconnect(fix->wire, disconnects[i].status);
        wire_until(fix->wire, is_not_trying, NULL);
        int attempts = attempts_in_ten_minutes();
        check_refused(attempts, disconnects[i].class);
        fixture_close();
    }
}

static void dropping_server_is_not_hammered(void **state)
{
    (void)state;
    /* Each connection is accepted, synced, and then closed. */
    fixture_online();
    int before = fix->wire->connects;
    for (int i = 0; i < 120; i++) {
        if (account_state(fix->account) == ACCOUNT_ONLINE)
            wire_disconnect(fix->wire, 2);
        fixture_pass(500);
    }
    assert_in_range(fix->wire->connects - before, 10, 30);
}

static void delays_grow_with_jitter(void **state)
{
    (void)state;
    struct pace pace = { 0 };
    assert_int_equal(pace_retry(&pace), 0);
    static const int64_t longest[] = {
        1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000
    };
    for (size_t i = 0; i < 8; i++) {
        int64_t delay_ms = pace_retry(&pace);
        assert_in_range(delay_ms, longest[i] / 2, longest[i]);
    }
    clock_add_ms(61000);
    pace_proved(&pace);
    assert_int_equal(pace_retry(&pace), 0);
    for (int i = 0; i < 5; i++)
        assert_int_equal(pace_redirect(&pace), 0);
    assert_true(pace_redirect(&pace) > 0);
}

int main(void)
{
    log_set_level(LOG_ERROR);
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(classes_are_as_written),  TEST(every_connack),
        TEST(every_disconnect),        TEST(dropping_server_is_not_hammered),
        TEST(delays_grow_with_jitter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
