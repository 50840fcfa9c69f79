/* The App Server's business data: users, friends, groups, conversations. */
#include "app_stage.h"

#include "store/sandbox_rows.h"

static char cookies[3][300]; /* of ann, ben and cat */

static void become(int who)
{
    snprintf(cookie, sizeof cookie, "%s", cookies[who]);
}

static void register_all(void)
{
    static const char *const names[] = { "ann", "ben", "cat" };
    for (int i = 0; i < 3; i++) {
        char body[200];
        cookie[0] = '\0';
        snprintf(body, sizeof body,
                 "{\"account\":\"%s\",\"password\":\"pw\",\"nickname\":\"%c%s\"}",
                 names[i], names[i][0] - 32, names[i] + 1);
        assert_int_equal(app("POST", "/user/register", body), 200);
        snprintf(cookies[i], sizeof cookies[i], "%.299s", cookie);
    }
    become(0);
}

static const struct json *results(void)
{
    return json_get(stage.reply, "result");
}

static const struct json *first(void)
{
    return json_next(results(), NULL);
}

static void fine(const char *method, const char *path, const char *body)
{
    int http = app(method, path, body);
    if (http != 200 || code() != 200)
        fail_msg("%s: HTTP %d, code %d", path, http, code());
}

static void refused(const char *method, const char *path, const char *body)
{
    assert_int_equal(app(method, path, body), 200);
    assert_int_equal(code(), 1006);
}

static void test_users(void **state)
{
    (void)state;
    cookie[0] = '\0';
    assert_int_equal(app("GET", "/user/ann", NULL), 403);
    register_all();
    fine("GET", "/user/ben", NULL);
    assert_str(result("nickname"), "Ben");
    refused("GET", "/user/nobody", NULL);
    fine("POST", "/user/batch", "{\"ids\":[\"ben\",\"nobody\",\"cat\"]}");
    assert_int_equal(json_size(results()), 2);
    assert_str(json_str(json_get(first(), "nickname")), "Ben");
    assert_int_equal(app("POST", "/user/batch", "{\"ids\":[]}"), 400);
    assert_int_equal(app("POST", "/user/batch", "{\"ids\":[7]}"), 400);
    fine("POST", "/user/updateUser", "{\"nickname\":\"Annie\"}");
    fine("GET", "/user/ann", NULL);
    assert_str(result("nickname"), "Annie");
    fine("POST", "/user/add_to_blacklist", "{\"friendId\":\"cat\"}");
    fine("GET", "/user/blacklist", NULL);
    assert_str(json_str(json_get(json_get(first(), "user"), "id")), "cat");
    fine("POST", "/user/remove_from_blacklist", "{\"friendId\":\"cat\"}");
    fine("GET", "/user/blacklist", NULL);
    assert_int_equal(json_size(results()), 0);
}

static int64_t friend_status(void)
{
    fine("GET", "/friendship/all", NULL);
    return json_int(json_get(first(), "status"), 0);
}

static void test_friends(void **state)
{
    (void)state;
    register_all();
    fine("POST", "/friendship/invite", "{\"friendId\":\"ben\",\"message\":\"hi\"}");
    assert_str(result("action"), "Sent");
    assert_int_equal(friend_status(), 10);
    become(1);
    assert_int_equal(friend_status(), 11);
    assert_str(json_str(json_get(first(), "message")), "hi");
    fine("POST", "/friendship/agree", "{\"friendId\":\"ann\"}");
    assert_int_equal(friend_status(), 20);
    refused("POST", "/friendship/agree", "{\"friendId\":\"cat\"}");
    refused("POST", "/friendship/agree", "{\"friendId\":\"ben\"}");
    refused("POST", "/friendship/delete", "{\"friendId\":\"nobody\"}");
    fine("POST", "/friendship/set_display_name",
         "{\"friendId\":\"ann\",\"displayName\":\"Boss\"}");
    fine("GET", "/friendship/ann/profile", NULL);
    assert_str(result("displayName"), "Boss");
    refused("GET", "/friendship/cat/profile", NULL);
    fine("POST", "/friendship/delete", "{\"friendId\":\"ann\"}");
    fine("GET", "/friendship/all", NULL);
    assert_int_equal(json_size(results()), 0);
    become(2);
    fine("POST", "/friendship/invite", "{\"friendId\":\"ann\"}");
    become(0);
    fine("POST", "/friendship/ignore", "{\"friendId\":\"cat\"}");
    assert_int_equal(friend_status(), 21);
}

