#include "net/stream.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/must.h"
#include "base/tls.h"

#include <arpa/inet.h>
#include <string.h>
#include <uv.h>

#define READ_SIZE ((size_t)64 << 10)
#define BACKLOG 1024

/* Output kept allocated while there is nothing to send. */
#define IDLE_KEEP ((size_t)16 << 10)

/* How long a closed stream waits for its peer to end too. */
#define LINGER_MS 5000

struct listener {
    uv_tcp_t tcp;
    struct loop *loop;
    struct stream_events events;
    void *arg;
    struct tls_identity *identity;
    int port;
    struct stream *streams; /* all that are not being closed by libuv yet */
    struct stream *unsent;  /* those with something to write at the end of the turn */
    struct loop_hook flush;
    struct buf plain; /* decrypted input of the moment */
    char read[READ_SIZE];
};

struct stream {
    uv_tcp_t tcp;
    struct listener *listener;
    void *data;
    struct tls *tls;
    struct stream *next, **link;
    struct stream *next_unsent, **unsent_link; /* unsent_link NULL: not in the list */
    struct buf out;                            /* plain bytes */
    struct buf wire;                           /* with TLS: encrypted */
    struct buf writing;                        /* in libuv's hands while `write` runs */
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct loop_timer linger;
    bool busy;     /* `write` runs */
    bool closing;  /* close after the output, forget input */
    bool ended;    /* our end is shut down, or about to be */
    bool paused;   /* the owner does not want input */
    bool overfull; /* more was queued than may be */
};

static void flush(struct stream *stream);

static void stream_freed(uv_handle_t *handle)
{
    struct stream *stream = handle->data;

    tls_free(stream->tls);
    buf_clear(&stream->out);
    buf_clear(&stream->wire);
    buf_clear(&stream->writing);
    free(stream);
}

static void forget_unsent(struct stream *stream)
{
    if (stream->unsent_link == NULL)
        return;
    *stream->unsent_link = stream->next_unsent;
    if (stream->next_unsent != NULL)
        stream->next_unsent->unsent_link = stream->unsent_link;
    stream->unsent_link = NULL;
}

static void note_unsent(struct stream *stream)
{
    struct listener *listener = stream->listener;

    if (stream->unsent_link != NULL)
        return;
    stream->next_unsent = listener->unsent;
    stream->unsent_link = &listener->unsent;
    if (listener->unsent != NULL)
        listener->unsent->unsent_link = &stream->next_unsent;
    listener->unsent = stream;
    loop_hurry(listener->loop);
}

static void drop(struct stream *stream, bool reset)
{
    loop_timer_stop(stream->listener->loop, &stream->linger);
    forget_unsent(stream);
    *stream->link = stream->next;
    if (stream->next != NULL)
        stream->next->link = stream->link;
    if (!reset || uv_tcp_close_reset(&stream->tcp, stream_freed) != 0)
        uv_close((uv_handle_t *)&stream->tcp, stream_freed);
}

/* The connection is over: tells the owner, unless it closed the stream itself. */
static void gone(struct stream *stream)
{
    if (!stream->closing)
        stream->listener->events.on_gone(stream->data);
    drop(stream, false);
}

/* ---- output ---- */

void stream_send(struct stream *stream, struct str bytes)
{
    if (stream->closing || stream->overfull)
        return;
    if (stream->out.len + stream->wire.len + stream->writing.len + bytes.len >
        STREAM_QUEUE_MAX)
        stream->overfull = true;
    else
        must(buf_add_str(&stream->out, bytes));
    note_unsent(stream);
}

size_t stream_queued(const struct stream *stream)
{
    return stream->out.len + stream->wire.len + stream->writing.len;
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
    struct stream *stream = request->data;

    /* Cancelled by uv_close: the stream is on its way out already. */
    if (status == UV_ECANCELED || uv_is_closing((uv_handle_t *)&stream->tcp))
        return;
    if (status != 0)
        drop(stream, false);
}

static void on_linger_over(void *arg)
{
    drop(arg, false);
}

static void end_output(struct stream *stream)
{
    if (stream->ended)
        return;
    stream->ended = true;
    stream->shutdown.data = stream;
    if (uv_shutdown(&stream->shutdown, (uv_stream_t *)&stream->tcp, on_shutdown) != 0) {
        drop(stream, false);
        return;
    }
    loop_timer_start(stream->listener->loop, &stream->linger, LINGER_MS, on_linger_over,
                     stream);
}

static void on_written(uv_write_t *request, int status)
{
    struct stream *stream = request->data;

    stream->busy = false;
    if (uv_is_closing((uv_handle_t *)&stream->tcp))
        return;
    if (status != 0) {
        gone(stream);
        return;
    }
    buf_clear(&stream->writing);
    flush(stream);
}

static void trim(struct buf *buf)
{
    if (buf->cap > IDLE_KEEP)
        buf_clear(buf);
    else
        buf_reset(buf);
}

