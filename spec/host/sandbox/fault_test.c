/* Trouble on order, at every place and of every kind. */
#include "stage.h"

#include "base/err.h"
#include "sandbox/faults.h"

static void test_connack(void **state)
{
    char token[128];
    (void)state;
    get_token("alice", token, sizeof token);
    order_fault(
        "{\"when\":\"connect\",\"user\":\"alice\",\"times\":2,\"do\":{\"connack\":13}}");
    for (int i = 0; i < 2; i++) {
        struct player *alice = player_dial(token, "");
        assert_int_equal(player_login(alice), 13);
        WAIT_FOR(alice->closed);
        player_free(alice);
    }
    struct player *bob = player_open("bob"), *alice = player_dial(token, "");
    assert_int_equal(player_login(alice), 0);
    player_free(alice);
    player_free(bob);
}

static void test_connect_other_ways(void **state)
{
    char token[128];
    (void)state;
    get_token("alice", token, sizeof token);
    order_fault("{\"when\":\"connect\",\"do\":{\"disconnect\":6}}");
    struct player *alice = player_dial(token, "");
    assert_int_equal(player_login(alice), 0);
    assert_int_equal(player_await(alice, FRAME_DISCONNECT, NULL, -1).status, 6);
    player_free(alice);

    order_fault("{\"when\":\"connect\",\"do\":{\"close\":true}}");
    alice = player_dial(token, "");
    WAIT_FOR(alice->closed);
    assert_int_equal(alice->count, 0);
    player_free(alice);

    order_fault("{\"when\":\"connect\",\"do\":{\"cut_at_byte\":5}}");
    alice = player_dial(token, "");
    WAIT_FOR(alice->closed);
    assert_int_equal(alice->count, 0);
    player_free(alice);

    order_fault("{\"when\":\"connect\",\"do\":{\"duplicate\":1}}");
    alice = player_dial(token, "");
    assert_int_equal(player_login(alice), 0);
    assert_int_equal(player_login(alice), 0);
    player_free(alice);

    order_fault("{\"when\":\"connect\",\"do\":{\"delay_ms\":5000}}");
    alice = player_dial(token, "");
    WAIT_FOR(alice->opened);
    struct player *bob = player_open("bob");
    player_settle(bob);
    assert_int_equal(alice->count, 0);
    clock_add_ms(5000);
    assert_int_equal(player_login(alice), 0);
    player_free(alice);

    order_fault("{\"when\":\"connect\",\"do\":{\"drop\":true}}");
    alice = player_dial(token, "");
    WAIT_FOR(alice->opened);
    player_settle(bob);
    assert_int_equal(alice->count, 0);
    assert_false(alice->closed);
    player_free(alice);
    player_free(bob);
}

static void test_publish_is_refused_or_lost(void **state)
{
    (void)state;
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    order_fault("{\"when\":\"publish\",\"topic\":\"ppMsgP\",\"do\":{\"status\":20604}}");
    assert_int_equal(send_text(alice, "ppMsgP", "bob", "x").status, 20604);
    order_fault("{\"when\":\"publish\",\"do\":{\"drop\":true}}");
    start_text(alice, "ppMsgP", "bob", "x");
    player_settle(alice);
    assert_int_equal(alice->count, 3);
    assert_int_equal(pull(bob, 0, 0, true).list.count, 0);
    order_fault("{\"when\":\"publish\",\"do\":{\"close\":true}}");
    start_text(alice, "ppMsgP", "bob", "x");
    WAIT_FOR(alice->closed);
    assert_int_equal(pull(bob, 0, 0, true).list.count, 0);
    player_free(alice);
    player_free(bob);
}

static void test_publish_is_taken_and_its_answer_lost(void **state)
{
    (void)state;
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    order_fault("{\"when\":\"publish\",\"user\":\"alice\",\"do\":{\"cut_at_byte\":0}}");
    start_text(alice, "ppMsgP", "bob", "x");
    WAIT_FOR(alice->closed);
    assert_int_equal(alice->count, 1);
    assert_int_equal(pull(bob, 0, 0, true).list.count, 1);
    player_free(alice);
    player_free(bob);
}

