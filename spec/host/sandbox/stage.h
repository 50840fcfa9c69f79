/*
 * stage: what the tests of this room share: a sandbox on a free port, players that speak
 * the wire protocol to it over a real socket, and calls of its HTTP side.
 *
 * The clock is frozen, so nothing is due unless a test moves it.
 */
#ifndef SPEC_SANDBOX_STAGE_H
#define SPEC_SANDBOX_STAGE_H

#include "base/clock.h"
#include "base/digest.h"
#include "base/gzip.h"
#include "base/json.h"
#include "base/mem.h"
#include "net/http.h"
#include "net/ws.h"
#include "proto/frame.h"
#include "proto/messages.h"
#include "sandbox/sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/folder.h"
#include "../../support/wait.h"

#define KEY "demo"
#define SECRET "s3cr3t"
#define FRAMES_MAX 4096

struct stage {
    struct loop *loop;
    struct net *net;
    struct sandbox *sandbox;
    int port;
    struct arena arena; /* decoded payloads live until the test ends */
    struct json *reply; /* of the last call */
};

static struct stage stage;

#define WAIT_FOR(condition) WAIT_IN(stage.loop, condition)

static inline void stage_start_with(const char *data, bool notices)
{
    struct err err = { 0 };
    struct sandbox_options options = {
        .host = STR("127.0.0.1"),
        .app_key = STR(KEY),
        .app_secret = STR(SECRET),
        .data = data,
        .notices = notices,
    };
    stage.sandbox = sandbox_open(stage.net, &options, &err);
    if (!stage.sandbox)
        fail_msg("%s", err.text);
    stage.port = sandbox_port(stage.sandbox);
}

/* Ends it and starts it with a file, which keeps what it knows until the test ends. */
static inline void stage_restart(void)
{
    sandbox_close(stage.sandbox);
    stage_start_with(folder_file("data.db"), false);
}

static inline int stage_open(void **state)
{
    struct err err = { 0 };
    (void)state;
    clock_freeze(true);
    stage.loop = loop_new(&err);
    stage.net = stage.loop ? net_new(stage.loop, NULL, &err) : NULL;
    arena_init(&stage.arena, 64u << 20);
    if (!stage.net)
        print_error("%s\n", err.text);
    else
        stage_start_with(NULL, false);
    return stage.net == NULL;
}

static inline int stage_close(void **state)
{
    (void)state;
    sandbox_close(stage.sandbox);
    net_free(stage.net);
    loop_free(stage.loop);
    arena_clear(&stage.arena);
    json_free(stage.reply);
    folder_remove();
    stage = (struct stage){ 0 };
    clock_freeze(false);
    return 0;
}

/* HTTP. */

struct http_wait {
    bool done;
    int status; /* 0: failed */
    struct json *json;
    char text[8192];
};

static inline void http_done(void *arg, const struct http_answer *answer,
                             const struct err *why)
{
    struct http_wait *wait = arg;
    (void)why;
    wait->done = true;
    if (!answer)
        return;
    wait->status = answer->status;
    wait->json = json_parse(answer->body, NULL);
    struct str text = str_sub(answer->body, 0, sizeof wait->text - 1);
    memcpy(wait->text, text.at ? text.at : "", text.len);
    wait->text[text.len] = '\0';
}

static inline void http_begin(struct http_wait *wait, const char *method,
                              const char *path, const struct str *headers, size_t count,
                              const char *body)
{
    char url[1024];
    struct err err = { 0 };
    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", stage.port, path);
    struct http_request request = {
        .method = method,
        .url = str_from(url),
        .headers = headers,
        .header_count = count,
        .body = str_from(body),
        .answer_max = 16u << 20,
    };
    *wait = (struct http_wait){ 0 };
    if (!http_start(stage.net, &request, http_done, wait, &err))
        fail_msg("%s", err.text);
}

/* Keeps the JSON of the answer in stage.reply; gives the HTTP status, 0 if there is none.
 */
static inline int http_call(const char *method, const char *path,
                            const struct str *headers, size_t count, const char *body)
{
    static struct http_wait wait;
    http_begin(&wait, method, path, headers, count, body);
    WAIT_FOR(wait.done);
    json_free(stage.reply);
    stage.reply = wait.json;
    return wait.status;
}

struct signature {
    char line[96];
    struct str headers[5];
};

static inline void sign(struct signature *out, const char *secret, const char *type)
{
    char hex[DIGEST_SHA1_HEX];
    struct str parts[] = { str_from(secret), STR("14314"), STR("1700000000000") };
    digest_sha1_hex(parts, 3, hex);
    snprintf(out->line, sizeof out->line, "Signature: %s", hex);
    out->headers[0] = STR("App-Key: " KEY);
    out->headers[1] = STR("Nonce: 14314");
    out->headers[2] = STR("Timestamp: 1700000000000");
    out->headers[3] = str_from(out->line);
    out->headers[4] = str_from(type);
}

