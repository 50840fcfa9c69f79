/* --data FILE: a restart keeps everything that matters. */
#include "stage.h"

#include "store/sandbox_rows.h"

static int open_with_file(void **state)
{
    if (stage_open(state) != 0)
        return 1;
    stage_restart();
    return 0;
}

static void test_users_and_tokens(void **state)
{
    char token[128], expired[128];
    (void)state;
    get_token("bob", expired, sizeof expired);
    assert_int_equal(control("POST", "/_sandbox/token/expire", "{\"user_id\":\"bob\"}"),
                     200);
    get_token("alice", token, sizeof token);
    assert_int_equal(rest("/user/refresh.json", "userId=alice&name=Al"), 200);
    assert_int_equal(rest("/user/blacklist/add.json", "userId=alice&blackUserId=eve"),
                     200);
    assert_int_equal(rest("/user/block.json", "userId=carol&minute=5"), 200);
    stage_restart();
    struct player *alice = player_dial(token, "");
    assert_int_equal(player_login(alice), 0);
    struct player *bob = player_dial(expired, "");
    assert_int_equal(player_login(bob), 10);
    assert_int_equal(rest("/user/info.json", "userId=alice"), 200);
    assert_str(reply_str("userName"), "Al");
    assert_int_equal(rest("/user/blacklist/query.json", "userId=alice"), 200);
    assert_int_equal(json_size(json_get(stage.reply, "users")), 1);
    assert_int_equal(rest("/user/block/query.json", ""), 200);
    assert_int_equal(json_size(json_get(stage.reply, "users")), 1);
    player_free(alice);
    player_free(bob);
}

static void test_groups_and_words(void **state)
{
    (void)state;
    assert_int_equal(
        rest("/group/create.json", "groupId=g&groupName=G&userId=a&userId=b"), 200);
    assert_int_equal(rest("/group/create.json", "groupId=h&groupName=H&userId=a"), 200);
    assert_int_equal(rest("/group/dismiss.json", "groupId=h&userId=a"), 200);
    assert_int_equal(rest("/group/user/gag/add.json", "groupId=g&userId=b&minute=0"),
                     200);
    assert_int_equal(rest("/group/ban/add.json", "groupId=g"), 200);
    assert_int_equal(rest("/group/user/ban/whitelist/add.json", "groupId=g&userId=a"),
                     200);
    assert_int_equal(rest("/sensitiveword/add.json", "word=spam&replaceWord=ham"), 200);
    assert_int_equal(
        rest_json("/user/tag/set.json", "{\"userId\":\"a\",\"tags\":[\"x\"]}"), 200);
    assert_int_equal(rest("/user/whitelist/add.json", "userId=a&whiteUserId=c"), 200);
    assert_int_equal(rest("/user/deactivate.json", "userId=z"), 200);
    assert_int_equal(rest("/chatroom/user/ban/add.json", "userId=a&minute=1"), 200);
    stage_restart();
    assert_int_equal(rest("/user/deactivate/query.json", ""), 200);
    assert_int_equal(json_size(json_get(stage.reply, "users")), 1);
    assert_int_equal(rest("/user/tags/get.json", "userIds=a"), 200);
    assert_int_equal(json_size(json_get(json_get(stage.reply, "result"), "a")), 1);
    assert_int_equal(rest("/user/whitelist/query.json", "userId=a"), 200);
    assert_int_equal(json_size(json_get(stage.reply, "users")), 1);
    assert_int_equal(rest("/chatroom/user/ban/query.json", ""), 200);
    assert_int_equal(json_size(json_get(stage.reply, "users")), 1);
    assert_int_equal(rest("/user/group/query.json", "userId=a"), 200);
    assert_int_equal(json_size(json_get(stage.reply, "groups")), 1);
    assert_int_equal(rest("/group/user/gag/list.json", "groupId=g"), 200);
    assert_int_equal(json_size(json_get(stage.reply, "users")), 1);
    assert_int_equal(rest("/sensitiveword/list.json", "type=0"), 200);
    assert_int_equal(json_size(json_get(stage.reply, "words")), 1);
    struct player *a = player_open("a"), *b = player_open("b");
    assert_int_equal(send_text(a, "pgMsgP", "g", "x").status, 0);
    assert_int_equal(send_text(b, "pgMsgP", "g", "x").status, 22408);
    player_free(a);
    player_free(b);
}

