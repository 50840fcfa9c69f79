#include "net/lines.h"

#include "net/linecut.h"
#include "net/lines_inside.h"

#include "base/mem.h"
#include "base/must.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE ((size_t)64 << 10)
#define QUEUE_MAX ((size_t)16 << 20)

struct lines {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_pipe_t pipe;
        uv_tcp_t tcp;
        uv_tty_t tty;
    } uv; /* unless it is a file */
    struct loop *loop;
    struct lines_events events;
    void *arg;
    struct linecut cut;
    char *read; /* READ_SIZE, made when first needed */
    bool ended; /* on_closed was called, or will be */
    bool let_go;
    struct err why;
    loop_fn *on_end;
    void *on_end_arg;

    bool is_file;
    bool reading; /* libuv works on `file` */
    uv_fs_t file;
    int fd;

    bool can_send;
    struct buf out;     /* not handed to libuv yet */
    struct buf writing; /* in its hands while `write` runs */
    uv_write_t write;
    bool busy;
    struct loop_hook at_free;
};

static void read_file(struct lines *lines);

/* ---- the end ---- */

static void lines_free(struct lines *lines)
{
    loop_hook_remove(&lines->at_free);
    linecut_clear(&lines->cut);
    buf_clear(&lines->out);
    buf_clear(&lines->writing);
    free(lines->read);
    if (lines->is_file)
        close(lines->fd); /* not before: libuv's thread may be reading it */
    free(lines);
}

static void on_handle_closed(uv_handle_t *handle)
{
    lines_free(handle->data);
}

static void close_handle(void *arg)
{
    struct lines *lines = arg;

    loop_hook_remove(&lines->at_free);
    if (!uv_is_closing(&lines->uv.handle))
        uv_close(&lines->uv.handle, on_handle_closed);
}

static void tell_closed(void *arg)
{
    struct lines *lines = arg;

    lines->events.on_closed(lines->arg, &lines->why);
}

/* No more is read or sent; the owner is told after the turn's events. */
static void end(struct lines *lines, enum err_code code, const char *text)
{
    if (lines->ended)
        return;
    lines->ended = true;
    err_set(&lines->why, code, "%s", text);
    if (!lines->is_file)
        uv_read_stop(&lines->uv.stream);
    loop_defer(lines->loop, tell_closed, lines);
}

void lines_close(struct lines *lines)
{
    must(!lines->let_go);
    lines->let_go = true;
    loop_defer_cancel(lines->loop, tell_closed, lines);
    if (lines->on_end != NULL)
        lines->on_end(lines->on_end_arg);
    if (lines->is_file) {
        if (!lines->reading)
            lines_free(lines);
        return;
    }
    uv_read_stop(&lines->uv.stream);
    /* What waits to be written keeps it for a while, but not beyond the loop. */
    if (lines->busy && (!lines->ended || lines->why.code == ERR_CLOSED))
        loop_hook_add_free(lines->loop, &lines->at_free, close_handle, lines);
    else
        close_handle(lines);
}

/* ---- input ---- */

static bool on_line(void *arg, struct str line)
{
    struct lines *lines = arg;

    lines->events.on_line(lines->arg, line);
    return !lines->let_go;
}

/* False when the owner closed the stream, or it has ended. */
static bool take(struct lines *lines, struct str bytes)
{
    enum linecut_state state = linecut_feed(&lines->cut, bytes, on_line, lines);

    if (state == LINECUT_LONG)
        end(lines, ERR_LIMIT, "a line is longer than 1 MiB");
    return state == LINECUT_FED;
}

static void take_end(struct lines *lines)
{
    if (linecut_end(&lines->cut, on_line, lines) == LINECUT_FED)
        end(lines, ERR_CLOSED, "end of file");
}

static char *read_buffer(struct lines *lines)
{
    if (lines->read == NULL)
        lines->read = mem_alloc(READ_SIZE);
    return lines->read;
}

