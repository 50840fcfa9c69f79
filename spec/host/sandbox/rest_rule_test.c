/* What the Server API sets for users, and what clients see of it: settings of
 * conversations, cleaned history, white lists, tags, mutes in all chatrooms. */
#include "rest_stage.h"

/* Settings. */

static void await_settings_notice(struct player *player)
{
    struct notify_msg notify;
    struct frame push = player_await(player, FRAME_PUBLISH, "s_cmd", -1);
    assert_true(pb_decode(&notify_msg_type, &notify, push.payload, &stage.arena, NULL));
    assert_int_equal(notify.type, 3);
}

/* The only setting that is newer than `since`, which moves on. */
static struct session_state_item setting(struct player *player, int64_t *since)
{
    struct session_req want = { 0 };
    struct session_states got;
    pb_put(want, session_req, time, *since);
    assert_int_equal(ask(player, "pullSeAtts", "me", &session_req_type, &want,
                         &session_states_type, &got),
                     0);
    assert_int_equal(got.state.count, 1);
    assert_str(got.state.at[0].channel_id, "g");
    assert_int_equal(got.state.at[0].type, 3);
    *since = got.version;
    size_t last = got.state.at[0].state_item.count;
    assert_true(last > 0);
    return got.state.at[0].state_item.at[last - 1];
}

#define CHAT "conversationType=3&requestId=alice&targetId=g"

static void test_notification(void **state)
{
    const char *set = "/conversation/notification/set.json";
    const char *get = "/conversation/notification/get.json";
    int64_t since = 0;
    (void)state;
    struct player *alice = player_open("alice");
    refused(set, CHAT);
    refused(set, CHAT "&isMuted=2");
    refused(set, CHAT "&isMuted=1&unpushLevel=3");
    refused(set, CHAT "&isMuted=1&unpushLevel=6");
    refused(set, "conversationType=4&requestId=alice&targetId=g&isMuted=1");
    refused(set, "conversationType=3&targetId=g&isMuted=1");
    refused(get, "conversationType=3&requestId=alice");
    refused(get, "requestId=alice&targetId=g");
    fine(get, CHAT);
    assert_int_equal(reply_int("isMuted"), 0);
    fine(set, CHAT "&isMuted=1");
    await_settings_notice(alice);
    struct session_state_item item = setting(alice, &since);
    assert_int_equal(item.session_state_type, 1);
    assert_str(item.value, "5");
    fine(get, CHAT);
    assert_int_equal(reply_int("isMuted"), 1);
    assert_int_equal(reply_int("unpushLevel"), 5);
    fine(set, CHAT "&isMuted=1&unpushLevel=4");
    fine(get, CHAT);
    assert_int_equal(reply_int("unpushLevel"), 4);
    fine(set, CHAT "&isMuted=0");
    assert_str(setting(alice, &since).value, "0");
    fine(get, CHAT);
    assert_int_equal(reply_int("isMuted"), 0);
    player_free(alice);
}

static void test_top(void **state)
{
    const char *path = "/conversation/top/set.json";
    int64_t since = 0;
    (void)state;
    struct player *alice = player_open("alice");
    refused(path, "conversationType=3&userId=alice&targetId=g");
    refused(path, "conversationType=3&userId=alice&targetId=g&setTop=x");
    refused(path, "conversationType=2&userId=alice&targetId=g&setTop=true");
    refused(path, "conversationType=3&userId=alice&setTop=true");
    fine(path, "conversationType=3&userId=alice&targetId=g&setTop=true");
    await_settings_notice(alice);
    struct session_state_item item = setting(alice, &since);
    assert_int_equal(item.session_state_type, 2);
    assert_str(item.value, "1");
    fine(path, "conversationType=3&userId=alice&targetId=g&setTop=false");
    assert_str(setting(alice, &since).value, "0");
    player_free(alice);
}