static void test_messages(void **state)
{
    (void)state;
    assert_int_equal(
        rest("/group/create.json", "groupId=g&groupName=G&userId=a&userId=b"), 200);
    struct player *a = player_open("a");
    send_text(a, "pgMsgP", "g", "first");
    send_text(a, "ppMsgP", "b", "private");
    assert_int_equal(rest("/group/join.json", "groupId=g&userId=c"), 200);
    struct frame second = send_text(a, "pgMsgP", "g", "second");
    player_free(a);
    stage_restart();
    a = player_open("a");
    struct player *b = player_open("b"), *c = player_open("c");
    struct down_stream_messages got = pull(b, 0, 0, true);
    assert_int_equal(got.list.count, 3);
    assert_str(got.list.at[1].content, "{\"content\":\"private\"}");
    got = pull(c, 0, 0, true);
    assert_int_equal(got.list.count, 1); /* what came before she joined was not hers */
    assert_true(str_eq(got.list.at[0].msg_id, second.uid));
    assert_int_equal(pull(a, 0, 0, true).list.count, 3);
    assert_int_equal(history(a, "qryGMsg", "g", 0, 10, 0).list.count, 2);
    /* New ones are newer than the old ones, and may be recalled by their names. */
    struct frame third = send_text(a, "pgMsgP", "g", "third");
    assert_int_equal(third.status, 0);
    assert_true(await_push(b).sent_time_ms > got.list.at[0].sent_time_ms);
    char form[200];
    snprintf(form, sizeof form,
             "fromUserId=a&conversationType=3&targetId=g&messageUID=%.*s",
             STR_ARG(second.uid));
    assert_int_equal(rest("/message/recall.json", form), 200);
    snprintf(form, sizeof form, "fromUserId=a&groupId=g&msgUID=%.*s&content=%%7B%%7D",
             STR_ARG(third.uid));
    assert_int_equal(rest("/message/group/modify.json", form), 200);
    player_free(a);
    player_free(b);
    player_free(c);
    stage_restart();
    c = player_open("c");
    got = pull(c, 0, 0, true);
    assert_int_equal(got.list.count, 2); /* the third, and the recall */
    assert_str(got.list.at[0].content, "{}");
    assert_int_equal(got.list.at[0].ext_status, 4);
    assert_str(got.list.at[1].object_name, "RC:RcCmd");
    player_free(c);
}

static void test_reset_empties_the_file(void **state)
{
    (void)state;
    assert_int_equal(rest("/group/create.json", "groupId=g&groupName=G&userId=a"), 200);
    assert_int_equal(control("POST", "/_sandbox/reset", "{}"), 200);
    stage_restart();
    assert_int_equal(control("GET", "/_sandbox/state", ""), 200);
    assert_int_equal(json_size(json_get(stage.reply, "users")), 0);
    assert_int_equal(json_size(json_get(stage.reply, "groups")), 0);
}

static void test_bad_files(void **state)
{
    struct err err = { 0 };
    struct sandbox_options options = {
        .host = STR("127.0.0.1"),
        .app_key = STR(KEY),
        .app_secret = STR(SECRET),
        .data = folder_file("data.db"),
    };
    (void)state;
    sandbox_close(stage.sandbox);
    struct sandbox_rows *rows = sandbox_rows_open(options.data, &err);
    assert_non_null(rows);
    assert_null(sandbox_rows_open(options.data, &err)); /* one at a time */
    sandbox_rows_put(rows, STR("group"), STR("g"), STR("{\"name\""));
    assert_true(sandbox_rows_commit(rows, &err));
    sandbox_rows_close(rows);
    stage.sandbox = sandbox_open(stage.net, &options, &err);
    assert_null(stage.sandbox);
    assert_int_equal(err.code, ERR_STORAGE);
    assert_non_null(strstr(err.text, "group g"));
    options.data = "/nowhere/at/all.db";
    assert_null(sandbox_open(stage.net, &options, &err));
    assert_non_null(strstr(err.text, "/nowhere/at/all.db"));
}

static void test_port_in_use(void **state)
{
    struct err err = { 0 };
    (void)state;
    struct sandbox_options options = {
        .host = STR("127.0.0.1"),
        .port = stage.port,
        .app_key = STR(KEY),
        .app_secret = STR(SECRET),
    };
    assert_null(sandbox_open(stage.net, &options, &err));
    assert_int_equal(err.code, ERR_NETWORK);
}

#define KEPT(test) cmocka_unit_test_setup_teardown(test, open_with_file, stage_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        KEPT(test_users_and_tokens), KEPT(test_groups_and_words),
        KEPT(test_messages),         KEPT(test_reset_empties_the_file),
        KEPT(test_bad_files),        RUN(test_port_in_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
