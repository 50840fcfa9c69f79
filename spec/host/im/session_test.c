/* session: getting online, staying there, and what follows each way of failing. */
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

static void comes_online(void **state)
{
    (void)state;
    fixture_online();
    wire_idle(fix->wire);
    assert_int_equal(fix->wire->navi_count, 1);
    assert_int_equal(fix->wire->token_count, 1);
    assert_int_equal(fix->wire->connects, 1);
    assert_string_equal(fix->wire->token, "tok-1@");
    assert_int_equal(fix->states[0], ACCOUNT_SYNCING);
    assert_int_equal(fix->states[1], ACCOUNT_ONLINE);
    /* In the order and spelling of the official client. */
    const char *query = fix->wire->last_query;
    assert_memory_equal(query,
                        "appId=key&token=tok-1%40&sdkVer=5.38.0&pid=&deviceId=", 53);
    const char *rest = query + 53 + 22;
    assert_memory_equal(rest, "&apiVer=browser%7Cmoondock%7C", 29);
    assert_non_null(strstr(rest, "&protocolVer=3"));
    /* The ping comes first, then the pull. */
    assert_int_equal(fix->wire->frames[0].frame.type, FRAME_PINGREQ);
    assert_int_equal(wire_count(fix->wire, FRAME_QUERY, "pullMsg"), 1);
    assert_int_equal(wire_count(fix->wire, FRAME_QUERYCON, NULL), 1);
}

static void speaks_protocol_4(void **state)
{
    (void)state;
    fix->wire->protocol = 4;
    fixture_online();
    assert_non_null(strstr(fix->wire->last_query, "&protocolVer=4"));
}

static void speaks_navi_format_1(void **state)
{
    (void)state;
    fix->wire->navi_only_1 = true;
    fixture_online();
    assert_int_equal(fix->wire->navi1_count, 1);
}

static void hosts_of_the_token_come_first(void **state)
{
    (void)state;
    char token[128];
    struct str nowhere = STR("http://127.0.0.1:1");
    snprintf(token, sizeof(token), "abc@%s", fix->wire->url);
    fix->config.navi = &nowhere;
    fix->config.token_from = ACCOUNT_TOKEN_STATIC;
    fix->config.token = str_from(token);
    fixture_online();
    assert_string_equal(fix->wire->token, "abc@");
    assert_int_equal(fix->wire->token_count, 0);
}

static void next_navi_when_one_is_down(void **state)
{
    (void)state;
    struct str both[] = { STR("http://127.0.0.1:1"), fix->url };
    fix->config.navi = both;
    fix->config.navi_count = 2;
    fixture_online();
    assert_int_equal(fix->wire->navi_count, 1);
}

static void navi_answer_is_cached_but_not_after_a_redirect(void **state)
{
    (void)state;
    fixture_online();
    wire_cut(fix->wire);
    fixture_until_connects(2);
    fixture_until_state(ACCOUNT_ONLINE);
    assert_int_equal(fix->wire->navi_count, 1);
    fix->wire->connack[2] = 6;
    wire_disconnect(fix->wire, 6);
    fixture_until_connects(4);
    fixture_until_state(ACCOUNT_ONLINE);
    assert_int_equal(fix->wire->navi_count, 3);
    assert_int_equal(fix->wire->token_count, 1);
}

static void dead_address_leads_back_to_navi(void **state)
{
    (void)state;
    fix->wire->navi_gone = true;
    fixture_open();
    fixture_until_state(ACCOUNT_OFFLINE);
    assert_non_null(strstr(detail(), "no IM server can be reached"));
    fix->wire->navi_gone = false;
    fixture_pass(1000);
    fixture_until_state(ACCOUNT_ONLINE);
    assert_int_equal(fix->wire->navi_count, 3);
}

static void navi_errors(void **state)
{
    (void)state;
    static const struct {
        int status, code;
        enum account_state state;
    } rows[] = {
        { 416, 0, ACCOUNT_REFUSED },
        { 0, 416, ACCOUNT_REFUSED },
        { 500, 0, ACCOUNT_OFFLINE },
        { 0, 555, ACCOUNT_OFFLINE },
    };
    for (size_t i = 0; i < 4; i++) {
        fix->wire->navi_status = rows[i].status;
        fix->wire->navi_code = rows[i].code;
        fixture_open();
        fixture_until_state(rows[i].state);
        fixture_close();
    }
    assert_int_equal(fix->wire->connects, 0);
}

