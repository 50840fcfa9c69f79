/* token: where it comes from. */
#include "token_fixture.h"

#include "base/clock.h"
#include "im/token_source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- a program ---- */

static void a_program_prints_the_token(void **state)
{
    (void)state;
    token_use_command(COUNTING "echo secret-$n@");
    fixture_online();
    assert_string_equal(fix->wire->token, "secret-1@");
    wire_cut(fix->wire);
    fixture_until_connects(2);
    fixture_until_state(ACCOUNT_ONLINE);
    assert_string_equal(token_read_file("n"), "1\n");
    /* Refused: asked once more, and told why. */
    wire_disconnect(fix->wire, 7);
    fixture_until_connects(3);
    fixture_until_state(ACCOUNT_ONLINE);
    assert_string_equal(fix->wire->token, "secret-2@");
    assert_string_equal(token_read_file("told"), "key bot 0\nkey bot 1\n");
    assert_null(strstr(token_logged, "secret-"));
}

static void a_program_sees_a_small_environment(void **state)
{
    static struct str names[] = { STR("MOONDOCK_WANTED"), STR("MOONDOCK_UNSET") };
    (void)state;
    setenv("MOONDOCK_WANTED", "yes", 1);
    setenv("MOONDOCK_SECRET", "s3cret", 1);
    token_use_command(
        "env | cut -d= -f1 | grep -vE '^(PWD|OLDPWD|SHLVL|_)$' | sort > seen; "
        "test \"$MOONDOCK_WANTED\" = yes && test -n \"$PATH\" && cat; echo tok");
    fix->config.command.env = names;
    fix->config.command.env_count = 2;
    fixture_online();
    unsetenv("MOONDOCK_WANTED");
    unsetenv("MOONDOCK_SECRET");
    struct str seen = str_from(token_read_file("seen")), name;
    assert_true(str_find(seen, STR("MOONDOCK_WANTED\n")) >= 0);
    while (str_split(&seen, '\n', &name)) {
        static const char known[] =
            " PATH HOME USER LOGNAME LANG LC_ALL TZ MOONDOCK_WANTED "
            "MOONDOCK_APP_KEY MOONDOCK_USER MOONDOCK_RENEW ";
        char word[100];
        snprintf(word, sizeof(word), " %.*s ", STR_ARG(name));
        if (!strstr(known, word))
            fail_msg("it sees %s", word);
    }
}

static void a_program_that_fails_is_tried_again(void **state)
{
    (void)state;
    token_use_command(COUNTING
                      "test $n -gt 2 || { echo secret-$n@; echo 'the vault is sealed' "
                      ">&2; echo more >&2; exit 3; }; echo secret-$n@");
    fixture_open();
    token_until_detail(
        "no token: token.argv: /bin/sh exited with status 3: the vault is sealed");
    assert_int_equal(account_state(fix->account), ACCOUNT_OFFLINE);
    assert_null(strstr(token_detail(), "more"));
    /* At once the first time, then later. */
    token_until_detail("next try in 1 s");
    assert_string_equal(token_read_file("n"), "2\n");
    fixture_pass(1000);
    fixture_until_state(ACCOUNT_ONLINE);
    assert_string_equal(fix->wire->token, "secret-3@");
    assert_null(strstr(token_logged, "secret-"));
}

