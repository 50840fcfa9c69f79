/* What is posted to an app's server, and messages that wait for its verdict. */
#include "net/server.h"
#include "stage.h"

#define GOT_MAX 64

struct got {
    struct str query, body, type;      /* in the stage's arena */
    struct str proof[4];               /* headers: app key, nonce, timestamp, signature */
    struct server_request *unanswered; /* NULL: gone or answered */
};

/* The app's server. */
static struct app {
    struct server *server;
    struct got got[GOT_MAX];
    size_t count;
    int status; /* of its answers; 0: none for now */
    const char *answer;
} app;

static void on_request(void *arg, struct server_request *request)
{
    (void)arg;
    assert_true(app.count < GOT_MAX);
    struct got *got = &app.got[app.count++];
    got->query = arena_copy(&stage.arena, server_query(request));
    got->body = arena_copy(&stage.arena, server_body(request));
    got->type = arena_copy(&stage.arena, server_header(request, "Content-Type"));
    static const char *const proof[] = { "RC-App-Key", "RC-Nonce", "RC-Timestamp",
                                         "RC-Signature" };
    for (int i = 0; i < 4; i++)
        got->proof[i] = arena_copy(&stage.arena, server_header(request, proof[i]));
    got->unanswered = app.status ? NULL : request;
    server_set_request_data(request, got);
    if (app.status)
        server_reply(request, app.status, "application/json", NULL, str_from(app.answer));
}

static void on_request_gone(void *arg, struct server_request *request)
{
    (void)arg;
    ((struct got *)server_request_data(request))->unanswered = NULL;
}

static int open_app(void **state)
{
    static const struct server_events events = { .on_request = on_request,
                                                 .on_request_gone = on_request_gone };
    struct server_options options = { .host = STR("127.0.0.1") };
    struct err err = { 0 };
    if (stage_open(state))
        return 1;
    app = (struct app){ .status = 200, .answer = "OK" };
    app.server = server_open(stage.net, &options, &events, NULL, &err);
    return app.server == NULL;
}

static int close_app(void **state)
{
    server_close(app.server);
    return stage_close(state);
}

static void hook(const char *name, const char *path)
{
    char body[256];
    snprintf(body, sizeof body, "{\"%s\":\"http://127.0.0.1:%d%s\"}", name,
             server_port(app.server), path);
    assert_int_equal(control("POST", "/_sandbox/hooks", body), 200);
}

/* Without waiting for the answers of what was posted. */
static int64_t count(const char *name)
{
    control("GET", "/_sandbox/state", "");
    return json_int(json_get(json_get(stage.reply, "hooks"), name), -1);
}

static struct str param(struct str form, const char *name)
{
    struct buf out;
    buf_init(&out, 65536);
    bool there = server_param(form, name, &out);
    struct str value = there ? arena_copy(&stage.arena, buf_str(&out)) : STR_NONE;
    buf_clear(&out);
    return there && !value.at ? STR("") : value;
}

static void assert_param(struct str form, const char *name, const char *value)
{
    struct str have = param(form, name);
    if (!have.at || !str_eq(have, str_from(value)))
        fail_msg("%s is \"%.*s\", not \"%s\"", name, STR_ARG(have), value);
}

static bool signed_well(struct str query)
{
    char hex[DIGEST_SHA1_HEX];
    struct str parts[] = { STR(SECRET), param(query, "nonce"),
                           param(query, "timestamp") };
    digest_sha1_hex(parts, 3, hex);
    assert_param(query, "appKey", KEY);
    return str_eq(param(query, "signature"), str_from(hex));
}

static void make_group(void)
{
    assert_int_equal(
        rest("/group/create.json", "groupId=g&groupName=G&userId=alice&userId=bob"), 200);
}

static void test_route(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    make_group();
    hook("route", "/in?x=1");
    struct frame ack = send_text(alice, "pgMsgP", "g", "a&b");
    WAIT_FOR(app.count == 1);
    struct str form = app.got[0].body;
    assert_true(signed_well(app.got[0].query));
    assert_param(app.got[0].query, "x", "1");
    assert_true(str_starts(app.got[0].type, STR("application/x-www-form-urlencoded")));
    assert_param(form, "fromUserId", "alice");
    assert_param(form, "toUserId", "g");
    assert_param(form, "objectName", "RC:TxtMsg");
    assert_param(form, "content", "{\"content\":\"a&b\"}");
    assert_param(form, "channelType", "GROUP");
    assert_param(form, "sensitiveType", "0");
    assert_param(form, "source", "Websocket");
    assert_true(str_eq(param(form, "msgUID"), ack.uid));
    char time[24];
    snprintf(time, sizeof time, "%lld", (long long)ack.seconds * 1000 + ack.millis);
    assert_param(form, "msgTimestamp", time);
    WAIT_FOR(count("sent") == 1);
    player_free(alice);
}

