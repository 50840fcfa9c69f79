#include "wire_server.h"

#include "base/clock.h"
#include "base/gzip.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "wait.h"

#define SYNC_ID 0x8000

/* ---- time and turns ---- */

void wire_until(struct wire *wire, bool (*done)(void *arg), void *arg)
{
    WAIT_IN(wire->loop, done(arg));
}

void wire_idle(struct wire *wire)
{
    for (int i = 0; i < 12; i++)
        loop_turn(wire->loop, 4);
}

static int64_t next_ms(struct wire *wire)
{
    int64_t now_ms = clock_wall_ms();
    wire->last_ms = now_ms > wire->last_ms ? now_ms : wire->last_ms + 1;
    return wire->last_ms;
}

/* ---- frames out ---- */

static void send_frame(struct wire *wire, const struct frame *frame)
{
    struct buf out;
    buf_init(&out, 1 << 22);
    if (wire->peer) {
        assert_true(frame_encode(&out, frame, FRAME_FROM_SERVER,
                                 wire->protocol == 4 ? 4 : 3, NULL));
        server_ws_send(wire->peer, buf_str(&out));
    }
    buf_clear(&out);
}

static void send_connack(struct wire *wire, int status)
{
    send_frame(
        wire, &(struct frame){ .type = FRAME_CONNACK,
                               .status = (uint16_t)status,
                               .has = FRAME_HAS_USER | FRAME_HAS_SESSION | FRAME_HAS_TIME,
                               .user = str_from(wire->user),
                               .session = STR("session"),
                               .time_ms = (uint64_t)clock_wall_ms() });
}

void wire_disconnect(struct wire *wire, int status)
{
    send_frame(wire,
               &(struct frame){ .type = FRAME_DISCONNECT, .status = (uint16_t)status });
    server_ws_close(wire->peer);
}

void wire_cut(struct wire *wire)
{
    server_ws_cut(wire->peer, STR("cut"), 1);
}

static void fill(const struct wire_message *message, struct down_stream_message *out)
{
    bool group = message->type == 3;
    *out = (struct down_stream_message){ 0 };
    pb_put(*out, down_stream_message, from_user_id,
           str_from(message->own && !group ? message->target : message->sender));
    pb_put(*out, down_stream_message, type, message->type);
    pb_put(*out, down_stream_message, group_id, str_from(group ? message->target : ""));
    pb_put(*out, down_stream_message, object_name, str_from(message->object_name));
    pb_put(*out, down_stream_message, content, str_from(message->content));
    pb_put(*out, down_stream_message, sent_time_ms, message->sent_ms);
    pb_put(*out, down_stream_message, status, DOWN_STORED | DOWN_COUNTED);
    pb_put(*out, down_stream_message, msg_id, str_from(message->uid));
    pb_put(*out, down_stream_message, direction,
           message->own ? DIRECTION_SENT : DIRECTION_RECEIVED);
    pb_put(*out, down_stream_message, client_unique_id, message->client_unique_id);
}

void wire_push(struct wire *wire, const struct wire_message *message, bool status)
{
    struct down_stream_message down;
    struct buf payload;
    buf_init(&payload, 1 << 20);
    fill(message, &down);
    if (status) {
        pb_drop(down, down_stream_message, msg_id);
        pb_put(down, down_stream_message, ext_status, 64);
    }
    assert_true(pb_encode(&down_stream_message_type, &down, &payload, NULL));
    send_frame(wire, &(struct frame){ .type = FRAME_PUBLISH,
                                      .qos = status ? 0 : 1,
                                      .topic = STR("s_msg"),
                                      .target = STR("bot"),
                                      .id = ++wire->push_id,
                                      .seconds = 1,
                                      .payload = buf_str(&payload) });
    buf_clear(&payload);
}

void wire_notify(struct wire *wire)
{
    struct notify_msg notice = { 0 };
    struct buf payload;
    buf_init(&payload, 1 << 10);
    pb_put(notice, notify_msg, type, NOTIFY_PULL);
    pb_put(notice, notify_msg, time, wire->last_ms);
    assert_true(pb_encode(&notify_msg_type, &notice, &payload, NULL));
    send_frame(wire, &(struct frame){ .type = FRAME_PUBLISH,
                                      .qos = 1,
                                      .topic = STR("s_ntf"),
                                      .target = STR("bot"),
                                      .id = ++wire->push_id,
                                      .payload = buf_str(&payload) });
    buf_clear(&payload);
}

