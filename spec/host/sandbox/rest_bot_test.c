/* Users that are bots: made, changed, read and kept. */
#include "net/server.h"
#include "rest_stage.h"

#include <stdlib.h>

#define BOT(id, more)                                                                    \
    "{\"userId\":\"" id                                                                  \
    "\",\"name\":\"Bot\",\"type\":\"BOT\",\"profileUrl\":\"http://p\"," more             \
    "\"integrations\":[" HOOK "]}"
#define HOOK                                                                             \
    "{\"type\":\"webhook\",\"enabled\":true,\"callbackUrl\":\"http://127.0.0.1:1/x\"}"

/* The only bot of the last answer. */
static const struct json *bot(void)
{
    assert_int_equal(reply_int("total"), 1);
    return first("bots");
}

static const struct json *get(const char *body)
{
    fine("/v3/bot/get.json", body);
    return bot();
}

static void test_life(void **state)
{
    (void)state;
    fine("/v3/bot/create.json", BOT("dice", "\"metadata\":{\"owner\":\"ops\"},"));
    refused("/v3/bot/create.json", BOT("dice", "")); /* it exists */
    const struct json *dice = get("{\"userIds\":[\"dice\",\"nobody\"]}");
    assert_str(json_str(json_get(dice, "name")), "Bot");
    assert_str(json_str(json_get(json_get(dice, "metadata"), "owner")), "ops");
    assert_int_equal(json_size(json_get(dice, "integrations")), 1);
    int64_t made_ms = json_int(json_get(dice, "createdAt"), 0);
    assert_true(made_ms > 0);
    clock_add_ms(1000);
    fine("/v3/bot/update.json", "{\"userId\":\"dice\",\"name\":\"Dice\"}");
    dice = get("{\"userIds\":[\"dice\"]}");
    assert_str(json_str(json_get(dice, "name")), "Dice");
    assert_str(json_str(json_get(dice, "type")), "BOT");
    assert_int_equal(json_int(json_get(dice, "createdAt"), 0), made_ms);
    assert_int_equal(json_int(json_get(dice, "updatedAt"), 0), made_ms + 1000);
    assert_int_equal(rest("/user/info.json", "userId=dice"), 200);
    assert_str(reply_str("userName"), "Dice");
    fine("/v3/bot/query.json", "{}");
    assert_null(json_get(bot(), "integrations"));
    fine("/v3/bot/query.json", "{\"page\":1,\"pageSize\":1,\"includeIntegration\":true}");
    assert_int_equal(json_size(json_get(bot(), "integrations")), 1);
    fine("/v3/bot/delete.json", "{\"userId\":\"dice\"}");
    refused("/v3/bot/delete.json", "{\"userId\":\"dice\"}");
    fine("/v3/bot/query.json", "{}");
    assert_int_equal(reply_int("total"), 0);
}

static void test_integrations(void **state)
{
    (void)state;
    const char *add = "/v3/bot/integration/create.json";
    const char *change = "/v3/bot/integration/update.json";
    const char *del = "/v3/bot/integration/delete.json";
    const char *dify = "{\"userId\":\"dice\",\"type\":\"dify_chat\","
                       "\"callbackUrl\":\"http://127.0.0.1:1/d\"}";
    fine("/v3/bot/create.json", BOT("dice", ""));
    fine(add, dify);
    refused(add, dify); /* one of a type */
    fine(change, "{\"userId\":\"dice\",\"type\":\"dify_chat\",\"enabled\":false}");
    const struct json *list = json_get(get("{\"userIds\":[\"dice\"]}"), "integrations");
    assert_int_equal(json_size(list), 2);
    const struct json *last = json_next(list, json_next(list, NULL));
    assert_false(json_bool(json_get(last, "enabled"), true));
    assert_str(json_str(json_get(last, "callbackUrl")), "http://127.0.0.1:1/d");
    fine(del, "{\"userId\":\"dice\",\"type\":\"dify_chat\"}");
    refused(del, "{\"userId\":\"dice\",\"type\":\"dify_chat\"}");
    refused(change, "{\"userId\":\"dice\",\"type\":\"dify_chat\",\"enabled\":true}");
    refused(change,
            "{\"userId\":\"dice\",\"type\":\"webhook\",\"callbackUrl\":\"ftp://x\"}");
    refused(add, "{\"userId\":\"dice\",\"type\":\"x\"}");
    refused(add, "{\"userId\":\"nobody\",\"type\":\"x\",\"callbackUrl\":\"http://h\"}");
    refused(add, "{\"userId\":\"dice\",\"type\":\"x\",\"callbackUrl\":\"http://h\","
                 "\"auth\":{\"deep\":{\"deeper\":1}}}");
    get("{\"userIds\":[\"dice\"]}");
    assert_int_equal(json_size(json_get(bot(), "integrations")), 1);
}