static void test_publish_late_and_twice(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    order_fault("{\"when\":\"publish\",\"do\":{\"delay_ms\":1000}}");
    uint16_t late = start_text(alice, "ppMsgP", "bob", "late");
    player_settle(alice);
    assert_int_equal(send_text(alice, "ppMsgP", "bob", "soon").status, 0);
    clock_add_ms(1000);
    assert_int_equal(player_await(alice, FRAME_PUBACK, NULL, late).status, 0);
    order_fault("{\"when\":\"publish\",\"do\":{\"duplicate\":2}}");
    uint16_t id = start_text(alice, "ppMsgP", "bob", "x");
    for (int i = 0; i < 3; i++)
        player_await(alice, FRAME_PUBACK, NULL, id);
    player_settle(alice);
    struct frame frame;
    assert_false(player_take(alice, FRAME_PUBACK, NULL, id, &frame));
    player_free(alice);
}

static void test_query(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    order_fault("{\"when\":\"query\",\"topic\":\"pullUS\",\"do\":{\"status\":26002}}");
    struct pull_user_setting_input in = { 0 };
    pb_put(in, pull_user_setting_input, version, 3);
    assert_int_equal(
        ask(alice, "pullUS", "alice", &pull_user_setting_input_type, &in, NULL, NULL),
        26002);
    struct pull_user_setting_output out;
    assert_int_equal(ask(alice, "pullUS", "alice", &pull_user_setting_input_type, &in,
                         &pull_user_setting_output_type, &out),
                     0);
    assert_int_equal(out.version, 3);
    order_fault("{\"when\":\"query\",\"do\":{\"disconnect\":5}}");
    player_start(alice, FRAME_QUERY, "reportsdk", "alice", NULL, NULL);
    assert_int_equal(player_await(alice, FRAME_DISCONNECT, NULL, -1).status, 5);
    WAIT_FOR(alice->closed);
    player_free(alice);
}

static void test_silent_ping(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    order_fault("{\"when\":\"query\",\"topic\":\"ping\",\"do\":{\"drop\":true}}");
    struct frame ping = { .type = FRAME_PINGREQ };
    player_send(alice, &ping);
    assert_int_equal(ask(alice, "reportsdk", "alice", NULL, NULL, NULL, NULL), 0);
    assert_int_equal(alice->count, 2);
    player_settle(alice);
    player_free(alice);
}

static void test_push(void **state)
{
    (void)state;
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    order_fault("{\"when\":\"push\",\"user\":\"bob\",\"do\":{\"drop\":true}}");
    send_text(alice, "ppMsgP", "bob", "lost");
    player_settle(bob);
    assert_int_equal(bob->count, 2);
    assert_int_equal(pull(bob, 0, 0, true).list.count, 1); /* a pull finds it */

    order_fault("{\"when\":\"push\",\"do\":{\"duplicate\":1}}");
    send_text(alice, "ppMsgP", "bob", "twice");
    struct str uid = await_push(bob).msg_id;
    assert_true(str_eq(await_push(bob).msg_id, uid));

    order_fault("{\"when\":\"push\",\"do\":{\"reorder\":2}}");
    send_text(alice, "ppMsgP", "bob", "1");
    send_text(alice, "ppMsgP", "bob", "2");
    send_text(alice, "ppMsgP", "bob", "3");
    assert_str(await_push(bob).content, "{\"content\":\"2\"}");
    assert_str(await_push(bob).content, "{\"content\":\"3\"}");
    assert_str(await_push(bob).content, "{\"content\":\"1\"}");

    order_fault("{\"when\":\"push\",\"do\":{\"delay_ms\":100}}");
    send_text(alice, "ppMsgP", "bob", "later");
    player_settle(bob);
    clock_add_ms(100);
    assert_str(await_push(bob).content, "{\"content\":\"later\"}");

    order_fault("{\"when\":\"push\",\"do\":{\"cut_at_byte\":20}}");
    send_text(alice, "ppMsgP", "bob", "cut");
    WAIT_FOR(bob->closed);
    struct frame frame;
    assert_false(player_take(bob, FRAME_PUBLISH, "s_msg", -1, &frame));
    player_free(alice);
    player_free(bob);
}

