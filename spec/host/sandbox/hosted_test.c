/* Groups and friends that the cloud keeps: the group and friend services, the Server
 * API's side of them, events, and that a restart keeps them. */
#include "hosted_stage.h"

#include "sandbox/hosted.h"

static int kick(struct player *player, const char *group, const char *who)
{
    struct modify_channels_input in = { 0 };
    struct str users[] = { str_from(who) };
    pb_put(in, modify_channels_input, target_id, str_from(group));
    pb_put_list(in, modify_channels_input, users, users, 1);
    return ask(player, "channelMemKick", group, &modify_channels_input_type, &in,
               &channels_output_type, &(struct channels_output){ 0 });
}

/* friendAdd and friendHandle: the process code or, below zero, the status. */
static int befriend(struct player *player, const char *topic, const char *who, int type)
{
    struct friend_input in = { 0 };
    struct channels_output out = { 0 };
    pb_put(in, friend_input, target_id, str_from(who));
    pb_put(in, friend_input, type, type);
    pb_put(in, friend_input, info, STR("hi"));
    bool adds = strcmp(topic, "friendAdd") == 0;
    int status = ask(player, topic, "me", &friend_input_type, &in,
                     adds ? &channels_output_type : NULL, &out);
    return status ? -status : (int)out.process_code;
}

static size_t count_of(const char *path, const char *form, const char *list)
{
    assert_int_equal(rest(path, form), 200);
    return json_size(json_get(stage.reply, list));
}

static void test_off(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    assert_int_equal(kick(alice, "g", "bob"), 24369);
    assert_int_equal(befriend(alice, "friendAdd", "alice", 2), -24369);
    assert_int_equal(rest("/friend/get.json", "userId=alice"), 430);
    assert_int_equal(rest("/entrust/group/create.json", "groupId=g&name=G&owner=a"), 430);
    assert_int_equal(reply_int("code"), 1009);
    player_free(alice);
}

static void test_rights(void **state)
{
    (void)state;
    hosting(true);
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    player_free(player_open("carol"));
    player_free(player_open("dora"));
    assert_int_equal(rest("/entrust/group/create.json",
                          "groupId=g&name=G&owner=alice&userIds=bob,carol&"
                          "permissions=%7B%22joinPerm%22%3A3%7D"),
                     200);
    assert_int_equal(rest("/group/create.json", "groupId=p&groupName=P&userId=bob"), 200);
    assert_int_equal(kick(bob, "none", "carol"), 25410);
    assert_int_equal(kick(bob, "p", "carol"), 25429);
    assert_int_equal(kick(bob, "g", "carol"), 25405);
    assert_int_equal(kick(alice, "g", "dora"), 25418);
    assert_int_equal(kick(alice, "g", "alice"), 25417);
    assert_int_equal(set(bob, "g", "name", "x"), 25405);
    assert_int_equal(set(alice, "g", "profilePerm", "2"), 0);
    assert_int_equal(set(bob, "g", "announcement", "Tea"), 0);
    assert_int_equal(enter(bob, "channelMemInvite", "g", "dora"), -25426);
    assert_int_equal(set(alice, "g", "invitePerm", "1"), 0);
    assert_int_equal(enter(alice, "channelMemInvite", "g", "dora"), 25427);
    assert_int_equal(kick(alice, "g", "carol"), 0);
    struct player *carol = player_open("carol");
    assert_int_equal(enter(carol, "channelMemJoin", "g", NULL), -25414);
    assert_int_equal(set(alice, "g", "joinPerm", "0"), 0);
    assert_int_equal(enter(carol, "channelMemJoin", "g", NULL), 25424);
    assert_int_equal(set(alice, "g", "joinPerm", "1"), 0);
    assert_int_equal(enter(carol, "channelMemJoin", "g", NULL), 0);
    assert_int_equal(enter(carol, "channelMemJoin", "g", NULL), -25412);
    assert_int_equal(count_of("/entrust/group/member/query.json", "groupId=g", "members"),
                     3);
    assert_int_equal(
        count_of("/entrust/group/member/query.json", "groupId=g&size=2", "members"), 2);
    assert_str(reply_str("pageToken"), "2");
    assert_int_equal(rest("/entrust/group/quit.json", "groupId=g&userIds=alice"), 400);
    assert_int_equal(reply_int("code"), 25417);
    player_free(alice);
    player_free(bob);
    player_free(carol);
}

