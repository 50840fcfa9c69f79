/* Sending, receiving, pulling, recalling. */
#include "stage.h"

static void make_group(const char *members)
{
    char form[256];
    snprintf(form, sizeof form, "groupId=g&groupName=G&%s", members);
    assert_int_equal(rest("/group/create.json", form), 200);
}

static int64_t time_of(const struct frame *ack)
{
    return (int64_t)ack->seconds * 1000 + ack->millis;
}

static void test_private_message_arrives(void **state)
{
    (void)state;
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    struct frame ack = send_text(alice, "ppMsgP", "bob", "hi");
    assert_int_equal(ack.status, 0);
    assert_int_equal(ack.uid.len, 19);
    struct frame push = player_await(bob, FRAME_PUBLISH, "s_msg", -1);
    assert_int_equal(push.qos, 1);
    assert_int_equal(push.id, 1);
    assert_str(push.target, "bob");
    struct down_stream_message got = read_push(&push);
    assert_str(got.from_user_id, "alice");
    assert_str(got.content, "{\"content\":\"hi\"}");
    assert_str(got.group_id, "");
    assert_int_equal(got.type, 1);
    assert_int_equal(got.status, 48); /* stored and counted */
    assert_int_equal(got.direction, 2);
    assert_int_equal(got.client_unique_id, 77);
    assert_int_equal(got.sent_time_ms, time_of(&ack));
    assert_true(str_eq(got.msg_id, ack.uid));
    player_free(alice);
    player_free(bob);
}

static void test_group_message_goes_to_the_others(void **state)
{
    (void)state;
    make_group("userId=alice&userId=bob&userId=carol");
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    struct player *carol = player_open("carol"), *dave = player_open("dave");
    struct frame ack = send_text(alice, "pgMsgP", "g", "all");
    assert_int_equal(ack.status, 0);
    struct down_stream_message got = await_push(bob);
    assert_str(got.group_id, "g");
    assert_str(got.from_user_id, "alice");
    assert_int_equal(got.type, 3);
    assert_true(str_eq(await_push(carol).msg_id, ack.uid));
    player_settle(alice);
    player_settle(dave);
    assert_int_equal(alice->count, 3);
    assert_int_equal(dave->count, 2);
    player_free(alice);
    player_free(bob);
    player_free(carol);
    player_free(dave);
}

static void test_directional_message(void **state)
{
    (void)state;
    make_group("userId=alice&userId=bob&userId=carol");
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    struct player *carol = player_open("carol");
    struct up_stream_message up = up_message("RC:TxtMsg", "{\"content\":\"psst\"}", 3);
    struct str to[] = { STR("bob") };
    pb_put_list(up, up_stream_message, to_user_ids, to, 1);
    uint16_t id =
        player_start(alice, FRAME_PUBLISH, "pgMsgP", "g", &up_stream_message_type, &up);
    assert_int_equal(player_await(alice, FRAME_PUBACK, NULL, id).status, 0);
    struct down_stream_message got = await_push(bob);
    assert_int_equal(got.to_user_ids.count, 1);
    player_settle(carol);
    assert_int_equal(carol->count, 2);
    assert_int_equal(history(bob, "qryGMsg", "g", 0, 10, 0).list.count, 1);
    assert_int_equal(history(alice, "qryGMsg", "g", 0, 10, 0).list.count, 1);
    assert_int_equal(history(carol, "qryGMsg", "g", 0, 10, 0).list.count, 0);
    player_free(alice);
    player_free(bob);
    player_free(carol);
}

static void test_offline_pull_and_cursors(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    for (int i = 0; i < 5; i++)
        send_text(alice, "ppMsgP", "bob", "x");
    struct player *bob = player_open("bob");
    struct down_stream_messages got = pull(bob, 0, 0, true);
    assert_int_equal(got.list.count, 5);
    assert_true(got.finished);
    for (size_t i = 1; i < 5; i++) /* all in one frozen millisecond, yet they increase */
        assert_true(got.list.at[i].sent_time_ms > got.list.at[i - 1].sent_time_ms);
    assert_int_equal(got.sync_time, got.list.at[4].sent_time_ms);
    assert_int_equal(pull(bob, got.sync_time, 0, true).list.count, 0);
    assert_int_equal(pull(bob, got.list.at[1].sent_time_ms, 0, true).list.count, 3);
    /* Nothing goes back, even when there is nothing. */
    assert_int_equal(pull(bob, got.sync_time + 5, 0, true).sync_time, got.sync_time + 5);
    player_free(alice);
    player_free(bob);
}