static void test_navi_and_http(void **state)
{
    (void)state;
    static struct http_wait wait;
    order_fault("{\"when\":\"navi\",\"do\":{\"http_status\":500}}");
    assert_int_equal(http_call("GET", "/navi.js?appId=" KEY "&token=x", NULL, 0, ""),
                     500);
    order_fault(
        "{\"when\":\"http\",\"path\":\"/user/info.json\",\"do\":{\"http_status\":429}}");
    assert_int_equal(rest("/user/checkOnline.json", "userId=alice"), 200);
    assert_int_equal(rest("/user/info.json", "userId=alice"), 429);
    assert_int_equal(reply_int("code"), 1008);
    order_fault("{\"when\":\"http\",\"do\":{\"status\":1050}}");
    assert_int_equal(rest("/user/info.json", "userId=alice"), 200);
    assert_int_equal(reply_int("code"), 1050);
    order_fault("{\"when\":\"http\",\"user\":\"zoe\",\"do\":{\"close\":true}}");
    assert_int_equal(rest("/user/checkOnline.json", "userId=alice"), 200);
    assert_int_equal(rest("/user/checkOnline.json", "userId=zoe"), 0);

    /* Taken, and only the answer is lost. */
    order_fault("{\"when\":\"http\",\"do\":{\"cut_at_byte\":0}}");
    assert_int_equal(rest("/group/create.json", "groupId=g&groupName=G&userId=alice"), 0);
    assert_int_equal(rest("/group/user/query.json", "groupId=g"), 200);
    assert_int_equal(json_size(json_get(stage.reply, "users")), 1);

    order_fault("{\"when\":\"http\",\"do\":{\"delay_ms\":1000}}");
    struct signature signature;
    sign(&signature, SECRET, FORM);
    http_begin(&wait, "POST", "/user/checkOnline.json", signature.headers, 5,
               "userId=alice");
    assert_int_equal(control("GET", "/_sandbox/state", ""), 200);
    assert_false(wait.done);
    clock_add_ms(1000);
    WAIT_FOR(wait.done);
    assert_int_equal(wait.status, 200);
    json_free(wait.json);
}

/* The engine by itself. */

static int64_t add(struct faults *faults, const char *text, struct err *err)
{
    struct json *order = json_parse(str_from(text), NULL);
    int64_t id = faults_add(faults, order, err);
    json_free(order);
    return id;
}

static void test_orders_are_checked(void **state)
{
    static const char *const bad[] = {
        "{}",
        "{\"when\":\"never\",\"do\":{\"drop\":true}}",
        "{\"when\":\"push\"}",
        "{\"when\":\"push\",\"do\":{}}",
        "{\"when\":\"push\",\"do\":{\"drop\":true,\"close\":true}}",
        "{\"when\":\"push\",\"do\":{\"drop\":false}}",
        "{\"when\":\"push\",\"do\":{\"explode\":true}}",
        "{\"when\":\"push\",\"do\":{\"connack\":4}}",
        "{\"when\":\"navi\",\"do\":{\"http_status\":99}}",
        "{\"when\":\"push\",\"do\":{\"delay_ms\":-1}}",
        "{\"when\":\"push\",\"do\":{\"delay_ms\":\"1\"}}",
        "{\"when\":\"push\",\"times\":0,\"do\":{\"drop\":true}}",
    };
    struct err err;
    struct faults *faults = faults_new();
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err.text[0] = '\0';
        assert_int_equal(add(faults, bad[i], &err), 0);
        assert_true(err.text[0] != '\0');
    }
    faults_free(faults);
}

static void test_orders_are_used_up_in_order(void **state)
{
    struct fault fault;
    struct err err;
    struct faults *faults = faults_new();
    (void)state;
    int64_t first = add(
        faults, "{\"when\":\"push\",\"user\":\"bob\",\"times\":2,\"do\":{\"drop\":true}}",
        &err);
    int64_t second = add(faults, "{\"when\":\"push\",\"do\":{\"reorder\":3}}", &err);
    assert_true(first > 0 && second > first);
    struct fault_site bob = { .when = FAULT_PUSH, .user = STR("bob") };
    struct fault_site eve = { .when = FAULT_PUSH, .user = STR("eve") };
    struct fault_site query = { .when = FAULT_QUERY, .user = STR("bob") };
    assert_false(faults_take(faults, &query, &fault));
    assert_true(faults_take(faults, &bob, &fault));
    assert_int_equal(fault.action, FAULT_DROP);
    assert_true(faults_take(faults, &eve, &fault));
    assert_int_equal(fault.action, FAULT_REORDER);
    assert_int_equal(fault.value, 3);
    assert_true(faults_take(faults, &bob, &fault));
    assert_false(faults_take(faults, &bob, &fault));
    assert_false(faults_del(faults, first));
    faults_free(faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(test_connack),
        RUN(test_connect_other_ways),
        RUN(test_publish_is_refused_or_lost),
        RUN(test_publish_is_taken_and_its_answer_lost),
        RUN(test_publish_late_and_twice),
        RUN(test_query),
        RUN(test_silent_ping),
        RUN(test_push),
        RUN(test_navi_and_http),
        cmocka_unit_test(test_orders_are_checked),
        cmocka_unit_test(test_orders_are_used_up_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
