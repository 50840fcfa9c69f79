/* What the Server API tells of messages that were sent, and the key-values they carry. */
#include "rest_stage.h"

#define TEXT "objectName=RC:TxtMsg&content=%7B%22content%22%3A%22hi%22%7D"

/* Key-values. */

static char uid[20];

/* Sends a message that may carry key-values, to bob. */
static void send_expandable(const char *more)
{
    char form[400];
    snprintf(form, sizeof form,
             "fromUserId=alice&toUserId=bob&expansion=true&extraContent=%s&%s", more,
             TEXT);
    fine("/message/private/publish.json", form);
    const struct json *one = first("messageUIDs");
    snprintf(uid, sizeof uid, "%.*s", STR_ARG(json_str(json_get(one, "messageUID"))));
}

static const char *of_message(const char *more)
{
    static char form[8192 + 100];
    snprintf(form, sizeof form, "msgUID=%s&conversationType=1&%s", uid, more);
    return form;
}

static struct str value_of(const char *key)
{
    fine("/message/expansion/query.json", of_message(""));
    const struct json *content = json_get(stage.reply, "extraContent");
    return json_str(json_get(json_get(content, key), "v"));
}

static void test_expansion(void **state)
{
    (void)state;
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    send_expandable("%7B%22a%22%3A%221%22%2C%22b%22%3A%222%22%7D");
    await_push(bob);
    assert_str(value_of("a"), "1");
    fine("/message/expansion/set.json",
         of_message("userId=alice&targetId=bob&isSyncSender=1&"
                    "extraKeyVal=%7B%22a%22%3A%22%5C%22new%22%2C%22c%22%3A%22%22%7D"));
    struct down_stream_message got = await_push(bob);
    assert_str(got.object_name, "RC:MsgExMsg");
    assert_str(got.from_user_id, "alice");
    assert_int_equal(got.status, 0);
    struct json *content = json_parse(got.content, NULL);
    assert_str(json_str(json_get(content, "mid")), uid);
    assert_str(json_str(json_get(json_get(content, "put"), "a")), "\"new");
    json_free(content);
    assert_str(await_push(alice).object_name, "RC:MsgExMsg");
    assert_str(value_of("a"), "\"new");
    const struct json *a = json_get(json_get(stage.reply, "extraContent"), "a");
    assert_true(json_int(json_get(a, "ts"), 0) > 0);
    assert_str(value_of("b"), "2");
    /* The other one changes it, too, and history tells. */
    fine("/message/expansion/delete.json",
         of_message(
             "userId=bob&targetId=alice&extraKey=%5B%22b%22%2C%22c%22%2C%22z%22%5D"));
    assert_str(await_push(alice).object_name, "RC:MsgExMsg");
    fine("/message/expansion/query.json", of_message(""));
    assert_int_equal(json_size(json_get(stage.reply, "extraContent")), 1);
    struct history_msg_ouput past = history(bob, "qryPMsg", "alice", 0, 10, 0);
    assert_true(
        str_find(past.list.at[0].extra_content, STR("{\"a\":{\"v\":\"\\\"new\"")) >= 0);
    fine("/message/expansion/query.json", of_message("pageNo=2"));
    assert_int_equal(json_size(json_get(stage.reply, "extraContent")), 0);
    player_free(alice);
    player_free(bob);
}

static void test_client_expands(void **state)
{
    char content[200];
    (void)state;
    struct player *bob = player_open("bob");
    send_expandable("%7B%22a%22%3A%221%22%7D");
    snprintf(content, sizeof content, "{\"mid\":\"%s\",\"put\":{\"b\":\"2\"}}", uid);
    struct up_stream_message up = up_message("RC:MsgExMsg", content, 0);
    player_await(bob, FRAME_PUBACK, NULL,
                 player_start(bob, FRAME_PUBLISH, "ppMsgP", "alice",
                              &up_stream_message_type, &up));
    assert_str(value_of("b"), "2");
    assert_str(value_of("a"), "1");
    player_free(bob);
}