/* Turns the plain output into what goes over the wire. */
static bool encrypt(struct stream *stream)
{
    struct err err = { 0 };

    if (stream->out.len > 0 && !tls_say(stream->tls, buf_str(&stream->out), &err)) {
        log_debug(LOG_NET, "cannot encrypt: %s", err.text);
        return false;
    }
    trim(&stream->out);
    if (stream->closing && !stream->ended)
        tls_say_end(stream->tls);
    return tls_take(stream->tls, &stream->wire);
}

/* Writes as much as the kernel takes at once and leaves the rest to libuv, which wants it
 * to stay in place: so it changes buffers. */
static bool write_out(struct stream *stream, struct buf *out)
{
    uv_buf_t all = uv_buf_init(out->at, (unsigned)out->len);
    int written = uv_try_write((uv_stream_t *)&stream->tcp, &all, 1);

    if (written == UV_EAGAIN)
        written = 0;
    if (written < 0)
        return false;
    if ((size_t)written == out->len) {
        trim(out);
        return true;
    }
    must(stream->writing.len == 0);
    buf_clear(&stream->writing);
    stream->writing = *out;
    buf_init(out, out->max);
    all = uv_buf_init(stream->writing.at + written,
                      (unsigned)(stream->writing.len - (size_t)written));
    stream->write.data = stream;
    stream->busy = true;
    if (uv_write(&stream->write, (uv_stream_t *)&stream->tcp, &all, 1, on_written) != 0) {
        stream->busy = false;
        return false;
    }
    return true;
}

static void flush(struct stream *stream)
{
    struct buf *out = stream->tls != NULL ? &stream->wire : &stream->out;

    forget_unsent(stream);
    if (stream->overfull) {
        log_warn(LOG_NET, "a peer does not read: cut with %zu bytes waiting",
                 stream_queued(stream));
        gone(stream);
        return;
    }
    if (stream->busy)
        return; /* on_written comes back here */
    if ((stream->tls != NULL && !encrypt(stream)) ||
        (out->len > 0 && !write_out(stream, out))) {
        gone(stream);
        return;
    }
    if (stream->closing && !stream->busy)
        end_output(stream);
}

static void flush_all(void *arg)
{
    struct listener *listener = arg;

    while (listener->unsent != NULL)
        flush(listener->unsent);
}

/* ---- input ---- */

static void on_want_room(uv_handle_t *handle, size_t suggested, uv_buf_t *room)
{
    struct stream *stream = handle->data;

    (void)suggested;
    *room = uv_buf_init(stream->listener->read, READ_SIZE);
}

/* False when the stream is gone. */
static bool read_tls(struct stream *stream, struct str wire)
{
    struct buf *plain = &stream->listener->plain;
    struct err err = { 0 };
    bool good;

    buf_reset(plain);
    good = tls_feed(stream->tls, wire, plain, &err);
    note_unsent(stream); /* an answer of the handshake, or an alert */
    if (!good)
        log_debug(LOG_NET, "a TLS peer is dropped: %s", err.text);
    if (plain->len > 0 && !stream->closing)
        stream->listener->events.on_bytes(stream->data, plain->at, plain->len);
    if (good && !tls_heard_end(stream->tls))
        return true;
    if (uv_is_closing((uv_handle_t *)&stream->tcp))
        return false;
    if (!stream->busy && tls_take(stream->tls, &stream->wire) && stream->wire.len > 0)
        write_out(stream, &stream->wire);
    return false;
}

static void on_read(uv_stream_t *handle, ssize_t len, const uv_buf_t *room)
{
    struct stream *stream = handle->data;

    if (len == 0)
        return;
    if (len < 0) {
        gone(stream);
        return;
    }
    if (stream->tls != NULL) {
        if (!read_tls(stream, str_of(room->base, (size_t)len)) &&
            !uv_is_closing((uv_handle_t *)handle))
            gone(stream);
        return;
    }
    if (!stream->closing)
        stream->listener->events.on_bytes(stream->data, room->base, (size_t)len);
}

void stream_pause(struct stream *stream, bool pause)
{
    if (stream->paused == pause || stream->closing)
        return;
    stream->paused = pause;
    if (pause)
        uv_read_stop((uv_stream_t *)&stream->tcp);
    else
        uv_read_start((uv_stream_t *)&stream->tcp, on_want_room, on_read);
}

struct str stream_address(const struct stream *stream, char out[ADDRESS_SIZE])
{
    struct sockaddr_storage peer;
    int len = sizeof(peer);

    if (uv_tcp_getpeername(&stream->tcp, (struct sockaddr *)&peer, &len) != 0 ||
        uv_ip_name((struct sockaddr *)&peer, out, ADDRESS_SIZE) != 0)
        return STR_NONE;
    struct str number = str_from(out), mapped = STR("::ffff:");
    bool has_dots = str_starts(number, mapped) && str_index(number, '.') >= 0;
    return has_dots ? str_sub(number, mapped.len, number.len) : number;
}

/* ---- from accept to close ---- */

