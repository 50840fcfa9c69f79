/* Messages that are edited: who may, when, and what others are told. */
#include "stage.h"

static void make_group(void)
{
    assert_int_equal(
        rest("/group/create.json", "groupId=g&groupName=G&userId=alice&userId=bob"), 200);
}

static int modify(struct player *player, struct str uid, const char *content)
{
    struct msg_change_req want = { 0 };
    pb_put(want, msg_change_req, from_user_id, STR(""));
    pb_put(want, msg_change_req, target_id, STR("g"));
    pb_put(want, msg_change_req, type, 3);
    pb_put(want, msg_change_req, msg_uid, uid);
    pb_put(want, msg_change_req, msg_time, 0);
    pb_put(want, msg_change_req, content, str_from(content));
    return ask(player, "modifyMsg", "me", &msg_change_req_type, &want, NULL, NULL);
}

static struct pull_modify_msg_resp pull_edits(struct player *player, int64_t version)
{
    struct pull_modify_msg_req want = { 0 };
    struct pull_modify_msg_resp got;
    pb_put(want, pull_modify_msg_req, pull_version, version);
    assert_int_equal(ask(player, "pullModifyMsg", "me", &pull_modify_msg_req_type, &want,
                         &pull_modify_msg_resp_type, &got),
                     0);
    return got;
}

static void test_edit(void **state)
{
    (void)state;
    struct notify_msg notify;
    make_group();
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    int64_t version = pull_edits(bob, 0).next_version;
    assert_true(version > 0);
    struct frame ack = send_text(alice, "pgMsgP", "g", "tee");
    player_await(bob, FRAME_PUBLISH, "s_msg", -1);
    assert_int_equal(modify(bob, ack.uid, "{\"content\":\"no\"}"), 25107);
    assert_int_equal(modify(alice, STR("AAAA-AAAA-AAAA-AAAA"), "{}"), 25101);
    assert_int_equal(modify(alice, ack.uid, ""), 33003);
    assert_int_equal(modify(alice, ack.uid, "{\"content\":\"tea\"}"), 0);
    struct frame push = player_await(bob, FRAME_PUBLISH, "s_cmd", -1);
    assert_true(pb_decode(&notify_msg_type, &notify, push.payload, &stage.arena, NULL));
    assert_int_equal(notify.type, 12);
    struct pull_modify_msg_resp got = pull_edits(bob, version);
    assert_int_equal(got.msg.count, 1);
    assert_int_equal(got.msg.at[0].modify_type, 1);
    assert_str(got.msg.at[0].msg->content, "{\"content\":\"tea\"}");
    assert_int_equal(got.msg.at[0].msg->ext_status, 4);
    assert_true(str_eq(got.msg.at[0].msg->msg_id, ack.uid));
    assert_int_equal(pull_edits(bob, got.next_version).msg.count, 0);
    assert_str(history(bob, "qryGMsg", "g", 0, 10, 0).list.at[0].content,
               "{\"content\":\"tea\"}");
    player_free(alice);
    player_free(bob);
}

static void test_what_cannot_be_edited(void **state)
{
    (void)state;
    make_group();
    struct player *alice = player_open("alice");
    struct up_stream_message grey = up_message("RC:InfoNtf", "{}", 1);
    struct frame note = player_await(alice, FRAME_PUBACK, NULL,
                                     player_start(alice, FRAME_PUBLISH, "pgMsgP", "g",
                                                  &up_stream_message_type, &grey));
    assert_int_equal(modify(alice, note.uid, "{\"message\":\"x\"}"), 20116);
    struct frame ack = send_text(alice, "pgMsgP", "g", "tee");
    clock_add_ms(121000);
    assert_int_equal(modify(alice, ack.uid, "{\"content\":\"tea\"}"), 20114);
    char form[200];
    snprintf(form, sizeof form, "fromUserId=alice&groupId=g&content=%%7B%%7D&msgUID=%.*s",
             STR_ARG(ack.uid));
    assert_int_equal(rest("/message/group/modify.json", form), 200); /* at any time */
    assert_int_equal(rest("/message/private/modify.json", form), 400);
    assert_int_equal(rest("/message/group/modify.json", "fromUserId=alice&groupId=g"),
                     400);
    player_free(alice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(test_edit),
        RUN(test_what_cannot_be_edited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
