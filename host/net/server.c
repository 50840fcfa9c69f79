#include "net/server_conn.h"

#include "base/mem.h"
#include "base/must.h"

#include <string.h>

/* A connection that brings no whole request for so long is closed. */
#define IDLE_MS 60000

#define MIB ((size_t)1 << 20)

struct server_request {
    struct conn *conn;
    void *data;
    struct buf bytes; /* head and body, what the views below look into */
    struct head head;
    struct str body;
};

static void on_idle(void *arg);
static void on_pump(void *arg);

/* ---- connections ---- */

static void request_free(struct server_request *request)
{
    request->conn->request = NULL;
    buf_clear(&request->bytes);
    free(request);
}

static void peer_free(struct server_peer *peer)
{
    free(peer->head_bytes);
    buf_clear(&peer->joined);
    free(peer);
}

static void conn_forget(struct conn *conn)
{
    struct loop *loop = conn->server->loop;

    conn->dead = true;
    conn->server->conn_count--;
    loop_timer_stop(loop, &conn->idle);
    loop_defer_cancel(loop, on_pump, conn);
    *conn->link = conn->next;
    if (conn->next != NULL)
        conn->next->link = conn->link;
}

void conn_free(struct conn *conn)
{
    if (!conn->dead)
        conn_forget(conn);
    if (conn->inside)
        return; /* and the server may be gone when its turn comes */
    if (conn->request != NULL)
        request_free(conn->request);
    if (conn->peer != NULL)
        peer_free(conn->peer);
    buf_clear(&conn->in);
    free(conn);
}

static void conn_close(struct conn *conn)
{
    stream_close(conn->stream);
    conn->stream = NULL;
    conn_free(conn);
}

static void *on_accepted(void *arg, struct stream *stream)
{
    struct server *server = arg;
    struct conn *conn = MEM_NEW(struct conn);
    size_t most =
        server->body_max > server->message_max ? server->body_max : server->message_max;

    conn->server = server;
    conn->stream = stream;
    conn->next = server->conns;
    conn->link = &server->conns;
    if (server->conns != NULL)
        server->conns->link = &conn->next;
    server->conns = conn;
    server->conn_count++;
    conn->surplus = server->conns_max != 0 && server->conn_count > server->conns_max;
    buf_init(&conn->in, most + MIB);
    loop_timer_start(server->loop, &conn->idle, IDLE_MS, on_idle, conn);
    return conn;
}

static void on_idle(void *arg)
{
    conn_close(arg);
}

static void on_stream_gone(void *data)
{
    struct conn *conn = data;
    struct server *server = conn->server;

    conn->stream = NULL;
    if (conn->peer != NULL) {
        conn_peer_gone(conn);
        return;
    }
    if (conn->request != NULL && server->events.on_request_gone != NULL)
        server->events.on_request_gone(server->arg, conn->request);
    conn_free(conn);
}

/* ---- requests ---- */

static bool wants_length(const struct head *head)
{
    return head->chunked || (!head->has_length && (str_eq(head->method, STR("POST")) ||
                                                   str_eq(head->method, STR("PUT")) ||
                                                   str_eq(head->method, STR("PATCH"))));
}

static void hand_up(struct conn *conn, struct str bytes)
{
    struct server *server = conn->server;
    struct server_request *request = MEM_NEW(struct server_request);
    int status;

    buf_init(&request->bytes, bytes.len);
    must(buf_add_str(&request->bytes, bytes));
    must(head_read(buf_str(&request->bytes), &request->head, &status) == HEAD_DONE);
    request->body = str_sub(buf_str(&request->bytes), request->head.len, SIZE_MAX);
    request->conn = conn;
    conn->request = request;
    conn->keep_alive = request->head.keep_alive;
    conn->continued = false;
    loop_timer_stop(server->loop, &conn->idle);
    server->events.on_request(server->arg, request);
}

