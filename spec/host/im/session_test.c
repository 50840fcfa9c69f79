/* session: getting online, staying there, and what follows each way of failing. */
#include "fixture.h"

#include "base/clock.h"
#include "base/log.h"

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
    assert_int_equal(wire_count(fix->wire, FRAME_QUERYCON, NULL),
                     wire_count(fix->wire, FRAME_QUERY, NULL));
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
    struct store *store = store_open(":memory:", STORE_NORMAL, NULL);
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