#define FORM "Content-Type: application/x-www-form-urlencoded"
#define JSON "Content-Type: application/json"

/* A signed call; the JSON of the answer is in stage.reply. */
static inline int rest(const char *path, const char *form)
{
    struct signature signature;
    sign(&signature, SECRET, FORM);
    return http_call("POST", path, signature.headers, 5, form);
}

static inline int rest_json(const char *path, const char *body)
{
    struct signature signature;
    sign(&signature, SECRET, JSON);
    return http_call("POST", path, signature.headers, 5, body);
}

static inline int control(const char *method, const char *path, const char *body)
{
    struct str headers[] = { STR(JSON) };
    return http_call(method, path, headers, 1, body);
}

static inline int64_t reply_int(const char *name)
{
    return json_int(json_get(stage.reply, name), -1);
}

static inline struct str reply_str(const char *name)
{
    return json_str(json_get(stage.reply, name));
}

static inline int order_fault(const char *body)
{
    assert_int_equal(control("POST", "/_sandbox/fault", body), 200);
    return (int)reply_int("id");
}

static inline void get_token(const char *user, char *out, size_t size)
{
    char form[256];
    snprintf(form, sizeof form, "userId=%s&name=%s", user, user);
    assert_int_equal(rest("/user/getToken.json", form), 200);
    snprintf(out, size, "%.*s", STR_ARG(reply_str("token")));
}

/* Players. */

struct player {
    struct ws *ws;
    bool opened, closed;
    int protocol;
    uint16_t last_id;
    struct str frames[FRAMES_MAX]; /* owned; at NULL: taken */
    size_t count;
};

static inline void player_opened(void *arg)
{
    ((struct player *)arg)->opened = true;
}

static inline void player_message(void *arg, struct str bytes)
{
    struct player *player = arg;
    if (player->count < FRAMES_MAX)
        player->frames[player->count++] = (struct str){ str_dup(bytes), bytes.len };
}

static inline void player_closed(void *arg, const struct err *why)
{
    struct player *player = arg;
    (void)why;
    player->closed = true;
    player->ws = NULL;
}

static inline struct player *player_dial(const char *token, const char *more)
{
    static const struct ws_events events = { player_opened, player_message,
                                             player_closed };
    struct player *player = MEM_NEW(struct player);
    struct err err = { 0 };
    char url[1024];
    snprintf(url, sizeof url,
             "ws://127.0.0.1:%d/websocket?appId=" KEY "&token=%s&sdkVer=5.38.0%s",
             stage.port, token, more);
    struct ws_options options = { .url = str_from(url) };
    player->protocol = strstr(more, "protocolVer=4") ? 4 : 3;
    player->ws = ws_open(stage.net, &options, &events, player, &err);
    if (!player->ws)
        fail_msg("%s", err.text);
    return player;
}

static inline void player_free(struct player *player)
{
    if (player->ws)
        ws_close(player->ws);
    for (size_t i = 0; i < player->count; i++)
        free((char *)player->frames[i].at);
    free(player);
}

/* Looks for the first frame of a type (and topic or id, if given) not taken yet; decodes
 * it into `out`, whose strings live in the stage's arena. */
static inline bool player_take(struct player *player, enum frame_type type,
                               const char *topic, int id, struct frame *out)
{
    for (size_t i = 0; i < player->count; i++) {
        struct str bytes = player->frames[i];
        if (!bytes.at)
            continue;
        assert_true(frame_decode(out, bytes, FRAME_FROM_SERVER, player->protocol, NULL));
        if (out->type != type || (topic && !str_eq(out->topic, str_from(topic))) ||
            (id >= 0 && out->id != id))
            continue;
        struct str kept = arena_copy(&stage.arena, bytes);
        free((char *)bytes.at);
        player->frames[i] = STR_NONE;
        assert_true(frame_decode(out, kept, FRAME_FROM_SERVER, player->protocol, NULL));
        return true;
    }
    return false;
}

static inline struct frame player_await(struct player *player, enum frame_type type,
                                        const char *topic, int id)
{
    struct frame frame = { 0 };
    WAIT_FOR(player_take(player, type, topic, id, &frame));
    return frame;
}

static inline void player_send(struct player *player, const struct frame *frame)
{
    struct buf bytes;
    buf_init(&bytes, 1u << 20);
    assert_true(frame_encode(&bytes, frame, FRAME_FROM_CLIENT, player->protocol, NULL));
    assert_true(ws_send(player->ws, buf_str(&bytes)));
    buf_clear(&bytes);
}

/* The status of the CONNACK. */
static inline int player_login(struct player *player)
{
    return player_await(player, FRAME_CONNACK, NULL, -1).status;
}

static inline struct player *player_open_with(const char *user, const char *more)
{
    char token[128];
    get_token(user, token, sizeof token);
    struct player *player = player_dial(token, more);
    assert_int_equal(player_login(player), 0);
    return player;
}