void wire_sync(struct wire *wire, const struct wire_message *message, bool complete)
{
    struct up_stream_message up = { 0 };
    struct buf payload;
    buf_init(&payload, 1 << 16);
    pb_put(up, up_stream_message, session_id, 3);
    pb_put(up, up_stream_message, object_name, str_from(message->object_name));
    pb_put(up, up_stream_message, content, str_from(message->content));
    pb_put(up, up_stream_message, client_unique_id, message->client_unique_id);
    assert_true(pb_encode(&up_stream_message_type, &up, &payload, NULL));
    send_frame(wire, &(struct frame){ .type = FRAME_PUBLISH,
                                      .qos = 1,
                                      .dup = true,
                                      .topic = STR("ppMsgP"),
                                      .target = str_from(message->target),
                                      .id = SYNC_ID,
                                      .payload = buf_str(&payload) });
    if (complete)
        send_frame(wire, &(struct frame){ .type = FRAME_PUBACK,
                                          .id = SYNC_ID,
                                          .seconds = (uint32_t)(message->sent_ms / 1000),
                                          .millis = (uint16_t)(message->sent_ms % 1000),
                                          .uid = str_from(message->uid) });
    buf_clear(&payload);
}

/* ---- messages ---- */

static struct wire_message *add_message(struct wire *wire)
{
    assert_true(wire->message_count < 2048);
    struct wire_message *message = &wire->messages[wire->message_count++];
    *message = (struct wire_message){ .sent_ms = next_ms(wire) };
    snprintf(message->uid, sizeof(message->uid), "UID-%zu", wire->message_count);
    return message;
}

struct wire_message *wire_receive(struct wire *wire, int type, const char *target,
                                  const char *sender, const char *text)
{
    struct wire_message *message = add_message(wire);
    message->type = type;
    snprintf(message->target, sizeof(message->target), "%s", target);
    snprintf(message->sender, sizeof(message->sender), "%s", sender);
    snprintf(message->object_name, sizeof(message->object_name), "RC:TxtMsg");
    snprintf(message->content, sizeof(message->content), "{\"content\":\"%s\"}", text);
    return message;
}

static void answer_text(struct wire *wire, uint16_t id, int status, struct str body)
{
    send_frame(wire, &(struct frame){ .type = FRAME_QUERYACK,
                                      .qos = 1,
                                      .id = id,
                                      .status = (uint16_t)status,
                                      .payload = body });
}

static void answer_query(struct wire *wire, uint16_t id, int status,
                         const struct buf *body)
{
    answer_text(wire, id, status, body ? buf_str(body) : STR_NONE);
}

static void on_pull(struct wire *wire, const struct frame *frame)
{
    struct sync_request_msg ask = { 0 };
    struct arena arena;
    struct buf body, packed;
    arena_init(&arena, 1 << 20);
    buf_init(&body, 1 << 22);
    buf_init(&packed, 1 << 22);
    assert_true(pb_decode(&sync_request_msg_type, &ask, frame->payload, &arena, NULL));
    struct down_stream_message *list = mem_zero(2048 * sizeof(*list));
    size_t count = 0, more = 0;
    int64_t sync_ms = ask.sync_time;
    for (size_t i = 0; i < wire->message_count; i++) {
        const struct wire_message *message = &wire->messages[i];
        bool wanted = message->own ? ask.is_pull_send && !wire->no_pull_send &&
                                         message->sent_ms > ask.send_box_sync_time
                                   : message->sent_ms > ask.sync_time;
        if (!wanted)
            continue;
        if (wire->page && count == wire->page) {
            more++;
            continue;
        }
        fill(message, &list[count++]);
        if (!message->own)
            sync_ms = message->sent_ms;
    }
    struct down_stream_messages answer = { 0 };
    if (count > 0)
        pb_put_list(answer, down_stream_messages, list, list, count);
    pb_put(answer, down_stream_messages, sync_time, sync_ms);
    pb_put(answer, down_stream_messages, finished, more == 0);
    assert_true(pb_encode(&down_stream_messages_type, &answer, &body, NULL));
    if (wire->gzip) {
        assert_true(gzip_pack(&packed, buf_str(&body), NULL));
        struct down_stream_messages outer = { 0 };
        pb_put(outer, down_stream_messages, sync_time, sync_ms);
        pb_put(outer, down_stream_messages, compress_enabled, true);
        pb_put(outer, down_stream_messages, compressed_data, buf_str(&packed));
        buf_reset(&body);
        assert_true(pb_encode(&down_stream_messages_type, &outer, &body, NULL));
    }
    answer_query(wire, frame->id, 0, &body);
    free(list);
    buf_clear(&body);
    buf_clear(&packed);
    arena_clear(&arena);
}

/* Nothing new, in a chatroom or of how conversations are kept: cursors of 1, or a
 * ChrmOutput. */
static void on_cursor(struct wire *wire, const struct frame *frame)
{
    bool said = str_eq(frame->topic, STR("chrmPull"));
    bool kept = str_eq(frame->topic, STR("pullKV"));
    answer_text(wire, frame->id, said ? wire->room_status : 0,
                str_from(said   ? "\x10\x01"
                         : kept ? "\x18\x01"
                                : "\x08\x01"));
}