/* The official client compares a notice with its newest cursor, its own messages' too. */
static void test_news_is_later_than_what_one_said(void **state)
{
    (void)state;
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    int64_t said = 0;
    for (int i = 0; i < 5; i++) { /* in one frozen millisecond */
        struct frame ack = send_text(bob, "ppMsgP", "carol", "x");
        said = time_of(&ack);
    }
    send_text(alice, "ppMsgP", "bob", "hi");
    int64_t heard = await_push(bob).sent_time_ms;
    assert_true(heard > said);
    struct frame ack = send_text(bob, "ppMsgP", "carol", "y");
    assert_true(time_of(&ack) > heard);
    player_free(alice);
    player_free(bob);
}

static void acknowledge(struct player *player, uint16_t id)
{
    struct frame ack = { .type = FRAME_PUBACK, .id = id };
    player_send(player, &ack);
    player_settle(player);
}

static void test_acknowledged_messages_may_be_forgotten(void **state)
{
    (void)state;
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    send_text(alice, "ppMsgP", "bob", "a");
    acknowledge(bob, player_await(bob, FRAME_PUBLISH, "s_msg", -1).id);
    assert_int_equal(pull(bob, 0, 0, true).list.count, 1);
    assert_int_equal(control("POST", "/_sandbox/limits", "{\"keep_acked\":false}"), 200);
    send_text(alice, "ppMsgP", "bob", "b");
    send_text(alice, "ppMsgP", "bob", "c");
    send_text(alice, "ppMsgP", "bob", "d");
    player_await(bob, FRAME_PUBLISH, "s_msg", -1);
    acknowledge(bob, player_await(bob, FRAME_PUBLISH, "s_msg", -1).id);
    acknowledge(bob, 777);
    struct down_stream_messages got = pull(bob, 0, 0, true);
    assert_int_equal(got.list.count, 3);
    assert_str(got.list.at[0].content, "{\"content\":\"a\"}");
    assert_str(got.list.at[1].content, "{\"content\":\"b\"}");
    assert_str(got.list.at[2].content, "{\"content\":\"d\"}");
    player_free(alice);
    player_free(bob);
}

static void test_own_messages_carry_the_peer(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    send_text(alice, "ppMsgP", "bob", "mine");
    assert_int_equal(pull(alice, 0, 0, false).list.count, 0);
    struct down_stream_messages got = pull(alice, 0, 0, true);
    assert_int_equal(got.list.count, 1);
    assert_str(got.list.at[0].from_user_id, "bob");
    assert_int_equal(got.list.at[0].direction, 1);
    assert_int_equal(pull(alice, 0, got.list.at[0].sent_time_ms, true).list.count, 0);
    assert_int_equal(control("POST", "/_sandbox/limits", "{\"pull_send\":false}"), 200);
    assert_int_equal(pull(alice, 0, 0, true).list.count, 0);
    player_free(alice);
}

static void test_pages_and_gzip(void **state)
{
    char text[600];
    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(control("POST", "/_sandbox/limits", "{\"page\":30}"), 200);
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    for (int i = 0; i < 40; i++)
        send_text(alice, "ppMsgP", "bob", text);
    struct down_stream_messages got = pull(bob, 0, 0, true);
    assert_int_equal(got.list.count, 30);
    assert_false(got.finished);
    got = pull(bob, got.sync_time, 0, true);
    assert_int_equal(got.list.count, 10);
    assert_true(got.finished);

    struct sync_request_msg want = { 0 };
    pb_put(want, sync_request_msg, sync_time, 0);
    pb_put(want, sync_request_msg, is_polling, false);
    pb_put(want, sync_request_msg, compress_enabled, true);
    assert_int_equal(ask(bob, "pullMsg", "bob", &sync_request_msg_type, &want,
                         &down_stream_messages_type, &got),
                     0);
    assert_true(got.compress_enabled);
    assert_int_equal(got.list.count, 0);
    struct buf plain;
    struct down_stream_messages inside;
    buf_init(&plain, 1u << 20);
    assert_true(gzip_unpack(&plain, got.compressed_data, NULL));
    assert_true(pb_decode(&down_stream_messages_type, &inside, buf_str(&plain),
                          &stage.arena, NULL));
    assert_int_equal(inside.list.count, 30);
    buf_clear(&plain);
    player_free(alice);
    player_free(bob);
}