static void test_bad_expansions(void **state)
{
    static char long_key[8192], many[8192];
    static const char *const bad[] = {
        "userId=alice&targetId=bob",
        "userId=alice&targetId=bob&extraKeyVal=",
        "userId=alice&targetId=bob&extraKeyVal=x",
        "userId=alice&targetId=bob&extraKeyVal=[]",
        "userId=alice&targetId=bob&extraKeyVal={}",
        "userId=alice&targetId=bob&extraKeyVal={\"a\":1}",
        "userId=alice&targetId=bob&extraKeyVal={\"\":\"x\"}",
        "userId=alice&targetId=carol&extraKeyVal={\"a\":\"x\"}",
        "userId=carol&targetId=bob&extraKeyVal={\"a\":\"x\"}",
        "userId=alice&extraKeyVal={\"a\":\"x\"}",
        "targetId=bob&extraKeyVal={\"a\":\"x\"}",
    };
    (void)state;
    const char *set = "/message/expansion/set.json";
    const char *del = "/message/expansion/delete.json";
    send_expandable("%7B%22a%22%3A%221%22%7D");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refused(set, of_message(bad[i]));
    refused(del, of_message("userId=alice&targetId=bob&extraKey={}"));
    refused(del, of_message("userId=alice&targetId=bob&extraKey=[]"));
    refused(del, of_message("userId=x&targetId=bob&extraKey=[\"a\"]"));
    refused(set,
            "msgUID=AAAA-BBBB-CCCC-DDDD&conversationType=1&userId=alice&targetId=bob&"
            "extraKeyVal={\"a\":\"x\"}");
    refused(set,
            "conversationType=1&userId=alice&targetId=bob&extraKeyVal={\"a\":\"x\"}");
    refused("/message/expansion/query.json", "");
    refused("/message/expansion/query.json", "msgUID=x&pageNo=0");
    snprintf(long_key, sizeof long_key,
             "userId=alice&targetId=bob&extraKeyVal={\"%033d\":\"x\"}", 0);
    refused(set, of_message(long_key));
    snprintf(long_key, sizeof long_key,
             "userId=alice&targetId=bob&extraKeyVal={\"a\":\"%04097d\"}", 0);
    refused(set, of_message(long_key));
    for (int page = 0; page < 4; page++) { /* 100 a call, 300 in all */
        int at = snprintf(many, sizeof many, "userId=alice&targetId=bob&extraKeyVal={");
        for (int i = 0; i < 100; i++)
            at += snprintf(many + at, sizeof many - (size_t)at, "%s\"k%d\":\"v\"",
                           i ? "," : "", page * 100 + i - 1);
        snprintf(many + at, sizeof many - (size_t)at, "}");
        if (page < 2)
            fine(set, of_message(many));
        else if (page == 3)
            refused(set, of_message(many));
    }
    assert_str(value_of("a"), "1");
    /* A message that was sent without may not be given any. */
    fine("/message/private/publish.json", "fromUserId=alice&toUserId=bob&" TEXT);
    const struct json *one = first("messageUIDs");
    snprintf(uid, sizeof uid, "%.*s", STR_ARG(json_str(json_get(one, "messageUID"))));
    refused(set, of_message("userId=alice&targetId=bob&extraKeyVal={\"a\":\"x\"}"));
}

/* Conversations. */

static size_t ask_past(const char *path, const char *body)
{
    if (rest_json(path, body) != 200)
        fail_msg("%s: %.*s", body, STR_ARG(reply_str("errorMessage")));
    assert_int_equal(json_kind(json_get(stage.reply, "data")), JSON_ARRAY);
    return count("data");
}

