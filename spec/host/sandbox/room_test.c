/* Chatrooms, the conversation list, and what a client asks at connect. */
#include "stage.h"

static const struct chrm_input join_input = { .has = 1, .nothing = 1 };

static int join(struct player *player, const char *topic, const char *room,
                struct chrm_output *out)
{
    return ask(player, topic, room, &chrm_input_type, &join_input, &chrm_output_type,
               out);
}

static struct chrm_down_stream_messages room_pull(struct player *player, int64_t from,
                                                  int count)
{
    struct chrm_pull_msg want = { 0 };
    struct chrm_down_stream_messages got;
    pb_put(want, chrm_pull_msg, sync_time, from);
    pb_put(want, chrm_pull_msg, count, count);
    assert_int_equal(ask(player, "chrmPull", "r", &chrm_pull_msg_type, &want,
                         &chrm_down_stream_messages_type, &got),
                     0);
    return got;
}

static void test_join_and_leave(void **state)
{
    struct chrm_output out;
    (void)state;
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    assert_int_equal(join(alice, "joinChrmR", "r", &out), 23410);
    assert_int_equal(send_text(alice, "chatMsg", "r", "x").status, 23410);
    assert_int_equal(join(alice, "joinChrm", "r", &out), 0);
    assert_int_equal(out.member_count, 1);
    assert_int_equal(send_text(bob, "chatMsg", "r", "x").status, 23406);
    assert_int_equal(join(bob, "joinChrmR", "r", &out), 0);
    assert_int_equal(out.member_count, 2);

    struct query_chat_room_info_input want = { 0 };
    struct query_chat_room_info_output info;
    pb_put(want, query_chat_room_info_input, count, 10);
    pb_put(want, query_chat_room_info_input, order, 1);
    assert_int_equal(ask(alice, "queryChrmI", "r", &query_chat_room_info_input_type,
                         &want, &query_chat_room_info_output_type, &info),
                     0);
    assert_int_equal(info.user_total_nums, 2);
    assert_str(info.user_infos.at[0].id, "alice");
    pb_put(want, query_chat_room_info_input, order, 2);
    assert_int_equal(ask(alice, "queryChrmI", "r", &query_chat_room_info_input_type,
                         &want, &query_chat_room_info_output_type, &info),
                     0);
    assert_str(info.user_infos.at[0].id, "bob");

    assert_int_equal(join(bob, "exitChrm", "r", &out), 0);
    assert_int_equal(join(bob, "exitChrm", "r", &out), 23406);
    assert_int_equal(send_text(bob, "chatMsg", "r", "x").status, 23406);
    player_free(alice);
    WAIT_FOR(control("GET", "/_sandbox/state", "") == 200 &&
             reply_int("connections") == 1);
    const struct json *room = json_next(json_get(stage.reply, "rooms"), NULL);
    assert_int_equal(json_size(json_get(room, "members")),
                     0); /* she left with her socket */
    player_free(bob);
}

static void test_messages_by_notice_and_pull(void **state)
{
    struct chrm_output out;
    struct notify_msg notify;
    (void)state;
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    join(alice, "joinChrm", "r", &out);
    join(bob, "joinChrm", "r", &out);
    assert_int_equal(send_text(alice, "chatMsg", "r", "one").status, 0);
    struct frame push = player_await(bob, FRAME_PUBLISH, "s_ntf", -1);
    assert_true(pb_decode(&notify_msg_type, &notify, push.payload, &stage.arena, NULL));
    assert_int_equal(notify.type, 2);
    assert_str(notify.chrm_id, "r");
    struct chrm_down_stream_messages got = room_pull(bob, 0, 10);
    assert_int_equal(got.list.count, 1);
    struct down_stream_message one;
    assert_true(
        pb_decode(&down_stream_message_type, &one, got.list.at[0], &stage.arena, NULL));
    assert_str(one.from_user_id, "alice");
    assert_str(one.group_id, "r");
    assert_int_equal(one.type, 4);
    assert_true(got.sync_time >= notify.time);
    send_text(bob, "chatMsg", "r", "two");
    send_text(alice, "chatMsg", "r", "three");
    got = room_pull(bob, got.sync_time, 10);
    assert_int_equal(got.list.count, 1); /* not his own */
    assert_int_equal(room_pull(bob, 0, 2).list.count, 2);
    assert_int_equal(room_pull(bob, 0, -1).list.count, 0);
    assert_int_equal(history(alice, "qryCHMsg", "r", 0, 10, 0).list.count, 3);
    assert_int_equal(pull(bob, 0, 0, true).list.count, 0); /* no offline messages */
    player_free(alice);
    player_free(bob);
}