static void test_clean(void **state)
{
    const char *path = "/conversation/message/history/clean.json";
    char form[128];
    (void)state;
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    refused(path, "conversationType=1&fromUserId=alice");
    refused(path, "conversationType=1&targetId=bob");
    refused(path, "conversationType=10&fromUserId=alice&targetId=bob");
    refused(path, "conversationType=1&fromUserId=alice&targetId=bob&msgTimestamp=x");
    send_text(alice, "ppMsgP", "bob", "one");
    int64_t first_ms = await_push(bob).sent_time_ms;
    send_text(bob, "ppMsgP", "alice", "two");
    snprintf(form, sizeof form,
             "conversationType=1&fromUserId=alice&targetId=bob&msgTimestamp=%lld",
             (long long)first_ms);
    fine(path, form);
    assert_int_equal(history(alice, "qryPMsg", "bob", 0, 10, 0).list.count, 1);
    fine(path, "conversationType=1&fromUserId=alice&targetId=bob");
    assert_int_equal(history(alice, "qryPMsg", "bob", 0, 10, 0).list.count, 0);
    assert_int_equal(history(bob, "qryPMsg", "alice", 0, 10, 0).list.count, 2);
    player_free(alice);
    player_free(bob);
}

static void join(struct player *player, struct chrm_output *out)
{
    static const struct chrm_input input = { .has = 1, .nothing = 1 };
    assert_int_equal(
        ask(player, "joinChrm", "r", &chrm_input_type, &input, &chrm_output_type, out),
        0);
}

static void test_clean_room(void **state)
{
    struct chrm_output out;
    (void)state;
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    join(alice, &out);
    join(bob, &out);
    assert_int_equal(send_text(alice, "chatMsg", "r", "one").status, 0);
    assert_int_equal(history(bob, "qryCHMsg", "r", 0, 10, 0).list.count, 1);
    fine("/conversation/message/history/clean.json",
         "conversationType=4&fromUserId=admin&targetId=r");
    assert_int_equal(history(bob, "qryCHMsg", "r", 0, 10, 0).list.count, 0);
    fine("/conversation/message/history/clean.json",
         "conversationType=4&fromUserId=admin&targetId=unknown");
    player_free(alice);
    player_free(bob);
}

/* Users. */

static void test_white_lists(void **state)
{
    (void)state;
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    refused("/user/whitelist/add.json", "userId=alice");
    refused("/user/whitelist/remove.json", "whiteUserId=bob");
    refused("/user/whitelist/query.json", "");
    assert_int_equal(send_text(bob, "ppMsgP", "alice", "open").status, 0);
    fine("/user/whitelist/add.json", "userId=alice&whiteUserId=carol&whiteUserId=dan");
    assert_int_equal(send_text(bob, "ppMsgP", "alice", "closed").status, 407);
    fine("/user/whitelist/query.json", "userId=alice&size=1");
    assert_int_equal(count("users"), 1);
    assert_str(reply_str("next"), "1");
    fine("/user/whitelist/add.json", "userId=alice&whiteUserId=bob");
    assert_int_equal(send_text(bob, "ppMsgP", "alice", "named").status, 0);
    fine("/user/whitelist/remove.json",
         "userId=alice&whiteUserId=bob&whiteUserId=carol&whiteUserId=dan");
    assert_int_equal(send_text(bob, "ppMsgP", "alice", "open").status, 0);
    player_free(alice);
    player_free(bob);
}

