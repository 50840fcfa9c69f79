/* Sending and recalling through the Server API, and what group calls announce. */
#include "rest_stage.h"

#define TEXT "objectName=RC:TxtMsg&content=%7B%22content%22%3A%22hi%22%7D"

static struct str first_uid(void)
{
    const struct json *one = first("messageUIDs");
    return arena_copy(&stage.arena, json_str(json_get(one, "messageUID")));
}

static void make_group(void)
{
    fine("/group/create.json", "groupId=g&groupName=G&userId=alice&userId=bob");
}

static void test_private(void **state)
{
    (void)state;
    struct player *bob = player_open("bob"), *carol = player_open("carol");
    refused("/message/private/publish.json",
            "fromUserId=a&toUserId=bob&objectName=RC:TxtMsg");
    refused("/message/private/publish.json", "fromUserId=a&" TEXT);
    refused("/message/private/publish.json", "toUserId=bob&" TEXT);
    refused("/message/private/publish.json",
            "fromUserId=a&toUserId=bob&isMentioned=1&" TEXT);
    fine("/message/private/publish.json",
         "fromUserId=a&toUserId=bob&toUserId=carol&" TEXT);
    assert_int_equal(count("messageUIDs"), 2);
    struct str uid = first_uid();
    struct down_stream_message got = await_push(bob);
    assert_true(str_eq(got.msg_id, uid));
    assert_str(got.from_user_id, "a");
    assert_int_equal(got.status, 48);
    assert_int_equal(got.type, 1);
    await_push(carol);
    fine("/user/blacklist/add.json", "userId=bob&blackUserId=a");
    fine("/message/private/publish.json",
         "fromUserId=a&toUserId=bob&verifyBlacklist=1&" TEXT);
    assert_int_equal(count("messageUIDs"), 0);
    fine("/message/private/publish.json", "fromUserId=a&toUserId=bob&" TEXT);
    await_push(bob);
    player_free(bob);
    player_free(carol);
}

static void test_flags(void **state)
{
    (void)state;
    struct player *bob = player_open("bob");
    fine("/message/private/publish.json",
         "fromUserId=a&toUserId=bob&disablePush=true&expansion=True&"
         "extraContent=%7B%22k%22%3A%22x%22%7D&pushContent=look&" TEXT);
    struct down_stream_message got = await_push(bob);
    assert_int_equal(got.status, 16 + 32 + 512 + 1024);
    assert_str(got.extra_content, "{\"k\":{\"v\":\"x\"}}");
    assert_str(got.push_content, "look");
    refused("/message/private/publish.json",
            "fromUserId=a&toUserId=bob&expansion=true&extraContent=x&" TEXT);
    fine("/message/private/publish.json",
         "fromUserId=a&toUserId=bob&isCounted=0&isMentioned=1&objectName=x:own&"
         "content=%7B%22mentionedInfo%22%3A%7B%7D%7D");
    assert_int_equal(await_push(bob).status, 16 + 64);
    player_free(bob);
}

static void test_sender_gets_a_copy_if_wanted(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    fine("/message/private/publish.json", "fromUserId=alice&toUserId=bob&" TEXT);
    player_settle(alice);
    assert_int_equal(alice->count, 2);
    fine("/message/private/publish.json",
         "fromUserId=alice&toUserId=bob&isIncludeSender=1&" TEXT);
    struct down_stream_message got = await_push(alice);
    assert_int_equal(got.direction, 1);
    assert_str(got.from_user_id, "bob");
    assert_int_equal(pull(alice, 0, 0, true).list.count, 1);
    player_free(alice);
}

static void test_same_random_is_the_same_message(void **state)
{
    (void)state;
    struct player *bob = player_open("bob");
    const char *form = "fromUserId=a&toUserId=bob&msgRandom=42&" TEXT;
    fine("/message/private/publish.json", form);
    struct str uid = first_uid();
    clock_add_ms(59999);
    fine("/message/private/publish.json", form);
    assert_true(str_eq(first_uid(), uid));
    assert_int_equal(pull(bob, 0, 0, true).list.count, 1);
    clock_add_ms(1);
    fine("/message/private/publish.json", form);
    assert_false(str_eq(first_uid(), uid));
    assert_int_equal(pull(bob, 0, 0, true).list.count, 2);
    player_free(bob);
}

