#include "sandbox/wire.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "sandbox/check.h"
#include "sandbox/hooks_tell.h"
#include "sandbox/rooms.h"
#include "sandbox/topics.h"
#include "sandbox/wire_send.h"

enum {
    CONNACK_OK = 0,
    CONNACK_PROTOCOL = 1,
    CONNACK_TOKEN = 4,
    CONNACK_APP = 5,
    CONNACK_BLOCKED = 9,
    CONNACK_EXPIRED = 10,
    CONNACK_CANCELLED = 19,
    DISCONNECT_KICKED = 1,
};

struct str token_key(struct str token)
{
    ptrdiff_t at = str_index(token, '@');
    return at < 0 ? token : str_sub(token, 0, (size_t)at);
}

/* The value of a parameter of the socket's URL, in the arena; STR_NONE when absent. */
static struct str url_param(struct conn *conn, const char *name)
{
    struct sandbox *box = conn->box;
    buf_reset(&box->scratch);
    if (!server_param(server_peer_query(conn->peer), name, &box->scratch))
        return STR_NONE;
    return box_copy(box, buf_str(&box->scratch));
}

bool wire_on_open(struct sandbox *box, struct server_peer *peer)
{
    if (!str_eq(server_peer_path(peer), STR("/websocket")))
        return false;
    struct conn *conn = MEM_NEW(struct conn);
    conn->box = box;
    conn->peer = peer;
    conn->protocol = 3;
    conn->link = &box->conns;
    conn->next = box->conns;
    if (conn->next)
        conn->next->link = &conn->next;
    box->conns = conn;
    box->conn_count++;
    server_set_peer_data(peer, conn);
    return true;
}

void wire_leave(struct conn *conn)
{
    conn->closing = true;
    if (!conn->user)
        return;
    rooms_leave_all(conn);
    hooks_tell_online(conn, HOOK_LEFT);
    *conn->user_link = conn->user_next;
    if (conn->user_next)
        conn->user_next->user_link = conn->user_link;
    conn->user = NULL;
}

void wire_close(struct conn *conn)
{
    if (conn->closing)
        return;
    wire_leave(conn);
    server_ws_close(conn->peer);
}

void wire_disconnect(struct conn *conn, int status)
{
    struct frame frame = { .type = FRAME_DISCONNECT, .status = (uint16_t)status };
    send_frame(conn, &frame);
    wire_close(conn);
}

void wire_on_closed(struct sandbox *box, struct server_peer *peer)
{
    struct conn *conn = server_peer_data(peer);
    if (!conn)
        return;
    wire_leave(conn);
    send_forget(conn);
    check_forget(conn);
    map_clear(&conn->rooms);
    free(conn->pushed);
    *conn->link = conn->next;
    if (conn->next)
        conn->next->link = conn->link;
    box->conn_count--;
    free((char *)conn->device.at);
    free(conn);
}

static void refuse(struct conn *conn, int status)
{
    struct frame frame = { .type = FRAME_CONNACK, .status = (uint16_t)status };
    send_answer(conn, &frame);
    wire_close(conn);
}

/* A second login ends the first, unless the user may have several devices; the same
 * device never has two. */
static void kick_others(struct conn *conn)
{
    struct conn *next;
    for (struct conn *other = conn->user->conns; other; other = next) {
        next = other->user_next;
        bool same = conn->device.len && str_eq(conn->device, other->device);
        if (other != conn && (!conn->user->multi_device || same))
            wire_disconnect(other, DISCONNECT_KICKED);
    }
}

static void welcome(struct conn *conn, struct user *user)
{
    random_id(conn->session, 8);
    conn->user = user;
    conn->user_next = user->conns;
    conn->user_link = &user->conns;
    if (user->conns)
        user->conns->user_link = &conn->user_next;
    user->conns = conn;
    struct frame frame = {
        .type = FRAME_CONNACK,
        .has = FRAME_HAS_USER | FRAME_HAS_SESSION | FRAME_HAS_TIME,
        .user = user->id,
        .session = str_from(conn->session),
        .time_ms = (uint64_t)clock_wall_ms(),
    };
    if (conn->protocol == 4)
        frame.has |= FRAME_HAS_FIRST_ID;
    send_answer(conn, &frame);
    if (conn->user)
        hooks_tell_online(conn, HOOK_CAME);
    if (conn->user)
        kick_others(conn);
    log_debug(LOG_SANDBOX, "user=%.*s connected", STR_ARG(user->id));
}