static void test_server_messages(void **state)
{
    (void)state;
    const char *form =
        "fromUserId=bot&toUserId=alice&objectName=RC:TxtMsg&content=%7B%7D";
    hook("route", "/in");
    assert_int_equal(rest("/message/private/publish.json", form), 200);
    assert_int_equal(count("waiting") + count("sent"), 0);
    assert_int_equal(control("POST", "/_sandbox/hooks", "{\"route_server\":true}"), 200);
    assert_int_equal(rest("/message/private/publish.json", form), 200);
    WAIT_FOR(app.count == 1);
    assert_param(app.got[0].body, "source", "Server");
    assert_param(app.got[0].body, "channelType", "PERSON");
}

/* Three attempts five seconds apart, then it is lost. */
static void test_retries(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    hook("route", "/in");
    app.status = 503;
    send_text(alice, "ppMsgP", "bob", "one");
    WAIT_FOR(app.count == 1);
    WAIT_FOR(count("retried") == 1);
    clock_add_ms(4999);
    loop_turn(stage.loop, 0);
    assert_int_equal(app.count, 1);
    clock_add_ms(1);
    WAIT_FOR(app.count == 2);
    WAIT_FOR(count("retried") == 2);
    app.status = 200;
    clock_add_ms(5000);
    WAIT_FOR(count("sent") == 1);
    assert_int_equal(app.count, 3);
    app.status = 500;
    send_text(alice, "ppMsgP", "bob", "two");
    for (int i = 0; i < 3; i++) {
        WAIT_FOR(app.count == 4 + (size_t)i);
        WAIT_FOR(count("retried") + count("lost") == 3 + i);
        clock_add_ms(5000);
    }
    assert_int_equal(count("lost"), 1);
    player_free(alice);
}

/* Ten timeouts in ten seconds: a minute of silence, and nothing is forgotten. */
static void test_pause(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    hook("route", "/in");
    app.status = 0;
    for (int i = 0; i < 10; i++)
        send_text(alice, "ppMsgP", "bob", "slow");
    WAIT_FOR(app.count == 10);
    clock_add_ms(5000);
    WAIT_FOR(count("retried") == 10);
    app.status = 200;
    clock_add_ms(59999);
    loop_turn(stage.loop, 0);
    assert_int_equal(app.count, 10);
    clock_add_ms(1);
    WAIT_FOR(count("sent") == 10);
    player_free(alice);
}

static void test_faults(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    hook("route", "/in");
    order_fault("{\"when\":\"hook\",\"path\":\"route\",\"do\":{\"forge\":true}}");
    order_fault("{\"when\":\"hook\",\"path\":\"route\",\"do\":{\"duplicate\":2}}");
    order_fault("{\"when\":\"hook\",\"path\":\"route\",\"do\":{\"drop\":true}}");
    order_fault("{\"when\":\"hook\",\"path\":\"route\",\"do\":{\"delay_ms\":900}}");
    send_text(alice, "ppMsgP", "bob", "forged");
    WAIT_FOR(app.count == 1);
    assert_false(signed_well(app.got[0].query));
    send_text(alice, "ppMsgP", "bob", "thrice");
    WAIT_FOR(app.count == 4);
    send_text(alice, "ppMsgP", "bob", "dropped");
    send_text(alice, "ppMsgP", "bob", "late");
    send_text(alice, "ppMsgP", "bob", "early");
    WAIT_FOR(app.count == 5);
    assert_param(app.got[4].body, "content", "{\"content\":\"early\"}");
    clock_add_ms(900);
    WAIT_FOR(app.count == 6);
    assert_param(app.got[5].body, "content", "{\"content\":\"late\"}");
    player_free(alice);
}

static void test_online(void **state)
{
    (void)state;
    hook("online", "/in");
    struct player *alice = player_open("alice");
    WAIT_FOR(app.count == 1);
    player_free(alice);
    WAIT_FOR(app.count == 2);
    struct json *came = json_parse(app.got[0].body, NULL);
    struct json *left = json_parse(app.got[1].body, NULL);
    const struct json *one = json_next(came, NULL), *two = json_next(left, NULL);
    assert_true(signed_well(app.got[0].query));
    assert_true(str_eq(json_str(json_get(one, "userid")), STR("alice")));
    assert_true(str_eq(json_str(json_get(one, "status")), STR("0")));
    assert_true(str_eq(json_str(json_get(one, "os")), STR("Websocket")));
    assert_int_equal(json_int(json_get(one, "time"), 0), clock_wall_ms());
    assert_true(str_eq(json_str(json_get(two, "status")), STR("1")));
    assert_true(str_eq(json_str(json_get(two, "sessionId")),
                       json_str(json_get(one, "sessionId"))));
    json_free(came);
    json_free(left);
}