static void on_want_room(uv_handle_t *handle, size_t suggested, uv_buf_t *room)
{
    (void)suggested;
    *room = uv_buf_init(read_buffer(handle->data), READ_SIZE);
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *room)
{
    struct lines *lines = stream->data;

    if (len > 0)
        take(lines, str_of(room->base, (size_t)len));
    else if (len == UV_EOF)
        take_end(lines);
    else if (len < 0)
        end(lines, ERR_NETWORK, uv_strerror((int)len));
}

static void on_file_read(uv_fs_t *file)
{
    struct lines *lines = file->data;
    ssize_t len = file->result;

    uv_fs_req_cleanup(file);
    lines->reading = false;
    if (lines->let_go) {
        lines_free(lines);
        return;
    }
    /* Still `reading` for lines_close, so that it leaves freeing to us. */
    lines->reading = true;
    if (len > 0 && take(lines, str_of(lines->read, (size_t)len))) {
        read_file(lines);
        return;
    }
    if (len == 0)
        take_end(lines);
    else if (len < 0)
        end(lines, ERR_NETWORK, uv_strerror((int)len));
    lines->reading = false;
    if (lines->let_go)
        lines_free(lines);
}

static void read_file(struct lines *lines)
{
    uv_buf_t room = uv_buf_init(read_buffer(lines), READ_SIZE);

    lines->file.data = lines;
    lines->reading = true;
    must(uv_fs_read(loop_uv(lines->loop), &lines->file, lines->fd, &room, 1, -1,
                    on_file_read) == 0);
}

void lines_begin(struct lines *lines, void *arg)
{
    lines->arg = arg;
    if (lines->is_file)
        read_file(lines);
    else
        must(uv_read_start(&lines->uv.stream, on_want_room, on_read) == 0);
}

/* ---- output ---- */

static void write_more(struct lines *lines);

static void on_written(uv_write_t *write, int status)
{
    struct lines *lines = write->data;

    lines->busy = false;
    buf_clear(&lines->writing);
    if (uv_is_closing(&lines->uv.handle))
        return;
    if (status == 0 && lines->out.len > 0) {
        write_more(lines);
        return;
    }
    if (lines->let_go)
        close_handle(lines);
    else if (status != 0)
        end(lines, ERR_NETWORK, uv_strerror(status));
}

static void write_more(struct lines *lines)
{
    uv_buf_t all;
    int code;

    lines->writing = lines->out;
    buf_init(&lines->out, QUEUE_MAX);
    all = uv_buf_init(lines->writing.at, (unsigned)lines->writing.len);
    lines->write.data = lines;
    lines->busy = true;
    code = uv_write(&lines->write, &lines->uv.stream, &all, 1, on_written);
    if (code == 0)
        return;
    lines->busy = false;
    buf_clear(&lines->writing);
    if (lines->let_go)
        close_handle(lines);
    else
        end(lines, ERR_NETWORK, uv_strerror(code));
}

bool lines_send(struct lines *lines, struct str line)
{
    if (lines->ended || lines->let_go || !lines->can_send ||
        lines->out.len + line.len + 1 > QUEUE_MAX - lines->writing.len)
        return false;
    buf_add_str(&lines->out, line);
    buf_add_byte(&lines->out, '\n');
    if (!lines->busy)
        write_more(lines);
    return true;
}

/* ---- making one ---- */

static struct lines *lines_new(struct loop *loop, const struct lines_events *events)
{
    struct lines *lines = MEM_NEW(struct lines);

    lines->loop = loop;
    lines->events = *events;
    linecut_init(&lines->cut);
    buf_init(&lines->out, QUEUE_MAX);
    buf_init(&lines->writing, QUEUE_MAX);
    return lines;
}

struct lines *lines_adopt(struct loop *loop, int fd, const struct lines_events *events)
{
    struct lines *lines = lines_new(loop, events);

    must(uv_pipe_init(loop_uv(loop), &lines->uv.pipe, 0) == 0);
    must(uv_pipe_open(&lines->uv.pipe, fd) == 0);
    lines->uv.handle.data = lines;
    lines->can_send = true;
    return lines;
}

void lines_on_end(struct lines *lines, loop_fn *fn, void *arg)
{
    lines->on_end = fn;
    lines->on_end_arg = arg;
}