static void on_connection(uv_stream_t *server, int status)
{
    struct listener *listener = server->data;
    struct stream *stream;

    if (status != 0) {
        log_warn(LOG_NET, "cannot accept a connection: %s", uv_strerror(status));
        return;
    }
    stream = MEM_NEW(struct stream);
    must(uv_tcp_init(loop_uv(listener->loop), &stream->tcp) == 0);
    stream->tcp.data = stream;
    stream->listener = listener;
    buf_init(&stream->out, STREAM_QUEUE_MAX);
    buf_init(&stream->wire, STREAM_QUEUE_MAX * 2);
    buf_init(&stream->writing, 0);
    if (uv_accept(server, (uv_stream_t *)&stream->tcp) != 0) {
        uv_close((uv_handle_t *)&stream->tcp, stream_freed);
        return;
    }
    uv_tcp_nodelay(&stream->tcp, 1);
    if (listener->identity != NULL)
        stream->tls = tls_new(listener->identity);
    stream->next = listener->streams;
    stream->link = &listener->streams;
    if (listener->streams != NULL)
        listener->streams->link = &stream->next;
    listener->streams = stream;
    stream->data = listener->events.on_accepted(listener->arg, stream);
    uv_read_start((uv_stream_t *)&stream->tcp, on_want_room, on_read);
}

void stream_close(struct stream *stream)
{
    if (stream->closing)
        return;
    stream_pause(stream, false);
    stream->closing = true;
    note_unsent(stream);
}

void stream_cut(struct stream *stream, bool reset)
{
    struct buf *out = stream->tls != NULL ? &stream->wire : &stream->out;

    stream->closing = true;
    stream->ended = true; /* no TLS farewell either */
    if (!stream->busy && (stream->tls == NULL || encrypt(stream)) && out->len > 0) {
        uv_buf_t all = uv_buf_init(out->at, (unsigned)out->len);

        uv_try_write((uv_stream_t *)&stream->tcp, &all, 1);
    }
    drop(stream, reset);
}

static void listener_freed(uv_handle_t *handle)
{
    struct listener *listener = handle->data;

    buf_clear(&listener->plain);
    tls_identity_close(listener->identity);
    free(listener);
}

void listener_close(struct listener *listener)
{
    loop_hook_remove(&listener->flush);
    while (listener->streams != NULL) {
        struct stream *stream = listener->streams;

        must(stream->closing);
        flush(stream);
        if (listener->streams == stream)
            drop(stream, false);
    }
    uv_close((uv_handle_t *)&listener->tcp, listener_freed);
}

int listener_port(const struct listener *listener)
{
    return listener->port;
}

static bool read_address(const struct listener_options *options,
                         struct sockaddr_storage *out, struct err *err)
{
    char host[INET6_ADDRSTRLEN];
    struct str name = options->host;

    if (name.len > 2 && name.at[0] == '[' && name.at[name.len - 1] == ']')
        name = str_sub(name, 1, name.len - 2);
    if (name.len > 0 && name.len < sizeof(host) && options->port >= 0 &&
        options->port <= 65535) {
        memcpy(host, name.at, name.len);
        host[name.len] = '\0';
        if (uv_ip4_addr(host, options->port, (struct sockaddr_in *)out) == 0 ||
            uv_ip6_addr(host, options->port, (struct sockaddr_in6 *)out) == 0)
            return true;
    }
    return err_set(err, ERR_ARGUMENT, "cannot listen on %.*s:%d: not an address",
                   STR_ARG(options->host), options->port);
}

struct listener *listener_open(struct loop *loop, const struct listener_options *options,
                               const struct stream_events *events, void *arg,
                               struct err *err)
{
    struct sockaddr_storage address;
    struct tls_identity *identity = NULL;
    struct listener *listener;
    int len = sizeof(address), code;

    if (!read_address(options, &address, err))
        return NULL;
    if (options->cert != NULL &&
        (identity = tls_identity_open(options->cert, options->key, err)) == NULL)
        return NULL;
    listener = MEM_NEW(struct listener);
    listener->loop = loop;
    listener->events = *events;
    listener->arg = arg;
    listener->identity = identity;
    buf_init(&listener->plain, READ_SIZE * 4);
    must(uv_tcp_init(loop_uv(loop), &listener->tcp) == 0);
    listener->tcp.data = listener;
    loop_hook_add_last(loop, &listener->flush, flush_all, listener);
    code = uv_tcp_bind(&listener->tcp, (struct sockaddr *)&address, 0);
    if (code == 0)
        code = uv_listen((uv_stream_t *)&listener->tcp, BACKLOG, on_connection);
    if (code == 0)
        code = uv_tcp_getsockname(&listener->tcp, (struct sockaddr *)&address, &len);
    if (code != 0) {
        err_set(err, ERR_NETWORK, "cannot listen on %.*s:%d: %s", STR_ARG(options->host),
                options->port, code == UV_EADDRINUSE ? "port in use" : uv_strerror(code));
        listener_close(listener);
        return NULL;
    }
    listener->port =
        ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                            : ((struct sockaddr_in *)&address)->sin_port);
    return listener;
}
