/* token: kept with its end, and renewed ahead of it. */
#include "token_fixture.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool was_renewed(void *arg)
{
    return fix->wire->app_renewals >= *(int *)arg;
}

static void until_renewed(int count)
{
    wire_until(fix->wire, was_renewed, &count);
    wire_idle(fix->wire);
}

static void reconnect(int connects)
{
    wire_cut(fix->wire);
    fixture_until_connects(connects);
    fixture_until_state(ACCOUNT_ONLINE);
}

static void renewed_ahead_while_the_connection_stays(void **state)
{
    static const struct {
        int64_t life_ms, ahead_ms;
    } rows[] = { { 24 * HOUR_MS, 5 * MINUTE_MS }, { 10 * MINUTE_MS, MINUTE_MS } };
    (void)state;
    token_use_app_server();
    for (size_t i = 0; i < 2; i++) {
        fix->wire->app_logins = fix->wire->app_renewals = fix->wire->connects = 0;
        fix->wire->app_life_ms = rows[i].life_ms;
        fixture_online();
        fixture_pass(rows[i].life_ms - rows[i].ahead_ms - 1);
        assert_int_equal(fix->wire->app_logins, 1);
        clock_add_ms(1);
        until_renewed(2);
        assert_int_equal(account_state(fix->account), ACCOUNT_ONLINE);
        assert_int_equal(fix->wire->connects, 1);
        reconnect(2);
        assert_string_equal(fix->wire->token, "app-2@");
        assert_int_equal(fix->wire->app_logins, 2);
        fixture_close();
    }
    assert_null(strstr(token_logged, "app-2@"));
    assert_null(strstr(token_logged, "not renewed"));
}

/* One that is refused after all, or comes too late, is none that was renewed. */
static void a_newer_token_outlives_the_refusal_of_the_older(void **state)
{
    (void)state;
    token_use_app_server();
    fix->wire->app_life_ms = HOUR_MS;
    fixture_online();
    fixture_pass(56 * MINUTE_MS);
    until_renewed(2);
    wire_disconnect(fix->wire, 7); /* "token expired", of the older */
    fixture_until_connects(2);
    fixture_until_state(ACCOUNT_ONLINE);
    assert_string_equal(fix->wire->token, "app-2@");
    assert_int_equal(fix->wire->app_renewals, 2);
}

static void its_end_is_kept_on_disk(void **state)
{
    char path[128];
    (void)state;
    token_use_app_server();
    snprintf(path, sizeof(path), "%s/bot.db", token_folder);
    fix->path = path;
    fix->wire->app_life_ms = HOUR_MS;
    fixture_online();
    fixture_close();
    fixture_pass(30 * MINUTE_MS);
    fixture_online();
    assert_string_equal(fix->wire->token, "app-1@");
    assert_int_equal(fix->wire->app_logins, 1);
    fixture_close();
    /* When it was to be renewed, nobody was there. */
    fixture_pass(27 * MINUTE_MS);
    fixture_online();
    assert_string_equal(fix->wire->token, "app-1@");
    fixture_pass(1000);
    until_renewed(2);
    fixture_close();
    /* It has ended meanwhile: not even tried, and what the App Server has stored is the
     * same. */
    fixture_pass(2 * HOUR_MS);
    fixture_online();
    assert_string_equal(fix->wire->token, "app-3@");
    assert_int_equal(fix->wire->connects, 4);
    assert_int_equal(fix->wire->app_logins, 3);
    fixture_close();
}

static void a_failing_renewal_is_no_failure_of_the_account(void **state)
{
    (void)state;
    token_use_app_server();
    fix->wire->app_life_ms = HOUR_MS;
    fixture_online();
    size_t states = fix->state_count;
    fix->wire->app_status = 503;
    fixture_pass(55 * MINUTE_MS);
    token_until_logged("token not renewed: the App Server is busy");
    fixture_steps(2 * MINUTE_MS, 500);
    assert_in_range(fix->wire->app_logins, 5, 12);
    assert_int_equal(fix->state_count, states);
    fix->wire->app_status = 0;
    fixture_pass(MINUTE_MS);
    until_renewed(2);
    assert_int_equal(fix->wire->connects, 1);
    reconnect(2);
    assert_string_equal(fix->wire->token, "app-2@");
}

static void a_refused_renewal_is_said_at_the_end(void **state)
{
    (void)state;
    token_use_app_server();
    fix->wire->app_life_ms = HOUR_MS;
    fixture_online();
    fix->wire->app_code = 1006;
    fixture_pass(55 * MINUTE_MS);
    token_until_logged(
        "error im user=bot token not renewed: the App Server refuses to log in");
    reconnect(2); /* the present one is good for some minutes yet */
    fixture_pass(10 * MINUTE_MS);
    assert_int_equal(account_state(fix->account), ACCOUNT_ONLINE);
    assert_int_equal(fix->wire->app_logins, 2);
    wire_cut(fix->wire);
    fixture_until_state(ACCOUNT_TOKEN_REFUSED);
}

static void short_lives_are_not_renewed_all_the_time(void **state)
{
    (void)state;
    token_use_app_server();
    fix->wire->app_life_ms = 2000;
    fixture_online();
    fixture_steps(10 * MINUTE_MS, 1000);
    assert_in_range(fix->wire->app_renewals, 10, 30);
    assert_int_equal(fix->wire->connects, 1);
}

static void the_same_token_again_is_no_renewal(void **state)
{
    static char script[200];
    (void)state;
    snprintf(script, sizeof(script),
             COUNTING "echo '{\"token\":\"tok\",\"expires\":%lld}'",
             (long long)(clock_wall_ms() + HOUR_MS));
    token_use_command(script);
    fixture_online();
    fixture_pass(55 * MINUTE_MS);
    token_until_logged("token not renewed: the same token came again; next try in 1 s");
    wire_idle(fix->wire);
    assert_string_equal(token_read_file("n"), "2\n");
}

static void a_token_that_seems_to_have_ended_is_tried(void **state)
{
    (void)state;
    token_use_command(COUNTING "echo '{\"token\":\"tok\",\"expires\":1000000000}'");
    fixture_online();
    token_until_logged("has ended already, by this clock");
    fixture_pass(HOUR_MS);
    reconnect(2);
    assert_string_equal(token_read_file("n"), "1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, token_set_up, token_tear_down)
        TEST(renewed_ahead_while_the_connection_stays),
        TEST(a_newer_token_outlives_the_refusal_of_the_older),
        TEST(its_end_is_kept_on_disk),
        TEST(a_failing_renewal_is_no_failure_of_the_account),
        TEST(a_refused_renewal_is_said_at_the_end),
        TEST(short_lives_are_not_renewed_all_the_time),
        TEST(the_same_token_again_is_no_renewal),
        TEST(a_token_that_seems_to_have_ended_is_tried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