static void a_program_that_cannot_be_run_needs_a_person(void **state)
{
    static const struct {
        struct str name;
        const char *why;
    } rows[] = {
        { STR("no-such-program"), "no such file" },
        { STR("./not-here"), "no such file" },
        { STR("/dev/null"), "permission denied" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        token_use_command("");
        token_words[0] = rows[i].name;
        fixture_open();
        fixture_until_state(ACCOUNT_TOKEN_REFUSED);
        assert_non_null(strstr(token_detail(), "no token: token.argv: cannot start"));
        assert_non_null(strstr(token_detail(), rows[i].why));
        fixture_pass(HOUR_MS);
        fixture_close();
    }
    assert_int_equal(fix->wire->connects, 0);
}

static bool has_started(void *arg)
{
    (void)arg;
    return strchr(token_read_file("pid"), '\n') != NULL;
}

static void a_program_has_half_a_minute(void **state)
{
    (void)state;
    token_use_command(COUNTING
                      "test $n -gt 1 || { echo $$ > pid; sleep 1000; }; echo tok");
    fixture_open();
    wire_until(fix->wire, has_started, NULL);
    fixture_pass(29999);
    assert_string_equal(token_read_file("n"), "1\n");
    clock_add_ms(1);
    token_until_logged("/bin/sh did not end within 30 s");
    fixture_until_state(ACCOUNT_ONLINE);
    assert_string_equal(token_read_file("n"), "2\n");
}

static void a_program_may_be_closed_upon(void **state)
{
    (void)state;
    token_use_command("sleep 1000");
    fixture_open();
    wire_idle(fix->wire);
    fixture_close();
}

static void a_program_that_prints_nonsense_is_said_so(void **state)
{
    static const struct {
        const char *script, *why;
    } rows[] = {
        { "true", "printed nothing" },
        { "echo secret-a; echo secret-b", "printed several lines, want one: the token" },
        { "echo secret a", "what came as a token is none: 8 bytes" },
        { "echo '{\"tokn\":\"secret-a\"}'", "printed JSON without a \"token\"" },
        { "echo '{\"token\":\"secret-a\",'", "printed JSON that makes no sense" },
        { "echo '{\"token\":\"secret-a\",\"expires\":\"soon\"}'",
          "\"expires\" must be a number" },
        { "yes secret-a", "printed more than 16384 bytes" },
        { "kill -9 $$", "was ended by signal 9" },
        { "printf 'a\\033[31mb\\nc' >&2; exit 1", "status 1: a [31mb" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        token_use_command(rows[i].script);
        fixture_open();
        token_until_detail(rows[i].why);
        assert_int_equal(account_state(fix->account), ACCOUNT_OFFLINE);
        fixture_close();
    }
    assert_int_equal(fix->wire->connects, 0);
    assert_null(strstr(token_logged, "secret"));
}

static void what_a_program_prints(void **state)
{
    static const struct {
        const char *text, *token;
        int64_t expires_ms;
    } rows[] = {
        { "abc@h1;h2\n", "abc@h1;h2", 0 },
        { "\n\tabc \r\n\n", "abc", 0 },
        { "{\n \"token\": \"abc\",\n \"expires\": 1900000000\n}\n", "abc",
          1900000000000 },
        { "{\"token\":\"abc\",\"expires\":1900000000123}", "abc", 1900000000123 },
        { "{\"token\":\"abc\",\"expires\":\"1900000000\"}", "abc", 1900000000000 },
        { "{\"token\":\"abc\",\"expires\":null}", "abc", 0 },
        { "", NULL, 0 },
        { "a\nb", NULL, 0 },
        { "{\"token\":7}", NULL, 0 },
        { "{\"token\":\"a\",\"expires\":-1}", NULL, 0 },
        { "{\"token\":\"a\",\"expires\":1e300}", NULL, 0 },
        { "[]", "[]", 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct token_found found;
        struct json *root = NULL;
        struct err err = { 0 };
        bool good = token_output_read(str_from(rows[i].text), &found, &root, &err);
        assert_int_equal(good, rows[i].token != NULL);
        if (good)
            assert_true(str_eq(found.text, str_from(rows[i].token)) &&
                        found.expires_ms == rows[i].expires_ms);
        else
            assert_int_equal(err.code, ERR_PROTO);
        json_free(root);
    }
}

/* ---- the App Server ---- */

static void the_app_server_logs_in(void **state)
{
    (void)state;
    token_use_app_server();
    fixture_online();
    assert_string_equal(fix->wire->token, "app-1@");
    assert_string_equal(fix->wire->app_body,
                        "{\"account\":\"bot-1\",\"password\":\"pa\\\"ss\"}");
    /* What it has stored was refused: it is asked for another. */
    wire_disconnect(fix->wire, 7);
    fixture_until_connects(2);
    fixture_until_state(ACCOUNT_ONLINE);
    assert_string_equal(fix->wire->token, "app-2@");
    assert_int_equal(fix->wire->app_logins, 2);
    assert_null(strstr(token_logged, "app-1@"));
    assert_null(strstr(token_logged, "app-2@"));
    assert_null(strstr(token_logged, "pa\"ss"));
    assert_null(strstr(token_logged, "sid="));
}

static void a_wrong_password_needs_a_person(void **state)
{
    static const struct {
        int status, code;
        const char *text, *why;
    } rows[] = {
        { 200, 1006, "wrong word",
          "no token: the App Server refuses to log in bot-1 (HTTP 200, code 1006): wrong "
          "word: see account and password of app_server" },
        { 403, 1000, "Not loged in.", "(HTTP 403, code 1000)" },
        { 401, 0, "", "refuses to log in bot-1 (HTTP 401, code 0): see account" },
        { 404, 404, "", "no App Server answers at app_server.url (HTTP 404)" },
        { 302, 0, "", "no App Server answers at app_server.url (HTTP 302)" },
        { 200, 1006, "not hunter2 again", "(HTTP 200, code 1006): see" },
    };
    (void)state;
    token_use_app_server();
    fix->config.app_server.password = STR("hunter2");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        fix->wire->app_logins = 0;
        fix->wire->app_status = rows[i].status;
        fix->wire->app_code = rows[i].code;
        fix->wire->app_text = rows[i].text;
        fixture_open();
        fixture_until_state(ACCOUNT_TOKEN_REFUSED);
        struct str said = account_detail(fix->account);
        if (str_find(said, str_from(rows[i].why)) < 0)
            fail_msg("%.*s", STR_ARG(said));
        fixture_pass(HOUR_MS);
        assert_int_equal(fix->wire->app_logins, 1);
        fixture_close();
    }
    assert_null(strstr(token_logged, "hunter2"));
}

static void somebody_elses_token_is_not_used(void **state)
{
    (void)state;
    token_use_app_server();
    fix->wire->app_user = "eve";
    fixture_open();
    fixture_until_state(ACCOUNT_TOKEN_REFUSED);
    assert_non_null(strstr(account_detail(fix->account).at,
                           "logs bot-1 in as user eve, configured is user bot"));
    assert_int_equal(fix->wire->connects, 0);
}

static void a_busy_app_server_is_asked_again_later(void **state)
{
    static const struct {
        int status, code;
    } rows[] = { { 429, 1003 }, { 200, 1003 }, { 200, 1004 }, { 503, 2000 },
                 { 502, 0 },    { 200, 5000 }, { 200, 0 } };
    (void)state;
    token_use_app_server();
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        fix->wire->app_logins = 0;
        fix->wire->app_status = rows[i].status;
        fix->wire->app_code = rows[i].code;
        fixture_open();
        token_until_detail("next try in 1 s");
        assert_int_equal(account_state(fix->account), ACCOUNT_OFFLINE);
        /* In a minute of it not ten times. */
        fixture_steps(MINUTE_MS, 500);
        assert_in_range(fix->wire->app_logins, 4, 10);
        fix->wire->app_status = fix->wire->app_code = 0;
        fixture_pass(MINUTE_MS);
        fixture_until_state(ACCOUNT_ONLINE);
        fixture_close();
    }
}

static void an_app_server_that_is_down_is_asked_again(void **state)
{
    (void)state;
    token_use_app_server();
    fix->config.app_server.url = STR("http://127.0.0.1:1");
    fixture_open();
    token_until_detail("no token: App Server: ");
    assert_int_equal(account_state(fix->account), ACCOUNT_OFFLINE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, token_set_up, token_tear_down)
        TEST(a_program_prints_the_token),
        TEST(a_program_sees_a_small_environment),
        TEST(a_program_that_fails_is_tried_again),
        TEST(a_program_that_cannot_be_run_needs_a_person),
        TEST(a_program_has_half_a_minute),
        TEST(a_program_may_be_closed_upon),
        TEST(a_program_that_prints_nonsense_is_said_so),
        TEST(what_a_program_prints),
        TEST(the_app_server_logs_in),
        TEST(a_wrong_password_needs_a_person),
        TEST(somebody_elses_token_is_not_used),
        TEST(a_busy_app_server_is_asked_again_later),
        TEST(an_app_server_that_is_down_is_asked_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
