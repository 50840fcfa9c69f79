/* The App Server's log-in: accounts, the stored token, a new one. */
#include "app_stage.h"

#define ROBOT "{\"account\":\"robot\",\"password\":\"pw\",\"nickname\":\"Robby\"}"

static void test_register_and_log_in(void **state)
{
    char token[128];
    (void)state;
    assert_int_equal(app("POST", "/user/register", ROBOT), 200);
    assert_int_equal(code(), 200);
    assert_str(result("id"), "robot");
    assert_str(result("nickName"), "Robby");
    snprintf(token, sizeof token, "%.*s", STR_ARG(result("token")));
    assert_null(json_get(json_get(stage.reply, "result"), "expires"));
    struct player *robot = player_dial(token, "");
    assert_int_equal(player_login(robot), 0);
    player_free(robot);
    /* A log-in gives what is stored, also when that has ended. */
    assert_int_equal(control("POST", "/_sandbox/token/expire", "{\"user_id\":\"robot\"}"),
                     200);
    assert_int_equal(app("POST", "/user/login", ROBOT), 200);
    assert_str(result("token"), token);
    assert_int_equal(app("GET", "/user/get_token", NULL), 200);
    assert_str(result("id"), "robot");
    assert_false(str_eq(result("token"), str_from(token)));
    snprintf(token, sizeof token, "%.*s", STR_ARG(result("token")));
    assert_int_equal(app("POST", "/user/login", ROBOT), 200);
    assert_str(result("token"), token);
    robot = player_dial(token, "");
    assert_int_equal(player_login(robot), 0);
    player_free(robot);
    assert_int_equal(rest("/user/info.json", "userId=robot"), 200);
    assert_str(reply_str("userName"), "Robby");
}

static void test_refusals(void **state)
{
    static const struct {
        const char *body;
        int http, code;
    } rows[] = {
        { "{\"account\":\"robot\",\"password\":\"wrong\"}", 200, 1006 },
        { "{\"account\":\"nobody\",\"password\":\"pw\"}", 200, 1006 },
        { "{\"account\":\"robot\"}", 400, 1001 },
        { "{\"account\":\"ro bot\",\"password\":\"pw\"}", 400, 1001 },
        { "[]", 400, 1001 },
        { "{", 400, 1001 },
    };
    (void)state;
    assert_int_equal(app("POST", "/user/register", ROBOT), 200);
    assert_int_equal(app("POST", "/user/register", ROBOT), 200);
    assert_int_equal(code(), 1006);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cookie[0] = '\0';
        assert_int_equal(app("POST", "/user/login", rows[i].body), rows[i].http);
        assert_int_equal(code(), rows[i].code);
        assert_int_equal(cookie[0], '\0');
    }
    assert_int_equal(app("GET", "/user/login", NULL), 405);
    char long_one[400];
    snprintf(long_one, sizeof long_one, "{\"account\":\"a\",\"password\":\"%0200d\"}", 0);
    assert_int_equal(app("POST", "/user/register", long_one), 400);
}

static void test_sessions(void **state)
{
    char good[300];
    (void)state;
    assert_int_equal(app("GET", "/user/get_token", NULL), 403);
    assert_str(json_str(json_get(stage.reply, "code")), "1000");
    assert_int_equal(app("POST", "/user/register", ROBOT), 200);
    snprintf(good, sizeof good, "%.299s", cookie);
    assert_int_equal(app("GET", "/user/get_token", NULL), 200);
    /* Each letter counts. */
    for (size_t i = strlen("Cookie: moondock_app="); good[i]; i++) {
        snprintf(cookie, sizeof cookie, "%s", good);
        cookie[i] = cookie[i] == '0' ? '1' : '0';
        assert_int_equal(app("GET", "/user/get_token", NULL), 403);
    }
    snprintf(cookie, sizeof cookie, "Cookie: a=b; %s; c=d", good + strlen("Cookie: "));
    assert_int_equal(app("GET", "/user/get_token", NULL), 200);
    clock_add_ms(7 * INT64_C(86400000));
    assert_int_equal(app("GET", "/user/get_token", NULL), 403);
}

static void test_tells_when_a_token_ends(void **state)
{
    (void)state;
    assert_int_equal(control("POST", "/_sandbox/limits", "{\"token_ms\":60000}"), 200);
    assert_int_equal(app("POST", "/user/register", ROBOT), 200);
    assert_int_equal(json_int(json_get(json_get(stage.reply, "result"), "expires"), 0),
                     clock_wall_ms() + 60000);
}

static void test_data_keeps_accounts(void **state)
{
    char token[128];
    (void)state;
    stage_restart();
    assert_int_equal(app("POST", "/user/register", ROBOT), 200);
    assert_int_equal(app("GET", "/user/get_token", NULL), 200);
    snprintf(token, sizeof token, "%.*s", STR_ARG(result("token")));
    stage_restart();
    assert_int_equal(app("POST", "/user/login", ROBOT), 200);
    assert_int_equal(code(), 200);
    assert_str(result("token"), token);
    assert_null(json_get(json_get(stage.reply, "result"), "expires"));
    assert_int_equal(app("GET", "/user/get_token", NULL), 200);
    assert_int_equal(control("POST", "/_sandbox/reset", "{}"), 200);
    assert_int_equal(app("POST", "/user/login", ROBOT), 200);
    assert_int_equal(code(), 1006);
}

int main(void)
{
#define SPEC(fn) cmocka_unit_test_setup_teardown(fn, open_without_cookie, stage_close)
    const struct CMUnitTest tests[] = {
        SPEC(test_register_and_log_in),
        SPEC(test_refusals),
        SPEC(test_sessions),
        SPEC(test_tells_when_a_token_ends),
        SPEC(test_data_keeps_accounts),
    };
    return cmocka_run_group_tests_name("appserver", tests, NULL, NULL);
}
