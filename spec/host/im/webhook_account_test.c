/* An account without a socket: messages are brought, and leave by the Server API. */
#include "fixture.h"

#include "base/clock.h"
#include "net/server.h"
#include "store/inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define UID_ANSWER                                                                       \
    "{\"code\":200,\"messageUIDs\":[{\"userId\":\"ann\",\"messageUID\":\"U-1\"}]}"

static int committed, failed;

static void on_committed(void *arg, const struct err *why)
{
    (void)arg;
    committed += why == NULL;
    failed += why != NULL;
}

static void bring(const char *uid, const char *text)
{
    char content[200];
    struct err err = { 0 };
    snprintf(content, sizeof(content), "{\"content\":\"%s\"}", text);
    struct message message = {
        .type = CONVERSATION_PRIVATE,
        .target = STR("ann"),
        .sender = STR("ann"),
        .object_name = STR("RC:TxtMsg"),
        .content = str_from(content),
        .uid = str_from(uid),
        .sent_ms = clock_wall_ms(),
    };
    if (!account_receive(fix->account, &message, on_committed, NULL, &err))
        fail_msg("%s", err.text);
}

static bool is_committed(void *arg)
{
    return committed + failed >= *(int *)arg;
}

static void until_committed(int count)
{
    wire_until(fix->wire, is_committed, &count);
}

static int set_up(void **state)
{
    fixture_set_up(state);
    committed = failed = 0;
    fix->config.webhook = true;
    fix->config.navi_count = 0;
    fix->wire->api_answer = UID_ANSWER;
    return 0;
}

static void open_it(void)
{
    fixture_open();
    fixture_until_state(ACCOUNT_ONLINE);
}

static bool has_called(void *arg)
{
    return fix->wire->call_count >= *(size_t *)arg;
}

static void until_called(size_t count)
{
    wire_until(fix->wire, has_called, &count);
}

static void expect_param(size_t call, const char *name, const char *value)
{
    struct buf out;
    buf_init(&out, 4096);
    assert_true(server_param(str_from(fix->wire->calls[call].body), name, &out));
    if (!str_eq(buf_str(&out), str_from(value)))
        fail_msg("%s is %.*s, not %s", name, STR_ARG(buf_str(&out)), value);
    buf_clear(&out);
}

static void it_never_connects(void **state)
{
    (void)state;
    open_it();
    fixture_pass(60000);
    assert_int_equal(fix->wire->connects, 0);
    assert_int_equal(fix->wire->navi_count, 0);
    assert_int_equal(fix->wire->token_count, 0);
    assert_int_equal(account_state(fix->account), ACCOUNT_ONLINE);
}

static void what_is_brought_twice_is_handed_up_once(void **state)
{
    (void)state;
    open_it();
    bring("U-5", "hello");
    assert_int_equal(committed, 0); /* not before the commit */
    bring("U-5", "hello");
    until_committed(2);
    bring("U-5", "hello");
    until_committed(3);
    assert_int_equal(committed, 3);
    fixture_check_seen("hello");
    assert_int_equal(fix->seen[0].received_ms, clock_wall_ms());
}

static void what_was_committed_is_handed_up_after_a_restart(void **state)
{
    (void)state;
    fixture_on_disk();
    fix->done_at_once = false;
    open_it();
    bring("U-7", "kept");
    until_committed(1);
    fixture_close();
    open_it();
    fixture_until_seen(2);
    assert_true(fix->seen[1].redelivered);
    bring("U-7", "kept");
    until_committed(2);
    assert_int_equal(fix->seen_count, 2);
}

static void closing_tells_who_waits(void **state)
{
    (void)state;
    open_it();
    bring("U-8", "late");
    fixture_close();
    assert_int_equal(committed, 0);
    assert_int_equal(failed, 1);
}

static void it_sends_by_the_server_api(void **state)
{
    char random[32];
    (void)state;
    open_it();
    fixture_send("ann", "hi", "K/1");
    fixture_until_sent(1);
    assert_int_equal(fix->sent_count, 1);
    assert_string_equal(fix->last_uid, "U-1");
    assert_string_equal(fix->wire->calls[0].path, "/message/private/publish.json");
    expect_param(0, "fromUserId", "bot");
    expect_param(0, "toUserId", "ann");
    expect_param(0, "objectName", "RC:TxtMsg");
    expect_param(0, "content", "{\"content\":\"hi\"}");
    expect_param(0, "isPersisted", "1");
    expect_param(0, "isCounted", "1");
    /* The same key does not act again. */
    fixture_send("ann", "hi", "K/1");
    fixture_until_sent(2);
    assert_int_equal(fix->wire->call_count, 1);
    assert_int_equal(sscanf(strstr(fix->wire->calls[0].body, "msgRandom="),
                            "msgRandom=%30[0-9]", random),
                     1);
}

/* One at a time to the same person; the others do not wait for it. */
static void in_order_within_a_conversation(void **state)
{
    (void)state;
    open_it();
    fixture_send("ann", "one", "");
    fixture_send("ann", "two", "");
    fixture_send("bob", "three", "");
    fixture_until_sent(3);
    expect_param(0, "content", "{\"content\":\"one\"}");
    expect_param(1, "content", "{\"content\":\"three\"}");
    expect_param(2, "content", "{\"content\":\"two\"}");
}