static char group_path[80], group_field[80];

static void create_group(void)
{
    char id[65];
    fine("POST", "/group/create", "{\"name\":\"Tea\",\"memberIds\":[\"ben\"]}");
    assert_int_equal(json_size(json_get(results(), "userStatus")), 1);
    snprintf(id, sizeof id, "%.*s", STR_ARG(result("id")));
    snprintf(group_path, sizeof group_path, "/group/%s", id);
    snprintf(group_field, sizeof group_field, "\"groupId\":\"%s\"", id);
}

/* A page about the group; `rest` goes beside its id. */
static char *about(const char *rest)
{
    static char body[300];
    snprintf(body, sizeof body, "{%s%s}", group_field, rest);
    return body;
}

static int64_t role_of(const char *id)
{
    char path[100];
    const struct json *one = NULL;
    snprintf(path, sizeof path, "%s/members", group_path);
    fine("GET", path, NULL);
    while ((one = json_next(results(), one)))
        if (str_eq(json_str(json_get(json_get(one, "user"), "id")), str_from(id)))
            return json_int(json_get(one, "role"), -1);
    return -1;
}

static void test_groups(void **state)
{
    (void)state;
    register_all();
    struct player *ben = player_open("ben");
    create_group();
    struct frame push = player_await(ben, FRAME_PUBLISH, "s_msg", -1);
    struct down_stream_message told;
    assert_true(
        pb_decode(&down_stream_message_type, &told, push.payload, &stage.arena, NULL));
    assert_str(told.object_name, "RC:GrpNtf");
    assert_true(str_find(told.content, STR("\"operation\":\"Create\"")) >= 0);
    fine("GET", group_path, NULL);
    assert_str(result("name"), "Tea");
    assert_str(result("creatorId"), "ann");
    assert_int_equal(role_of("ann"), 0);
    assert_int_equal(role_of("ben"), 1);
    become(2);
    refused("GET", group_path, NULL);
    refused("POST", "/group/add", about(",\"memberIds\":[\"cat\"]"));
    fine("POST", "/group/join", about(""));
    refused("POST", "/group/rename", about(",\"name\":\"Mine\""));
    refused("POST", "/group/dismiss", about(""));
    become(0);
    refused("POST", "/group/quit", about("")); /* not without handing it over */
    fine("POST", "/group/set_manager", about(",\"memberIds\":[\"ben\"]"));
    assert_int_equal(role_of("ben"), 2);
    become(1);
    fine("POST", "/group/rename", about(",\"name\":\"Coffee\""));
    fine("POST", "/group/set_bulletin", about(",\"bulletin\":\"soon\""));
    fine("GET", group_path, NULL);
    assert_str(result("name"), "Coffee");
    assert_str(result("bulletin"), "soon");
    refused("POST", "/group/kick", about(",\"memberIds\":[\"ann\"]"));
    fine("POST", "/group/kick", about(",\"memberIds\":[\"cat\"]"));
    assert_int_equal(role_of("cat"), -1);
    fine("POST", "/group/mute_all", about(",\"muteStatus\":1"));
    fine("GET", group_path, NULL);
    assert_int_equal(json_int(json_get(results(), "isMute"), 0), 1);
    fine("POST", "/group/mute", about(",\"memberIds\":[\"ann\"],\"minute\":5"));
    fine("POST", "/group/mute", about(",\"memberIds\":[\"ann\"],\"minute\":-1"));
    become(0);
    fine("POST", "/group/transfer", about(",\"userId\":\"ben\""));
    assert_int_equal(role_of("ben"), 0);
    fine("POST", "/group/quit", about(""));
    fine("GET", "/user/groups", NULL);
    assert_int_equal(json_size(results()), 0);
    become(1);
    fine("POST", "/group/dismiss", about(""));
    refused("GET", group_path, NULL);
    refused("POST", "/group/join", about(""));
    player_free(ben);
}