/* Handles one request; how many bytes that took, 0 when it must wait. */
static size_t take_request(struct conn *conn, struct str bytes)
{
    struct server *server = conn->server;
    struct head head;
    size_t whole;
    int status;

    if (conn->request != NULL)
        return 0;
    switch (head_read(bytes, &head, &status)) {
    case HEAD_MORE:
        return 0;
    case HEAD_BAD:
        conn_refuse(conn, status, NULL);
        return bytes.len;
    case HEAD_DONE:
        break;
    }
    if (wants_length(&head)) {
        conn_refuse(conn, 411, NULL);
        return bytes.len;
    }
    if (head.body_len > server->body_max) {
        conn_refuse(conn, 413, NULL);
        return bytes.len;
    }
    whole = head.len + (size_t)head.body_len;
    if (bytes.len < whole) {
        conn->need = whole;
        if (head.expects && !conn->continued)
            stream_send(conn->stream, STR("HTTP/1.1 100 Continue\r\n\r\n"));
        conn->continued = true;
        return 0;
    }
    if (head.body_len == 0 && conn_wants_ws(&head))
        conn_upgrade(conn, &head, str_sub(bytes, 0, whole));
    else
        hand_up(conn, str_sub(bytes, 0, whole));
    return whole;
}

/* How many of the bytes were used up. The connection may be dead after it. */
static size_t consume(struct conn *conn, char *at, size_t len)
{
    size_t done = 0, used;

    conn->inside = true;
    while (!conn->dead && conn->stream != NULL && len - done >= conn->need &&
           done < len) {
        conn->need = 0;
        used = conn->peer != NULL ? conn_take_frame(conn, at + done, len - done)
                                  : take_request(conn, str_of(at + done, len - done));
        if (used == 0)
            break;
        done += used;
    }
    conn->inside = false;
    return done;
}

static void keep(struct conn *conn, const char *at, size_t len)
{
    if (conn->need > len && conn->need < conn->in.max)
        buf_reserve(&conn->in, conn->need - conn->in.len);
    must(buf_add(&conn->in, at, len));
}

static void work_off(struct conn *conn)
{
    size_t used = consume(conn, conn->in.at, conn->in.len);

    if (conn->dead) {
        conn_free(conn);
        return;
    }
    if (used == conn->in.len)
        buf_clear(&conn->in); /* an idle connection holds no memory */
    else
        buf_shift(&conn->in, used);
    /* What comes on top of a request in hand is held back at its source. */
    if (conn->stream != NULL)
        stream_pause(conn->stream, conn->request != NULL && conn->in.len > HEAD_MAX);
}

static void on_bytes(void *data, char *bytes, size_t len)
{
    struct conn *conn = data;
    size_t used;

    if (conn->surplus) {
        conn_refuse(conn, 503, NULL);
        return;
    }
    if (conn->in.len > 0) {
        keep(conn, bytes, len);
        work_off(conn);
        return;
    }
    used = consume(conn, bytes, len);
    if (conn->dead) {
        conn_free(conn);
        return;
    }
    if (used < len && conn->stream != NULL) {
        keep(conn, bytes + used, len - used);
        stream_pause(conn->stream, conn->request != NULL && conn->in.len > HEAD_MAX);
    }
}

static void on_pump(void *arg)
{
    work_off(arg);
}

/* ---- answers ---- */

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *words;
    } reasons[] = {
        { 200, "OK" },
        { 201, "Created" },
        { 202, "Accepted" },
        { 204, "No Content" },
        { 301, "Moved Permanently" },
        { 302, "Found" },
        { 304, "Not Modified" },
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 409, "Conflict" },
        { 411, "Length Required" },
        { 413, "Content Too Large" },
        { 415, "Unsupported Media Type" },
        { 426, "Upgrade Required" },
        { 429, "Too Many Requests" },
        { 431, "Request Header Fields Too Large" },
        { 500, "Internal Server Error" },
        { 502, "Bad Gateway" },
        { 503, "Service Unavailable" },
        { 504, "Gateway Timeout" },
        { 505, "HTTP Version Not Supported" },
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].status == status)
            return reasons[i].words;
    return "Status";
}

/* A value that would break the lines apart (an echoed header, say) is left out. */
static bool is_one_line(const char *text)
{
    return strpbrk(text, "\r\n") == NULL;
}