/* ---- classes ---- */

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
    assert_in_range(fix->wire->connects - before, 5, 14);
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

/* ---- tokens ---- */

static void token_is_kept_and_renewed_once_when_refused(void **state)
{
    (void)state;
    fixture_online();
    wire_cut(fix->wire);
    fixture_until_connects(2);
    fixture_until_state(ACCOUNT_ONLINE);
    assert_int_equal(fix->wire->token_count, 1);
    fix->wire->connack[2] = 10;
    wire_disconnect(fix->wire, 7);
    fixture_until_connects(3);
    assert_string_equal(fix->wire->token, "tok-2@");
    /* That one was refused as well: another is asked for, but not at once. */
    wire_idle(fix->wire);
    assert_int_equal(fix->wire->token_count, 2);
    assert_int_equal(account_state(fix->account), ACCOUNT_OFFLINE);
    fixture_pass(60000);
    fixture_until_state(ACCOUNT_ONLINE);
    assert_string_equal(fix->wire->token, "tok-3@");
    assert_int_equal(fix->wire->token_count, 3);
}

static void static_token_refused_needs_a_person(void **state)
{
    (void)state;
    fix->config.token_from = ACCOUNT_TOKEN_STATIC;
    fix->config.token = STR("abc");
    fix->wire->connack_always = 4;
    fixture_open();
    fixture_until_state(ACCOUNT_TOKEN_REFUSED);
    assert_non_null(strstr(detail(), "token incorrect (CONNACK 4): put another token"));
    fixture_pass(3600000);
    assert_int_equal(fix->wire->connects, 1);
    fixture_close();
    fix->wire->navi_status = 401;
    fixture_open();
    fixture_until_state(ACCOUNT_TOKEN_REFUSED);
    assert_int_equal(fix->wire->connects, 1);
}

static void wrong_secret_needs_a_person(void **state)
{
    (void)state;
    fix->wire->token_code = 1004;
    fixture_open();
    fixture_until_state(ACCOUNT_TOKEN_REFUSED);
    assert_non_null(strstr(detail(), "no token: Server API: 1004 no"));
    fixture_pass(3600000);
    assert_int_equal(fix->wire->token_count, 1);
}

static void busy_token_server_is_tried_again(void **state)
{
    (void)state;
    fix->wire->token_code = 1008;
    fixture_open();
    fixture_until_state(ACCOUNT_OFFLINE);
    fix->wire->token_code = 0;
    fixture_pass(2000);
    fixture_until_state(ACCOUNT_ONLINE);
}

/* ---- time ---- */

static void no_connack_is_given_up(void **state)
{
    (void)state;
    fix->wire->connack[0] = WIRE_SILENT;
    fixture_open();
    fixture_until_connects(1);
    wire_idle(fix->wire);
    fixture_pass(9999);
    assert_int_equal(account_state(fix->account), ACCOUNT_CONNECTING);
    clock_add_ms(1);
    fixture_until_state(ACCOUNT_ONLINE);
    assert_int_equal(fix->wire->connects, 2);
    bool said = false;
    for (size_t i = 0; i < fix->state_count; i++)
        said |= strstr(fix->details[i], "no CONNACK within 10 s") != NULL;
    assert_true(said);
}

static void pings_every_15_s(void **state)
{
    (void)state;
    fixture_online();
    assert_int_equal(wire_count(fix->wire, FRAME_PINGREQ, NULL), 1);
    for (size_t i = 2; i < 6; i++) {
        fixture_pass(15000);
        assert_int_equal(wire_count(fix->wire, FRAME_PINGREQ, NULL), i);
    }
    assert_int_equal(fix->wire->connects, 1);
}

static void gives_up_after_two_lost_pings(void **state)
{
    (void)state;
    fixture_online();
    fix->wire->no_pong = true;
    fixture_pass(15000);
    assert_int_equal(wire_count(fix->wire, FRAME_PINGREQ, NULL), 2);
    fixture_pass(15000);
    assert_int_equal(wire_count(fix->wire, FRAME_PINGREQ, NULL), 3);
    assert_int_equal(account_state(fix->account), ACCOUNT_DEGRADED);
    assert_int_equal(fix->wire->connects, 1);
    fixture_pass(14999);
    assert_int_equal(fix->wire->connects, 1);
    clock_add_ms(1);
    fixture_until_connects(2);
    fixture_until_state(ACCOUNT_ONLINE);
}