static void test_events(void **state)
{
    (void)state;
    hosting(true);
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    int64_t before = events(bob, 0).sync_time;
    assert_int_equal(befriend(alice, "friendAdd", "bob", 2), 25461);
    player_await(bob, FRAME_PUBLISH, "s_cmd", -1);
    struct event_change_list news = events(bob, before);
    assert_int_equal(news.list.count, 1);
    assert_int_equal(news.list.at[0].change_type, EVENT_FRIEND);
    assert_int_equal(news.list.at[0].sub_change_type, FRIEND_REQUESTED);
    assert_str(news.list.at[0].business_id, "alice");
    struct friend_apply_event event;
    assert_true(pb_decode(&friend_apply_event_type, &event, news.list.at[0].event_data,
                          &stage.arena, NULL));
    assert_int_equal(event.apply_type, 2);
    assert_str(event.info, "hi");
    /* Nothing comes twice, and a first question gets no old news. */
    assert_int_equal(events(bob, news.sync_time).list.count, 0);
    assert_int_equal(events(bob, 0).list.count, 0);
    /* More than one answer holds. */
    for (int i = 0; i < 60; i++) {
        assert_int_equal(rest("/friend/add.json", "userId=bob&targetId=dora&optType=2"),
                         200);
        assert_int_equal(rest("/friend/delete.json", "userId=bob&targetIds=dora"), 200);
    }
    struct event_change_list first = events(bob, news.sync_time);
    assert_int_equal(first.list.count, 100);
    assert_true(first.has_next);
    struct event_change_list rest_of = events(bob, first.sync_time);
    assert_int_equal(rest_of.list.count, 20);
    assert_false(rest_of.has_next);
    player_free(alice);
    player_free(bob);
}

static void test_friends(void **state)
{
    (void)state;
    hosting(true);
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    assert_int_equal(befriend(alice, "friendAdd", "alice", 2), -25473);
    assert_int_equal(befriend(alice, "friendHandle", "bob", 1), -25466);
    assert_int_equal(befriend(alice, "friendAdd", "bob", 2), 25461);
    assert_int_equal(befriend(bob, "friendHandle", "alice", 2), 0);
    assert_int_equal(befriend(bob, "friendHandle", "alice", 1), -25466);
    assert_int_equal(count_of("/friend/get.json", "userId=bob", "friendList"), 0);
    assert_int_equal(rest("/user/blacklist/add.json", "userId=bob&blackUserId=alice"),
                     200);
    assert_int_equal(befriend(alice, "friendAdd", "bob", 2), -25462);
    assert_int_equal(befriend(bob, "friendAdd", "alice", 2), -25464);
    assert_int_equal(rest("/user/blacklist/remove.json", "userId=bob&blackUserId=alice"),
                     200);
    /* Each asks the other: they agree. */
    assert_int_equal(befriend(alice, "friendAdd", "bob", 2), 25461);
    assert_int_equal(befriend(bob, "friendAdd", "alice", 2), 0);
    assert_int_equal(befriend(bob, "friendAdd", "alice", 2), -25460);
    assert_int_equal(count_of("/friend/get.json", "userId=alice", "friendList"), 1);
    player_free(alice);
    player_free(bob);
}

/* updUserProfile with one key: the status. */
static int change(struct player *player, const char *key, const char *value, bool extra)
{
    struct profile_info pair = { 0 };
    struct user_profile in = { 0 };
    struct set_user_profile_resp out;
    pb_put(pair, profile_info, key, str_from(key));
    pb_put(pair, profile_info, value, str_from(value));
    if (extra)
        pb_put_list(in, user_profile, user_ext_profile, &pair, 1);
    else
        pb_put_list(in, user_profile, user_profile, &pair, 1);
    return ask(player, "updUserProfile", "me", &user_profile_type, &in,
               &set_user_profile_resp_type, &out);
}

/* What the Server API tells of a profile. */
static struct str profile_of(const char *form, const char *field)
{
    assert_int_equal(count_of("/user/profile/batch/query.json", form, "userList"), 1);
    return json_str(json_get(json_next(json_get(stage.reply, "userList"), NULL), field));
}

