/* The control interface, and who may use it. */
#include "stage.h"

static int get_state(const char *header1, const char *header2)
{
    struct str headers[] = { str_from(header1), str_from(header2) };
    return http_call("GET", "/_sandbox/state", headers, header2 ? 2 : 1, "");
}

static void test_only_programs_on_this_machine(void **state)
{
    (void)state;
    assert_int_equal(get_state(JSON, NULL), 200);
    assert_int_equal(get_state(JSON "; charset=utf-8", "Host: localhost:80"), 200);
    assert_int_equal(get_state(JSON, "Host: [::1]:7800"), 200);
    assert_int_equal(get_state(JSON, "Host: 127.0.0.1"), 200);
    assert_int_equal(get_state(JSON, "Host: evil.example"), 403);
    assert_int_equal(get_state(JSON, "Host: 127.0.0.1.evil.example"), 403);
    assert_int_equal(get_state(JSON, "Host: localhost:x"), 403);
    assert_int_equal(get_state(JSON, "Host: 127.0.0.1:80@evil.example"), 403);
    assert_int_equal(get_state(JSON, "Origin: http://127.0.0.1"), 403);
    assert_int_equal(get_state(JSON, "Origin: null"), 403);
    assert_int_equal(get_state("Content-Type: text/plain", NULL), 403);
    assert_int_equal(get_state("Accept: */*", NULL), 403);
    assert_int_equal(get_state("Content-Type: application/jsonx", NULL), 403);
    assert_true(reply_str("error").len > 0);
}

static void test_bad_orders(void **state)
{
    (void)state;
    assert_int_equal(control("POST", "/_sandbox/nothing", "{}"), 404);
    assert_int_equal(control("GET", "/_sandbox/fault", ""), 405);
    assert_int_equal(control("POST", "/_sandbox/state", "{}"), 405);
    assert_int_equal(control("POST", "/_sandbox/fault", "{"), 400);
    assert_int_equal(control("POST", "/_sandbox/fault", "[]"), 400);
    assert_int_equal(control("POST", "/_sandbox/fault", "{\"when\":\"x\"}"), 400);
    assert_int_equal(control("DELETE", "/_sandbox/fault/12", ""), 404);
    assert_int_equal(control("DELETE", "/_sandbox/fault/x", ""), 400);
    assert_int_equal(control("POST", "/_sandbox/user", "{\"user_id\":\"a b\"}"), 400);
    assert_int_equal(
        control("POST", "/_sandbox/user", "{\"user_id\":\"a\",\"multi_device\":1}"), 400);
    assert_int_equal(control("POST", "/_sandbox/token/expire", "{\"user_id\":\"x\"}"),
                     400);
    assert_int_equal(control("POST", "/_sandbox/clock", "{}"), 400);
    assert_int_equal(control("POST", "/_sandbox/clock", "{\"add_ms\":-1}"), 400);
    assert_int_equal(control("POST", "/_sandbox/clock", "{\"freeze\":1}"), 400);
    assert_int_equal(control("POST", "/_sandbox/limits", "{\"page\":0}"), 400);
    assert_int_equal(control("POST", "/_sandbox/limits", "{\"push\":\"both\"}"), 400);
    assert_int_equal(control("POST", "/_sandbox/limits", "{\"history\":0}"), 400);
    assert_int_equal(control("POST", "/_sandbox/limits", "{}"), 200);
}

static void test_faults_come_and_go(void **state)
{
    (void)state;
    int id =
        order_fault("{\"when\":\"push\",\"topic\":\"s_msg\",\"do\":{\"drop\":true}}");
    assert_int_equal(control("GET", "/_sandbox/state", ""), 200);
    assert_int_equal(json_size(json_get(stage.reply, "faults")), 1);
    char path[64];
    snprintf(path, sizeof path, "/_sandbox/fault/%d", id);
    assert_int_equal(control("DELETE", path, ""), 200);
    assert_int_equal(control("DELETE", path, ""), 404);
    assert_int_equal(control("GET", "/_sandbox/state", ""), 200);
    assert_int_equal(json_size(json_get(stage.reply, "faults")), 0);
}

static void test_state_tells(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    assert_int_equal(rest("/group/create.json", "groupId=g&groupName=G&userId=alice"),
                     200);
    send_text(alice, "pgMsgP", "g", "x");
    assert_int_equal(control("GET", "/_sandbox/state", ""), 200);
    assert_int_equal(reply_int("connections"), 1);
    const struct json *counts = json_get(stage.reply, "counts");
    assert_int_equal(json_int(json_get(counts, "publishes"), 0), 1);
    assert_int_equal(json_int(json_get(counts, "messages"), 0), 1);
    const struct json *user = json_next(json_get(stage.reply, "users"), NULL);
    assert_str(json_str(json_get(user, "user_id")), "alice");
    assert_int_equal(json_int(json_get(user, "online"), 0), 1);
    assert_int_equal(json_int(json_get(user, "connects"), 0), 1);
    assert_int_equal(json_int(json_get(user, "outbox"), 0), 1);
    const struct json *group = json_next(json_get(stage.reply, "groups"), NULL);
    assert_int_equal(json_size(json_get(group, "members")), 1);
    player_free(alice);
}

static void test_clock(void **state)
{
    (void)state;
    int64_t before = clock_wall_ms();
    assert_int_equal(control("POST", "/_sandbox/clock", "{\"add_ms\":5000}"), 200);
    assert_int_equal(reply_int("now"), before + 5000);
    assert_int_equal(control("POST", "/_sandbox/clock", "{\"freeze\":true}"), 200);
    assert_int_equal(clock_wall_ms(), before + 5000);
}

static void test_reset_forgets_but_time_goes_on(void **state)
{
    (void)state;
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    for (int i = 0; i < 10; i++)
        send_text(alice, "ppMsgP", "bob", "x");
    int64_t cursor = pull(bob, 0, 0, true).sync_time;
    assert_true(cursor > clock_wall_ms());
    order_fault("{\"when\":\"push\",\"do\":{\"drop\":true}}");
    assert_int_equal(control("POST", "/_sandbox/reset", "{}"), 200);
    WAIT_FOR(alice->closed && bob->closed);
    assert_int_equal(control("GET", "/_sandbox/state", ""), 200);
    assert_int_equal(json_size(json_get(stage.reply, "users")), 0);
    assert_int_equal(json_size(json_get(stage.reply, "faults")), 0);
    player_free(alice);
    player_free(bob);
    alice = player_open("alice");
    bob = player_open("bob");
    send_text(alice, "ppMsgP", "bob", "again");
    assert_int_equal(pull(bob, cursor, 0, true).list.count, 1);
    player_free(alice);
    player_free(bob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(test_only_programs_on_this_machine),
        RUN(test_bad_orders),
        RUN(test_faults_come_and_go),
        RUN(test_state_tells),
        RUN(test_clock),
        RUN(test_reset_forgets_but_time_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
