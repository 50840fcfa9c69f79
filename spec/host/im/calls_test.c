/* The calls that are no messages: Server API, recall, history; and its failures. */
#include "fixture.h"

#include "base/clock.h"
#include "base/log.h"
#include "im/form.h"
#include "im/navi.h"
#include "im/packed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool done;
static struct err result;

static void on_done(void *arg, const struct err *why)
{
    (void)arg;
    assert_false(done);
    done = true;
    result = why ? *why : (struct err){ 0 };
}

static char member_ids[64];

static void on_members(void *arg, const struct str *ids, size_t count,
                       const struct err *why)
{
    member_ids[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(member_ids);
        snprintf(member_ids + len, sizeof(member_ids) - len, "%.*s ", STR_ARG(ids[i]));
    }
    on_done(arg, why);
}

static bool is_done(void *arg)
{
    (void)arg;
    return done;
}

/* Waits for the call and checks what the Server API was asked. */
static void check_call(struct account_call *call, const char *path, const char *body)
{
    assert_non_null(call);
    assert_false(done);
    wire_until(fix->wire, is_done, NULL);
    done = false;
    assert_int_equal(result.code, ERR_NONE);
    size_t last = fix->wire->call_count - 1;
    assert_string_equal(fix->wire->calls[last].path, path);
    if (body)
        assert_string_equal(fix->wire->calls[last].body, body);
}

static void group_calls(void **state)
{
    (void)state;
    struct account *a;
    fixture_online();
    a = fix->account;
    done = false;
    struct str g = STR("g 1"), bob = STR("bob");
    check_call(account_mute(a, g, bob, 5, on_done, NULL, NULL),
               "/group/user/gag/add.json", "userId=bob&groupId=g%201&minute=5");
    check_call(account_unmute(a, g, bob, on_done, NULL, NULL),
               "/group/user/gag/rollback.json", "userId=bob&groupId=g%201");
    check_call(account_mute_all(a, g, true, on_done, NULL, NULL), "/group/ban/add.json",
               "groupId=g%201");
    check_call(account_mute_all(a, g, false, on_done, NULL, NULL),
               "/group/ban/rollback.json", "groupId=g%201");
    check_call(account_members(a, g, on_members, NULL, NULL), "/group/user/query.json",
               "groupId=g%201");
    assert_string_equal(member_ids, "ann bob ");
    check_call(
        account_recall(a, CONVERSATION_GROUP, g, bob, STR("U-1"), 5, on_done, NULL, NULL),
        "/message/recall.json",
        "fromUserId=bob&conversationType=3&targetId=g%201&messageUID=U-1&sentTime=5"
        "&isAdmin=1");
    check_call(account_kick(a, g, bob, STR("spam"), on_done, NULL, NULL),
               "/group/quit.json", NULL);
    const char *body = fix->wire->calls[fix->wire->call_count - 1].body;
    assert_memory_equal(body,
                        "userId=bob&groupId=g%201&bindNotifyMsg=true&fromUserId=bot"
                        "&objectName=RC%3AGrpNtf&content=",
                        90);
    assert_non_null(strstr(body, "Kicked"));
    assert_non_null(strstr(body, "spam"));
    struct err err = { 0 };
    assert_null(account_mute(a, g, bob, 43201, on_done, NULL, &err));
    assert_int_equal(err.code, ERR_ARGUMENT);
}

static void refusal_of_the_server_api(void **state)
{
    (void)state;
    fixture_online();
    done = false;
    fix->wire->api_code = 1002;
    fix->wire->api_status = 400;
    account_unmute(fix->account, STR("g"), STR("bob"), on_done, NULL, NULL);
    wire_until(fix->wire, is_done, NULL);
    assert_int_equal(result.code, ERR_REFUSED);
    assert_int_equal(result.status, 1002);
    assert_non_null(strstr(result.text, "1002 no"));
}

