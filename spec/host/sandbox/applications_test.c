/* Into hosted groups with somebody's consent: who is asked, who may answer, what the
 * others hear of it, and that a restart keeps it. */
#include "hosted_stage.h"

#include "sandbox/applications.h"

enum { REFUSE, ACCEPT };

/* A group of alice's, with bob as a manager and carol in it. */
static void make_group(const char *permissions)
{
    char form[300];
    hosting(true);
    snprintf(form, sizeof form,
             "groupId=g&name=G&owner=alice&userIds=bob,carol&permissions={%s}",
             permissions);
    assert_int_equal(rest("/entrust/group/create.json", form), 200);
    assert_int_equal(rest("/entrust/group/manager/add.json", "groupId=g&userIds=bob"),
                     200);
}

/* channelApplyResp: the process code, or minus the status. */
static int answer(struct player *player, bool as_manager, int result, const char *user,
                  const char *inviter)
{
    struct channels_member_response_input in = { 0 };
    struct channels_output out = { 0 };
    pb_put(in, channels_member_response_input, target_id, STR("g"));
    pb_put(in, channels_member_response_input, opt_type, as_manager);
    pb_put(in, channels_member_response_input, opt_result, result);
    pb_put(in, channels_member_response_input, join_user_id, str_from(user));
    pb_put(in, channels_member_response_input, inviter_id, str_from(inviter));
    pb_put(in, channels_member_response_input, detail,
           result == REFUSE ? STR("full") : STR_NONE);
    int status =
        ask(player, "channelApplyResp", "g", &channels_member_response_input_type, &in,
            &channels_output_type, &out);
    return status ? -status : (int)out.process_code;
}

static struct channels_invite_status_infos applications(struct player *player, int order,
                                                        int size, const char *token)
{
    struct channels_page_param page = { 0 };
    struct channels_query_input in = { 0 };
    struct channels_list_result out = { 0 };
    struct channels_invite_status_infos infos = { 0 };
    pb_put(page, channels_page_param, size, size);
    pb_put(page, channels_page_param, order, order);
    pb_put(page, channels_page_param, page_token, str_from(token));
    pb_put(in, channels_query_input, page, &page);
    assert_int_equal(ask(player, "qChannelApplyList", "me", &channels_query_input_type,
                         &in, &channels_list_result_type, &out),
                     0);
    assert_int_equal(out.list_type, 2);
    assert_true(pb_decode(&channels_invite_status_infos_type, &infos, out.result,
                          &stage.arena, NULL));
    return infos;
}

/* "user/inviter status direction detail" of the newest that the player may see. */
static const char *newest(struct player *player)
{
    static char text[200];
    struct channels_invite_status_infos infos = applications(player, 1, 10, "");
    if (infos.list.count == 0)
        return "";
    const struct channels_invite_status_info *one = &infos.list.at[0];
    snprintf(text, sizeof text, "%.*s/%.*s %d %d %.*s",
             STR_ARG(one->join_user_info->user_id),
             STR_ARG(one->inviter_info ? one->inviter_info->user_id : STR_NONE),
             (int)one->status, (int)one->direction_type, STR_ARG(one->detail));
    return text;
}

/* "status direction" of what came last, and that it came once. */
static const char *told(struct player *player, int64_t *since)
{
    static char text[40];
    struct channel_apply_info data;
    text[0] = '\0';
    struct event_change_list news = events(player, *since);
    for (size_t i = 0; i < news.list.count; i++) {
        const struct event_change *change = &news.list.at[i];
        if (change->change_type != EVENT_APPLICATION)
            continue;
        assert_true(pb_decode(&channel_apply_info_type, &data, change->event_data,
                              &stage.arena, NULL));
        assert_int_equal(data.status_info.count, 1);
        assert_string_equal(text, "");
        snprintf(text, sizeof text, "%d %d", (int)data.status_info.at[0].status,
                 (int)data.status_info.at[0].direction_type);
    }
    *since = news.sync_time;
    return text;
}

static bool is_member(const char *user)
{
    char form[80];
    snprintf(form, sizeof form, "groupId=g&userIds=%s", user);
    assert_int_equal(rest("/entrust/group/member/specific/query.json", form), 200);
    return json_size(json_get(stage.reply, "members")) == 1;
}

static void test_who_asks_is_let_in(void **state)
{
    (void)state;
    make_group("\"joinPerm\":2");
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    struct player *carol = player_open("carol"), *dora = player_open("dora");
    int64_t bobs = events(bob, 0).sync_time, carols = events(carol, 0).sync_time;
    int64_t doras = events(dora, 0).sync_time;
    assert_int_equal(enter(dora, "channelMemJoin", "g", NULL), 25424);
    assert_string_equal(told(bob, &bobs), "0 3");
    assert_string_equal(told(dora, &doras), "0 0");
    assert_string_equal(told(carol, &carols), "");
    assert_string_equal(newest(alice), "dora/ 0 3 ");
    assert_string_equal(newest(carol), "");
    assert_int_equal(answer(carol, true, ACCEPT, "dora", ""), -25405);
    assert_int_equal(answer(bob, true, ACCEPT, "erik", ""), -25421);
    assert_int_equal(answer(bob, true, REFUSE, "dora", ""), 0);
    assert_int_equal(answer(bob, true, ACCEPT, "dora", ""), -25428);
    assert_string_equal(told(dora, &doras), "1 0");
    assert_string_equal(newest(dora), "dora/ 1 0 full");
    assert_false(is_member("dora"));
    /* Asked once more it is one application again. */
    assert_int_equal(enter(dora, "channelMemJoin", "g", NULL), 25424);
    assert_int_equal(answer(alice, true, ACCEPT, "dora", ""), 0);
    assert_true(is_member("dora"));
    assert_string_equal(newest(dora), "dora/ 4 0 ");
    assert_int_equal(applications(dora, 0, 10, "").list.count, 1);
    player_free(alice);
    player_free(bob);
    player_free(carol);
    player_free(dora);
}

