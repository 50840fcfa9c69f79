#include "net/ws.h"

#include "net/net_inside.h"
#include "net/resolve.h"
#include "net/url.h"
#include "net/wsframe.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/tls.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <string.h>

#define MIB ((size_t)1 << 20)
#define OPEN_WITHIN_MS 10000
#define URL_MAX ((size_t)8 << 10)

/* More unsent bytes than this end the connection: the other side does not read. */
#define QUEUE_MAX (64 * MIB)

/* libwebsockets copies what the kernel does not take of one write; not more than this. */
#define WRITE_MAX ((size_t)64 << 10)

#define READ_SIZE ((size_t)16 << 10)

/* Output kept allocated while there is nothing to send. */
#define IDLE_KEEP ((size_t)64 << 10)

struct ws {
    struct net *net;
    struct ws_events events;
    void *arg;
    size_t message_max;
    struct loop_timer deadline; /* until opened */
    char *name;                 /* whom to verify */
    char *place;                /* Host header */
    char *target;
    int port;
    bool secure;

    struct resolve *resolve;
    struct resolve_answer answer;
    size_t tried;
    struct lws *wsi; /* its opaque data is this struct, or NULL once we let go of it */
    bool connected;  /* to the address of the moment */
    bool opened;
    bool told;      /* on_closed is being called */
    bool inside;    /* on_message or on_opened is being called */
    bool dead;      /* closed in there: freed when it returns */
    struct err why; /* the best reason known so far */

    struct buf out; /* framed and masked, not yet written */
    size_t written; /* of `out` */
    struct ws *next_unsent, **unsent_link;
    struct buf joined; /* a message that comes in several pieces */
};

static void connect_next(struct ws *ws);

/* ---- the end ---- */

static void forget_unsent(struct ws *ws)
{
    if (ws->unsent_link == NULL)
        return;
    *ws->unsent_link = ws->next_unsent;
    if (ws->next_unsent != NULL)
        ws->next_unsent->unsent_link = ws->unsent_link;
    ws->unsent_link = NULL;
}