static void on_history(struct wire *wire, const struct frame *frame)
{
    struct history_msg_input ask = { 0 };
    struct arena arena;
    struct buf body;
    arena_init(&arena, 1 << 20);
    buf_init(&body, 1 << 22);
    assert_true(pb_decode(&history_msg_input_type, &ask, frame->payload, &arena, NULL));
    struct down_stream_message *list = mem_zero(2048 * sizeof(*list));
    size_t count = 0, more = 0;
    for (size_t n = 0; n < wire->message_count; n++) {
        const struct wire_message *message =
            &wire->messages[ask.order == 0 ? wire->message_count - 1 - n : n];
        bool wanted =
            ask.order == 0 ? message->sent_ms < ask.time : message->sent_ms > ask.time;
        if (!wanted || !str_eq(str_from(message->target), ask.target_id))
            continue;
        if (count == (size_t)ask.count)
            more++;
        else
            fill(message, &list[count++]);
    }
    struct history_msg_ouput answer = { 0 };
    if (count > 0)
        pb_put_list(answer, history_msg_ouput, list, list, count);
    pb_put(answer, history_msg_ouput, sync_time, 0);
    pb_put(answer, history_msg_ouput, has_msg, more > 0);
    assert_true(pb_encode(&history_msg_ouput_type, &answer, &body, NULL));
    answer_query(wire, frame->id, wire->history_status,
                 wire->history_status ? NULL : &body);
    free(list);
    buf_clear(&body);
    arena_clear(&arena);
}

static struct wire_message *accept(struct wire *wire, const struct frame *frame)
{
    struct up_stream_message up = { 0 };
    struct arena arena;
    arena_init(&arena, 1 << 20);
    assert_true(pb_decode(&up_stream_message_type, &up, frame->payload, &arena, NULL));
    struct wire_message *message = add_message(wire);
    message->own = true;
    message->type = str_eq(frame->topic, STR("pgMsgP")) ? 3 : 1;
    message->client_unique_id = up.client_unique_id;
    snprintf(message->target, sizeof(message->target), "%.*s", STR_ARG(frame->target));
    snprintf(message->sender, sizeof(message->sender), "bot");
    snprintf(message->object_name, sizeof(message->object_name), "%.*s",
             STR_ARG(up.object_name));
    snprintf(message->content, sizeof(message->content), "%.*s", STR_ARG(up.content));
    arena_clear(&arena);
    return message;
}

static void on_publish(struct wire *wire, const struct frame *frame)
{
    enum wire_publish what = wire->publish;
    if (wire->publish_times > 0 && --wire->publish_times == 0)
        wire->publish = WIRE_ACCEPT;
    if (str_eq(frame->topic, STR("ppMsgS")) || str_eq(frame->topic, STR("pgMsgS")))
        return;
    struct frame ack = { .type = FRAME_PUBACK, .id = frame->id };
    if (what == WIRE_REFUSE) {
        ack.status = (uint16_t)wire->refuse;
        send_frame(wire, &ack);
    }
    if (what == WIRE_ACCEPT || what == WIRE_ACCEPT_QUIET || what == WIRE_ACCEPT_CUT) {
        const struct wire_message *message = accept(wire, frame);
        ack.seconds = (uint32_t)(message->sent_ms / 1000);
        ack.millis = (uint16_t)(message->sent_ms % 1000);
        ack.uid = str_from(message->uid);
        if (what == WIRE_ACCEPT)
            send_frame(wire, &ack);
    }
    if (what == WIRE_ACCEPT_CUT || what == WIRE_DROP_CUT)
        wire_cut(wire);
}

/* ---- files ---- */

static void on_upload_token(struct wire *wire, const struct frame *frame)
{
    struct get_qnup_token_output answer = { 0 };
    struct buf body;
    pb_put(answer, get_qnup_token_output, deadline, clock_wall_ms() + 60000);
    pb_put(answer, get_qnup_token_output, token, STR("tkn"));
    pb_put(answer, get_qnup_token_output, osskey_id, STR("key-id"));
    pb_put(answer, get_qnup_token_output, oss_policy, STR("pol"));
    pb_put(answer, get_qnup_token_output, oss_sign, STR("sig"));
    pb_put(answer, get_qnup_token_output, oss_bucket_name, STR("bucket"));
    pb_put(answer, get_qnup_token_output, s3_credential, STR("cred"));
    pb_put(answer, get_qnup_token_output, s3_bucket_name, STR("bucket3"));
    buf_init(&body, 4096);
    assert_true(pb_encode(&get_qnup_token_output_type, &answer, &body, NULL));
    answer_query(wire, frame->id, wire->upload_status, &body);
    buf_clear(&body);
}