static void a_refusal_ends_it(void **state)
{
    (void)state;
    open_it();
    fix->wire->api_answer = NULL;
    fix->wire->api_code = 1002;
    fix->wire->api_status = 400;
    fixture_send("ann", "no", "");
    fixture_until_sent(1);
    assert_int_equal(fix->last_err.code, ERR_REFUSED);
    assert_int_equal(fix->last_err.status, 1002);
}

/* Repeated as the same message for a minute; after that nobody can tell. */
static void what_nobody_answers(void **state)
{
    (void)state;
    open_it();
    fix->wire->api_status = 503;
    fix->wire->api_answer = NULL;
    fix->wire->api_code = 1000;
    fixture_send("ann", "lost", "");
    until_called(1);
    for (int i = 0; i < 40 && fix->failed_count == 0; i++)
        fixture_pass(2000);
    assert_int_equal(fix->failed_count, 1);
    assert_int_equal(fix->last_err.code, ERR_UNKNOWN);
    assert_true(fix->wire->call_count > 10);
    char *first = strstr(fix->wire->calls[0].body, "msgRandom=");
    char *last = strstr(fix->wire->calls[fix->wire->call_count - 1].body, "msgRandom=");
    assert_string_equal(first, last);
}

static void one_answered_late_is_sent(void **state)
{
    (void)state;
    open_it();
    fix->wire->api_status = 503;
    fix->wire->api_answer = NULL;
    fix->wire->api_code = 1000;
    fixture_send("ann", "late", "");
    until_called(1);
    wire_idle(fix->wire);
    fix->wire->api_status = 0;
    fix->wire->api_answer = UID_ANSWER;
    for (int i = 0; i < 5 && fix->sent_count == 0; i++)
        fixture_pass(2000);
    assert_int_equal(fix->sent_count, 1);
}

/* RongCloud is told that it failed, and brings it again. */
static void a_full_disk_commits_nothing(void **state)
{
    char text[180];
    struct err err = { 0 };
    (void)state;
    open_it();
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    fix->done_at_once = false;
    assert_int_equal(sqlite3_exec(fix->store->db, "PRAGMA max_page_count = 1", 0, 0, 0),
                     0);
    for (int i = 0; i < 400; i++) {
        char uid[16];
        snprintf(uid, sizeof(uid), "U-%d", i);
        bring(uid, text);
    }
    until_committed(400);
    assert_int_equal(failed, 400);
    fixture_until_state(ACCOUNT_DEGRADED);
    struct message more = { .uid = STR("U-x") };
    assert_false(account_receive(fix->account, &more, on_committed, NULL, &err));
    assert_int_equal(err.code, ERR_STORAGE);
    assert_int_equal(
        sqlite3_exec(fix->store->db, "PRAGMA max_page_count = 100000", 0, 0, 0), 0);
    fixture_pass(5000);
    fixture_until_state(ACCOUNT_ONLINE);
    bring("U-0", text);
    until_committed(401);
    assert_int_equal(committed, 1);
    assert_int_equal(fix->seen_count, 400);
}

static void on_page(void *arg, const struct message *messages, size_t count, bool more,
                    const struct err *why)
{
    (void)arg;
    (void)messages;
    (void)count;
    (void)more;
    (void)why;
}

static void on_result(void *arg, const struct json *result, const struct err *why)
{
    (void)arg;
    (void)result;
    (void)why;
}

/* At once: nobody waits for a socket that never comes. */
static void what_takes_a_socket_is_refused(void **state)
{
    struct history_query query = { .type = CONVERSATION_PRIVATE,
                                   .target = STR("ann"),
                                   .count = 10 };
    struct err err = { 0 };
    (void)state;
    open_it();
    assert_null(account_history(fix->account, &query, on_page, NULL, &err));
    assert_int_equal(err.code, ERR_UNSUPPORTED);
    struct order order = { .verb = ORDER_PIN, .user = STR("ann"), .number = 1 };
    assert_null(account_order(fix->account, &order, on_result, NULL, &err));
    assert_int_equal(err.code, ERR_UNSUPPORTED);
    assert_string_equal(err.text, "pin needs a socket, which this account has not");
}

static void it_needs_the_secret(void **state)
{
    static const struct account_events none = { 0 };
    struct err err = { 0 };
    (void)state;
    fix->config.secret = STR_NONE;
    struct store *store = store_open(":memory:", STORE_NORMAL, &err);
    assert_null(account_open(fix->wire->net, store, &fix->config, &none, NULL, &err));
    assert_non_null(strstr(err.text, "needs the Server API"));
    store_close(store);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, fixture_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(it_never_connects),
        TEST(what_is_brought_twice_is_handed_up_once),
        TEST(what_was_committed_is_handed_up_after_a_restart),
        TEST(closing_tells_who_waits),
        TEST(it_sends_by_the_server_api),
        TEST(in_order_within_a_conversation),
        TEST(a_refusal_ends_it),
        TEST(what_nobody_answers),
        TEST(one_answered_late_is_sent),
        TEST(a_full_disk_commits_nothing),
        TEST(what_takes_a_socket_is_refused),
        TEST(it_needs_the_secret),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