static void test_profiles(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    assert_int_equal(change(alice, "name", "Al", false), 24369);
    assert_int_equal(rest("/user/profile/set.json", "userId=alice"), 430);
    hosting(true);
    assert_int_equal(change(alice, "name", "Al", false), 0);
    assert_int_equal(change(alice, "gender", "2", false), 0);
    assert_int_equal(change(alice, "shift", "night", true), 0);
    assert_int_equal(change(alice, "gender", "3", false), 24368);
    assert_int_equal(change(alice, "level", "x", false), 24367);
    assert_int_equal(change(alice, "uniqueId", "a1", false), 24360);
    assert_int_equal(change(alice, "nmae", "x", false), 24361);
    assert_int_equal(change(alice, "", "x", true), 24362);
    assert_str(profile_of("userId=alice", "userProfile"),
               "{\"name\":\"Al\",\"portraitUri\":\"\",\"gender\":\"2\"}");
    assert_str(profile_of("userId=alice", "userExtProfile"), "{\"shift\":\"night\"}");
    assert_int_equal(rest("/user/profile/set.json",
                          "userId=alice&userProfile=%7B%22uniqueId%22%3A%22a1%22%7D"),
                     200);
    /* All of it or nothing. */
    assert_int_equal(rest("/user/profile/set.json",
                          "userId=alice&userProfile=%7B%22name%22%3A%22B%22%2C%22role%22"
                          "%3A101%7D"),
                     400);
    assert_int_equal(reply_int("code"), 24368);
    assert_int_equal(rest("/user/profile/set.json", "userId=alice&userProfile=1"), 400);
    struct user_profile_input nothing = { 0 };
    struct user_profile own;
    pb_put(nothing, user_profile_input, nothing, 1);
    assert_int_equal(ask(alice, "pullOwnProfile", "me", &user_profile_input_type,
                         &nothing, &user_profile_type, &own),
                     0);
    assert_str(own.user_profile.at[0].value, "Al");
    assert_int_equal(own.user_profile.count, 4);
    assert_int_equal(own.version, 5);
    for (int i = 1; i < 20; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        assert_int_equal(change(alice, key, "v", true), 0);
    }
    assert_int_equal(change(alice, "k20", "v", true), 24363);
    player_free(alice);
}

/* qrySubData: 1 online, 0 not, -1 not told. */
static int online(struct player *player, int type, const char *who)
{
    struct user_sub_detail user = { 0 };
    struct qry_sub_data_req in = { 0 };
    struct pull_sub_data_resp out;
    pb_put(user, user_sub_detail, sub_user_id, str_from(who));
    pb_put(in, qry_sub_data_req, sub_type, type);
    pb_put_list(in, qry_sub_data_req, sub_users, &user, 1);
    assert_int_equal(ask(player, "qrySubData", "me", &qry_sub_data_req_type, &in,
                         &pull_sub_data_resp_type, &out),
                     0);
    return out.list.count ? (int)out.list.at[0].data.at[0].value : -1;
}

static void test_friends_are_seen(void **state)
{
    (void)state;
    hosting(true);
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    assert_int_equal(online(alice, 3, "bob"), -1);
    assert_int_equal(
        rest("/friend/profile/set.json", "userId=alice&targetId=bob&remarkName=Bo"), 400);
    assert_int_equal(reply_int("code"), 25469);
    assert_int_equal(rest("/friend/add.json", "userId=alice&targetId=bob&optType=2"),
                     200);
    assert_int_equal(online(alice, 3, "bob"), 1);
    assert_int_equal(online(alice, 1, "bob"), -1); /* subscribed to: nobody */
    player_free(bob);
    assert_int_equal(online(alice, 3, "bob"), 0);
    assert_int_equal(
        rest("/friend/profile/set.json", "userId=alice&targetId=bob&remarkName=Bo"), 200);
    assert_int_equal(count_of("/friend/get.json", "userId=alice", "friendList"), 1);
    const struct json *friend = json_next(json_get(stage.reply, "friendList"), NULL);
    assert_str(json_str(json_get(friend, "remarkName")), "Bo");
    player_free(alice);
}

/* The only member that the form asks about. */
static const struct json *member(const char *form)
{
    assert_int_equal(
        count_of("/entrust/group/member/specific/query.json", form, "members"), 1);
    return json_next(json_get(stage.reply, "members"), NULL);
}

