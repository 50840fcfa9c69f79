#include "net/lines_inside.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/must.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG 64

struct seat {
    struct lines_server *server;
    struct lines *lines;
    struct seat *next, **link;
};

struct lines_server {
    uv_pipe_t pipe;
    struct loop *loop;
    struct lines_server_events events;
    void *arg;
    char *path;
    struct seat *seats;
};

static void on_stream_end(void *arg)
{
    struct seat *seat = arg;

    *seat->link = seat->next;
    if (seat->next != NULL)
        seat->next->link = seat->link;
    free(seat);
}

static bool is_welcome(int fd)
{
    struct ucred peer;
    socklen_t len = sizeof(peer);

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
        return false;
    if (peer.uid == geteuid() || peer.uid == 0)
        return true;
    log_warn(LOG_NET, "control socket: uid=%u pid=%d is not let in", (unsigned)peer.uid,
             (int)peer.pid);
    return false;
}

static void seat_new(struct lines_server *server, int fd)
{
    struct seat *seat = MEM_NEW(struct seat);
    void *arg;

    seat->server = server;
    seat->lines = lines_adopt(server->loop, fd, &server->events.stream);
    seat->next = server->seats;
    seat->link = &server->seats;
    if (server->seats != NULL)
        server->seats->link = &seat->next;
    server->seats = seat;
    lines_on_end(seat->lines, on_stream_end, seat);
    arg = server->events.on_opened(server->arg, seat->lines);
    if (arg != NULL)
        lines_begin(seat->lines, arg);
    else
        lines_close(seat->lines);
}

static void on_refused_closed(uv_handle_t *handle)
{
    free(handle);
}

/* libuv accepts into a handle of its own; the socket is copied out of it, since its owner
 * is checked before anything is made for it. */
static void on_connection(uv_stream_t *pipe, int status)
{
    struct lines_server *server = pipe->data;
    uv_pipe_t *accepted;
    uv_os_fd_t fd;
    int copy = -1;

    if (status != 0) {
        log_warn(LOG_NET, "control socket: %s", uv_strerror(status));
        return;
    }
    accepted = MEM_NEW(uv_pipe_t);
    must(uv_pipe_init(loop_uv(server->loop), accepted, 0) == 0);
    if (uv_accept(pipe, (uv_stream_t *)accepted) == 0 &&
        uv_fileno((uv_handle_t *)accepted, &fd) == 0 && is_welcome(fd))
        copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    uv_close((uv_handle_t *)accepted, on_refused_closed);
    if (copy >= 0)
        seat_new(server, copy);
}

/* Binds under umask 077, so that nobody else can even connect. A stale socket is
 * replaced, any other file is not. */
static int bind_socket(const char *path, struct err *err)
{
    struct sockaddr_un address;
    struct stat old;
    int folder, fd, code;
    mode_t mask;

    if (lstat(path, &old) == 0 && !S_ISSOCK(old.st_mode)) {
        err_set(err, ERR_EXISTS, "%s is in the way: not a socket", path);
        return -1;
    }
    if (!lines_address(path, &address, &folder, err))
        return -1;
    unlink(path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0);
    mask = umask(077);
    code = bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ? 0 : errno;
    umask(mask);
    if (folder >= 0)
        close(folder);
    if (code == 0)
        return fd;
    close(fd);
    err_set(err, ERR_NETWORK, "cannot listen on %s: %s", path, strerror(code));
    return -1;
}

static void on_server_closed(uv_handle_t *handle)
{
    struct lines_server *server = handle->data;

    free(server->path);
    free(server);
}

struct lines_server *lines_listen(struct loop *loop, const char *path,
                                  const struct lines_server_events *events, void *arg,
                                  struct err *err)
{
    struct lines_server *server;
    int fd = bind_socket(path, err), code;

    if (fd < 0)
        return NULL;
    server = MEM_NEW(struct lines_server);
    server->loop = loop;
    server->events = *events;
    server->arg = arg;
    server->path = str_dup(str_from(path));
    must(uv_pipe_init(loop_uv(loop), &server->pipe, 0) == 0);
    server->pipe.data = server;
    must(uv_pipe_open(&server->pipe, fd) == 0);
    code = uv_listen((uv_stream_t *)&server->pipe, BACKLOG, on_connection);
    if (code == 0)
        return server;
    err_set(err, ERR_NETWORK, "cannot listen on %s: %s", path, uv_strerror(code));
    lines_server_close(server);
    return NULL;
}

void lines_server_close(struct lines_server *server)
{
    while (server->seats != NULL)
        lines_close(server->seats->lines);
    unlink(server->path);
    uv_close((uv_handle_t *)&server->pipe, on_server_closed);
}