static void test_precheck(void **state)
{
    (void)state;
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    hook("precheck", "/in");
    app.answer = "{\"pass\":0}";
    assert_int_equal(send_text(alice, "ppMsgP", "bob", "no").status, 21501);
    struct str form = app.got[0].body;
    assert_true(signed_well(app.got[0].query));
    assert_param(form, "appKey", KEY);
    assert_param(form, "fromUserId", "alice");
    assert_param(form, "targetId", "bob");
    assert_param(form, "msgType", "RC:TxtMsg");
    assert_param(form, "channelType", "PERSON");
    assert_param(form, "os", "Websocket");
    app.answer = "{\"pass\":1}";
    struct frame ack = send_text(alice, "ppMsgP", "bob", "yes");
    assert_int_equal(ack.status, 0);
    assert_true(str_eq(param(app.got[1].body, "messageId"), ack.uid));
    struct down_stream_message got = await_push(bob);
    assert_str(got.content, "{\"content\":\"yes\"}");
    assert_true(str_eq(got.msg_id, ack.uid));
    app.answer = "{\"pass\":2,\"replaceContent\":\"{\\\"content\\\":\\\"**\\\"}\"}";
    assert_int_equal(send_text(alice, "ppMsgP", "bob", "bad").status, 0);
    assert_str(await_push(bob).content, "{\"content\":\"**\"}");
    app.status = 500;
    assert_int_equal(send_text(alice, "ppMsgP", "bob", "broken").status, 0);
    await_push(bob);
    player_free(alice);
    player_free(bob);
}

/* What gets no answer for three seconds is delivered; the socket works meanwhile. */
static void test_deadline(void **state)
{
    (void)state;
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    hook("precheck", "/in");
    app.status = 0;
    uint16_t id = start_text(alice, "ppMsgP", "bob", "slow");
    WAIT_FOR(app.count == 1);
    player_settle(alice);
    struct frame frame;
    assert_false(player_take(alice, FRAME_PUBACK, NULL, id, &frame));
    clock_add_ms(3000);
    assert_int_equal(player_await(alice, FRAME_PUBACK, NULL, id).status, 0);
    assert_str(await_push(bob).content, "{\"content\":\"slow\"}");
    start_text(alice, "ppMsgP", "bob", "left");
    WAIT_FOR(app.count == 2);
    player_free(alice); /* its question goes with it */
    player_settle(bob);
    player_free(bob);
}

/* A message that waited can be recalled by the uid it was checked with. */
static void test_recall_checked(void **state)
{
    (void)state;
    struct player *alice = player_open("alice"), *bob = player_open("bob");
    hook("precheck", "/in");
    app.answer = "{\"pass\":1}";
    struct frame ack = send_text(alice, "ppMsgP", "bob", "oops");
    char form[256];
    snprintf(
        form, sizeof form,
        "fromUserId=alice&conversationType=1&targetId=bob&messageUID=%.*s&sentTime=1",
        STR_ARG(ack.uid));
    await_push(bob);
    assert_int_equal(rest("/message/recall.json", form), 200);
    assert_str(await_push(bob).object_name, "RC:RcCmd");
    player_free(alice);
    player_free(bob);
}

static void assert_has(struct str body, const char *part)
{
    if (str_find(body, str_from(part)) < 0)
        fail_msg("no %s in %.*s", part, STR_ARG(body));
}

static void test_recall_is_an_operation(void **state)
{
    (void)state;
    struct player *alice = player_open("alice");
    char form[256], of[128];
    hook("operations", "/in");
    struct frame ack = send_text(alice, "ppMsgP", "bob", "oops");
    snprintf(form, sizeof form,
             "fromUserId=alice&conversationType=1&targetId=bob&messageUID=%.*s"
             "&sentTime=1&isAdmin=1",
             STR_ARG(ack.uid));
    assert_int_equal(rest("/message/recall.json", form), 200);
    WAIT_FOR(app.count == 1);
    struct str body = app.got[0].body;
    snprintf(of, sizeof of, "{\"messageId\":\"%.*s\",\"messageTime\":", STR_ARG(ack.uid));
    assert_true(signed_well(app.got[0].query));
    assert_true(str_starts(app.got[0].type, STR("application/json")));
    assert_true(str_starts(body, STR("{\"eventType\":1,\"fromUserId\":\"alice\",")));
    assert_has(body,
               "\"conversationInfo\":{\"conversationType\":1,\"targetId\":\"bob\"}");
    assert_has(body, of);
    assert_has(body, "\"isDelete\":0,\"isAdmin\":1");
    player_free(alice);
}