static int check_login(struct conn *conn, struct user **out)
{
    struct sandbox *box = conn->box;
    const struct token *token =
        state_find_token(&box->state, token_key(url_param(conn, "token")));
    struct str version = url_param(conn, "protocolVer");
    int64_t now = clock_wall_ms();
    *out = token ? token->user : NULL;
    if (version.len && !str_eq(version, STR("3")) && !str_eq(version, STR("4")))
        return CONNACK_PROTOCOL;
    conn->protocol = str_eq(version, STR("4")) ? 4 : 3;
    if (!str_eq(url_param(conn, "appId"), box->app_key))
        return CONNACK_APP;
    if (!token)
        return CONNACK_TOKEN;
    if (token->ends_ms <= now)
        return CONNACK_EXPIRED;
    if (token->user->blocked_until > now)
        return CONNACK_BLOCKED;
    if (token->user->deactivated_ms)
        return CONNACK_CANCELLED;
    return CONNACK_OK;
}

void wire_login(struct conn *conn)
{
    struct user *user;
    arena_reset(&conn->box->arena);
    int status = check_login(conn, &user);
    if (status != CONNACK_OK)
        refuse(conn, status);
    else
        welcome(conn, user);
}

void wire_on_ready(struct sandbox *box, struct server_peer *peer)
{
    struct conn *conn = server_peer_data(peer);
    struct user *user;
    struct fault fault;
    box->counters.connects++;
    arena_reset(&box->arena);
    check_login(conn, &user);
    state_set(&conn->device, url_param(conn, "deviceId"));
    if (user)
        user->connects++;

    struct fault_site site = { .when = FAULT_CONNECT,
                               .user = user ? user->id : STR_NONE };
    if (!faults_take(box->faults, &site, &fault)) {
        wire_login(conn);
        return;
    }
    switch (fault.action) {
    case FAULT_CONNACK:
        refuse(conn, (int)fault.value);
        break;
    case FAULT_DISCONNECT:
        wire_login(conn);
        wire_disconnect(conn, (int)fault.value);
        break;
    case FAULT_DELAY_MS:
        job_login_later(conn, fault.value);
        break;
    case FAULT_CUT_AT_BYTE:
    case FAULT_DUPLICATE:
    case FAULT_REORDER:
        conn->shape = fault;
        conn->shaped = true;
        wire_login(conn);
        break;
    case FAULT_CLOSE:
        wire_close(conn);
        break;
    default: /* drop: the client waits for a CONNACK that never comes */
        break;
    }
}

static bool too_fast(struct conn *conn, int64_t now)
{
    int64_t most = conn->box->limits.messages_per_second;
    if (conn->second != now / 1000) {
        conn->second = now / 1000;
        conn->in_second = 0;
    }
    return most > 0 && ++conn->in_second > most;
}

static void handle_publish(struct conn *conn, const struct frame *frame,
                           const struct verdict *verdict)
{
    struct ask ask = {
        .box = conn->box,
        .conn = conn,
        .user = conn->user,
        .frame = frame,
        .now = clock_wall_ms(),
        .verdict = verdict,
    };
    topic_fn *fn = topics_find_publish(frame->topic);
    int status = STATUS_BAD;
    ask.time = ask.now;
    if (!verdict && too_fast(conn, ask.now))
        status = STATUS_TOO_FAST;
    else if (fn)
        status = fn(&ask);
    if (!ask.silent)
        wire_puback(conn, frame->id, status, ask.time, ask.uid);
    conn->shaped = false;
}