static void test_group(void **state)
{
    (void)state;
    make_group();
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    refused("/message/group/publish.json", "fromUserId=bob&" TEXT);
    refused("/message/group/publish.json",
            "fromUserId=bob&toGroupId=1&toGroupId=2&toGroupId=3&toGroupId=4&" TEXT);
    refused("/message/group/publish.json",
            "fromUserId=bob&toGroupId=g&toGroupId=h&toUserId=alice&" TEXT);
    fine("/group/ban/add.json", "groupId=g"); /* stops clients only */
    fine("/message/group/publish.json", "fromUserId=stranger&toGroupId=g&" TEXT);
    struct down_stream_message got = await_push(alice);
    assert_str(got.from_user_id, "stranger");
    assert_str(got.group_id, "g");
    await_push(bob);
    fine("/message/group/publish.json", "fromUserId=bob&toGroupId=g&" TEXT);
    await_push(alice);
    player_settle(bob);
    assert_int_equal(bob->count, 3);
    fine("/message/group/publish.json", "fromUserId=x&toGroupId=g&toUserId=bob&" TEXT);
    await_push(bob);
    player_settle(alice);
    struct frame frame;
    assert_false(player_take(alice, FRAME_PUBLISH, "s_msg", -1, &frame));
    player_free(alice);
    player_free(bob);
}

static void test_system(void **state)
{
    (void)state;
    struct player *bob = player_open("bob");
    fine("/message/system/publish.json", "fromUserId=news&toUserId=bob&" TEXT);
    struct down_stream_message got = await_push(bob);
    assert_int_equal(got.type, 6);
    assert_str(got.from_user_id, "news");
    assert_int_equal(history(bob, "qrySMsg", "news", 0, 10, 0).list.count, 1);
    refused("/message/system/publish.json", "fromUserId=news&" TEXT);
    player_free(bob);
}

static void test_recall(void **state)
{
    char form[256];
    (void)state;
    make_group();
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    struct frame ack = send_text(alice, "pgMsgP", "g", "rude");
    await_push(bob);
    refused("/message/recall.json", "fromUserId=alice&conversationType=3&targetId=g");
    refused("/message/recall.json",
            "fromUserId=alice&conversationType=2&targetId=g&messageUID=x");
    snprintf(form, sizeof form,
             "fromUserId=bob&conversationType=3&targetId=g&messageUID=%.*s",
             STR_ARG(ack.uid));
    refused("/message/recall.json", form);
    fine("/message/recall.json",
         "fromUserId=alice&conversationType=3&targetId=g&messageUID=AAAA-BBBB-CCCC-DDDD");
    snprintf(form, sizeof form,
             "fromUserId=alice&conversationType=3&targetId=g&messageUID=%.*s&isAdmin=1",
             STR_ARG(ack.uid));
    fine("/message/recall.json", form);
    struct down_stream_message got = await_push(bob);
    assert_str(got.object_name, "RC:RcCmd");
    assert_str(got.from_user_id, "alice");
    assert_true(str_find(got.content, STR("\"isAdmin\":true")) > 0);
    assert_true(str_find(got.content, ack.uid) > 0);
    assert_int_equal(await_push(alice).direction, 1); /* its author sees it, too */
    struct history_msg_ouput left = history(bob, "qryGMsg", "g", 0, 10, 0);
    assert_int_equal(left.list.count, 1);
    fine("/message/recall.json", form); /* again: nothing */
    player_settle(bob);
    struct frame frame;
    assert_false(player_take(bob, FRAME_PUBLISH, "s_msg", -1, &frame));
    player_free(alice);
    player_free(bob);
}

