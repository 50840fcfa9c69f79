#include "net/server_conn.h"
#include "net/wsframe.h"

#include "base/digest.h"
#include "base/mem.h"
#include "base/must.h"

#include <string.h>

/* Close codes of RFC 6455. */
enum {
    CODE_NORMAL = 1000,
    CODE_PROTOCOL = 1002,
    CODE_NOT_TEXT = 1007,
    CODE_LARGE = 1009
};

/* ---- the upgrade ---- */

bool conn_wants_ws(const struct head *head)
{
    return str_eq(head->method, STR("GET")) &&
           head_has_word(head, "upgrade", STR("websocket")) &&
           head_has_word(head, "connection", STR("upgrade"));
}

/* The key is 16 bytes in base64. */
static bool accept_of(struct str key, struct buf *out)
{
    struct str parts[] = { key, STR("258EAFA5-E914-47DA-95CA-C5AB0DC85B11") };
    char hex[DIGEST_SHA1_HEX];
    struct buf bytes;
    bool good;

    buf_init(&bytes, 64);
    good = key.len == 24 && digest_unbase64(&bytes, key) && bytes.len == 16;
    if (good) {
        buf_reset(&bytes);
        digest_sha1_hex(parts, 2, hex);
        good = digest_unhex(&bytes, str_from(hex)) && digest_base64(out, buf_str(&bytes));
    }
    buf_clear(&bytes);
    return good;
}

static struct str first_protocol(const struct head *head)
{
    struct str offered = head_get(head, "sec-websocket-protocol"), first;

    return str_split(&offered, ',', &first) ? str_trim(first) : STR_NONE;
}

/* A browser that offers subprotocols wants one of them chosen; they mean nothing here. */
static void send_switch(struct conn *conn, struct str accept)
{
    struct str protocol = first_protocol(&conn->peer->head);
    struct buf *out = &conn->server->scratch;

    buf_reset(out);
    buf_add_format(out,
                   "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\nSec-WebSocket-Accept: %.*s\r\n",
                   STR_ARG(accept));
    if (protocol.len > 0)
        buf_add_format(out, "Sec-WebSocket-Protocol: %.*s\r\n", STR_ARG(protocol));
    buf_add_str(out, STR("\r\n"));
    stream_send(conn->stream, buf_str(out));
}

static void peer_new(struct conn *conn, struct str bytes)
{
    struct server_peer *peer = MEM_NEW(struct server_peer);
    int status;

    peer->conn = conn;
    peer->head_bytes = mem_dup(bytes.at, bytes.len);
    must(head_read(str_of(peer->head_bytes, bytes.len), &peer->head, &status) ==
         HEAD_DONE);
    buf_init(&peer->joined, conn->server->message_max);
    conn->peer = peer;
}

void conn_upgrade(struct conn *conn, const struct head *head, struct str bytes)
{
    struct server *server = conn->server;
    struct buf accept;
    bool wanted;

    if (!str_eq(head_get(head, "sec-websocket-version"), STR("13"))) {
        conn_refuse(conn, 426, "Sec-WebSocket-Version");
        return;
    }
    buf_init(&accept, 64);
    if (!accept_of(head_get(head, "sec-websocket-key"), &accept)) {
        buf_clear(&accept);
        conn_refuse(conn, 400, NULL);
        return;
    }
    loop_timer_stop(server->loop, &conn->idle);
    peer_new(conn, bytes);
    wanted = server->events.on_ws_open(server->arg, conn->peer);
    if (!conn->dead && wanted) {
        conn->peer->open = true;
        send_switch(conn, buf_str(&accept));
        if (server->events.on_ws_ready != NULL)
            server->events.on_ws_ready(server->arg, conn->peer);
    } else if (!conn->dead) {
        conn_refuse(conn, 403, NULL);
    }
    buf_clear(&accept);
}

/* ---- output ---- */

static void send_frame(struct conn *conn, enum wsframe_kind kind, struct str bytes)
{
    uint8_t head[WSFRAME_HEAD_MAX];
    size_t len = wsframe_head(head, kind, bytes.len, NULL);

    stream_send(conn->stream, str_of(head, len));
    stream_send(conn->stream, bytes);
}

static void send_close(struct conn *conn, int code)
{
    char bytes[2] = { (char)(code >> 8), (char)code };

    send_frame(conn, WSFRAME_CLOSE, str_of(bytes, 2));
}

static void on_close_told(void *arg)
{
    conn_peer_gone(arg);
}

void conn_peer_gone(struct conn *conn)
{
    struct server *server = conn->server;

    loop_defer_cancel(server->loop, on_close_told, conn);
    conn->peer->open = false;
    if (server->events.on_ws_closed != NULL)
        server->events.on_ws_closed(server->arg, conn->peer);
    conn_free(conn);
}