static void test_server_api_rules(void **state)
{
    struct chrm_output out;
    struct notify_msg notify;
    (void)state;
    struct player *alice = player_open("alice");
    assert_int_equal(rest("/chatroom/create.json", "chatroom%5Br%5D=Room"), 200);
    assert_int_equal(rest("/chatroom/create.json", "x=y"), 400);
    assert_int_equal(rest("/chatroom/query.json", "chatroomId=r&chatroomId=none"), 200);
    assert_int_equal(json_size(json_get(stage.reply, "chatRooms")), 1);
    assert_int_equal(join(alice, "joinChrmR", "r", &out), 0);
    assert_int_equal(rest("/chatroom/user/query.json", "chatroomId=r&count=10&order=1"),
                     200);
    assert_int_equal(reply_int("total"), 1);
    assert_int_equal(rest("/chatroom/user/query.json", "chatroomId=none"), 200);
    assert_int_equal(reply_int("total"), 0);
    assert_int_equal(rest("/chatroom/user/exist.json", "chatroomId=r&userId=alice"), 200);
    assert_true(json_bool(json_get(stage.reply, "isInChrm"), false));
    assert_int_equal(rest("/chatroom/users/exist.json", "chatroomId=r&userId=bob"), 200);
    assert_int_equal(rest("/chatroom/user/exist.json", "chatroomId=r"), 400);

    assert_int_equal(rest("/chatroom/user/gag/add.json", "chatroomId=r&userId=alice"),
                     400);
    assert_int_equal(
        rest("/chatroom/user/gag/add.json", "chatroomId=r&userId=alice&minute=1"), 200);
    assert_int_equal(send_text(alice, "chatMsg", "r", "x").status, 23408);
    assert_int_equal(rest("/chatroom/user/gag/list.json", "chatroomId=r"), 200);
    assert_int_equal(json_size(json_get(stage.reply, "users")), 1);
    assert_int_equal(
        rest("/chatroom/user/gag/rollback.json", "chatroomId=r&userId=alice"), 200);
    assert_int_equal(send_text(alice, "chatMsg", "r", "x").status, 0);
    assert_int_equal(rest("/chatroom/ban/add.json", "chatroomId=r"), 200);
    assert_int_equal(send_text(alice, "chatMsg", "r", "x").status, 23408);
    assert_int_equal(rest("/chatroom/ban/rollback.json", "chatroomId=r"), 200);

    assert_int_equal(
        rest("/message/chatroom/publish.json",
             "fromUserId=dj&toChatroomId=r&objectName=RC:TxtMsg&content=%7B%7D"),
        200);
    player_await(alice, FRAME_PUBLISH, "s_ntf", -1);
    assert_int_equal(room_pull(alice, 0, 10).list.count, 2);
    assert_int_equal(rest("/chatroom/destroy.json", "chatroomId=r&chatroomId=none"), 200);
    struct frame push = player_await(alice, FRAME_PUBLISH, "s_cmd", -1);
    assert_true(pb_decode(&notify_msg_type, &notify, push.payload, &stage.arena, NULL));
    assert_int_equal(notify.type, 4);
    assert_int_equal(send_text(alice, "chatMsg", "r", "x").status, 23410);
    player_free(alice);
}

static void test_who_is_kept_out(void **state)
{
    struct chrm_output out;
    struct notify_msg notify;
    (void)state;
    struct player *alice = player_open("alice");
    assert_int_equal(rest("/chatroom/get.json", "chatroomId=r"), 400);
    assert_int_equal(join(alice, "joinChrm", "r", &out), 0);
    assert_int_equal(rest("/chatroom/get.json", "chatroomId=r"), 200);
    assert_int_equal(reply_int("memberCount"), 1);
    assert_int_equal(rest("/chatroom/user/block/add.json", "chatroomId=r&userId=alice"),
                     400);
    assert_int_equal(
        rest("/chatroom/user/block/add.json", "chatroomId=r&userId=alice&minute=1"), 200);
    struct frame push = player_await(alice, FRAME_PUBLISH, "s_ntf", -1);
    assert_true(pb_decode(&notify_msg_type, &notify, push.payload, &stage.arena, NULL));
    assert_int_equal(notify.type, 2);
    assert_int_equal(send_text(alice, "chatMsg", "r", "x").status, 23406);
    assert_int_equal(join(alice, "joinChrm", "r", &out), 23409);
    assert_int_equal(join(alice, "joinChrmR", "r", &out), 23409);
    assert_int_equal(rest("/chatroom/user/block/list.json", "chatroomId=r"), 200);
    assert_int_equal(json_size(json_get(stage.reply, "users")), 1);
    assert_int_equal(
        rest("/chatroom/user/block/rollback.json", "chatroomId=r&userId=alice"), 200);
    assert_int_equal(join(alice, "joinChrmR", "r", &out), 0);
    player_free(alice);
}