static inline struct player *player_open(const char *user)
{
    return player_open_with(user, "");
}

/* One ping and its answer: everything sent to the player before has arrived. */
static inline void player_settle(struct player *player)
{
    struct frame ping = { .type = FRAME_PINGREQ };
    player_send(player, &ping);
    player_await(player, FRAME_PINGRESP, NULL, -1);
}

static inline uint16_t player_start(struct player *player, enum frame_type type,
                                    const char *topic, const char *target,
                                    const struct pb_type *payload_type,
                                    const void *payload)
{
    struct buf bytes;
    buf_init(&bytes, 1u << 20);
    if (payload_type)
        assert_true(pb_encode(payload_type, payload, &bytes, NULL));
    struct frame frame = {
        .type = type,
        .qos = type == FRAME_PUBLISH,
        .topic = str_from(topic),
        .target = str_from(target),
        .id = ++player->last_id,
        .payload = buf_str(&bytes),
    };
    player_send(player, &frame);
    buf_clear(&bytes);
    return frame.id;
}

static inline struct up_stream_message up_message(const char *object, const char *content,
                                                  int session)
{
    struct up_stream_message up = { 0 };
    pb_put(up, up_stream_message, session_id, session);
    pb_put(up, up_stream_message, object_name, str_from(object));
    pb_put(up, up_stream_message, content, str_from(content));
    pb_put(up, up_stream_message, client_unique_id, 77);
    return up;
}

static inline uint16_t start_text(struct player *player, const char *topic,
                                  const char *target, const char *text)
{
    char content[4096];
    snprintf(content, sizeof content, "{\"content\":\"%s\"}", text);
    struct up_stream_message up = up_message("RC:TxtMsg", content, 3);
    return player_start(player, FRAME_PUBLISH, topic, target, &up_stream_message_type,
                        &up);
}

/* Sends a text and gives the PUBACK. */
static inline struct frame send_text(struct player *player, const char *topic,
                                     const char *target, const char *text)
{
    return player_await(player, FRAME_PUBACK, NULL,
                        start_text(player, topic, target, text));
}

/* Asks and decodes the answer into `out` if the status is 0; gives the status. */
static inline int ask(struct player *player, const char *topic, const char *target,
                      const struct pb_type *in_type, const void *in,
                      const struct pb_type *out_type, void *out)
{
    uint16_t id = player_start(player, FRAME_QUERY, topic, target, in_type, in);
    struct frame answer = player_await(player, FRAME_QUERYACK, NULL, id);
    if (answer.status == 0 && out_type)
        assert_true(pb_decode(out_type, out, answer.payload, &stage.arena, NULL));
    return answer.status;
}

static inline struct down_stream_messages pull(struct player *player, int64_t inbox,
                                               int64_t outbox, bool own)
{
    struct sync_request_msg want = { 0 };
    struct down_stream_messages got;
    pb_put(want, sync_request_msg, sync_time, inbox);
    pb_put(want, sync_request_msg, is_polling, false);
    pb_put(want, sync_request_msg, is_pull_send, own);
    pb_put(want, sync_request_msg, send_box_sync_time, outbox);
    assert_int_equal(ask(player, "pullMsg", "me", &sync_request_msg_type, &want,
                         &down_stream_messages_type, &got),
                     0);
    return got;
}

static inline struct history_msg_ouput history(struct player *player, const char *topic,
                                               const char *target, int64_t time,
                                               int count, int order)
{
    struct history_msg_input want = { 0 };
    struct history_msg_ouput got;
    pb_put(want, history_msg_input, target_id, str_from(target));
    pb_put(want, history_msg_input, time, time);
    pb_put(want, history_msg_input, count, count);
    pb_put(want, history_msg_input, order, order);
    assert_int_equal(ask(player, topic, target, &history_msg_input_type, &want,
                         &history_msg_ouput_type, &got),
                     0);
    return got;
}

static inline struct down_stream_message read_push(const struct frame *frame)
{
    struct down_stream_message message;
    assert_true(pb_decode(&down_stream_message_type, &message, frame->payload,
                          &stage.arena, NULL));
    return message;
}

/* The next message pushed to the player. */
static inline struct down_stream_message await_push(struct player *player)
{
    struct frame frame = player_await(player, FRAME_PUBLISH, "s_msg", -1);
    return read_push(&frame);
}

#define assert_str(actual, literal)                                                      \
    do {                                                                                 \
        struct str assert_got = (actual);                                                \
        if (!str_eq(assert_got, str_from(literal)))                                      \
            fail_msg("%s is \"%.*s\", not \"%s\"", #actual, STR_ARG(assert_got),         \
                     literal);                                                           \
    } while (0)

#define RUN(test) cmocka_unit_test_setup_teardown(test, stage_open, stage_close)

#endif
