/* Chatrooms by the Server API: how they are made, their entries, who may speak. */
#include "rest_stage.h"

static struct chrm_output join(struct player *player)
{
    static const struct chrm_input input = { .has = 1, .nothing = 1 };
    struct chrm_output out;
    assert_int_equal(
        ask(player, "joinChrm", "r", &chrm_input_type, &input, &chrm_output_type, &out),
        0);
    return out;
}

/* The newest entry that the player pulls, as its client does after the notice. */
static struct chrm_kv_entity pull_entry(struct player *player)
{
    struct query_chrm_kv want = { 0 };
    struct chrm_kv_output got;
    struct notify_msg notify;
    struct frame push = player_await(player, FRAME_PUBLISH, "s_cmd", -1);
    assert_true(pb_decode(&notify_msg_type, &notify, push.payload, &stage.arena, NULL));
    assert_int_equal(notify.type, 2);
    pb_put(want, query_chrm_kv, timestamp, notify.time - 1);
    assert_int_equal(ask(player, "pullKV", "r", &query_chrm_kv_type, &want,
                         &chrm_kv_output_type, &got),
                     0);
    assert_int_equal(got.entries.count, 1);
    return got.entries.at[0];
}

static void test_create_new(void **state)
{
    (void)state;
    const char *path = "/chatroom/create_new.json";
    refused(path, "destroyType=1");
    refused(path, "chatroomId=r&destroyType=2");
    refused(path, "chatroomId=r&destroyTime=59");
    refused(path, "chatroomId=r&destroyTime=10081");
    refused(path, "chatroomId=r&isBan=maybe");
    refused(path, "chatroomId=r&entryInfo={\"k\":\"v\"}");
    refused(path, "chatroomId=r&entryOwnerId=a&entryInfo=[]");
    refused(path, "chatroomId=r&entryOwnerId=a&entryInfo={\"k k\":\"v\"}");
    refused(path, "chatroomId=r&entryOwnerId=a&entryInfo={\"k\":\"\"}");
    refused("/chatroom/get.json", "chatroomId=r"); /* nothing was made */
    fine(path, "chatroomId=r&destroyType=1&destroyTime=120&isBan=true&whiteUserIds=bob&"
               "entryOwnerId=a&entryInfo={\"k\":\"v\"}");
    fine("/chatroom/get.json", "chatroomId=r");
    assert_int_equal(reply_int("destroyType"), 1);
    assert_int_equal(reply_int("destroyTime"), 120);
    assert_true(json_bool(json_get(stage.reply, "ban"), false));
    fine("/chatroom/entry/query.json", "chatroomId=r");
    assert_int_equal(count("keys"), 1);
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    assert_int_equal(join(alice).white_list_state, 0);
    assert_int_equal(join(bob).white_list_state, 1);
    assert_int_equal(send_text(alice, "chatMsg", "r", "x").status, 23408);
    assert_int_equal(send_text(bob, "chatMsg", "r", "x").status, 0);
    player_free(alice);
    player_free(bob);
}

static void test_names(void **state)
{
    (void)state;
    refused("/chatroom/create.json", "chatroom[r]=%ff");
    fine("/chatroom/create.json", "chatroom%5Br%5D=Round&chatroom[s]=");
    fine("/chatroom/query.json", "chatroomId=r&chatroomId=s&chatroomId=t");
    assert_int_equal(count("chatRooms"), 2);
    assert_str(json_str(json_get(first("chatRooms"), "name")), "Round");
}

static void test_white_list(void **state)
{
    (void)state;
    fine("/chatroom/create.json", "chatroom[r]=R");
    struct player *alice = player_open("alice");
    join(alice);
    refused("/chatroom/user/ban/whitelist/add.json", "chatroomId=r");
    refused("/chatroom/user/ban/whitelist/rollback.json", "userId=alice");
    refused("/chatroom/user/ban/whitelist/query.json", "");
    fine("/chatroom/ban/add.json", "chatroomId=r");
    assert_int_equal(send_text(alice, "chatMsg", "r", "x").status, 23408);
    fine("/chatroom/user/ban/whitelist/add.json", "chatroomId=r&userId=alice&userId=bob");
    fine("/chatroom/user/ban/whitelist/query.json", "chatroomId=r");
    assert_int_equal(count("userIds"), 2);
    assert_int_equal(send_text(alice, "chatMsg", "r", "x").status, 0);
    fine("/chatroom/user/ban/whitelist/rollback.json", "chatroomId=r&userId=alice");
    assert_int_equal(send_text(alice, "chatMsg", "r", "x").status, 23408);
    player_free(alice);
}

