/* The Server API: envelope, signature, and each endpoint with a good and a bad call. */
#include "rest_stage.h"

static const char *repeat(const char *start, const char *one, int times)
{
    static char text[200000];
    size_t at = (size_t)snprintf(text, sizeof text, "%s", start);
    for (int i = 0; i < times && at < sizeof text; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%d", one, i);
    return text;
}

static const char *numbered(const char *start, int number)
{
    static char text[64];
    snprintf(text, sizeof text, "%s%d", start, number);
    return text;
}

static void test_envelope(void **state)
{
    struct signature signature;
    (void)state;
    sign(&signature, "wrong", FORM);
    assert_int_equal(
        http_call("POST", "/user/info.json", signature.headers, 5, "userId=a"), 401);
    assert_int_equal(reply_int("code"), 1004);
    sign(&signature, SECRET, FORM);
    assert_int_equal(
        http_call("POST", "/user/info.json", signature.headers, 3, "userId=a"), 401);
    assert_int_equal(reply_int("code"), 1004);
    signature.headers[0] = STR("App-Key: other");
    assert_int_equal(
        http_call("POST", "/user/info.json", signature.headers, 5, "userId=a"), 401);
    assert_int_equal(reply_int("code"), 1001);
    signature.headers[0] = STR("RC-App-Key: " KEY);
    signature.headers[1] = STR("RC-Nonce: 14314");
    assert_int_equal(http_call("POST", "//user/checkOnline.json?x=1", signature.headers,
                               5, "userId=a"),
                     200);
    for (char *c = signature.line + 11; *c; c++)
        *c = (char)(*c >= 'a' && *c <= 'f' ? *c - 32 : *c);
    assert_int_equal(
        http_call("POST", "/user/checkOnline.json", signature.headers, 5, "userId=a"),
        200);
    assert_int_equal(http_call("GET", "/user/info.json", signature.headers, 5, ""), 405);
    assert_int_equal(rest("/user/nothing.json", ""), 404);
    assert_int_equal(reply_int("code"), 404);
    assert_str(reply_str("url"), "/user/nothing.json");
}

static void test_bodies(void **state)
{
    (void)state;
    fine("/user/getToken.json",
         "userId=a%2Db&name=A+%E5%BC%A0&portraitUri=undefined&x=1");
    fine("/user/info.json", "userId=a-b");
    assert_str(reply_str("userName"), "A \xe5\xbc\xa0");
    assert_str(reply_str("userPortrait"), "");
    fine("/user/refresh.json", "userId=a-b&name=\xe5\xbc\xa0 \"{x}=y\"");
    fine("/user/info.json", "userId=a-b");
    assert_str(reply_str("userName"), "\xe5\xbc\xa0 \"{x}=y\"");
    refused("/user/refresh.json", "userId=a-b&name=%ff");
    assert_int_equal(rest_json("/user/block/query.json", "{}"), 200);
    assert_int_equal(rest_json("/user/block/query.json", ""), 200);
    assert_int_equal(rest_json("/user/info.json", "{\"userId\":\"a-b\"}"), 200);
    assert_int_equal(rest_json("/user/info.json", "{\"userId\":"), 400);
    assert_int_equal(rest_json("/user/info.json", "[]"), 400);
}

static void test_users(void **state)
{
    (void)state;
    refused("/user/getToken.json", "name=A");
    refused("/user/getToken.json", "userId=a");
    refused("/user/getToken.json", "userId=a%20b&name=A");
    refused_with(1005, "/user/getToken.json", repeat("name=A&userId=", "x", 60));
    refused_with(1005, "/user/getToken.json", repeat("userId=a&name=", "x", 99));
    fine("/user/getToken.json", "userId=a&name=A&portraitUri=http://p");
    assert_str(reply_str("userId"), "a");
    assert_true(reply_str("token").len > 20);
    refused_with(400, "/user/info.json", "userId=nobody");
    fine("/user/info.json", "userId=a");
    assert_int_equal(reply_str("createTime").len, 19);
    refused_with(1005, "/user/refresh.json", repeat("userId=", "x", 60));
    refused("/user/checkOnline.json", "");
    fine("/user/checkOnline.json", "userId=a");
    assert_str(reply_str("status"), "0");
    fine("/user/query.json", "page=1&pageSize=10");
    assert_int_equal(reply_int("total"), 1);
    assert_int_equal(count("users"), 1);
    refused("/user/query.json", "pageSize=101");
    refused("/user/token/expire.json", "userId=a");
    fine("/user/token/expire.json", "userId=a&time=99999999999999");
    refused("/user/group/query.json", "");
    fine("/user/group/query.json", "userId=a");
    assert_int_equal(count("groups"), 0);
}

static void test_blocks(void **state)
{
    (void)state;
    refused("/user/block.json", "userId=a");
    refused("/user/block.json", "userId=a&minute=0");
    refused("/user/block.json", "userId=a&minute=43201");
    refused("/user/block.json", repeat("minute=1", "&userId=u", 21));
    refused_with(1005, "/user/unblock.json", repeat("userId=", "x", 60));
    fine("/user/block.json", "userId=a&userId=b&minute=1");
    fine("/user/block/query.json", "");
    assert_int_equal(count("users"), 2);
    assert_int_equal(json_kind(json_get(first("users"), "blockEndTime")), JSON_STRING);
    fine("/user/unblock.json", "userId=a");
    fine("/user/block/query.json", "");
    assert_int_equal(count("users"), 1);
    clock_add_ms(60000);
    fine("/user/block/query.json", "");
    assert_int_equal(count("users"), 0);
}

static void test_black_lists(void **state)
{
    (void)state;
    refused("/user/blacklist/add.json", "userId=a");
    refused("/user/blacklist/remove.json", "userId=a&blackUserId=");
    refused("/user/blacklist/query.json", "");
    fine("/user/blacklist/add.json", "userId=a&blackUserId=b&blackUserId=c");
    fine("/user/blacklist/query.json", "userId=a");
    assert_int_equal(count("users"), 2);
    fine("/user/blacklist/query.json", "userId=a&size=1");
    assert_int_equal(count("users"), 1);
    assert_str(reply_str("next"), "1");
    fine("/user/blacklist/remove.json", "userId=a&blackUserId=b&blackUserId=z");
    fine("/user/blacklist/query.json", "userId=a");
    assert_int_equal(count("users"), 1);
    refused("/user/chat/fb/set.json", "userId=a&state=2&type=PERSON");
    refused("/user/chat/fb/set.json", "userId=a&state=1&type=GROUP");
    fine("/user/chat/fb/set.json", "userId=a,b&state=1&type=PERSON");
    fine("/user/chat/fb/querylist.json", "type=PERSON&num=1");
    assert_int_equal(reply_int("total"), 2);
    assert_int_equal(count("users"), 1);
    refused("/user/chat/fb/querylist.json", "type=PERSON&num=201");
}

static void test_groups(void **state)
{
    (void)state;
    refused("/group/create.json", "groupId=g&groupName=G");
    refused("/group/create.json", "groupId=g&userId=a");
    refused("/group/create.json", "userId=a&groupName=G");
    refused("/group/join.json", "userId=a");
    refused("/group/quit.json", "groupId=g");
    refused("/group/dismiss.json", "groupId=g");
    refused("/group/refresh.json", "groupId=g");
    refused("/group/user/query.json", "");
    refused("/group/create.json", repeat("groupId=g&groupName=G", "&userId=u", 1001));
    fine("/group/create.json", "groupId=g&groupName=G&userId=a&userId=b");
    assert_int_equal(reply_int("memberCount"), 2);
    fine("/group/join.json", "groupId=g&userId=c&userId=a");
    assert_int_equal(reply_int("memberCount"), 3);
    fine("/group/user/query.json", "groupId=g");
    assert_int_equal(count("users"), 3);
    assert_str(json_str(json_get(first("users"), "id")), "a");
    fine("/group/refresh.json", "groupId=g&groupName=H");
    fine("/user/group/query.json", "userId=a");
    assert_str(json_str(json_get(first("groups"), "name")), "H");
    fine("/group/quit.json", "groupId=g&userId=b&userId=z");
    assert_int_equal(reply_int("memberCount"), 2);
    fine("/group/quit.json", "groupId=none&userId=b");
    fine("/group/dismiss.json", "groupId=none&userId=b");
    fine("/group/refresh.json", "groupId=none&groupName=x");
    fine("/group/dismiss.json", "groupId=g&userId=a");
    fine("/group/user/query.json", "groupId=g");
    assert_int_equal(count("users"), 0);
    fine("/user/group/query.json", "userId=a");
    assert_int_equal(count("groups"), 0);
}

static void test_group_sync(void **state)
{
    (void)state;
    refused("/group/sync.json", "userId=a");
    refused("/group/sync.json", "group[g]=G");
    refused("/group/sync.json", "userId=a&group[]=G");
    refused("/group/sync.json", "userId=a&group[g%20h]=G");
    refused("/group/sync.json", "userId=a&group[g]=%ff");
    fine("/group/create.json", "groupId=old&groupName=Old&userId=a&userId=b");
    fine("/group/create.json", "groupId=g&groupName=G&userId=a");
    fine("/group/sync.json", "userId=a&group%5Bg%5D=H&group[new]=New");
    fine("/user/group/query.json", "userId=a");
    assert_int_equal(count("groups"), 2);
    fine("/group/user/query.json", "groupId=old");
    assert_int_equal(count("users"), 1);
    fine("/group/user/query.json", "groupId=new");
    assert_int_equal(count("users"), 1);
    fine("/group/sync.json", "userId=a&group[g]=H");
    fine("/user/group/query.json", "userId=a");
    assert_int_equal(count("groups"), 1);
    assert_str(json_str(json_get(first("groups"), "name")), "H");
}

static void test_group_mutes(void **state)
{
    (void)state;
    fine("/group/create.json", "groupId=g&groupName=G&userId=a&userId=b");
    refused("/group/user/gag/add.json", "groupId=g&userId=a");
    refused("/group/user/gag/add.json", "groupId=g&userId=a&minute=43201");
    refused("/group/user/gag/add.json", "groupId=g&minute=1");
    refused("/group/user/gag/rollback.json", "groupId=g");
    fine("/group/user/gag/add.json", "groupId=g&userId=a&minute=1");
    fine("/group/user/gag/list.json", "groupId=g");
    assert_int_equal(count("users"), 1);
    assert_str(json_str(json_get(first("users"), "userId")), "a");
    fine("/group/user/gag/list.json", "");
    assert_int_equal(count("users"), 0);
    clock_add_ms(60000);
    fine("/group/user/gag/list.json", "groupId=g");
    assert_int_equal(count("users"), 0);
    fine("/group/user/gag/rollback.json", "groupId=g&userId=a");
    fine("/group/user/gag/add.json", "groupId=none&userId=a&minute=1");

    refused("/group/ban/add.json", "");
    refused("/group/ban/rollback.json", "");
    fine("/group/ban/add.json", "groupId=g");
    fine("/group/ban/query.json", "");
    assert_int_equal(count("groupinfo"), 1);
    fine("/group/ban/query.json", "groupId=g&groupId=none");
    assert_int_equal(count("groupinfo"), 2);
    assert_int_equal(json_int(json_get(first("groupinfo"), "stat"), -1), 1);
    fine("/group/ban/rollback.json", "groupId=g");
    fine("/group/ban/query.json", "groupId=g");
    assert_int_equal(json_int(json_get(first("groupinfo"), "stat"), -1), 0);
    refused("/group/ban/query.json", "size=201");

    refused("/group/user/ban/whitelist/add.json", "groupId=g");
    fine("/group/user/ban/whitelist/add.json", "groupId=g&userId=a&userId=b");
    fine("/group/user/ban/whitelist/rollback.json", "groupId=g&userId=b");
    fine("/group/user/ban/whitelist/query.json", "groupId=g");
    assert_int_equal(count("userIds"), 1);
    refused("/group/user/ban/whitelist/query.json", "");
}

static void test_words(void **state)
{
    (void)state;
    refused("/sensitiveword/add.json", "");
    refused("/sensitiveword/add.json", "word=-");
    fine("/sensitiveword/add.json", "word=bad");
    fine("/sensitiveword/add.json", "word=ugly&replaceWord=***");
    fine("/sensitiveword/list.json", "");
    assert_int_equal(count("words"), 1);
    assert_str(json_str(json_get(first("words"), "type")), "1");
    fine("/sensitiveword/list.json", "type=0");
    assert_str(json_str(json_get(first("words"), "replaceWord")), "***");
    fine("/sensitiveword/list.json", "type=2");
    assert_int_equal(count("words"), 2);
    refused("/sensitiveword/list.json", "type=3");
    refused("/sensitiveword/delete.json", "");
    fine("/sensitiveword/delete.json", "word=unknown");
    assert_int_equal(
        rest_json(
            "/sensitiveword/batch/add.json",
            "{\"words\":[{\"word\":\"one\"},{\"word\":\"two\",\"replaceWord\":\"2\"}]}"),
        200);
    assert_int_equal(reply_int("remainQuota"), 46);
    assert_int_equal(rest_json("/sensitiveword/batch/add.json",
                               "{\"words\":[{\"word\":\"three\"},{\"word\":\"?\"}]}"),
                     400);
    assert_int_equal(rest_json("/sensitiveword/batch/add.json", "{\"words\":[]}"), 400);
    fine("/sensitiveword/list.json", "type=2");
    assert_int_equal(count("words"), 4); /* all or nothing */
    fine("/sensitiveword/batch/delete.json", "words=one&words=two&words=none");
    refused("/sensitiveword/batch/delete.json", repeat("a=1", "&words=w", 51));
    refused("/sensitiveword/batch/delete.json", "");
    for (int i = 0; i < 48; i++)
        fine("/sensitiveword/add.json", numbered("word=w", i));
    refused_with(1019, "/sensitiveword/add.json", "word=onemore");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(test_envelope),   RUN(test_bodies),      RUN(test_users),
        RUN(test_blocks),     RUN(test_black_lists), RUN(test_groups),
        RUN(test_group_sync), RUN(test_group_mutes), RUN(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