static void test_refusals(void **state)
{
    static const char *const bad[] = {
        "{}",
        "{\"userId\":\"dice\"}",
        "{\"userId\":\"dice\",\"name\":\"n\",\"type\":\"t\",\"profileUrl\":\"p\"}",
        "{\"userId\":\"dice\",\"name\":\"n\",\"type\":\"t\",\"profileUrl\":\"p\","
        "\"integrations\":{}}",
        "{\"userId\":\"dice\",\"name\":\"n\",\"type\":\"t\",\"profileUrl\":\"p\","
        "\"integrations\":[7]}",
        "{\"userId\":\"dice\",\"name\":7,\"type\":\"t\",\"profileUrl\":\"p\","
        "\"integrations\":[]}",
        BOT("dice", "\"metadata\":{\"k\":7},"),
        BOT("dice", "\"metadata\":[],"),
    };
    char body[400];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refused("/v3/bot/create.json", bad[i]);
    refused("/v3/bot/update.json", "{\"userId\":\"dice\",\"name\":\"x\"}");
    refused("/v3/bot/get.json", "{}");
    refused("/v3/bot/query.json", "{\"page\":0}");
    for (int i = 0; i < 10; i++) {
        snprintf(body, sizeof body, BOT("bot%d", ""), i);
        fine("/v3/bot/create.json", body);
    }
    refused("/v3/bot/create.json", BOT("dice", "")); /* ten are all */
    fine("/v3/bot/query.json", "{\"pageSize\":4,\"page\":3}");
    assert_int_equal(count("bots"), 2);
    assert_false(json_bool(json_get(stage.reply, "hasNext"), true));
}

static void test_kept(void **state)
{
    (void)state;
    stage_restart();
    fine("/v3/bot/create.json", BOT("dice", ""));
    stage_restart();
    assert_int_equal(json_size(json_get(get("{\"userIds\":[\"dice\"]}"), "integrations")),
                     1);
}

/* The app's server, which keeps the newest that was posted. */
static struct app {
    struct server *server;
    struct str query, body; /* in the stage's arena */
    size_t count;
} app;

static void on_request(void *arg, struct server_request *request)
{
    (void)arg;
    app.count++;
    app.query = arena_copy(&stage.arena, server_query(request));
    app.body = arena_copy(&stage.arena, server_body(request));
    server_reply(request, 200, "text/plain", NULL, STR("OK"));
}

static void open_app(void)
{
    static const struct server_events events = { .on_request = on_request };
    struct server_options options = { .host = STR("127.0.0.1") };
    struct err err = { 0 };
    app = (struct app){ 0 };
    app.server = server_open(stage.net, &options, &events, NULL, &err);
    assert_non_null(app.server);
}

/* A bot with an address, for texts alone; and one that is switched off. */
static void make_bot(void)
{
    char body[600];
    snprintf(body, sizeof body,
             "{\"userId\":\"bob\",\"name\":\"Bob\",\"type\":\"BOT\",\"profileUrl\":\"u\","
             "\"metadata\":{\"owner\":\"ops\"},\"integrations\":[{\"type\":\"webhook\","
             "\"enabled\":true,\"callbackUrl\":\"http://127.0.0.1:%d/bot\","
             "\"objectNames\":[\"RC:TxtMsg\"]},{\"type\":\"webhook\",\"enabled\":false,"
             "\"callbackUrl\":\"http://127.0.0.1:%d/off\"}]}",
             server_port(app.server), server_port(app.server));
    assert_int_equal(rest_json("/v3/bot/create.json", body), 200);
}

static void test_bots(void **state)
{
    (void)state;
    open_app();
    struct player *alice = player_open("alice");
    assert_int_equal(
        rest("/group/create.json", "groupId=g&groupName=G&userId=alice&userId=bob"), 200);
    make_bot();
    struct frame ack = send_text(alice, "ppMsgP", "bob", "hello");
    WAIT_FOR(app.count == 1);
    assert_true(str_find(app.query, STR("&signature=")) > 0);
    struct json *event = json_parse(app.body, NULL);
    const struct json *bot = json_get(event, "bot"), *data = json_get(event, "data");
    assert_str(json_str(json_get(event, "type")), "message:private");
    assert_str(json_str(json_get(bot, "userId")), "bob");
    assert_str(json_str(json_get(json_get(bot, "metadata"), "owner")), "ops");
    assert_null(json_get(bot, "integrations"));
    assert_str(json_str(json_get(data, "fromUserId")), "alice");
    assert_str(json_str(json_get(data, "content")), "{\"content\":\"hello\"}");
    assert_true(str_eq(json_str(json_get(data, "msgUID")), ack.uid));
    json_free(event);

    send_text(alice, "pgMsgP", "g", "not to him");
    struct up_stream_message other = up_message("x:own", "{}", 3);
    player_await(alice, FRAME_PUBACK, NULL,
                 player_start(alice, FRAME_PUBLISH, "ppMsgP", "bob",
                              &up_stream_message_type, &other));
    struct up_stream_message up = up_message(
        "RC:TxtMsg",
        "{\"content\":\"bob!\",\"mentionedInfo\":{\"type\":2,\"userIdList\":[\"bob\"]}}",
        7);
    player_await(
        alice, FRAME_PUBACK, NULL,
        player_start(alice, FRAME_PUBLISH, "pgMsgP", "g", &up_stream_message_type, &up));
    WAIT_FOR(app.count == 2);
    event = json_parse(app.body, NULL);
    data = json_get(event, "data");
    assert_str(json_str(json_get(event, "type")), "message:group_mentioned");
    assert_str(json_str(json_get(data, "toUserId")), "g");
    assert_str(json_str(json_get(data, "channelType")), "GROUP");
    json_free(event);
    assert_int_equal(rest_json("/v3/bot/delete.json", "{\"userId\":\"bob\"}"), 200);
    send_text(alice, "ppMsgP", "bob", "a person now");
    WAIT_FOR(control("GET", "/_sandbox/state", "") == 200 &&
             json_int(json_get(json_get(stage.reply, "hooks"), "waiting"), -1) == 0);
    assert_int_equal(app.count, 2);
    player_free(alice);
    server_close(app.server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(test_life), RUN(test_integrations), RUN(test_refusals),
        RUN(test_kept), RUN(test_bots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
