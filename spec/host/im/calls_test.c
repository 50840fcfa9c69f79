/* The calls that are no messages: Server API, recall, history; and its failures. */
#include "calls_ask.h"

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

/* What each order asks of the Server API; the last call of those with several. */
static void orders(void **state)
{
    (void)state;
    static const struct {
        enum order_verb verb;
        const char *group, *user, *text;
        int number;
        const char *path, *body;
    } rows[] = {
        { ORDER_MUTE, "g 1", "bob", "", 5, "/group/user/gag/add.json",
          "userId=bob&groupId=g%201&minute=5" },
        { ORDER_UNMUTE, "g 1", "bob", "", 0, "/group/user/gag/rollback.json",
          "userId=bob&groupId=g%201" },
        { ORDER_MUTE_ALL, "g 1", "", "", 1, "/group/ban/add.json", "groupId=g%201" },
        { ORDER_MUTE_ALL, "g 1", "", "", 0, "/group/ban/rollback.json", "groupId=g%201" },
        { ORDER_MEMBERS, "g", "", "", 0, "/group/user/query.json", "groupId=g" },
        { ORDER_GROUP_INFO, "g", "", "", 0, "/group/ban/query.json", "groupId=g" },
        { ORDER_GROUPS, "", "", "", 0, "/user/group/query.json", "userId=bot" },
        { ORDER_USER_INFO, "", "bob", "", 0, "/user/info.json", "userId=bob" },
        { ORDER_FRIENDS, "", "", "", 0, "/friend/get.json", "userId=bot&size=100" },
        { ORDER_BLOCK, "", "bob", "", 0, "/user/blacklist/add.json",
          "userId=bot&blackUserId=bob" },
        { ORDER_UNBLOCK, "", "bob", "", 0, "/user/blacklist/remove.json",
          "userId=bot&blackUserId=bob" },
        { ORDER_MUTED, "g", "", "", 0, "/group/user/gag/list.json", "groupId=g" },
        { ORDER_ALLOW, "g", "bob", "", 0, "/group/user/ban/whitelist/add.json",
          "userId=bob&groupId=g" },
        { ORDER_DISALLOW, "g", "bob", "", 0, "/group/user/ban/whitelist/rollback.json",
          "userId=bob&groupId=g" },
        { ORDER_ALLOWED, "g", "", "", 0, "/group/user/ban/whitelist/query.json",
          "groupId=g" },
        { ORDER_BAN, "", "bob", "", 60, "/user/block.json", "userId=bob&minute=60" },
        { ORDER_UNBAN, "", "bob", "", 0, "/user/unblock.json", "userId=bob" },
    };
    fixture_online();
    done = false;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        check_call(
            ask(rows[i].verb, rows[i].group, rows[i].user, rows[i].text, rows[i].number),
            rows[i].path, rows[i].body);
}