static void one_late_pong_is_forgiven(void **state)
{
    (void)state;
    fixture_online();
    fix->wire->no_pong = true;
    fixture_pass(15000);
    fix->wire->no_pong = false;
    fixture_pass(15000);
    fixture_until_state(ACCOUNT_ONLINE);
    fix->wire->no_pong = true;
    fixture_pass(15000);
    fixture_pass(15000);
    assert_int_equal(fix->wire->connects, 1);
}

static void kicked_comes_back_if_told_to(void **state)
{
    (void)state;
    fix->config.reconnect_when_kicked = true;
    fixture_online();
    wire_disconnect(fix->wire, 1);
    fixture_until_state(ACCOUNT_OFFLINE);
    fixture_pass(1000);
    fixture_until_state(ACCOUNT_ONLINE);
}

/* ---- what is never said ---- */

static char logged[65536];

static void sink(void *arg, enum log_level level, struct str line)
{
    (void)arg;
    (void)level;
    size_t len = strlen(logged);
    snprintf(logged + len, sizeof(logged) - len, "%.*s\n", STR_ARG(line));
}

static void secrets_are_not_logged(void **state)
{
    (void)state;
    logged[0] = '\0';
    log_set_sink(sink, NULL);
    log_set_level(LOG_DEBUG);
    fix->wire->connack[0] = 10;
    fix->wire->connack[1] = 6;
    fixture_online();
    wire_push(fix->wire, wire_receive(fix->wire, 1, "bot", "ann", "whispered"), false);
    fixture_until_seen(1);
    fixture_send("ann", "murmured", "");
    fixture_until_sent(1);
    wire_cut(fix->wire);
    fixture_until_connects(4);
    fix->wire->navi_status = 500;
    wire_disconnect(fix->wire, 6);
    fixture_until_state(ACCOUNT_OFFLINE);
    log_set_sink(NULL, NULL);
    log_set_level(LOG_INFO);
    assert_non_null(strstr(logged, "connected"));
    assert_null(strstr(logged, "tok-"));
    assert_null(strstr(logged, "s3cret"));
    assert_null(strstr(logged, "whispered"));
    assert_null(strstr(logged, "murmured"));
}

static void wrong_configuration_is_refused(void **state)
{
    (void)state;
    static const struct account_events events = { NULL, NULL };
    struct err err = { 0 };
    struct store *store = store_open(":memory:", NULL);
    struct account_config config = fix->config;
    config.secret = STR_NONE;
    assert_null(account_open(fix->wire->net, store, &config, &events, NULL, &err));
    assert_int_equal(err.code, ERR_CONFIG);
    config = fix->config;
    config.user = STR_NONE;
    assert_null(account_open(fix->wire->net, store, &config, &events, NULL, &err));
    config = fix->config;
    config.token_from = ACCOUNT_TOKEN_STATIC;
    assert_null(account_open(fix->wire->net, store, &config, &events, NULL, &err));
    store_close(store);
}

int main(void)
{
    log_set_level(LOG_ERROR);
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(comes_online),
        TEST(speaks_protocol_4),
        TEST(speaks_navi_format_1),
        TEST(hosts_of_the_token_come_first),
        TEST(next_navi_when_one_is_down),
        TEST(navi_answer_is_cached_but_not_after_a_redirect),
        TEST(dead_address_leads_back_to_navi),
        TEST(navi_errors),
        TEST(classes_are_as_written),
        TEST(every_connack),
        TEST(every_disconnect),
        TEST(dropping_server_is_not_hammered),
        TEST(delays_grow_with_jitter),
        TEST(token_is_kept_and_renewed_once_when_refused),
        TEST(static_token_refused_needs_a_person),
        TEST(wrong_secret_needs_a_person),
        TEST(busy_token_server_is_tried_again),
        TEST(no_connack_is_given_up),
        TEST(pings_every_15_s),
        TEST(gives_up_after_two_lost_pings),
        TEST(one_late_pong_is_forgiven),
        TEST(kicked_comes_back_if_told_to),
        TEST(secrets_are_not_logged),
        TEST(wrong_configuration_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