static void test_bound_notice(void **state)
{
    (void)state;
    make_group();
    struct player *bob = player_open("bob"), *carol = player_open("carol");
    refused("/group/quit.json", "groupId=g&userId=bob&bindNotifyMsg=true&fromUserId=x");
    fine("/group/quit.json",
         "groupId=g&userId=bob&bindNotifyMsg=true&fromUserId=admin&"
         "objectName=RC:GrpNtf&content=%7B%22operation%22%3A%22Kicked%22%7D");
    assert_int_equal(reply_str("messageUID").len, 19);
    struct down_stream_message got = await_push(bob); /* before he is out */
    assert_str(got.object_name, "RC:GrpNtf");
    assert_int_equal(got.status, 16);
    assert_int_equal(send_text(bob, "pgMsgP", "g", "x").status, 22406);
    fine("/group/join.json", "groupId=g&userId=carol&bindNotifyMsg=true&fromUserId=admin&"
                             "objectName=RC:GrpNtf&content=%7B%7D");
    await_push(carol); /* after she is in */
    fine("/group/dismiss.json",
         "groupId=g&userId=alice&bindNotifyMsg=true&fromUserId=admin&"
         "objectName=RC:GrpNtf&content=%7B%7D");
    await_push(carol);
    player_free(bob);
    player_free(carol);
}

static void test_no_notice_unless_asked(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    make_group();
    fine("/group/quit.json", "groupId=g&userId=bob");
    player_settle(alice);
    assert_int_equal(alice->count, 2);
    player_free(alice);
}

/* The operation and the first target of the next notice. */
static void await_notice(struct player *player, const char *operation, const char *target)
{
    struct down_stream_message got = await_push(player);
    struct json *content = json_parse(got.content, NULL);
    const struct json *data = json_get(content, "data");
    assert_str(got.object_name, "RC:GrpNtf");
    assert_str(got.from_user_id, "__system__");
    assert_int_equal(got.status, 16);
    assert_str(json_str(json_get(content, "operation")), operation);
    assert_str(json_str(json_next(json_get(data, "targetUserIds"), NULL)), target);
    json_free(content);
}

static void test_notices(void **state)
{
    (void)state;
    sandbox_close(stage.sandbox);
    stage_start_with(NULL, true);
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    fine("/group/create.json", "groupId=g&groupName=G&userId=alice");
    await_notice(alice, "Create", "alice");
    fine("/group/join.json", "groupId=g&userId=bob");
    await_notice(alice, "Add", "bob");
    await_notice(bob, "Add", "bob");
    fine("/group/join.json", "groupId=g&userId=bob"); /* nothing new, nothing told */
    fine("/group/refresh.json", "groupId=g&groupName=H");
    await_notice(bob, "Rename", "");
    fine("/group/quit.json", "groupId=g&userId=bob");
    await_notice(bob, "Quit", "bob");
    await_notice(alice, "Rename", "");
    await_notice(alice, "Quit", "bob");
    fine("/group/join.json", "groupId=g&userId=bob&bindNotifyMsg=true&fromUserId=admin&"
                             "objectName=x:own&content=%7B%7D");
    assert_str(await_push(bob).object_name, "x:own"); /* instead, not besides */
    fine("/group/dismiss.json", "groupId=g&userId=alice");
    await_notice(bob, "Dismiss", "");
    player_free(alice);
    player_free(bob);
}

/* Templates. */

#define TEMPLATE(receivers, values, pushes)                                              \
    "{\"fromUserId\":\"a\",\"objectName\":\"RC:TxtMsg\","                                \
    "\"content\":\"{\\\"content\\\":\\\"{n}: {what} {n}{?}\\\"}\"," receivers ","        \
    "\"values\":" values ",\"pushContent\":" pushes "}"
#define BOTH "\"toUserId\":[\"bob\",\"carol\"]"
#define WORDS "[{\"{n}\":\"1\",\"{what}\":\"\\\"tea\\\"\"},{\"{n}\":\"{what}\"}]"

static void test_template(void **state)
{
    (void)state;
    const char *path = "/message/private/publish_template.json";
    struct player *bob = player_open("bob"), *carol = player_open("carol");
    assert_int_equal(rest_json(path, TEMPLATE(BOTH, WORDS, "[\"{n} for you\",null]")),
                     200);
    assert_int_equal(count("messageUIDs"), 2);
    struct str uid = first_uid();
    struct down_stream_message got = await_push(bob);
    assert_true(str_eq(got.msg_id, uid));
    assert_str(got.content, "{\"content\":\"1: \\\"tea\\\" 1{?}\"}");
    assert_str(got.push_content, "1 for you");
    got = await_push(carol);
    assert_str(got.content, "{\"content\":\"{what}: {what} {what}{?}\"}");
    assert_false(pb_has(got, down_stream_message, push_content));
    assert_int_equal(rest_json("/message/system/publish_template.json",
                               TEMPLATE(BOTH, WORDS, "[\"\",\"\"]")),
                     200);
    assert_int_equal(await_push(bob).type, 6);
    player_free(bob);
    player_free(carol);
}