/* Changes of a group are announced to it, as App Servers do. */
static void orders_with_a_notice(void **state)
{
    (void)state;
    static const struct {
        enum order_verb verb;
        const char *user, *text, *path, *body, *parts[2];
    } rows[] = {
        { ORDER_KICK,
          "bob",
          "spam",
          "/group/quit.json",
          "userId=bob&groupId=g&bindNotifyMsg=true&fromUserId=bot&objectName=RC%3AGrpNtf",
          { "%22Kicked%22", "%22message%22%3A%22spam%22" } },
        { ORDER_INVITE,
          "bob",
          "",
          "/group/join.json",
          "userId=bob&groupId=g&bindNotifyMsg=true&fromUserId=bot&objectName=RC%3AGrpNtf",
          { "%22Add%22", "%22targetUserIds%22%3A%5B%22bob%22%5D" } },
        { ORDER_LEAVE,
          "",
          "",
          "/group/quit.json",
          "userId=bot&groupId=g&bindNotifyMsg=true&fromUserId=bot&objectName=RC%3AGrpNtf",
          { "%22Quit%22", "%22targetUserIds%22%3A%5B%22bot%22%5D" } },
        { ORDER_RENAME,
          "",
          "New name",
          "/group/refresh.json",
          "groupId=g&groupName=New%20name&bindNotifyMsg=true&fromUserId=bot",
          { "%22Rename%22", "%22targetGroupName%22%3A%22New%20name%22" } },
        { ORDER_CREATE,
          "bob",
          "New",
          "/group/create.json",
          "userId=bot&userId=bob&groupId=g&groupName=New&bindNotifyMsg=true",
          { "%22Create%22", "" } },
        { ORDER_JOIN,
          "",
          "",
          "/group/join.json",
          "userId=bot&groupId=g&bindNotifyMsg=true",
          { "%22Add%22", "%22targetUserIds%22%3A%5B%22bot%22%5D" } },
        { ORDER_DISMISS,
          "",
          "",
          "/group/dismiss.json",
          "userId=bot&groupId=g&bindNotifyMsg=true",
          { "%22Dismiss%22", "" } },
        { ORDER_ANNOUNCE,
          "",
          "Tea at five",
          "/message/group/publish.json",
          "toGroupId=g&msgRandom=",
          { "%22Bulletin%22", "%22message%22%3A%22Tea%20at%20five%22" } },
    };
    fixture_online();
    done = false;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_call(ask(rows[i].verb, "g", rows[i].user, rows[i].text, 0), rows[i].path,
                   NULL);
        const char *body = fix->wire->calls[fix->wire->call_count - 1].body;
        assert_memory_equal(body, rows[i].body, strlen(rows[i].body));
        assert_non_null(strstr(body, rows[i].parts[0]));
        assert_non_null(strstr(body, rows[i].parts[1]));
    }
}

static void results_of_orders(void **state)
{
    (void)state;
    fixture_online();
    done = false;
    check_call(ask(ORDER_MEMBERS, "g", "", "", 0), "/group/user/query.json", NULL);
    assert_string_equal(answered, "[{\"id\":\"ann\"},{\"id\":\"bob\"}]");
    fix->wire->api_answer =
        "{\"code\":200,\"users\":[{\"id\":\"ann\"}],\"groups\":[{\"id\":\"g\",\"name\":"
        "\"Garden\"},{\"id\":\"h\",\"name\":\"Hall\"}],\"groupinfo\":[{\"groupId\":\"g\","
        "\"stat\":1}],\"userName\":\"Bob\",\"createTime\":\"2026-11-22 21:09:09\","
        "\"friendList\":[{\"userId\":\"ann\",\"name\":\"Ann\",\"remarkName\":\"A.\"}]}";
    check_call(ask(ORDER_GROUP_INFO, "g", "", "", 0), "/group/ban/query.json", NULL);
    assert_string_equal(answered,
                        "{\"id\":\"g\",\"count\":1,\"name\":\"Garden\",\"muted\":true}");
    check_call(ask(ORDER_GROUPS, "", "", "", 0), "/user/group/query.json", NULL);
    assert_string_equal(answered, "[{\"id\":\"g\",\"name\":\"Garden\"},{\"id\":\"h\","
                                  "\"name\":\"Hall\"}]");
    check_call(ask(ORDER_USER_INFO, "", "bob", "", 0), "/user/info.json", NULL);
    assert_string_equal(answered,
                        "{\"id\":\"bob\",\"name\":\"Bob\",\"created\":1795352949000}");
    check_call(ask(ORDER_FRIENDS, "", "", "", 0), "/friend/get.json", NULL);
    assert_string_equal(answered,
                        "[{\"id\":\"ann\",\"name\":\"Ann\",\"remark\":\"A.\"}]");
}

static void minutes_are_checked(void **state)
{
    (void)state;
    struct err err = { 0 };
    struct order order = {
        .verb = ORDER_MUTE, .group = STR("g"), .user = STR("bob"), .number = 43201
    };
    fixture_online();
    assert_null(account_order(fix->account, &order, on_answered, NULL, &err));
    assert_int_equal(err.code, ERR_ARGUMENT);
    order = (struct order){ .verb = ORDER_BAN, .user = STR("bob") };
    assert_null(account_order(fix->account, &order, on_answered, NULL, &err));
}