static void test_old_messages_are_not_pulled(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    send_text(alice, "ppMsgP", "bob", "old");
    clock_add_ms(8ll * 86400000);
    send_text(alice, "ppMsgP", "bob", "new");
    struct player *bob = player_open("bob");
    assert_int_equal(pull(bob, 0, 0, true).list.count, 1);
    assert_int_equal(history(bob, "qryPMsg", "alice", 0, 10, 0).list.count, 2);
    player_free(alice);
    player_free(bob);
}

static void test_notices_instead_of_messages(void **state)
{
    (void)state;
    assert_int_equal(control("POST", "/_sandbox/limits", "{\"push\":\"notice\"}"), 200);
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    struct frame ack = send_text(alice, "ppMsgP", "bob", "hi");
    struct frame push = player_await(bob, FRAME_PUBLISH, "s_ntf", -1);
    struct notify_msg notify;
    assert_true(pb_decode(&notify_msg_type, &notify, push.payload, &stage.arena, NULL));
    assert_int_equal(notify.type, 1);
    assert_int_equal(notify.time, time_of(&ack));
    struct down_stream_messages got = pull(bob, 0, 0, true);
    assert_int_equal(got.list.count, 1);
    assert_true(got.sync_time >= notify.time);
    player_free(alice);
    player_free(bob);
}

static void test_status_messages_only_reach_who_is_there(void **state)
{
    (void)state;
    make_group("userId=alice&userId=bob");
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    struct up_stream_message up = up_message("RC:TypSts", "{}", 0);
    player_start(alice, FRAME_PUBLISH, "ppMsgS", "bob", &up_stream_message_type, &up);
    struct down_stream_message got = await_push(bob);
    assert_str(got.object_name, "RC:TypSts");
    assert_str(got.msg_id, "");
    player_start(alice, FRAME_PUBLISH, "pgMsgS", "g", &up_stream_message_type, &up);
    assert_str(await_push(bob).group_id, "g");
    player_settle(alice);
    assert_int_equal(alice->count, 2); /* no PUBACK */
    assert_int_equal(pull(bob, 0, 0, true).list.count, 0);
    player_free(alice);
    player_free(bob);
}

static void test_not_stored_is_pulled_but_not_in_history(void **state)
{
    (void)state;
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    struct up_stream_message up = up_message("RC:CmdMsg", "{\"name\":\"n\"}", 0);
    uint16_t id =
        player_start(alice, FRAME_PUBLISH, "ppMsgP", "bob", &up_stream_message_type, &up);
    assert_int_equal(player_await(alice, FRAME_PUBACK, NULL, id).status, 0);
    assert_int_equal(await_push(bob).status, 0);
    assert_int_equal(pull(bob, 0, 0, true).list.count, 1);
    assert_int_equal(history(bob, "qryPMsg", "alice", 0, 10, 0).list.count, 0);
    player_free(alice);
    player_free(bob);
}

