#include "net/relay.h"

#include "base/mem.h"
#include "base/must.h"

#include <arpa/inet.h>
#include <string.h>
#include <uv.h>

#define READ_SIZE ((size_t)64 << 10)
#define BACKLOG 128

struct link;

struct end {
    uv_tcp_t tcp;
    uv_shutdown_t shutdown;
    struct link *link;
    enum relay_side side;
};

struct link {
    struct link *next, **at; /* at: NULL when it is dropped */
    struct relay *relay;
    int64_t number;
    struct end ends[2];
    uv_connect_t connect;
    bool over;     /* it is cut, and waits for both sides to end */
    int open_ends; /* freed with the last one */
};

struct relay {
    uv_tcp_t tcp;
    struct loop *loop;
    struct relay_events events;
    void *arg;
    int port;
    struct sockaddr_in to;
    struct link *links;
    int64_t last_number;
    char read[READ_SIZE];
};

struct passing {
    uv_write_t request;
    char bytes[];
};

static bool is_gone(const struct end *end)
{
    return uv_is_closing((const uv_handle_t *)&end->tcp);
}

static void unlink_it(struct link *link)
{
    if (!link->at) {
        return;
    }
    *link->at = link->next;
    if (link->next) {
        link->next->at = link->at;
    }
    link->at = NULL;
}

static void on_end_freed(uv_handle_t *handle)
{
    struct end *end = handle->data;
    if (--end->link->open_ends == 0) {
        unlink_it(end->link);
        free(end->link);
    }
}

static void drop_end(struct end *end, bool reset)
{
    if (!is_gone(end) && (!reset || uv_tcp_close_reset(&end->tcp, on_end_freed) != 0)) {
        uv_close((uv_handle_t *)&end->tcp, on_end_freed);
    }
}

static void drop(struct link *link, bool reset)
{
    unlink_it(link);
    drop_end(&link->ends[RELAY_CLIENT], reset);
    drop_end(&link->ends[RELAY_SERVER], reset);
}

static void on_want_room(uv_handle_t *handle, size_t suggested, uv_buf_t *room)
{
    struct end *end = handle->data;
    (void)suggested;
    *room = uv_buf_init(end->link->relay->read, READ_SIZE);
}

/* What a side still says after the cut is forgotten. */
static void on_rest(uv_stream_t *handle, ssize_t len, const uv_buf_t *room)
{
    (void)room;
    if (len < 0) {
        drop_end(handle->data, false);
    }
}

static void on_shut(uv_shutdown_t *request, int status)
{
    (void)request;
    (void)status; /* a broken side shows when it is read */
}

/* After what was passed to it; closed at once, with something unread, the kernel would
 * send a reset, and the other program might not see the last bytes. */
static void finish(struct end *end)
{
    uv_stream_t *stream = (uv_stream_t *)&end->tcp;
    uv_read_stop(stream);
    if (uv_shutdown(&end->shutdown, stream, on_shut) != 0 ||
        uv_read_start(stream, on_want_room, on_rest) != 0) {
        drop_end(end, false);
    }
}

static void ended(struct end *end)
{
    struct relay *relay = end->link->relay;
    uv_read_stop((uv_stream_t *)&end->tcp);
    relay->events.on_ended(relay->arg, end->link->number, end->side);
}

static void on_read(uv_stream_t *handle, ssize_t len, const uv_buf_t *room)
{
    struct end *end = handle->data;
    struct relay *relay = end->link->relay;
    if (len < 0) {
        ended(end);
    } else if (len > 0) {
        relay->events.on_bytes(relay->arg, end->link->number, end->side,
                               str_of(room->base, (size_t)len));
    }
}

static void on_connected(uv_connect_t *request, int status)
{
    struct end *end = request->data;
    if (is_gone(end)) {
        return;
    }
    if (status != 0) {
        ended(end);
        return;
    }
    uv_tcp_nodelay(&end->tcp, 1);
    uv_read_start((uv_stream_t *)&end->tcp, on_want_room, on_read);
}

static void init_end(struct link *link, enum relay_side side)
{
    struct end *end = &link->ends[side];
    must(uv_tcp_init(loop_uv(link->relay->loop), &end->tcp) == 0);
    end->tcp.data = end;
    end->link = link;
    end->side = side;
    link->open_ends++;
}