static void recall_of_others(void **state)
{
    (void)state;
    fixture_online();
    done = false;
    check_call(account_recall(fix->account, CONVERSATION_GROUP, STR("g 1"), STR("bob"),
                              STR("U-1"), 5, on_done, NULL, NULL),
               "/message/recall.json",
               "fromUserId=bob&conversationType=3&targetId=g%201&messageUID=U-1&sentTime="
               "5&isAdmin=1");
}

static void refusal_of_the_server_api(void **state)
{
    (void)state;
    fixture_online();
    done = false;
    fix->wire->api_code = 1002;
    fix->wire->api_status = 400;
    ask(ORDER_UNMUTE, "g", "bob", "", 0);
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
    ask(ORDER_UNMUTE, "g", "bob", "", 0);
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
    struct order order = { .verb = ORDER_UNMUTE, .group = STR("g"), .user = STR("bob") };
    assert_null(account_order(fix->account, &order, on_answered, NULL, &err));
    assert_int_equal(err.code, ERR_DENIED);
    assert_null(account_recall(fix->account, CONVERSATION_GROUP, STR("g"), STR("bob"),
                               STR("U"), 1, on_done, NULL, &err));
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
    assert_non_null(account_history(fix->account,
                                    &(struct history_query){ .type = CONVERSATION_GROUP,
                                                             .target = STR("g"),
                                                             .count = 20 },
                                    on_history, NULL, NULL));
    wire_until(fix->wire, is_done, NULL);
    assert_int_equal(result.code, ERR_NONE);
    done = false;
    fix->wire->history_status = 33007;
    account_history(fix->account,
                    &(struct history_query){
                        .type = CONVERSATION_GROUP, .target = STR("g"), .count = 20 },
                    on_history, NULL, NULL);
    wire_until(fix->wire, is_done, NULL);
    assert_int_equal(result.status, 33007);
    assert_null(account_history(fix->account,
                                &(struct history_query){ .type = CONVERSATION_GROUP,
                                                         .target = STR("g"),
                                                         .count = 101 },
                                on_history, NULL, &err));
    assert_int_equal(err.code, ERR_ARGUMENT);
    assert_null(account_history(fix->account,
                                &(struct history_query){ .type = 10, /* an ultra group */
                                                         .target = STR("r"),
                                                         .count = 20 },
                                on_history, NULL, &err));
    assert_int_equal(err.code, ERR_UNSUPPORTED);
}

static void history_has_a_deadline(void **state)
{
    (void)state;
    fix->wire->navi_status = 500;
    fixture_open();
    done = false;
    account_history(fix->account,
                    &(struct history_query){
                        .type = CONVERSATION_GROUP, .target = STR("g"), .count = 20 },
                    on_history, NULL, NULL);
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
    struct account_call *call = ask(ORDER_UNMUTE, "g", "bob", "", 0);
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

static void text_is_written_alike(void **state)
{
    (void)state;
    struct buf out;
    struct str bob = STR("bob");
    buf_init(&out, 4096);
    assert_true(message_text(&out, STR("hi \"there\""), NULL, 0, false, NULL));
    assert_string_equal(out.at, "{\"content\":\"hi \\\"there\\\"\"}");
    buf_reset(&out);
    assert_true(message_text(&out, STR("hi"), &bob, 1, false, NULL));
    assert_string_equal(
        out.at, "{\"content\":\"hi\",\"mentionedInfo\":{\"type\":2,\"userIdList\":"
                "[\"bob\"],\"mentionedContent\":\"\"}}");
    buf_clear(&out);
}

int main(void)
{
    log_set_level(LOG_ERROR);
    const struct CMUnitTest tests[] = {
#define TEST(name)                                                                       \
    cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(orders),
        TEST(orders_with_a_notice),
        TEST(results_of_orders),
        TEST(minutes_are_checked),
        TEST(recall_of_others),
        TEST(refusal_of_the_server_api),
        TEST(other_host_after_5xx),
        TEST(without_secret_is_denied),
        TEST(history_waits_for_a_connection),
        TEST(history_has_a_deadline),
        TEST(close_ends_what_waits),
        TEST(navi_answers),
        TEST(forms),
        TEST(packed_messages),
        cmocka_unit_test(text_is_written_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