static void test_members_by_the_server(void **state)
{
    (void)state;
    hosting(true);
    struct player *bob = player_open("bob");
    assert_int_equal(
        rest("/group/create.json", "groupId=g&groupName=Old&userId=bob&userId=carol"),
        200);
    assert_int_equal(rest("/entrust/group/member/query.json", "groupId=g"), 400);
    assert_int_equal(rest("/entrust/group/import.json", "groupId=g&owner=alice"), 400);
    assert_int_equal(rest("/entrust/group/import.json", "groupId=x&name=X&owner=a"), 400);
    assert_int_equal(rest("/entrust/group/import.json",
                          "groupId=g&name=New&owner=alice&permissions=x"),
                     400);
    assert_int_equal(rest("/entrust/group/import.json", "groupId=g&name=New&owner=alice"),
                     200);
    assert_int_equal(rest("/entrust/group/import.json", "groupId=g&name=New&owner=alice"),
                     400); /* it is one now */
    assert_int_equal(count_of("/entrust/group/member/query.json", "groupId=g", "members"),
                     3);
    assert_int_equal(json_int(json_get(member("groupId=g&userIds=alice,x"), "role"), 0),
                     ROLE_OWNER);

    assert_int_equal(rest("/entrust/group/member/set.json", "groupId=g&nickname=B"), 400);
    assert_int_equal(
        rest("/entrust/group/member/set.json", "groupId=g&userId=x&nickname=B"), 400);
    assert_int_equal(rest("/entrust/group/member/set.json",
                          "groupId=g&userId=bob&nickname=Bobby&extra=tall"),
                     200);
    assert_int_equal(
        rest("/entrust/group/member/set.json", "groupId=g&userId=bob&extra=small"), 200);
    const struct json *one = member("groupId=g&userIds=bob");
    assert_str(json_str(json_get(one, "nickname")), "Bobby");
    assert_str(json_str(json_get(one, "extra")), "small");
    assert_int_equal(rest("/entrust/group/member/specific/query.json", "groupId=g"), 400);

    assert_int_equal(rest("/entrust/group/member/kick/all.json", ""), 400);
    assert_int_equal(rest("/entrust/group/member/kick/all.json", "userId=bob"), 200);
    assert_int_equal(rest("/entrust/group/member/kick/all.json", "userId=alice"), 200);
    assert_int_equal(send_text(bob, "pgMsgP", "g", "x").status, 22406);
    assert_int_equal(count_of("/entrust/group/member/query.json", "groupId=g", "members"),
                     2); /* the owner stays */
    player_free(bob);
}

static void test_kept(void **state)
{
    (void)state;
    stage_restart();
    hosting(true);
    assert_int_equal(rest("/entrust/group/create.json",
                          "groupId=g&name=G&owner=alice&userIds=bob&"
                          "groupProfile=%7B%22announcement%22%3A%22Tea%22%7D"),
                     200);
    assert_int_equal(rest("/friend/add.json", "userId=alice&targetId=bob&optType=2"),
                     200);
    assert_int_equal(rest("/friend/add.json", "userId=alice&targetId=carol"), 200);
    assert_int_equal(rest("/user/getToken.json", "userId=alice&name=Alice"), 200);
    assert_int_equal(rest("/user/profile/set.json",
                          "userId=alice&userProfile=%7B%22level%22%3A7%7D&"
                          "userExtProfile=%7B%22k%22%3A%22v%22%7D"),
                     200);
    stage_restart();
    hosting(true);
    assert_int_equal(
        count_of("/entrust/group/profile/query.json", "groupIds=g", "profiles"), 1);
    const struct json *group = json_next(json_get(stage.reply, "profiles"), NULL);
    assert_str(json_str(json_get(group, "owner")), "alice");
    assert_str(json_str(json_get(group, "groupProfile")), "{\"announcement\":\"Tea\"}");
    assert_int_equal(count_of("/friend/get.json", "userId=bob", "friendList"), 1);
    assert_str(profile_of("userId=alice", "userExtProfile"), "{\"k\":\"v\"}");
    assert_str(profile_of("userId=alice", "userProfile"),
               "{\"name\":\"Alice\",\"portraitUri\":\"\",\"level\":\"7\"}");
    struct player *carol = player_open("carol");
    assert_int_equal(befriend(carol, "friendHandle", "alice", 1), 0);
    player_free(carol);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_off, stage_open, stage_close),
        cmocka_unit_test_setup_teardown(test_rights, stage_open, stage_close),
        cmocka_unit_test_setup_teardown(test_events, stage_open, stage_close),
        cmocka_unit_test_setup_teardown(test_friends, stage_open, stage_close),
        cmocka_unit_test_setup_teardown(test_profiles, stage_open, stage_close),
        cmocka_unit_test_setup_teardown(test_friends_are_seen, stage_open, stage_close),
        cmocka_unit_test_setup_teardown(test_members_by_the_server, stage_open,
                                        stage_close),
        cmocka_unit_test_setup_teardown(test_kept, stage_open, stage_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