bool server_ws_send(struct server_peer *peer, struct str bytes)
{
    if (!peer->open)
        return false;
    send_frame(peer->conn, WSFRAME_BINARY, bytes);
    return true;
}

size_t server_ws_queued(const struct server_peer *peer)
{
    return peer->conn->stream != NULL ? stream_queued(peer->conn->stream) : 0;
}

/* The owner closed it: it hears on_ws_closed, but not inside its own call. */
static void let_go(struct server_peer *peer)
{
    peer->open = false;
    peer->conn->stream = NULL;
    loop_defer(peer->conn->server->loop, on_close_told, peer->conn);
}

void server_ws_close(struct server_peer *peer)
{
    if (!peer->open)
        return;
    send_close(peer->conn, CODE_NORMAL);
    stream_close(peer->conn->stream);
    let_go(peer);
}

void server_ws_cut(struct server_peer *peer, struct str bytes, size_t cut_at)
{
    uint8_t head[WSFRAME_HEAD_MAX];
    struct str start;

    if (!peer->open)
        return;
    start = str_of(head, wsframe_head(head, WSFRAME_BINARY, bytes.len, NULL));
    start = str_sub(start, 0, cut_at);
    stream_send(peer->conn->stream, start);
    stream_send(peer->conn->stream, str_sub(bytes, 0, cut_at - start.len));
    /* Not reset: that could take the bytes before the cut with it. */
    stream_cut(peer->conn->stream, false);
    let_go(peer);
}

/* ---- input ---- */

static void end(struct conn *conn, int code)
{
    send_close(conn, code);
    stream_close(conn->stream);
    conn->stream = NULL;
    conn_peer_gone(conn);
}

static void hand_up(struct conn *conn, struct str bytes)
{
    struct server *server = conn->server;

    if (conn->peer->text && !str_is_utf8(bytes))
        end(conn, CODE_NOT_TEXT);
    else
        server->events.on_ws_message(server->arg, conn->peer, bytes);
}

static void take_control(struct conn *conn, const struct wsframe *frame)
{
    if (frame->kind == WSFRAME_PING) {
        send_frame(conn, WSFRAME_PONG, str_of(frame->at, frame->len));
    } else if (frame->kind == WSFRAME_CLOSE) {
        bool coded = frame->len >= 2;

        end(conn,
            coded ? (uint8_t)frame->at[0] << 8 | (uint8_t)frame->at[1] : CODE_NORMAL);
    }
}

static void take_data(struct conn *conn, const struct wsframe *frame)
{
    struct buf *joined = &conn->peer->joined;
    bool goes_on = frame->kind == WSFRAME_CONTINUE;
    struct str bytes = str_of(frame->at, frame->len);

    if (goes_on != (joined->cap > 0)) {
        end(conn, CODE_PROTOCOL);
        return;
    }
    if (!goes_on)
        conn->peer->text = frame->kind == WSFRAME_TEXT;
    if (frame->final && !goes_on) {
        hand_up(conn, bytes);
        return;
    }
    /* Allocated even for an empty first piece: cap tells that a message is under way. */
    if (!buf_reserve(joined, bytes.len > 0 ? bytes.len : 1) ||
        !buf_add_str(joined, bytes)) {
        end(conn, CODE_LARGE);
        return;
    }
    if (!frame->final)
        return;
    hand_up(conn, buf_str(joined));
    if (!conn->dead && conn->peer != NULL)
        buf_clear(joined);
}

size_t conn_take_frame(struct conn *conn, char *at, size_t len)
{
    struct wsframe frame;
    size_t used;

    switch (wsframe_read(at, len, conn->server->message_max, &frame, &used)) {
    case WSFRAME_MORE:
        conn->need = used;
        return 0;
    case WSFRAME_BAD:
        end(conn, CODE_PROTOCOL);
        return len;
    case WSFRAME_LARGE:
        end(conn, CODE_LARGE);
        return len;
    case WSFRAME_DONE:
        break;
    }
    if (frame.kind >= WSFRAME_CLOSE)
        take_control(conn, &frame);
    else
        take_data(conn, &frame);
    return used;
}

/* ---- what a peer knows ---- */

struct str server_peer_path(const struct server_peer *peer)
{
    return peer->head.path;
}

struct str server_peer_query(const struct server_peer *peer)
{
    return peer->head.query;
}

struct str server_peer_header(const struct server_peer *peer, const char *name)
{
    return head_get(&peer->head, name);
}

void *server_peer_data(const struct server_peer *peer)
{
    return peer->data;
}

void server_set_peer_data(struct server_peer *peer, void *data)
{
    peer->data = data;
}