/* Leaves the connection to libwebsockets, to be dropped in a while. */
static void let_go(struct ws *ws)
{
    if (ws->wsi == NULL)
        return;
    lws_set_opaque_user_data(ws->wsi, NULL);
    lws_set_timeout(ws->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
    lws_cancel_service(ws->net->context);
    ws->wsi = NULL;
}

static void ws_free(struct ws *ws)
{
    loop_timer_stop(ws->net->loop, &ws->deadline);
    if (ws->resolve != NULL)
        resolve_cancel(ws->resolve);
    ws->resolve = NULL;
    forget_unsent(ws);
    let_go(ws);
    ws->dead = true;
    if (ws->inside)
        return;
    buf_clear(&ws->out);
    buf_clear(&ws->joined);
    free(ws->name);
    free(ws->place);
    free(ws->target);
    free(ws);
}

/* Keeps the reason that was found first: what follows from it is less to the point. */
__attribute__((format(printf, 3, 4))) static void
because(struct ws *ws, enum err_code code, const char *format, ...)
{
    char text[sizeof(ws->why.text)];
    va_list list;

    if (ws->why.code != ERR_NONE)
        return;
    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    err_set(&ws->why, code, "%s", text);
}

static void tell_closed(struct ws *ws)
{
    loop_timer_stop(ws->net->loop, &ws->deadline);
    ws->told = true;
    ws->events.on_closed(ws->arg, &ws->why);
    ws_free(ws);
}

static void on_deadline(void *arg)
{
    struct ws *ws = arg;
    err_set(&ws->why, ERR_TIMEOUT, "%s did not answer in time", ws->place);
    tell_closed(ws);
}

/* ---- output ---- */

static void note_unsent(struct ws *ws)
{
    if (ws->unsent_link != NULL)
        return;
    ws->next_unsent = ws->net->unsent;
    ws->unsent_link = &ws->net->unsent;
    if (ws->net->unsent != NULL)
        ws->net->unsent->unsent_link = &ws->next_unsent;
    ws->net->unsent = ws;
    loop_hurry(ws->net->loop);
}

static bool add_frame(struct ws *ws, enum wsframe_kind kind, struct str bytes)
{
    uint8_t head[WSFRAME_HEAD_MAX], mask[4];
    size_t len;

    net_mask(ws->net, mask);
    len = wsframe_head(head, kind, bytes.len, mask);
    if (!buf_reserve(&ws->out, len + bytes.len))
        return false;
    buf_add(&ws->out, head, len);
    buf_add_str(&ws->out, bytes);
    wsframe_mask(ws->out.at + ws->out.len - bytes.len, bytes.len, mask);
    return true;
}

/* Writes what is queued. When the kernel has enough, libwebsockets keeps the rest of one
 * piece and calls back (on_writable) when that has left. */
static bool write_out(struct ws *ws)
{
    forget_unsent(ws);
    while (ws->written < ws->out.len && !lws_partial_buffered(ws->wsi)) {
        size_t piece = ws->out.len - ws->written;

        if (piece > WRITE_MAX)
            piece = WRITE_MAX;
        if (lws_write(ws->wsi, (unsigned char *)ws->out.at + ws->written, piece,
                      LWS_WRITE_RAW) < 0)
            return false;
        ws->written += piece;
    }
    if (ws->written == ws->out.len) {
        ws->written = 0;
        if (ws->out.cap > IDLE_KEEP)
            buf_clear(&ws->out);
        else
            buf_reset(&ws->out);
    }
    return true;
}

static void flush(struct ws *ws)
{
    if (write_out(ws))
        return;
    because(ws, ERR_NETWORK, "the connection to %s broke while sending", ws->place);
    tell_closed(ws);
}

void net_ws_flush(void *arg)
{
    struct net *net = arg;

    while (net->unsent != NULL)
        flush(net->unsent);
}

static void on_overfull(void *arg)
{
    tell_closed(arg);
}

bool ws_send(struct ws *ws, struct str bytes)
{
    if (!ws->opened || ws->told || ws->dead || ws->why.code != ERR_NONE)
        return false;
    if (ws->written > 0 && ws->written >= ws->out.len / 2) {
        buf_shift(&ws->out, ws->written);
        ws->written = 0;
    }
    if (add_frame(ws, WSFRAME_BINARY, bytes)) {
        note_unsent(ws);
        return true;
    }
    because(ws, ERR_LIMIT, "%s does not read: %zu bytes are waiting", ws->place,
            ws_queued(ws));
    loop_timer_start(ws->net->loop, &ws->deadline, 0, on_overfull, ws);
    return false;
}

size_t ws_queued(const struct ws *ws)
{
    return ws->out.len - ws->written;
}

void ws_close(struct ws *ws)
{
    if (ws->told || ws->dead)
        return; /* freed when the callback returns */
    /* Says goodbye if there is room for it. */
    if (ws->opened && ws->wsi != NULL && ws->why.code == ERR_NONE &&
        add_frame(ws, WSFRAME_CLOSE, STR("\x03\xe8")))
        write_out(ws);
    ws_free(ws);
}

/* ---- input ---- */

static bool hand_up(struct ws *ws, struct str bytes)
{
    ws->inside = true;
    ws->events.on_message(ws->arg, bytes);
    ws->inside = false;
    if (!ws->dead)
        return true;
    ws_free(ws);
    return false;
}

static bool take_piece(struct ws *ws, struct lws *wsi, struct str bytes)
{
    size_t more = lws_remaining_packet_payload(wsi);
    bool last = lws_is_final_fragment(wsi) != 0;

    if (bytes.len + more > ws->message_max - ws->joined.len) {
        because(ws, ERR_LIMIT, "%s sent a message of more than %zu bytes", ws->place,
                ws->message_max);
        return false;
    }
    if (last && ws->joined.len == 0)
        return hand_up(ws, bytes);
    buf_reserve(&ws->joined, bytes.len + more);
    must(buf_add_str(&ws->joined, bytes));
    if (!last)
        return true;
    if (!hand_up(ws, buf_str(&ws->joined)))
        return false;
    buf_clear(&ws->joined);
    return true;
}

static void note_peer_close(struct ws *ws, struct str bytes)
{
    int code = bytes.len >= 2 ? (uint8_t)bytes.at[0] << 8 | (uint8_t)bytes.at[1] : 1005;

    because(ws, ERR_CLOSED, "%s closed the connection (%d)", ws->place, code);
}

/* ---- connecting ---- */

static void on_connect_failed(struct ws *ws, struct lws *wsi, struct str text)
{
    int status = (int)lws_http_client_http_response(wsi);

    lws_set_opaque_user_data(wsi, NULL);
    ws->wsi = NULL;
    if (!ws->connected && ws->tried < ws->answer.count) {
        connect_next(ws);
        return;
    }
    if (!ws->connected) {
        because(ws, ERR_NETWORK, "cannot connect to %s", ws->place);
    } else if (str_find(text, STR("not 101")) >= 0 ||
               str_find(text, STR("unauthorized")) >= 0) {
        because(ws, ERR_NETWORK, "%s refused the upgrade with status %d", ws->place,
                status);
    } else if (ws->secure &&
               (str_find(text, STR("SSL")) >= 0 || str_find(text, STR("cert")) >= 0 ||
                str_find(text, STR("tls")) >= 0)) {
        because(ws, ERR_TLS, "no TLS with %s: %.*s", ws->place, STR_ARG(text));
    } else {
        because(ws, ERR_NETWORK, "%s did not become a WebSocket: %.*s", ws->place,
                STR_ARG(text));
    }
    tell_closed(ws);
}

static void note_certificate(struct ws *ws, void *store_context)
{
    const char *problem = tls_verify_problem(store_context);

    if (problem != NULL)
        because(ws, ERR_TLS, "the certificate of %s is refused: %s", ws->place, problem);
}

/* False when the owner closed it at once. */
static bool on_opened(struct ws *ws)
{
    loop_timer_stop(ws->net->loop, &ws->deadline);
    ws->opened = true;
    ws->inside = true;
    ws->events.on_opened(ws->arg);
    ws->inside = false;
    if (!ws->dead)
        return true;
    ws_free(ws);
    return false;
}

static void on_lost(struct ws *ws, struct lws *wsi)
{
    lws_set_opaque_user_data(wsi, NULL);
    ws->wsi = NULL;
    because(ws, ERR_NETWORK, "the connection to %s was lost", ws->place);
    tell_closed(ws);
}

/* What libwebsockets has to say. Anything but 0 makes it drop the connection. */
static int on_lws(struct lws *wsi, enum lws_callback_reasons what, void *user, void *in,
                  size_t len)
{
    struct ws *ws;

    (void)user;
    switch (what) {
    case LWS_CALLBACK_WSI_CREATE:
    case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION:
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    case LWS_CALLBACK_CLIENT_RECEIVE:
    case LWS_CALLBACK_CLIENT_WRITEABLE:
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    case LWS_CALLBACK_CLIENT_CLOSED:
    case LWS_CALLBACK_WSI_DESTROY:
        break;
    default:
        return 0;
    }
    ws = lws_get_opaque_user_data(wsi);
    if (ws == NULL)
        return what == LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION ? 0 : -1;
    switch (what) {
    case LWS_CALLBACK_WSI_CREATE:
        ws->connected = true;
        return 0;
    case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION:
        note_certificate(ws, user);
        return 0;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        return on_opened(ws) ? 0 : -1;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        on_connect_failed(ws, wsi, str_of(in, in != NULL ? len : 0));
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        return take_piece(ws, wsi, str_of(in, len)) ? 0 : -1;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return write_out(ws) ? 0 : -1;
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        note_peer_close(ws, str_of(in, len));
        return 0;
    default: /* closed, or dropped at a moment for which there is no other word */
        if (ws->wsi == wsi)
            on_lost(ws, wsi);
        return 0;
    }
}

const struct lws_protocols net_ws_protocols[] = {
    { .name = "moondock",
      .callback = on_lws,
      .rx_buffer_size = READ_SIZE,
      .tx_packet_size = WRITE_MAX },
    { .name = NULL },
};

static void connect_next(struct ws *ws)
{
    /* All zero: no pings of its own, the session has better ones. */
    static const lws_retry_bo_t no_pings;
    struct err why = { 0 };
    struct lws_client_connect_info info = {
        .context = ws->net->context,
        .address = ws->answer.numbers[ws->tried++],
        .port = ws->port,
        .ssl_connection =
            LCCSCF_HTTP_NO_FOLLOW_REDIRECT | (ws->secure ? LCCSCF_USE_SSL : 0),
        .path = ws->target,
        .host = ws->place,
        .local_protocol_name = "moondock",
        .alpn = "http/1.1",
        .retry_and_idle_policy = &no_pings,
        .opaque_user_data = ws,
        .vhost = net_vhost(ws->net, ws->secure, &why),
    };

    if (info.vhost == NULL)
        ws->why = why;
    else
        ws->wsi = lws_client_connect_via_info(&info);
    if (ws->wsi != NULL)
        return;
    if (info.vhost != NULL && ws->tried < ws->answer.count) {
        connect_next(ws);
        return;
    }
    because(ws, ERR_NETWORK, "cannot connect to %s", ws->place);
    tell_closed(ws);
}

static void on_resolved(void *arg, const struct resolve_answer *answer,
                        const struct err *why)
{
    struct ws *ws = arg;

    ws->resolve = NULL;
    if (answer->count == 0) {
        ws->why = *why;
        tell_closed(ws);
        return;
    }
    ws->answer = *answer;
    connect_next(ws);
}

/* libwebsockets sees the end of the name at the first colon. */
static bool can_connect(const struct url *url, struct str text, struct err *err)
{
    if (!str_eq(url->scheme, STR("ws")) && !str_eq(url->scheme, STR("wss")))
        return err_set(err, ERR_ARGUMENT, "not a ws:// or wss:// address: %.*s",
                       STR_ARG(url->place));
    if (text.len > URL_MAX)
        return err_set(err, ERR_ARGUMENT, "the address is longer than %zu bytes",
                       URL_MAX);
    if (url->secure && (url->host.len > 120 || str_index(url->host, ':') >= 0))
        return err_set(err, ERR_UNSUPPORTED, "cannot verify the name %.*s",
                       STR_ARG(url->host));
    return true;
}

struct ws *ws_open(struct net *net, const struct ws_options *options,
                   const struct ws_events *events, void *arg, struct err *err)
{
    int64_t within = options->open_within_ms;
    struct url url;
    struct ws *ws;

    if (!url_parse(options->url, &url, err) || !can_connect(&url, options->url, err))
        return NULL;
    ws = MEM_NEW(struct ws);
    ws->net = net;
    ws->events = *events;
    ws->arg = arg;
    ws->message_max = options->message_max != 0 ? options->message_max : 16 * MIB;
    ws->name = str_dup(url.host);
    ws->place = str_dup(url.place);
    ws->port = url.port;
    ws->secure = url.secure;
    buf_init(&ws->out, QUEUE_MAX);
    buf_init(&ws->joined, ws->message_max);
    ws->target = mem_alloc(url.target.len + 2);
    snprintf(ws->target, url.target.len + 2, "%s%.*s",
             str_starts(url.target, STR("/")) ? "" : "/", STR_ARG(url.target));
    loop_timer_start(net->loop, &ws->deadline, within != 0 ? within : OPEN_WITHIN_MS,
                     on_deadline, ws);
    ws->resolve = resolve_start(net->loop, ws->name, on_resolved, ws);
    return ws;
}