/* libuv opens a terminal once more, for itself. */
static int open_terminal(struct lines *lines)
{
    int code = uv_tty_init(loop_uv(lines->loop), &lines->uv.tty, lines->fd, 0);
    uv_os_fd_t fd;

    if (code == 0 && uv_fileno(&lines->uv.handle, &fd) == 0 && fd != lines->fd)
        close(lines->fd);
    return code;
}

/* 0, or libuv's code. */
static int open_input(struct lines *lines, uv_handle_type type)
{
    uv_loop_t *uv = loop_uv(lines->loop);

    switch (type) {
    case UV_FILE:
        lines->is_file = true;
        return 0;
    case UV_TTY:
        return open_terminal(lines);
    case UV_NAMED_PIPE:
        must(uv_pipe_init(uv, &lines->uv.pipe, 0) == 0);
        return uv_pipe_open(&lines->uv.pipe, lines->fd);
    case UV_TCP:
        must(uv_tcp_init(uv, &lines->uv.tcp) == 0);
        return uv_tcp_open(&lines->uv.tcp, lines->fd);
    default:
        return UV_ENOTSUP;
    }
}

struct lines *lines_stdin(struct loop *loop, const struct lines_events *events, void *arg,
                          struct err *err)
{
    /* A copy, because closing it must not leave number 0 to the next file opened. */
    int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3), code;
    struct lines *lines;

    if (fd < 0) {
        err_set(err, ERR_CLOSED, "standard input is closed");
        return NULL;
    }
    lines = lines_new(loop, events);
    lines->fd = fd;
    code = open_input(lines, uv_guess_handle(STDIN_FILENO));
    lines->uv.handle.data = lines;
    if (code == 0) {
        lines_begin(lines, arg);
        return lines;
    }
    err_set(err, ERR_UNSUPPORTED, "cannot read standard input: %s", uv_strerror(code));
    close(fd);
    if (lines->uv.handle.type == UV_NAMED_PIPE || lines->uv.handle.type == UV_TCP)
        uv_close(&lines->uv.handle, on_handle_closed);
    else
        lines_free(lines);
    return NULL;
}

struct lines *lines_open(struct loop *loop, int fd, const struct lines_events *events,
                         void *arg)
{
    struct lines *lines = lines_adopt(loop, fd, events);

    lines_begin(lines, arg);
    return lines;
}

bool lines_address(const char *path, struct sockaddr_un *out, int *folder,
                   struct err *err)
{
    const char *slash = strrchr(path, '/');
    char start[4096];
    int len;

    *folder = -1;
    *out = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (strlen(path) < sizeof(out->sun_path)) {
        strcpy(out->sun_path, path);
        return true;
    }
    if (slash == NULL || (size_t)(slash - path) >= sizeof(start))
        return err_set(err, ERR_ARGUMENT, "the path of a socket is too long: %s", path);
    memcpy(start, path, (size_t)(slash - path));
    start[slash - path] = '\0';
    *folder = open(start, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (*folder < 0)
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_NETWORK, "%s: %s",
                       start, strerror(errno));
    len = snprintf(out->sun_path, sizeof(out->sun_path), "/proc/self/fd/%d/%s", *folder,
                   slash + 1);
    if (len < (int)sizeof(out->sun_path))
        return true;
    close(*folder);
    return err_set(err, ERR_ARGUMENT, "the name of a socket is too long: %s", slash + 1);
}

struct lines *lines_connect(struct loop *loop, const char *path,
                            const struct lines_events *events, void *arg, struct err *err)
{
    struct sockaddr_un address;
    struct lines *lines;
    int fd, folder, code;

    if (!lines_address(path, &address, &folder, err))
        return NULL;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0);
    /* A Unix socket connects at once or not at all. */
    code = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ? 0 : errno;
    if (folder >= 0)
        close(folder);
    if (code != 0) {
        bool nobody = code == ENOENT || code == ECONNREFUSED || code == ENOTSOCK;

        close(fd);
        err_set(err, nobody ? ERR_NOT_FOUND : ERR_NETWORK, "%s: %s", path,
                nobody ? "nobody listens there" : strerror(code));
        return NULL;
    }
    lines = lines_adopt(loop, fd, events);
    lines_begin(lines, arg);
    return lines;
}