static void send_answer(struct conn *conn, int status, const char *content_type,
                        const struct server_header_pair *headers, struct str body,
                        bool head_only)
{
    struct buf *out = &conn->server->scratch;
    bool bodiless = status == 204 || status == 304;

    buf_reset(out);
    buf_add_format(out, "HTTP/1.1 %d %s\r\n", status, reason(status));
    if (content_type != NULL && is_one_line(content_type))
        buf_add_format(out, "Content-Type: %s\r\n", content_type);
    for (; headers != NULL && headers->name != NULL; headers++)
        if (is_one_line(headers->name) && is_one_line(headers->value))
            buf_add_format(out, "%s: %s\r\n", headers->name, headers->value);
    if (!bodiless)
        buf_add_format(out, "Content-Length: %zu\r\n", body.len);
    if (!conn->keep_alive)
        buf_add_str(out, STR("Connection: close\r\n"));
    buf_add_str(out, STR("\r\n"));
    stream_send(conn->stream, buf_str(out));
    if (!bodiless && !head_only)
        stream_send(conn->stream, body);
}

void conn_refuse(struct conn *conn, int status, const char *header)
{
    struct server_header_pair extra[] = { { header, "13" }, { NULL, NULL } };

    conn->keep_alive = false;
    send_answer(conn, status, "text/plain", extra, str_from(reason(status)), false);
    conn_close(conn);
}

void server_reply(struct server_request *request, int status, const char *content_type,
                  const struct server_header_pair *headers, struct str body)
{
    struct conn *conn = request->conn;

    send_answer(conn, status, content_type, headers, body,
                str_eq(request->head.method, STR("HEAD")));
    request_free(request);
    if (!conn->keep_alive) {
        conn_close(conn);
        return;
    }
    loop_timer_start(conn->server->loop, &conn->idle, IDLE_MS, on_idle, conn);
    if (!conn->inside && conn->in.len > 0)
        loop_defer(conn->server->loop, on_pump, conn);
}

void server_drop(struct server_request *request)
{
    struct conn *conn = request->conn;

    stream_cut(conn->stream, true);
    conn->stream = NULL;
    conn_free(conn);
}

struct str server_method(const struct server_request *request)
{
    return request->head.method;
}

struct str server_path(const struct server_request *request)
{
    return request->head.path;
}

struct str server_query(const struct server_request *request)
{
    return request->head.query;
}

struct str server_body(const struct server_request *request)
{
    return request->body;
}

struct str server_header(const struct server_request *request, const char *name)
{
    return head_get(&request->head, name);
}

struct str server_header_lines(const struct server_request *request)
{
    return request->head.lines;
}

struct str server_address(const struct server_request *request, char out[ADDRESS_SIZE])
{
    return stream_address(request->conn->stream, out);
}

bool server_from_loopback(const struct server_request *request)
{
    char out[ADDRESS_SIZE];
    struct str peer = server_address(request, out);
    return address_is_within(peer, STR("127.0.0.0/8")) || address_same(peer, STR("::1"));
}

void *server_request_data(const struct server_request *request)
{
    return request->data;
}

void server_set_request_data(struct server_request *request, void *data)
{
    request->data = data;
}

/* ---- the server ---- */

struct server *server_open(struct net *net, const struct server_options *options,
                           const struct server_events *events, void *arg, struct err *err)
{
    struct server *server = MEM_NEW(struct server);
    struct listener_options listen = { .host = options->host,
                                       .port = options->port,
                                       .cert = options->cert,
                                       .key = options->key };
    struct stream_events stream = { .on_accepted = on_accepted,
                                    .on_bytes = on_bytes,
                                    .on_gone = on_stream_gone };

    server->loop = net_loop(net);
    server->events = *events;
    server->arg = arg;
    server->body_max = options->body_max != 0 ? options->body_max : MIB;
    server->conns_max = options->conns_max;
    server->message_max = options->message_max != 0 ? options->message_max : MIB;
    buf_init(&server->scratch, MIB);
    server->listener = listener_open(server->loop, &listen, &stream, server, err);
    if (server->listener != NULL)
        return server;
    free(server);
    return NULL;
}

int server_port(const struct server *server)
{
    return listener_port(server->listener);
}

void server_close(struct server *server)
{
    while (server->conns != NULL) {
        struct conn *conn = server->conns;
        struct stream *stream = conn->stream;

        if (stream != NULL)
            stream_close(stream);
        on_stream_gone(conn);
    }
    listener_close(server->listener);
    buf_clear(&server->scratch);
    free(server);
}