static void test_entries(void **state)
{
    (void)state;
    fine("/chatroom/create.json", "chatroom[r]=R");
    struct player *alice = player_open("alice");
    join(alice);
    fine("/chatroom/entry/set.json", "chatroomId=r&userId=admin&key=topic&value=moon&"
                                     "objectName=x:set&content={}");
    struct chrm_kv_entity entry = pull_entry(alice);
    assert_str(entry.key, "topic");
    assert_str(entry.value, "moon");
    assert_str(entry.uid, "admin");
    player_await(alice, FRAME_PUBLISH, "s_ntf", -1); /* the message that goes with it */
    fine("/chatroom/entry/query.json", "chatroomId=r&keys=topic&keys=none");
    assert_int_equal(count("keys"), 1);
    assert_str(json_str(json_get(first("keys"), "autoDelete")), "0");
    assert_int_equal(json_kind(json_get(first("keys"), "lastSetTime")), JSON_STRING);
    fine("/chatroom/entry/set.json",
         "chatroomId=r&userId=other&key=topic&value=sun&autoDelete=1");
    assert_str(pull_entry(alice).value, "sun");
    fine("/chatroom/entry/query.json", "chatroomId=r");
    assert_str(json_str(json_get(first("keys"), "userId")), "other");
    assert_str(json_str(json_get(first("keys"), "autoDelete")), "1");
    fine("/chatroom/entry/remove.json", "chatroomId=r&userId=admin&key=topic");
    assert_int_equal(pull_entry(alice).status & 4, 4);
    fine("/chatroom/entry/remove.json",
         "chatroomId=r&userId=admin&key=topic"); /* again */
    fine("/chatroom/entry/query.json", "chatroomId=r");
    assert_int_equal(count("keys"), 0);
    player_free(alice);
}

static void test_entry_of_who_leaves(void **state)
{
    static const struct chrm_input input = { .has = 1, .nothing = 1 };
    struct chrm_output out;
    (void)state;
    struct player *alice = player_open("alice");
    join(alice);
    fine("/chatroom/entry/set.json",
         "chatroomId=r&userId=alice&key=mine&value=1&autoDelete=1");
    assert_int_equal(
        ask(alice, "exitChrm", "r", &chrm_input_type, &input, &chrm_output_type, &out),
        0);
    fine("/chatroom/entry/query.json", "chatroomId=r");
    assert_int_equal(count("keys"), 0);
    player_free(alice);
}

static void test_batch(void **state)
{
    (void)state;
    const char *path = "/chatroom/entry/batch/set.json";
    fine("/chatroom/create.json", "chatroom[r]=R");
    refused(path, "chatroomId=r&entryOwnerId=a");
    refused(path, "chatroomId=none&entryOwnerId=a&entryInfo={\"k\":\"v\"}");
    refused(path, "chatroomId=r&entryInfo={\"k\":\"v\"}");
    refused(path, "chatroomId=r&entryOwnerId=a&entryInfo={\"k\":7}");
    refused(path, "chatroomId=r&entryOwnerId=a&entryInfo={\"a\":\"1\",\"b\":\"1\","
                  "\"c\":\"1\",\"d\":\"1\",\"e\":\"1\",\"f\":\"1\",\"g\":\"1\","
                  "\"h\":\"1\",\"i\":\"1\",\"j\":\"1\",\"k\":\"1\"}");
    fine("/chatroom/entry/query.json", "chatroomId=r");
    assert_int_equal(count("keys"), 0);
    fine(path, "chatroomId=r&entryOwnerId=a&entryInfo={\"k\":\"1\",\"l\":\"2\"}");
    fine("/chatroom/entry/query.json", "chatroomId=r");
    assert_int_equal(count("keys"), 2);
}

static void test_bad_entries(void **state)
{
    static const char *const bad[] = {
        "chatroomId=r&userId=a&key=k",
        "chatroomId=r&userId=a&value=v",
        "chatroomId=r&key=k&value=v",
        "userId=a&key=k&value=v",
        "chatroomId=none&userId=a&key=k&value=v",
        "chatroomId=r&userId=a&key=k%20k&value=v",
        "chatroomId=r&userId=a&key=k&value=v&autoDelete=2",
    };
    char form[128];
    (void)state;
    fine("/chatroom/create.json", "chatroom[r]=R");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refused("/chatroom/entry/set.json", bad[i]);
    refused("/chatroom/entry/remove.json", "chatroomId=r&userId=a");
    refused("/chatroom/entry/query.json", "");
    refused("/chatroom/entry/query.json", "chatroomId=none");
    for (int i = 0; i < 100; i++) {
        snprintf(form, sizeof form, "chatroomId=r&userId=a&key=k%d&value=v", i);
        fine("/chatroom/entry/set.json", form);
    }
    refused("/chatroom/entry/set.json", "chatroomId=r&userId=a&key=more&value=v");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(test_create_new),          RUN(test_names),
        RUN(test_white_list),          RUN(test_entries),
        RUN(test_entry_of_who_leaves), RUN(test_batch),
        RUN(test_bad_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