static void test_rooms(void **state)
{
    (void)state;
    hook("rooms", "/in");
    assert_int_equal(rest("/chatroom/create.json", "chatroom[r]=R"), 200);
    WAIT_FOR(app.count == 1);
    assert_has(app.got[0].body, "[{\"chatRoomId\":\"r\",\"userIds\":[],\"status\":0,"
                                "\"type\":0,\"time\":");
    assert_int_equal(rest("/chatroom/create.json", "chatroom[r]=R"), 200);
    assert_int_equal(rest("/chatroom/destroy.json", "chatroomId=r"), 200);
    WAIT_FOR(app.count == 2);
    assert_has(app.got[1].body, "\"type\":3");
}

static void test_accounts(void **state)
{
    (void)state;
    hook("users", "/in");
    assert_int_equal(rest("/user/deactivate.json", "userId=bob"), 200);
    WAIT_FOR(app.count == 1);
    struct str operation = reply_str("operateId");
    struct str body = app.got[0].body;
    assert_int_equal(operation.len, 19);
    assert_param(body, "userId", "bob");
    assert_true(str_eq(param(body, "operateId"), operation));
    assert_param(body, "type", "0");
    assert_param(body, "code", "0");
    clock_add_ms(3600000);
    assert_int_equal(rest("/user/reactivate.json", "userId=bob&userId=nobody"), 200);
    WAIT_FOR(app.count == 2);
    assert_param(app.got[1].body, "type", "1");
}

/* Results of moderation carry their signature in the headers. */
static void test_by_hand(void **state)
{
    (void)state;
    static const char *const bad[] = { "{\"hook\":\"none\",\"body\":{}}",
                                       "{\"hook\":\"audits\"}",
                                       "{\"hook\":\"precheck\",\"body\":\"a=b\"}" };
    char hex[DIGEST_SHA1_HEX];
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(control("POST", "/_sandbox/hook", bad[i]), 400);
    const char *audit = "{\"hook\":\"audits\",\"body\":{\"result\":10000}}";
    assert_int_equal(control("POST", "/_sandbox/hook", audit), 200); /* nobody listens */
    hook("audits", "/in");
    assert_int_equal(control("POST", "/_sandbox/hook", audit), 200);
    WAIT_FOR(app.count == 1);
    const struct got *got = &app.got[0];
    assert_str(got->body, "{\"result\":10000}");
    assert_int_equal(got->query.len, 0);
    assert_str(got->proof[0], KEY);
    struct str parts[] = { STR(SECRET), got->proof[1], got->proof[2] };
    digest_sha1_hex(parts, 3, hex);
    assert_str(got->proof[3], hex);
    hook("users", "/in");
    const char *form = "{\"hook\":\"users\",\"body\":\"userId=b&type=0\"}";
    assert_int_equal(control("POST", "/_sandbox/hook", form), 200);
    WAIT_FOR(app.count == 2);
    assert_true(str_starts(app.got[1].type, STR("application/x-www-form-urlencoded")));
    assert_str(app.got[1].body, "userId=b&type=0");
}

static void test_settings(void **state)
{
    (void)state;
    static const char *const bad[] = { "{\"route\":1}", "{\"online\":\"ftp://x/\"}",
                                       "{\"precheck\":\"nowhere\"}",
                                       "{\"route_server\":1}" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(control("POST", "/_sandbox/hooks", bad[i]), 400);
    hook("route", "/in");
    assert_int_equal(control("POST", "/_sandbox/hooks", "{\"route\":\"\"}"), 200);
    struct player *alice = player_open("alice");
    send_text(alice, "ppMsgP", "bob", "alone");
    assert_int_equal(count("waiting") + count("sent"), 0);
    player_free(alice);
}

/* --data keeps where events go. */
static void test_kept(void **state)
{
    (void)state;
    stage_restart();
    hook("route", "/kept");
    stage_restart();
    assert_int_equal(control("GET", "/_sandbox/state", ""), 200);
    struct str url = json_str(json_get(json_get(stage.reply, "hooks"), "route"));
    assert_true(url.len > 5 && str_eq(str_sub(url, url.len - 5, url.len), STR("/kept")));
}

int main(void)
{
#define HOOK_TEST(name) cmocka_unit_test_setup_teardown(name, open_app, close_app)
    const struct CMUnitTest tests[] = {
        HOOK_TEST(test_route),          HOOK_TEST(test_server_messages),
        HOOK_TEST(test_retries),        HOOK_TEST(test_pause),
        HOOK_TEST(test_faults),         HOOK_TEST(test_online),
        HOOK_TEST(test_precheck),       HOOK_TEST(test_deadline),
        HOOK_TEST(test_recall_checked), HOOK_TEST(test_settings),
        HOOK_TEST(test_kept),           HOOK_TEST(test_recall_is_an_operation),
        HOOK_TEST(test_rooms),          HOOK_TEST(test_by_hand),
        HOOK_TEST(test_accounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