static int set_key(struct player *player, const char *topic, const char *key,
                   const char *value, int status)
{
    struct chrm_kv_entity entry = { 0 };
    struct set_chrm_kv want = { 0 };
    pb_put(entry, chrm_kv_entity, key, str_from(key));
    pb_put(entry, chrm_kv_entity, value, str_from(value));
    pb_put(entry, chrm_kv_entity, status, status);
    pb_put(want, set_chrm_kv, entry, &entry);
    return ask(player, topic, "r", &set_chrm_kv_type, &want, NULL, NULL);
}

static struct chrm_kv_output pull_keys(struct player *player, int64_t from)
{
    struct query_chrm_kv want = { 0 };
    struct chrm_kv_output got;
    pb_put(want, query_chrm_kv, timestamp, from);
    assert_int_equal(ask(player, "pullKV", "r", &query_chrm_kv_type, &want,
                         &chrm_kv_output_type, &got),
                     0);
    return got;
}

static void test_keys(void **state)
{
    struct chrm_output out;
    struct notify_msg notify;
    (void)state;
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    assert_int_equal(set_key(alice, "setKV", "k", "v", 0), 23410);
    join(alice, "joinChrm", "r", &out);
    join(bob, "joinChrm", "r", &out);
    assert_int_equal(set_key(alice, "setKV", "bad key", "v", 0), 33003);
    assert_int_equal(set_key(alice, "setKV", "k", "v", 1), 0);
    struct frame push = player_await(bob, FRAME_PUBLISH, "s_cmd", -1);
    assert_true(pb_decode(&notify_msg_type, &notify, push.payload, &stage.arena, NULL));
    assert_int_equal(notify.type, 2);
    assert_int_equal(set_key(bob, "setKV", "k", "w", 0), 23424);
    assert_int_equal(set_key(bob, "delKV", "none", "", 0), 23427);
    assert_int_equal(set_key(bob, "setKV", "b", "w", 0), 0);
    struct chrm_kv_output got = pull_keys(bob, 0);
    assert_true(got.full_update);
    assert_int_equal(got.entries.count, 2);
    int64_t seen = got.sync_time;
    assert_int_equal(set_key(bob, "setKV", "k", "w", 3), 0); /* by force */
    got = pull_keys(alice, seen);
    assert_false(got.full_update);
    assert_int_equal(got.entries.count, 1);
    assert_str(got.entries.at[0].value, "w");
    seen = got.sync_time;
    assert_int_equal(join(bob, "exitChrm", "r", &out), 0); /* "k" goes with its owner */
    got = pull_keys(alice, seen);
    assert_int_equal(got.entries.count, 1);
    assert_int_equal(got.entries.at[0].status & 4, 4);
    assert_int_equal(pull_keys(alice, 0).entries.count, 1);
    player_free(alice);
    player_free(bob);
}