static void test_history_pages(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    int64_t times[6];
    for (int i = 0; i < 6; i++) {
        clock_add_ms(1000);
        struct frame ack = send_text(alice, "ppMsgP", "bob", "x");
        times[i] = time_of(&ack);
    }
    struct history_msg_ouput got = history(alice, "qryPMsg", "bob", 0, 4, 0);
    assert_int_equal(got.list.count, 4);
    assert_int_equal(got.has_msg, 1);
    assert_int_equal(got.list.at[0].sent_time_ms, times[5]); /* newest first */
    assert_int_equal(got.list.at[3].sent_time_ms, times[2]);
    assert_str(got.list.at[0].from_user_id, "bob");
    got = history(alice, "qryPMsg", "bob", got.sync_time, 4, 0);
    assert_int_equal(got.list.count, 2);
    assert_int_equal(got.has_msg, 0);
    got = history(alice, "qryPMsg", "bob", times[1], 3, 1);
    assert_int_equal(got.list.count, 3);
    assert_int_equal(got.list.at[0].sent_time_ms, times[2]); /* oldest first */
    assert_int_equal(got.has_msg, 1);
    assert_int_equal(history(alice, "qryPMsg", "nobody", 0, 4, 0).list.count, 0);

    struct history_msg_input want = { 0 };
    pb_put(want, history_msg_input, target_id, STR("g"));
    assert_int_equal(
        ask(alice, "qryGMsg", "g", &history_msg_input_type, &want, NULL, NULL), 22406);
    assert_int_equal(control("POST", "/_sandbox/limits", "{\"history\":false}"), 200);
    assert_int_equal(
        ask(alice, "qryPMsg", "bob", &history_msg_input_type, &want, NULL, NULL), 25102);
    player_free(alice);
}

static struct up_stream_message recall_of(const char *target, int type, struct str uid,
                                          char *content, size_t size)
{
    snprintf(content, size,
             "{\"conversationType\":%d,\"targetId\":\"%s\",\"messageUId\":\"%.*s\","
             "\"sentTime\":1,\"channelId\":\"\",\"isDelete\":false,\"isAdmin\":false}",
             type, target, STR_ARG(uid));
    return up_message("RC:RcCmd", content, 1);
}

static int recall(struct player *player, const char *target, int type, struct str uid)
{
    char content[512];
    struct up_stream_message up = recall_of(target, type, uid, content, sizeof content);
    uint16_t id = player_start(player, FRAME_PUBLISH, "recallMsg", "me",
                               &up_stream_message_type, &up);
    return player_await(player, FRAME_PUBACK, NULL, id).status;
}

static void test_recall(void **state)
{
    (void)state;
    make_group("userId=alice&userId=bob");
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    struct frame ack = send_text(alice, "pgMsgP", "g", "oops");
    await_push(bob);
    assert_int_equal(recall(bob, "g", 3, ack.uid), 25107);
    assert_int_equal(recall(alice, "h", 3, ack.uid), 25101);
    assert_int_equal(recall(alice, "g", 3, STR("AAAA-AAAA-AAAA-AAAA")), 25101);
    assert_int_equal(history(bob, "qryGMsg", "g", 0, 10, 0).list.count, 1);
    assert_int_equal(recall(alice, "g", 3, ack.uid), 0);
    struct down_stream_message got = await_push(bob);
    assert_str(got.object_name, "RC:RcCmd");
    assert_true(str_find(got.content, ack.uid) > 0);
    struct history_msg_ouput left = history(bob, "qryGMsg", "g", 0, 10, 0);
    assert_int_equal(left.list.count, 1);
    assert_str(left.list.at[0].object_name, "RC:RcCmd");
    player_free(alice);
    player_free(bob);
}

static void test_doubles_stay_doubles(void **state)
{
    (void)state;
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    send_text(alice, "ppMsgP", "bob", "same");
    send_text(alice, "ppMsgP", "bob", "same"); /* the same client_unique_id, too */
    assert_int_equal(pull(bob, 0, 0, true).list.count, 2);
    player_free(alice);
    player_free(bob);
}