static void test_who_is_invited_consents(void **state)
{
    (void)state;
    make_group("\"joinPerm\":0,\"invitePerm\":1,\"memInvitePerm\":2");
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    struct player *carol = player_open("carol"), *dora = player_open("dora");
    int64_t alices = events(alice, 0).sync_time, doras = events(dora, 0).sync_time;
    /* By the owner: the invited has the last word. */
    assert_int_equal(enter(alice, "channelMemInvite", "g", "dora"), 25427);
    assert_string_equal(told(dora, &doras), "2 2");
    assert_string_equal(newest(dora), "dora/alice 2 2 ");
    assert_string_equal(newest(bob), "");
    assert_int_equal(answer(dora, false, REFUSE, "", "alice"), 0);
    assert_string_equal(newest(alice), "dora/alice 3 1 full");
    alices = events(alice, alices).sync_time;
    doras = events(dora, doras).sync_time;
    /* By a member: the owner has. */
    clock_add_ms(1);
    assert_int_equal(enter(carol, "channelMemInvite", "g", "dora"), 25427);
    assert_int_equal(answer(alice, true, ACCEPT, "dora", "carol"), -25428);
    assert_string_equal(told(alice, &alices), "");
    assert_int_equal(answer(dora, false, ACCEPT, "", "carol"), 25424);
    assert_string_equal(told(alice, &alices), "0 3");
    assert_int_equal(answer(bob, true, ACCEPT, "dora", "carol"), -25405);
    assert_int_equal(answer(alice, true, ACCEPT, "dora", "carol"), 0);
    assert_true(is_member("dora"));
    assert_string_equal(newest(carol), "dora/carol 4 1 ");
    /* Those of two are two, in either order, page by page. */
    struct channels_invite_status_infos first = applications(alice, 0, 1, "");
    assert_int_equal(first.list.count, 1);
    assert_str(first.list.at[0].inviter_info->user_id, "alice");
    assert_str(applications(alice, 0, 1, "1").list.at[0].inviter_info->user_id, "carol");
    assert_str(applications(alice, 1, 1, "").list.at[0].inviter_info->user_id, "carol");
    player_free(alice);
    player_free(bob);
    player_free(carol);
    player_free(dora);
}

static void test_expires(void **state)
{
    (void)state;
    make_group("\"joinPerm\":0");
    struct player *alice = player_open("alice"), *dora = player_open("dora");
    assert_int_equal(enter(dora, "channelMemJoin", "g", NULL), 25424);
    clock_add_ms(7 * INT64_C(86400000) + 1);
    assert_string_equal(newest(alice), "dora/ 5 3 ");
    assert_int_equal(answer(alice, true, ACCEPT, "dora", ""), -25421);
    assert_int_equal(enter(dora, "channelMemJoin", "g", NULL), 25424);
    assert_int_equal(answer(alice, true, ACCEPT, "dora", ""), 0);
    player_free(alice);
    player_free(dora);
}

/* Whoever knocks under many names does not fill the memory. */
static void test_bounded(void **none)
{
    struct state state = { 0 };
    struct group *group = state_group(&state, STR("g"), 1);
    (void)none;
    group_host(group, STR("alice"));
    for (int i = 0; i <= APPLICATIONS_MAX; i++) {
        char id[16];
        snprintf(id, sizeof id, "u%d", i);
        group_application(group, str_from(id), STR_NONE)->time_ms = i + 1;
    }
    assert_int_equal(group->hosting->applications.len, APPLICATIONS_MAX);
    assert_null(group_find_application(group, STR("u0"), STR_NONE));
    assert_non_null(group_find_application(group, STR("u1"), STR_NONE));
    assert_null(group_find_application(group, STR("u1/u2"), STR_NONE));
    state_clear(&state);
}

static void test_kept(void **state)
{
    (void)state;
    stage_restart();
    make_group("\"joinPerm\":0,\"invitePerm\":1,\"memInvitePerm\":2");
    struct player *carol = player_open("carol"), *dora = player_open("dora");
    assert_int_equal(enter(carol, "channelMemInvite", "g", "dora"), 25427);
    assert_int_equal(answer(dora, false, ACCEPT, "", "carol"), 25424);
    player_free(carol);
    player_free(dora);
    stage_restart();
    hosting(true);
    struct player *alice = player_open("alice");
    assert_string_equal(newest(alice), "dora/carol 0 3 ");
    assert_int_equal(answer(alice, true, ACCEPT, "dora", "carol"), 0);
    assert_true(is_member("dora"));
    player_free(alice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_who_asks_is_let_in, stage_open, stage_close),
        cmocka_unit_test_setup_teardown(test_who_is_invited_consents, stage_open,
                                        stage_close),
        cmocka_unit_test_setup_teardown(test_expires, stage_open, stage_close),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test_setup_teardown(test_kept, stage_open, stage_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