static void on_connection(uv_stream_t *server, int status)
{
    struct relay *relay = server->data;
    if (status != 0) {
        return;
    }
    struct link *link = MEM_NEW(struct link);
    struct end *client = &link->ends[RELAY_CLIENT], *far = &link->ends[RELAY_SERVER];
    link->relay = relay;
    link->number = ++relay->last_number;
    link->next = relay->links;
    link->at = &relay->links;
    if (link->next) {
        link->next->at = &link->next;
    }
    relay->links = link;
    init_end(link, RELAY_CLIENT);
    init_end(link, RELAY_SERVER);
    link->connect.data = far;
    if (uv_accept(server, (uv_stream_t *)&client->tcp) != 0 ||
        uv_tcp_connect(&link->connect, &far->tcp, (struct sockaddr *)&relay->to,
                       on_connected) != 0) {
        drop(link, false);
        return;
    }
    uv_tcp_nodelay(&client->tcp, 1);
    uv_read_start((uv_stream_t *)&client->tcp, on_want_room, on_read);
    relay->events.on_opened(relay->arg, link->number);
}

static struct link *find(struct relay *relay, int64_t number)
{
    struct link *link = relay->links;
    while (link && link->number != number) {
        link = link->next;
    }
    return link && !link->over ? link : NULL;
}

static void on_passed(uv_write_t *request, int status)
{
    (void)status; /* a broken side shows when it is read */
    free(request->data);
}

bool relay_pass(struct relay *relay, int64_t number, enum relay_side to, struct str bytes)
{
    struct link *link = find(relay, number);
    if (!link) {
        return false;
    }
    struct passing *passing = mem_alloc(sizeof(*passing) + bytes.len);
    if (bytes.len > 0) {
        memcpy(passing->bytes, bytes.at, bytes.len);
    }
    passing->request.data = passing;
    uv_buf_t all = uv_buf_init(passing->bytes, (unsigned)bytes.len);
    if (uv_write(&passing->request, (uv_stream_t *)&link->ends[to].tcp, &all, 1,
                 on_passed) != 0) {
        free(passing);
        return false;
    }
    return true;
}

bool relay_cut(struct relay *relay, int64_t number, bool reset)
{
    struct link *link = find(relay, number);
    if (link && reset) {
        drop(link, true);
    } else if (link) {
        link->over = true;
        finish(&link->ends[RELAY_CLIENT]);
        finish(&link->ends[RELAY_SERVER]);
    }
    return link != NULL;
}

static void on_relay_freed(uv_handle_t *handle)
{
    free(handle->data);
}

void relay_close(struct relay *relay)
{
    if (!relay) {
        return;
    }
    while (relay->links) {
        drop(relay->links, false);
    }
    uv_close((uv_handle_t *)&relay->tcp, on_relay_freed);
}

int relay_port(const struct relay *relay)
{
    return relay->port;
}

struct relay *relay_open(struct loop *loop, int port, const struct relay_events *events,
                         void *arg, struct err *err)
{
    struct sockaddr_in own;
    int len = sizeof(own);
    struct relay *relay = MEM_NEW(struct relay);
    relay->loop = loop;
    relay->events = *events;
    relay->arg = arg;
    must(uv_ip4_addr("127.0.0.1", port, &relay->to) == 0);
    must(uv_ip4_addr("127.0.0.1", 0, &own) == 0);
    must(uv_tcp_init(loop_uv(loop), &relay->tcp) == 0);
    relay->tcp.data = relay;
    int code = uv_tcp_bind(&relay->tcp, (struct sockaddr *)&own, 0);
    if (code == 0) {
        code = uv_listen((uv_stream_t *)&relay->tcp, BACKLOG, on_connection);
    }
    if (code == 0) {
        code = uv_tcp_getsockname(&relay->tcp, (struct sockaddr *)&own, &len);
    }
    if (code != 0) {
        err_set(err, ERR_NETWORK, "cannot listen: %s", uv_strerror(code));
        relay_close(relay);
        return NULL;
    }
    relay->port = ntohs(own.sin_port);
    return relay;
}