/* What somebody was does not outlive the membership, nor the group. */
static void test_leaving_ends_rights(void **state)
{
    (void)state;
    register_all();
    create_group();
    fine("POST", "/group/set_manager", about(",\"memberIds\":[\"ben\"]"));
    refused("POST", "/group/kick", about(",\"memberIds\":[\"cat\"]")); /* not in it */
    fine("POST", "/group/kick", about(",\"memberIds\":[\"ben\"]"));
    fine("POST", "/group/add", about(",\"memberIds\":[\"ben\",\"ben\",\"ann\"]"));
    assert_int_equal(json_size(results()), 1);
    assert_int_equal(role_of("ben"), 1);
    fine("POST", "/group/set_manager", about(",\"memberIds\":[\"ben\"]"));
    become(1);
    fine("POST", "/group/quit", about(""));
    fine("POST", "/group/join", about(""));
    assert_int_equal(role_of("ben"), 1);
    char form[200];
    snprintf(form, sizeof form, "userId=ann&groupId=%s", group_path + 7);
    assert_int_equal(rest("/group/dismiss.json", form), 200);
    snprintf(form, sizeof form, "userId=ben&groupId=%s&groupName=New", group_path + 7);
    assert_int_equal(rest("/group/create.json", form), 200);
    fine("GET", group_path, NULL);
    assert_str(result("creatorId"), "");
    assert_int_equal(
        app("POST", "/group/mute", about(",\"memberIds\":[\"ben\"],\"minute\":43201")),
        200);
    assert_int_equal(code(), 1006); /* nobody's group */
}

static void test_conversations_with_names(void **state)
{
    (void)state;
    register_all();
    create_group();
    struct player *ann = player_open("ann"); /* which names her anew */
    fine("POST", "/user/updateUser", "{\"nickname\":\"Ann\"}");
    send_text(ann, "ppMsgP", "ben", "one");
    send_text(ann, "ppMsgP", "ben", "two");
    become(1);
    fine("GET", "/conversation/list", NULL);
    assert_int_equal(json_size(results()), 2); /* the group's notice, too */
    assert_str(json_str(json_get(first(), "name")), "Ann");
    assert_str(json_str(json_get(json_get(first(), "last"), "senderName")), "Ann");
    fine("GET", "/conversation/list?count=1", NULL);
    assert_int_equal(json_size(results()), 1);
    fine("GET", "/conversation/history?conversationType=1&targetId=ann&count=1", NULL);
    assert_true(json_bool(json_get(results(), "hasMore"), false));
    const struct json *one = json_next(json_get(results(), "messages"), NULL);
    assert_str(json_str(json_get(one, "content")), "{\"content\":\"two\"}");
    char path[140];
    snprintf(path, sizeof path,
             "/conversation/history?conversationType=1&targetId=ann&before=%lld",
             (long long)json_int(json_get(one, "sentTime"), 0));
    fine("GET", path, NULL);
    assert_int_equal(json_size(json_get(results(), "messages")), 1);
    assert_int_equal(app("GET", "/conversation/history?conversationType=4", NULL), 400);
    assert_int_equal(app("GET", "/conversation/list?count=0", NULL), 400);
    become(2);
    snprintf(path, sizeof path, "/conversation/history?conversationType=3&targetId=%s",
             group_path + 7);
    refused("GET", path, NULL);
    player_free(ann);
}

static void test_data_keeps_groups(void **state)
{
    (void)state;
    stage_restart();
    register_all();
    create_group();
    fine("POST", "/group/set_manager", about(",\"memberIds\":[\"ben\"]"));
    fine("POST", "/group/set_bulletin", about(",\"bulletin\":\"soon\""));
    stage_restart();
    fine("GET", group_path, NULL);
    assert_str(result("creatorId"), "ann");
    assert_str(result("bulletin"), "soon");
    assert_int_equal(role_of("ben"), 2);
    fine("POST", "/group/dismiss", about(""));
}

int main(void)
{
#define SPEC(fn) cmocka_unit_test_setup_teardown(fn, open_without_cookie, stage_close)
    const struct CMUnitTest tests[] = {
        SPEC(test_users),
        SPEC(test_friends),
        SPEC(test_groups),
        SPEC(test_leaving_ends_rights),
        SPEC(test_conversations_with_names),
        SPEC(test_data_keeps_groups),
    };
    return cmocka_run_group_tests_name("app", tests, NULL, NULL);
}