static void test_bad_templates(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        TEMPLATE("\"toUserId\":[]", "[]", "[]"),
        TEMPLATE("\"toUserId\":\"bob\"", "[{}]", "[null]"),
        TEMPLATE("\"toUserId\":[\"b o b\"]", "[{}]", "[null]"),
        TEMPLATE(BOTH, "[{}]", "[null,null]"),
        TEMPLATE(BOTH, "[{},{}]", "[null]"),
        TEMPLATE(BOTH, "[{},7]", "[null,null]"),
        TEMPLATE(BOTH, "{\"a\":{},\"b\":{}}", "[null,null]"),
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(rest_json("/message/private/publish_template.json", bad[i]),
                         400);
        assert_int_equal(reply_int("code"), 1002);
        assert_int_equal(rest_json("/message/system/publish_template.json", bad[i]), 400);
    }
    refused("/message/private/publish_template.json", "fromUserId=a&toUserId=bob&" TEXT);
}

/* Nobody gets anything when one text would be too long. */
static void test_long_template(void **state)
{
    static char body[200000];
    (void)state;
    struct player *bob = player_open("bob");
    int len = snprintf(body, sizeof body, "%s",
                       "{\"fromUserId\":\"a\",\"objectName\":\"x:own\",\"content\":"
                       "\"{n}{n}\",\"toUserId\":[\"bob\",\"carol\"],\"pushContent\":"
                       "[null,null],\"values\":[{\"{n}\":\"1\"},{\"{n}\":\"");
    memset(body + len, 'x', 70000);
    snprintf(body + len + 70000, sizeof body - (size_t)len - 70000, "\"}]}");
    assert_int_equal(rest_json("/message/private/publish_template.json", body), 400);
    assert_int_equal(reply_int("code"), 1005);
    assert_int_equal(pull(bob, 0, 0, true).list.count, 0);
    player_free(bob);
}

static void test_status_messages(void **state)
{
    (void)state;
    make_group();
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    refused("/statusmessage/private/publish.json", "fromUserId=a&" TEXT);
    refused("/statusmessage/group/publish.json", "toGroupId=g&" TEXT);
    refused("/statusmessage/group/publish.json",
            "fromUserId=a&toGroupId=1&toGroupId=2&toGroupId=3&toGroupId=4&" TEXT);
    fine("/statusmessage/private/publish.json",
         "fromUserId=alice&toUserId=bob&isIncludeSender=1&" TEXT);
    struct str uid = first_uid();
    struct down_stream_message got = await_push(bob);
    assert_true(str_eq(got.msg_id, uid));
    assert_int_equal(got.ext_status, 64);
    assert_int_equal(got.status, 0);
    assert_int_equal(await_push(alice).direction, 1);
    fine("/statusmessage/group/publish.json", "fromUserId=alice&toGroupId=g&" TEXT);
    assert_str(await_push(bob).group_id, "g");
    assert_int_equal(pull(bob, 0, 0, true).list.count, 0); /* never kept */
    fine("/user/blacklist/add.json", "userId=bob&blackUserId=alice");
    fine("/statusmessage/private/publish.json",
         "fromUserId=alice&toUserId=bob&verifyBlacklist=1&" TEXT);
    assert_int_equal(count("messageUIDs"), 0);
    player_free(alice);
    player_free(bob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(test_private),
        RUN(test_flags),
        RUN(test_sender_gets_a_copy_if_wanted),
        RUN(test_same_random_is_the_same_message),
        RUN(test_group),
        RUN(test_system),
        RUN(test_recall),
        RUN(test_bound_notice),
        RUN(test_no_notice_unless_asked),
        RUN(test_notices),
        RUN(test_template),
        RUN(test_bad_templates),
        RUN(test_long_template),
        RUN(test_status_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