static void test_delete_and_clean_for_oneself(void **state)
{
    (void)state;
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    struct frame ack = send_text(alice, "ppMsgP", "bob", "one");
    send_text(alice, "ppMsgP", "bob", "two");
    struct delete_msg one = { 0 };
    struct delete_msg_input want = { 0 };
    pb_put(one, delete_msg, msg_id, ack.uid);
    pb_put_list(want, delete_msg_input, msgs, &one, 1);
    assert_int_equal(ask(bob, "delMsg", "bob", &delete_msg_input_type, &want, NULL, NULL),
                     0);
    assert_int_equal(history(bob, "qryPMsg", "alice", 0, 10, 0).list.count, 1);
    assert_int_equal(history(alice, "qryPMsg", "bob", 0, 10, 0).list.count, 2);
    struct clean_his_msg_input clean = { 0 };
    pb_put(clean, clean_his_msg_input, target_id, STR("bob"));
    pb_put(clean, clean_his_msg_input, sent_time_ms, time_of(&ack));
    assert_int_equal(
        ask(alice, "cleanPMsg", "alice", &clean_his_msg_input_type, &clean, NULL, NULL),
        0);
    assert_int_equal(history(alice, "qryPMsg", "bob", 0, 10, 0).list.count, 1);
    /* Customer service is another conversation than the one with a person of that id. */
    assert_int_equal(history(alice, "qryCMsg", "bob", 0, 10, 0).list.count, 0);
    assert_int_equal(
        ask(alice, "cleanCMsg", "alice", &clean_his_msg_input_type, &clean, NULL, NULL),
        0);
    player_free(alice);
    player_free(bob);
}

/* qryRLBatch: the conversations that are named, as far as anything was said there. */
static void test_some_conversations(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    send_text(alice, "ppMsgP", "bob", "one");
    send_text(alice, "ppMsgP", "carol", "two");
    struct relation_op_input named[] = { { 0 }, { 0 } };
    struct relation_del_batch_req want = { 0 };
    struct relations_output got;
    static const char *const ids[] = { "carol", "dora" };
    for (size_t i = 0; i < 2; i++) {
        pb_put(named[i], relation_op_input, conversation_id, str_from(ids[i]));
        pb_put(named[i], relation_op_input, conversation_type, 1);
    }
    pb_put_list(want, relation_del_batch_req, relation, named, 2);
    assert_int_equal(ask(alice, "qryRLBatch", "alice", &relation_del_batch_req_type,
                         &want, &relations_output_type, &got),
                     0);
    assert_int_equal(got.info.count, 1);
    assert_str(got.info.at[0].user_id, "carol");
    assert_non_null(got.info.at[0].msg);
    want = (struct relation_del_batch_req){ 0 };
    assert_int_not_equal(ask(alice, "qryRLBatch", "alice", &relation_del_batch_req_type,
                             &want, &relations_output_type, &got),
                         0);
    player_free(alice);
}

static void test_strangers_cannot_look_up_messages(void **state)
{
    (void)state;
    struct player *alice = player_open("alice"), *eve = player_open("eve");
    struct frame ack = send_text(alice, "ppMsgP", "bob", "secret");
    struct message_query_info info = { 0 };
    struct msg_query want = { 0 };
    struct msg_query_ack got;
    pb_put(info, message_query_info, msg_time, time_of(&ack));
    pb_put(info, message_query_info, msg_uid, ack.uid);
    pb_put(want, msg_query, target_id, STR("bob"));
    pb_put(want, msg_query, type, 1);
    pb_put_list(want, msg_query, query, &info, 1);
    assert_int_equal(
        ask(eve, "qryMsg", "eve", &msg_query_type, &want, &msg_query_ack_type, &got), 0);
    assert_int_equal(got.list.count, 0);
    assert_int_equal(got.not_exist_msg_id.count, 1);
    assert_int_equal(
        ask(alice, "qryMsg", "alice", &msg_query_type, &want, &msg_query_ack_type, &got),
        0);
    assert_int_equal(got.list.count, 1);
    player_free(alice);
    player_free(eve);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(test_private_message_arrives),
        RUN(test_group_message_goes_to_the_others),
        RUN(test_directional_message),
        RUN(test_offline_pull_and_cursors),
        RUN(test_news_is_later_than_what_one_said),
        RUN(test_acknowledged_messages_may_be_forgotten),
        RUN(test_own_messages_carry_the_peer),
        RUN(test_pages_and_gzip),
        RUN(test_old_messages_are_not_pulled),
        RUN(test_notices_instead_of_messages),
        RUN(test_status_messages_only_reach_who_is_there),
        RUN(test_not_stored_is_pulled_but_not_in_history),
        RUN(test_history_pages),
        RUN(test_recall),
        RUN(test_doubles_stay_doubles),
        RUN(test_delete_and_clean_for_oneself),
        RUN(test_some_conversations),
        RUN(test_strangers_cannot_look_up_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