static void handle_query(struct conn *conn, const struct frame *frame)
{
    struct ask ask = {
        .box = conn->box,
        .conn = conn,
        .user = conn->user,
        .frame = frame,
        .now = clock_wall_ms(),
        .out = &conn->box->payload,
    };
    topic_fn *fn = topics_find_query(frame->topic);
    buf_reset(ask.out);
    int status = fn ? fn(&ask) : STATUS_BAD;
    wire_queryack(conn, frame->id, status,
                  status == STATUS_OK || status == STATUS_SOME_KEYS ? buf_str(ask.out)
                                                                    : STR_NONE);
    conn->shaped = false;
}

static void handle(struct conn *conn, const struct frame *frame, struct str bytes)
{
    struct frame pong = { .type = FRAME_PINGRESP };
    conn->bytes = bytes;
    switch (frame->type) {
    case FRAME_PUBLISH:
        handle_publish(conn, frame, NULL);
        break;
    case FRAME_QUERY:
        handle_query(conn, frame);
        break;
    case FRAME_PINGREQ:
        send_answer(conn, &pong);
        break;
    case FRAME_DISCONNECT:
        wire_close(conn);
        break;
    case FRAME_PUBACK:
        send_acked(conn, frame->id);
        break;
    default: /* QUERYCON: nothing waits for it */
        break;
    }
}

/* Decodes what a logged-in client sent; bytes that make no sense end the connection. */
static bool decode(struct conn *conn, struct str bytes, struct frame *out)
{
    struct err err;
    if (conn->closing || !conn->user)
        return false;
    if (frame_decode(out, bytes, FRAME_FROM_CLIENT, conn->protocol, &err))
        return true;
    log_debug(LOG_SANDBOX, "user=%.*s bad frame: %s", STR_ARG(conn->user->id), err.text);
    wire_close(conn);
    return false;
}

void wire_frame(struct conn *conn, struct str bytes)
{
    struct frame frame;
    if (!decode(conn, bytes, &frame))
        return;
    arena_reset(&conn->box->arena);
    handle(conn, &frame, bytes);
}

void wire_checked(struct conn *conn, struct str bytes, const struct verdict *verdict)
{
    struct frame frame;
    if (!decode(conn, bytes, &frame))
        return;
    arena_reset(&conn->box->arena);
    handle_publish(conn, &frame, verdict);
}

/* What a fault does before the frame is handled; false: nothing, or to its answer. */
static bool troubled(struct conn *conn, const struct frame *frame, struct str bytes)
{
    bool publish = frame->type == FRAME_PUBLISH;
    bool ping = frame->type == FRAME_PINGREQ;
    struct fault fault;
    struct fault_site site = {
        .when = publish ? FAULT_PUBLISH : FAULT_QUERY,
        .user = conn->user->id,
        .topic = ping ? STR("ping") : frame->topic,
    };
    if (!publish && !ping && frame->type != FRAME_QUERY)
        return false;
    if (!faults_take(conn->box->faults, &site, &fault))
        return false;
    switch (fault.action) {
    case FAULT_DROP:
        return true;
    case FAULT_CLOSE:
        wire_close(conn);
        return true;
    case FAULT_DISCONNECT:
        wire_disconnect(conn, (int)fault.value);
        return true;
    case FAULT_DELAY_MS:
        job_handle_later(conn, bytes, fault.value);
        return true;
    case FAULT_STATUS:
        if (publish)
            wire_puback(conn, frame->id, (int)fault.value, clock_wall_ms(), STR_NONE);
        else if (!ping)
            wire_queryack(conn, frame->id, (int)fault.value, STR_NONE);
        return true;
    default:
        conn->shape = fault;
        conn->shaped = true;
        return false;
    }
}

static void count(struct counters *counters, enum frame_type type)
{
    counters->publishes += type == FRAME_PUBLISH;
    counters->queries += type == FRAME_QUERY;
    counters->pings += type == FRAME_PINGREQ;
}

void wire_on_message(struct sandbox *box, struct server_peer *peer, struct str bytes)
{
    struct conn *conn = server_peer_data(peer);
    struct frame frame;
    if (!decode(conn, bytes, &frame))
        return;
    count(&box->counters, frame.type);
    if (troubled(conn, &frame, bytes))
        return;
    arena_reset(&box->arena);
    handle(conn, &frame, bytes);
}