static void test_group_past(void **state)
{
    char body[300];
    const char *path = "/v3/message/group/query.json";
    (void)state;
    fine("/group/create.json", "groupId=g&groupName=G&userId=alice&userId=bob");
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    send_text(alice, "pgMsgP", "g", "one");
    int64_t first_ms = await_push(bob).sent_time_ms;
    send_text(alice, "pgMsgP", "g", "two");
    int64_t second_ms = await_push(bob).sent_time_ms;
    snprintf(body, sizeof body,
             "{\"userId\":\"bob\",\"targetId\":\"g\",\"startTime\":%lld,\"endTime\":%lld,"
             "\"includeStart\":true}",
             (long long)first_ms, (long long)second_ms);
    assert_int_equal(ask_past(path, body), 2);
    const struct json *one = first("data");
    assert_str(json_str(json_get(one, "targetId")), "g");
    assert_str(json_str(json_get(one, "fromUserId")), "alice");
    assert_str(json_str(json_get(one, "objectName")), "RC:TxtMsg");
    assert_str(json_str(json_get(one, "content")), "{\"content\":\"one\"}");
    assert_int_equal(json_int(json_get(one, "msgTime"), 0), first_ms);
    assert_int_equal(json_str(json_get(one, "messageUID")).len, 19);
    assert_int_equal(json_kind(json_get(one, "expansion")), JSON_BOOL);
    /* As the Go SDK writes it. */
    snprintf(body, sizeof body,
             "{\"userId\":\"bob\",\"targetId\":\"g\",\"startTime\":\"%lld\","
             "\"endTime\":\"%lld\",\"pageSize\":\"1\",\"includeStart\":\"false\"}",
             (long long)first_ms, (long long)second_ms);
    assert_int_equal(ask_past(path, body), 1);
    one = first("data");
    assert_int_equal(json_int(json_get(one, "msgTime"), 0), second_ms);
    snprintf(body, sizeof body,
             "{\"userId\":\"carol\",\"targetId\":\"g\",\"startTime\":0,\"endTime\":%lld,"
             "\"includeStart\":true}",
             (long long)second_ms);
    assert_int_equal(ask_past(path, body), 0); /* not a member */
    player_free(alice);
    player_free(bob);
}

static void test_private_past(void **state)
{
    static const char body[] =
        "{\"userId\":\"bob\",\"targetId\":\"alice\",\"startTime\":0,"
        "\"endTime\":9999999999999,\"includeStart\":true}";
    (void)state;
    send_expandable("%7B%22a%22%3A%221%22%7D");
    assert_int_equal(ask_past("/v3/message/private/query.json", body), 1);
    const struct json *one = first("data");
    assert_true(json_bool(json_get(one, "expansion"), false));
    assert_str(json_str(json_get(one, "extraContent")), "{\"a\":{\"v\":\"1\"}}");
    assert_str(json_str(json_get(one, "targetId")), "alice");
    fine("/conversation/message/history/clean.json",
         "conversationType=1&fromUserId=bob&targetId=alice");
    assert_int_equal(ask_past("/v3/message/private/query.json", body), 0);
    assert_int_equal(ask_past("/v3/message/chatroom/query.json", body), 0);
}

static void test_bad_past(void **state)
{
    static const char *const bad[] = {
        "{\"targetId\":\"g\",\"startTime\":0,\"endTime\":1,\"includeStart\":true}",
        "{\"userId\":\"a\",\"startTime\":0,\"endTime\":1,\"includeStart\":true}",
        "{\"userId\":\"a\",\"targetId\":\"g\",\"endTime\":1,\"includeStart\":true}",
        "{\"userId\":\"a\",\"targetId\":\"g\",\"startTime\":0,\"includeStart\":true}",
        "{\"userId\":\"a\",\"targetId\":\"g\",\"startTime\":2,\"endTime\":1,"
        "\"includeStart\":true}",
        "{\"userId\":\"a\",\"targetId\":\"g\",\"startTime\":0,\"endTime\":1,"
        "\"pageSize\":101,\"includeStart\":true}",
        "{\"userId\":\"a\",\"targetId\":\"g\",\"startTime\":0,\"endTime\":1,"
        "\"includeStart\":\"maybe\"}",
        "{\"userId\":\"a\",\"targetId\":\"g\",\"startTime\":0,\"endTime\":1}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(rest_json("/v3/message/group/query.json", bad[i]), 400);
        assert_int_equal(reply_int("code"), 1002);
        assert_int_equal(rest_json("/v3/message/private/query.json", bad[i]), 400);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(test_expansion),  RUN(test_client_expands), RUN(test_bad_expansions),
        RUN(test_group_past), RUN(test_private_past),   RUN(test_bad_past),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