static void other_host_after_5xx(void **state)
{
    (void)state;
    struct str hosts[] = { STR("http://127.0.0.1:1"), fix->url };
    fix->config.api = hosts;
    fix->config.api_count = 2;
    fixture_online(); /* getToken: the first host is dead */
    assert_int_equal(fix->wire->token_count, 1);
    done = false;
    fix->wire->api_status = 503;
    fix->wire->api_code = 1000;
    account_unmute(fix->account, STR("g"), STR("bob"), on_done, NULL, NULL);
    wire_until(fix->wire, is_done, NULL);
    /* It changed hosts less than 30 s ago: no second change. */
    assert_int_equal(fix->wire->call_count, 1);
    assert_int_equal(result.status, 1000);
}

static void without_secret_is_denied(void **state)
{
    (void)state;
    struct err err = { 0 };
    fix->config.secret = STR_NONE;
    fix->config.token_from = ACCOUNT_TOKEN_STATIC;
    fix->config.token = STR("abc");
    fixture_online();
    assert_false(account_has_secret(fix->account));
    assert_null(account_unmute(fix->account, STR("g"), STR("bob"), on_done, NULL, &err));
    assert_int_equal(err.code, ERR_DENIED);
    assert_null(account_members(fix->account, STR("g"), on_members, NULL, &err));
    assert_int_equal(err.code, ERR_DENIED);
}

static void on_history(void *arg, const struct message *list, size_t count, bool more,
                       const struct err *why)
{
    (void)list;
    (void)count;
    (void)more;
    on_done(arg, why);
}

static void history_waits_for_a_connection(void **state)
{
    (void)state;
    struct err err = { 0 };
    fix->wire->connack[0] = 3;
    fixture_open();
    done = false;
    assert_non_null(account_history(fix->account, CONVERSATION_GROUP, STR("g"), 0, 20,
                                    on_history, NULL, NULL));
    wire_until(fix->wire, is_done, NULL);
    assert_int_equal(result.code, ERR_NONE);
    done = false;
    fix->wire->history_status = 33007;
    account_history(fix->account, CONVERSATION_GROUP, STR("g"), 0, 20, on_history, NULL,
                    NULL);
    wire_until(fix->wire, is_done, NULL);
    assert_int_equal(result.status, 33007);
    assert_null(account_history(fix->account, CONVERSATION_GROUP, STR("g"), 0, 101,
                                on_history, NULL, &err));
    assert_int_equal(err.code, ERR_ARGUMENT);
    assert_null(account_history(fix->account, CONVERSATION_CHATROOM, STR("r"), 0, 20,
                                on_history, NULL, &err));
    assert_int_equal(err.code, ERR_UNSUPPORTED);
}

static void history_has_a_deadline(void **state)
{
    (void)state;
    fix->wire->navi_status = 500;
    fixture_open();
    done = false;
    account_history(fix->account, CONVERSATION_GROUP, STR("g"), 0, 20, on_history, NULL,
                    NULL);
    wire_idle(fix->wire);
    for (int i = 0; i < 3; i++)
        fixture_pass(10000);
    assert_true(done);
    assert_int_equal(result.code, ERR_TIMEOUT);
}

static void close_ends_what_waits(void **state)
{
    (void)state;
    fixture_online();
    done = false;
    account_recall(fix->account, CONVERSATION_GROUP, STR("g"), STR("bot"), STR("U"), 1,
                   on_done, NULL, NULL);
    fixture_close();
    assert_true(done);
    assert_int_equal(result.code, ERR_CLOSED);
    done = false;
    fixture_online();
    struct account_call *call =
        account_unmute(fix->account, STR("g"), STR("bob"), on_done, NULL, NULL);
    account_cancel(call);
    call = account_recall(fix->account, CONVERSATION_GROUP, STR("g"), STR("bot"),
                          STR("U"), 1, on_done, NULL, NULL);
    loop_turn(fix->wire->loop, 0);
    account_cancel(call);
    fixture_close();
    assert_false(done);
}

/* ---- pure parts ---- */