static void test_many_keys(void **state)
{
    struct chrm_output out;
    struct chrm_kvs_output got;
    struct chrm_kv_entity entries[11] = { 0 };
    struct set_chrm_kvs want = { 0 };
    (void)state;
    struct player *alice = player_open("alice");
    join(alice, "joinChrm", "r", &out);
    for (int i = 0; i < 11; i++) {
        static const char *const keys[] = { "a", "b", "c", "d", "e", "f",
                                            "g", "h", "i", "j", "k" };
        pb_put(entries[i], chrm_kv_entity, key, str_from(i == 1 ? "?" : keys[i]));
        pb_put(entries[i], chrm_kv_entity, value, STR("v"));
    }
    pb_put_list(want, set_chrm_kvs, entry, entries, 11);
    assert_int_equal(ask(alice, "setKVS", "r", &set_chrm_kvs_type, &want, NULL, NULL),
                     23429);
    pb_put_list(want, set_chrm_kvs, entry, entries, 1);
    assert_int_equal(
        ask(alice, "setKVS", "r", &set_chrm_kvs_type, &want, &chrm_kvs_output_type, &got),
        0);
    assert_int_equal(got.keys_version.count, 1);
    pb_put_list(want, set_chrm_kvs, entry, entries, 3);
    uint16_t id =
        player_start(alice, FRAME_QUERY, "setKVS", "r", &set_chrm_kvs_type, &want);
    struct frame answer = player_await(alice, FRAME_QUERYACK, NULL, id);
    assert_int_equal(answer.status, 23428);
    assert_true(
        pb_decode(&chrm_kvs_output_type, &got, answer.payload, &stage.arena, NULL));
    assert_int_equal(got.error_keys.count, 1);
    assert_str(got.error_keys.at[0].key, "?");
    player_free(alice);
}

static struct relations_output list(struct player *player)
{
    struct relation_qry_input want = { 0 };
    struct relations_output got;
    pb_put(want, relation_qry_input, count, 100);
    assert_int_equal(ask(player, "qryRelationR", "me", &relation_qry_input_type, &want,
                         &relations_output_type, &got),
                     0);
    return got;
}

static void test_conversation_list(void **state)
{
    (void)state;
    assert_int_equal(
        rest("/group/create.json", "groupId=g&groupName=G&userId=alice&userId=bob"), 200);
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    send_text(alice, "pgMsgP", "g", "in the group");
    clock_add_ms(10);
    send_text(alice, "ppMsgP", "bob", "to bob");
    struct relations_output got = list(bob);
    assert_int_equal(got.info.count, 2);
    assert_true(got.is_finished);
    assert_int_equal(got.info.at[0].type, 1); /* newest first */
    assert_str(got.info.at[0].user_id, "alice");
    assert_str(got.info.at[0].msg->content, "{\"content\":\"to bob\"}");
    assert_str(got.info.at[1].user_id, "g");

    struct relations_input old = { 0 };
    pb_put(old, relations_input, type, 1);
    pb_put(old, relations_input, count, 50);
    assert_int_equal(ask(bob, "qryRelation", "bob", &relations_input_type, &old,
                         &relations_output_type, &got),
                     0);
    assert_int_equal(got.info.count, 2);

    struct relation_op_input one = { 0 };
    struct relation_del_batch_req want = { 0 };
    pb_put(one, relation_op_input, conversation_id, STR("g"));
    pb_put(one, relation_op_input, conversation_type, 3);
    pb_put_list(want, relation_del_batch_req, relation, &one, 1);
    assert_int_equal(ask(bob, "delRelationBatch", "g", &relation_del_batch_req_type,
                         &want, NULL, NULL),
                     0);
    assert_int_equal(list(bob).info.count, 1);
    assert_int_equal(list(alice).info.count, 2);
    clock_add_ms(10);
    send_text(alice, "pgMsgP", "g", "again");
    assert_int_equal(list(bob).info.count, 2);
    player_free(alice);
    player_free(bob);
}

static void test_list_hides_what_went_to_others(void **state)
{
    struct str to[] = { STR("carol") };
    (void)state;
    assert_int_equal(rest("/group/create.json",
                          "groupId=g&groupName=G&userId=alice&userId=bob&userId=carol"),
                     200);
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    send_text(alice, "pgMsgP", "g", "for all");
    struct up_stream_message up = up_message("RC:TxtMsg", "{\"content\":\"psst\"}", 3);
    pb_put_list(up, up_stream_message, to_user_ids, to, 1);
    uint16_t id =
        player_start(alice, FRAME_PUBLISH, "pgMsgP", "g", &up_stream_message_type, &up);
    player_await(alice, FRAME_PUBACK, NULL, id);
    assert_str(list(bob).info.at[0].msg->content, "{\"content\":\"for all\"}");
    assert_str(list(alice).info.at[0].msg->content, "{\"content\":\"psst\"}");
    player_free(alice);
    player_free(bob);
}