static void on_file_url(struct wire *wire, const struct frame *frame)
{
    struct get_download_url_output answer = { 0 };
    struct buf body;
    char url[128];
    snprintf(url, sizeof(url), "%s/stored", wire->url);
    pb_put(answer, get_download_url_output, download_url,
           str_from(wire->file_url ? wire->file_url : url));
    buf_init(&body, 4096);
    assert_true(pb_encode(&get_download_url_output_type, &answer, &body, NULL));
    answer_query(wire, frame->id, 0, &body);
    buf_clear(&body);
}

/* ---- frames in ---- */

static void on_query(struct wire *wire, const struct frame *frame)
{
    struct str topic = frame->topic;
    if (str_eq(topic, STR("qnTkn"))) {
        on_upload_token(wire, frame);
    } else if (str_ends(topic, STR("Url"))) {
        on_file_url(wire, frame);
    } else if (str_eq(topic, STR("pullEventChange"))) {
        answer_text(wire, frame->id, 0, wire->changes);
        wire->changes = STR_NONE;
    } else if (str_find(topic, STR("hrm")) >= 0 || str_ends(topic, STR("KV")) ||
               str_eq(topic, STR("pullSeAtts"))) {
        on_cursor(wire, frame);
    } else
        on_history(wire, frame);
}

static void on_ws_message(void *arg, struct server_peer *peer, struct str bytes)
{
    struct wire *wire = arg;
    if (peer != wire->peer)
        return;
    assert_true(wire->frame_count < 4096);
    struct wire_frame *in = &wire->frames[wire->frame_count++];
    in->len = bytes.len;
    in->bytes = mem_dup(bytes.at, bytes.len);
    assert_true(
        frame_decode(&in->frame, str_of(in->bytes, in->len), FRAME_FROM_CLIENT, 3, NULL));
    const struct frame *frame = &in->frame;
    if (frame->type == FRAME_PINGREQ && !wire->no_pong)
        send_frame(wire, &(struct frame){ .type = FRAME_PINGRESP });
    else if (frame->type == FRAME_PUBLISH)
        on_publish(wire, frame);
    else if (frame->type == FRAME_QUERY && str_eq(frame->topic, STR("pullMsg"))) {
        if (wire->query_status)
            answer_query(wire, frame->id, wire->query_status, NULL);
        else if (!wire->no_pull)
            on_pull(wire, frame);
    } else if (frame->type == FRAME_QUERY)
        on_query(wire, frame);
}

static bool on_ws_open(void *arg, struct server_peer *peer)
{
    struct wire *wire = arg;
    struct buf token;
    buf_init(&token, 4096);
    snprintf(wire->last_query, sizeof(wire->last_query), "%.*s",
             STR_ARG(server_peer_query(peer)));
    if (server_param(server_peer_query(peer), "token", &token))
        snprintf(wire->token, sizeof(wire->token), "%s", token.at);
    buf_clear(&token);
    return true;
}

static void on_ws_ready(void *arg, struct server_peer *peer)
{
    struct wire *wire = arg;
    int n = wire->connects++;
    int status =
        n < WIRE_CONNECTS && wire->connack[n] ? wire->connack[n] : wire->connack_always;
    wire->peer = peer;
    if (status == WIRE_CLOSE)
        server_ws_close(peer);
    else if (status != WIRE_SILENT)
        send_connack(wire, status);
}

static void on_ws_closed(void *arg, struct server_peer *peer)
{
    struct wire *wire = arg;
    if (wire->peer == peer)
        wire->peer = NULL;
}

/* ---- life ---- */

struct wire *wire_new(void)
{
    static const struct server_events events = {
        .on_request = wire_on_request,
        .on_ws_open = on_ws_open,
        .on_ws_ready = on_ws_ready,
        .on_ws_message = on_ws_message,
        .on_ws_closed = on_ws_closed,
    };
    struct wire *wire = MEM_NEW(struct wire);
    struct err err = { 0 };
    wire->user = "bot";
    wire->loop = loop_new(&err);
    wire->net = net_new(wire->loop, NULL, &err);
    struct server_options options = { .host = STR("127.0.0.1") };
    wire->server = server_open(wire->net, &options, &events, wire, &err);
    if (!wire->server)
        fail_msg("%s", err.text);
    wire->port = server_port(wire->server);
    snprintf(wire->url, sizeof(wire->url), "http://127.0.0.1:%d", wire->port);
    return wire;
}

void wire_free(struct wire *wire)
{
    server_close(wire->server);
    net_free(wire->net);
    loop_free(wire->loop);
    for (size_t i = 0; i < wire->frame_count; i++)
        free(wire->frames[i].bytes);
    for (size_t i = 0; i < wire->call_count; i++)
        free(wire->calls[i].body);
    free(wire);
}