static void navi_answers(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        enum err_code code;
        const char *hosts; /* in order */
    } rows[] = {
        { "{\"code\":200,\"serverAddr\":[{\"addr\":\"a:1\",\"protocol\":5,\"weight\":1},"
          "{\"addr\":\"b:2\",\"protocol\":6,\"weight\":9},{\"addr\":\"q:3\",\"protocol\":"
          "4},"
          "{\"addr\":\"\",\"protocol\":5},{\"addr\":\"a:1\",\"protocol\":5}]}",
          ERR_NONE, "b:2+ a:1 " },
        { "x({\"code\":200,\"server\":\"a:1\",\"backupServer\":\"b:2, c:3,,a:1\"});",
          ERR_NONE, "a:1 b:2 c:3 " },
        { "{\"code\":200,\"serverAddr\":[]}", ERR_NOT_FOUND, NULL },
        { "{\"code\":401}", ERR_TOKEN, NULL },
        { "{\"code\":403}", ERR_TOKEN, NULL },
        { "{\"code\":416}", ERR_REFUSED, NULL },
        { "{\"code\":500}", ERR_NETWORK, NULL },
        { "<html>", ERR_PROTO, NULL },
        { "", ERR_PROTO, NULL },
        { "}{", ERR_PROTO, NULL },
        { "[1]", ERR_PROTO, NULL },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct navi_answer answer;
        struct err err = { 0 };
        char hosts[256] = "";
        bool good = navi_read(str_from(rows[i].body), false, &answer, &err);
        assert_int_equal(good, rows[i].code == ERR_NONE);
        assert_int_equal(err.code, rows[i].code);
        for (size_t n = 0; good && n < answer.count; n++)
            snprintf(hosts + strlen(hosts), sizeof(hosts) - strlen(hosts), "%s%s ",
                     answer.list[n].host, answer.list[n].secure ? "+" : "");
        if (good)
            assert_string_equal(hosts, rows[i].hosts);
    }
}

static void forms(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 200);
    assert_true(form_add(&out, "a", STR("x y&=+%/~")));
    assert_true(form_add(&out, "b", STR("\xe4\xb8\x96")));
    assert_true(form_add_int(&out, "c", -5));
    assert_string_equal(out.at, "a=x%20y%26%3D%2B%25%2F~&b=%E4%B8%96&c=-5");
    buf_clear(&out);
}

static void packed_messages(void **state)
{
    (void)state;
    struct message message = { .type = CONVERSATION_GROUP,
                               .target = STR("g"),
                               .sender = STR("ann"),
                               .object_name = STR("RC:TxtMsg"),
                               .content = STR("{}"),
                               .sent_ms = INT64_C(1795376571517),
                               .status = 48,
                               .client_unique_id = -7,
                               .offline = true };
    struct message read;
    struct packed_head head;
    struct str parts[PACKED_PARTS];
    struct buf body;
    buf_init(&body, 4096);
    packed_write(&message, &head, parts);
    for (size_t i = 0; i < PACKED_PARTS; i++)
        assert_true(buf_add_str(&body, parts[i]));
    assert_true(packed_read(buf_str(&body), &read));
    assert_int_equal(read.type, CONVERSATION_GROUP);
    assert_int_equal(read.sent_ms, message.sent_ms);
    assert_int_equal(read.client_unique_id, -7);
    assert_true(read.offline);
    assert_true(str_eq(read.sender, STR("ann")));
    assert_true(str_eq(read.content, STR("{}")));
    for (size_t len = 0; len < body.len; len++)
        assert_false(packed_read(str_sub(buf_str(&body), 0, len), &read));
    assert_true(buf_add_byte(&body, 0));
    assert_false(packed_read(buf_str(&body), &read));
    buf_clear(&body);
}

int main(void)
{
    log_set_level(LOG_ERROR);
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(group_calls),
        TEST(refusal_of_the_server_api),
        TEST(other_host_after_5xx),
        TEST(without_secret_is_denied),
        TEST(history_waits_for_a_connection),
        TEST(history_has_a_deadline),
        TEST(close_ends_what_waits),
        TEST(navi_answers),
        TEST(forms),
        TEST(packed_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