static void test_tags(void **state)
{
    static const char *const bad[] = {
        "{\"userId\":\"a\"}",
        "{\"userId\":\"a\",\"tags\":\"x\"}",
        "{\"userId\":\"a\",\"tags\":[7]}",
        "{\"userId\":\"a\",\"tags\":[\"\"]}",
        "{\"userId\":\"a\",\"tags\":[\"12345678901234567890123456789012345678901\"]}",
        "{\"userId\":\"a\",\"tags\":[1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1]}",
        "{\"tags\":[]}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(rest_json("/user/tag/set.json", bad[i]), 400);
    refused("/user/tag/set.json", "userId=a&tags=x"); /* a form */
    assert_int_equal(rest_json("/user/tag/batch/set.json", "{\"tags\":[\"x\"]}"), 400);
    refused("/user/tags/get.json", "");
    assert_int_equal(
        rest_json("/user/tag/set.json", "{\"userId\":\"a\",\"tags\":[\"old\",\"shy\"]}"),
        200);
    assert_int_equal(rest_json("/user/tag/batch/set.json",
                               "{\"userIds\":[\"b\",\"c\"],\"tags\":[\"new\"]}"),
                     200);
    assert_int_equal(rest_json("/user/tag/set.json", "{\"userId\":\"c\",\"tags\":[]}"),
                     200);
    fine("/user/tags/get.json", "userIds=a&userIds=b&userIds=c&userIds=nobody");
    const struct json *result = json_get(stage.reply, "result");
    assert_int_equal(json_size(result), 4);
    assert_int_equal(json_size(json_get(result, "a")), 2);
    assert_str(json_str(json_next(json_get(result, "b"), NULL)), "new");
    assert_int_equal(json_kind(json_get(result, "c")), JSON_ARRAY);
    assert_int_equal(json_size(json_get(result, "c")), 0);
    assert_int_equal(json_size(json_get(result, "nobody")), 0);
}

static void test_muted_in_all_rooms(void **state)
{
    struct chrm_output out;
    (void)state;
    struct player *alice = player_open("alice");
    join(alice, &out);
    assert_int_equal(out.chatroom_ban_state, 0);
    refused("/chatroom/user/ban/add.json", "userId=alice");
    refused("/chatroom/user/ban/add.json", "userId=alice&minute=43201");
    refused("/chatroom/user/ban/add.json", "minute=1");
    refused("/chatroom/user/ban/remove.json", "");
    fine("/chatroom/user/ban/add.json", "userId=alice&minute=1");
    assert_int_equal(send_text(alice, "chatMsg", "r", "x").status, 23408);
    join(alice, &out);
    assert_int_equal(out.chatroom_ban_state, 1);
    fine("/chatroom/user/ban/query.json", "");
    assert_int_equal(count("users"), 1);
    assert_str(json_str(json_get(first("users"), "userId")), "alice");
    fine("/chatroom/user/ban/remove.json", "userId=alice");
    assert_int_equal(send_text(alice, "chatMsg", "r", "x").status, 0);
    fine("/chatroom/user/ban/add.json", "userId=alice&minute=1");
    clock_add_ms(60000);
    fine("/chatroom/user/ban/query.json", "");
    assert_int_equal(count("users"), 0);
    player_free(alice);
}

static void test_deactivated(void **state)
{
    char token[128];
    (void)state;
    struct player *alice = player_open("alice");
    get_token("alice", token, sizeof token);
    refused("/user/deactivate.json", "");
    refused("/user/reactivate.json", "userId=");
    refused("/user/deactivate/query.json", "pageSize=51");
    fine("/user/deactivate.json", "userId=alice,bob");
    assert_true(reply_str("operateId").len > 0);
    assert_int_equal(player_await(alice, FRAME_DISCONNECT, NULL, -1).status, 9);
    player_free(alice);
    fine("//user/deactivate/query.json", "pageNo=1&pageSize=1");
    assert_int_equal(count("users"), 1);
    assert_str(json_str(first("users")), "alice");
    fine("/user/deactivate/query.json", "pageNo=2&pageSize=1");
    assert_str(json_str(first("users")), "bob");
    alice = player_dial(token, "");
    assert_int_equal(player_login(alice), 19);
    player_free(alice);
    refused("/user/reactivate.json", "userId=alice"); /* within the hour */
    clock_add_ms(3600000);
    fine("/user/reactivate.json", "userId=alice&userId=nobody");
    assert_true(reply_str("operateId").len > 0);
    fine("/user/activate.json", "userId=bob");
    fine("/user/deactivate/query.json", "");
    assert_int_equal(count("users"), 0);
    alice = player_dial(token, "");
    assert_int_equal(player_login(alice), 0);
    player_free(alice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(test_notification),       RUN(test_top),         RUN(test_clean),
        RUN(test_clean_room),         RUN(test_white_lists), RUN(test_tags),
        RUN(test_muted_in_all_rooms), RUN(test_deactivated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