static void test_settings(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    struct session_state_item item = { 0 };
    struct session_state one = { 0 };
    struct session_state_modify_req want = { 0 };
    struct session_state_modify_resp changed;
    struct session_req since = { 0 };
    struct session_states got;
    pb_put(item, session_state_item, session_state_type, 2);
    pb_put(item, session_state_item, value, STR("1"));
    pb_put(one, session_state, type, 1);
    pb_put(one, session_state, channel_id, STR("bob"));
    pb_put_list(one, session_state, state_item, &item, 1);
    pb_put(want, session_state_modify_req, version, 0);
    pb_put_list(want, session_state_modify_req, state, &one, 1);
    assert_int_equal(ask(alice, "setSeAtt", "alice", &session_state_modify_req_type,
                         &want, &session_state_modify_resp_type, &changed),
                     0);
    assert_true(changed.update_version);
    pb_put(since, session_req, time, 0);
    assert_int_equal(ask(alice, "pullSeAtts", "alice", &session_req_type, &since,
                         &session_states_type, &got),
                     0);
    assert_int_equal(got.version, changed.version);
    assert_int_equal(got.state.count, 1);
    assert_str(got.state.at[0].channel_id, "bob");
    assert_str(got.state.at[0].state_item.at[0].value, "1");
    pb_put(since, session_req, time, got.version);
    assert_int_equal(ask(alice, "pullSeAtts", "alice", &session_req_type, &since,
                         &session_states_type, &got),
                     0);
    assert_int_equal(got.state.count, 0);
    player_free(alice);
}

static void test_asked_at_connect(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    struct query_msg_change events = { 0 };
    struct event_change_list list_of_events;
    struct pull_modify_msg_req edits = { 0 };
    struct pull_modify_msg_resp edited;
    struct user_profile_input nothing = { 0 };
    struct user_profile profile;
    pb_put(events, query_msg_change, sync_time, 0);
    pb_put(edits, pull_modify_msg_req, pull_version, 5);
    pb_put(nothing, user_profile_input, nothing, 1);
    assert_int_equal(ask(alice, "qAppBot", "alice", NULL, NULL, NULL, NULL), 0);
    assert_int_equal(ask(alice, "reportsdk", "alice", NULL, NULL, NULL, NULL), 0);
    assert_int_equal(ask(alice, "channelCreate", "g", NULL, NULL, NULL, NULL), 24369);
    assert_int_equal(ask(alice, "pullEventChange", "alice", &query_msg_change_type,
                         &events, &event_change_list_type, &list_of_events),
                     0);
    assert_int_equal(list_of_events.sync_time, clock_wall_ms());
    assert_int_equal(ask(alice, "pullModifyMsg", "alice", &pull_modify_msg_req_type,
                         &edits, &pull_modify_msg_resp_type, &edited),
                     0);
    assert_int_equal(edited.next_version, 5);
    assert_true(edited.finished);
    assert_int_equal(ask(alice, "pullOwnProfile", "alice", &user_profile_input_type,
                         &nothing, &user_profile_type, &profile),
                     0);
    assert_str(profile.user_id, "alice");
    player_free(alice);
}

static void test_files(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    struct get_qnup_token_input up = { 0 };
    struct get_qnup_token_output token;
    struct get_download_url_input down = { 0 };
    struct get_download_url_output url;
    pb_put(up, get_qnup_token_input, type, 4);
    pb_put(up, get_qnup_token_input, key, STR("a.txt"));
    assert_int_equal(ask(alice, "qnTkn", "alice", &get_qnup_token_input_type, &up,
                         &get_qnup_token_output_type, &token),
                     0);
    assert_str(token.path, "a.txt");
    assert_true(token.deadline > clock_wall_ms());
    pb_put(down, get_download_url_input, type, 4);
    pb_put(down, get_download_url_input, key, STR("a.txt"));
    assert_int_equal(ask(alice, "qnUrl", "alice", &get_download_url_input_type, &down,
                         &get_download_url_output_type, &url),
                     0);
    assert_true(str_ends(url.download_url, STR("a.txt")));
    player_free(alice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(test_join_and_leave),
        RUN(test_messages_by_notice_and_pull),
        RUN(test_server_api_rules),
        RUN(test_who_is_kept_out),
        RUN(test_keys),
        RUN(test_many_keys),
        RUN(test_conversation_list),
        RUN(test_list_hides_what_went_to_others),
        RUN(test_settings),
        RUN(test_asked_at_connect),
        RUN(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
