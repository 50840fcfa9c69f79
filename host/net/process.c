#include "net/process.h"

#include "net/linecut.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/must.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#define READ_SIZE ((size_t)64 << 10)
#define INPUT_MAX ((size_t)64 << 20)

extern char **environ;

struct output {
    uv_pipe_t pipe;
    struct process *process;
    enum process_stream stream;
    struct linecut cut;
    bool is_open;
};

struct input {
    uv_write_t write;
    struct process *process;
    struct buf bytes;
};

struct process {
    uv_process_t handle;
    uv_pipe_t in;
    struct output outputs[2]; /* by enum process_stream */
    struct loop *loop;
    struct process_events events;
    void *arg;
    int id;
    int handles; /* that libuv has not closed yet */
    bool inherit, own_session;
    bool input_open, input_ending;
    size_t input_waiting; /* bytes */
    uv_shutdown_t shutdown;
    bool exited;
    bool inside; /* a callback of the owner runs */
    bool closed; /* by the owner */
    char read[READ_SIZE];
};

/* ---- the end ---- */

static void process_free(struct process *process)
{
    if (process->handles > 0 || !process->closed || process->inside)
        return;
    linecut_clear(&process->outputs[PROCESS_OUT].cut);
    linecut_clear(&process->outputs[PROCESS_ERR].cut);
    free(process);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct process *process = handle->data;

    process->handles--;
    process_free(process);
}

static void close_handle(struct process *process, uv_handle_t *handle)
{
    handle->data = process;
    uv_close(handle, on_handle_closed);
}

static void close_input(struct process *process)
{
    if (!process->input_open)
        return;
    process->input_open = false;
    close_handle(process, (uv_handle_t *)&process->in);
}

static void close_output(struct output *output)
{
    if (!output->is_open)
        return;
    output->is_open = false;
    close_handle(output->process, (uv_handle_t *)&output->pipe);
}

/* ---- output of the program ---- */

static bool on_line(void *arg, struct str line)
{
    struct output *output = arg;
    struct process *process = output->process;

    process->inside = true;
    process->events.on_line(process->arg, output->stream, line);
    process->inside = false;
    return !process->closed;
}

/* A line longer than a linecut takes is handed up in pieces. False once closed. */
static bool take(struct output *output, struct str bytes)
{
    struct process *process = output->process;
    size_t room = LINECUT_MAX - output->cut.start.len;

    if (process->events.on_line == NULL)
        return true;
    if (bytes.len > room && str_index(str_sub(bytes, 0, room + 1), '\n') < 0 &&
        linecut_end(&output->cut, on_line, output) != LINECUT_FED)
        return false;
    return linecut_feed(&output->cut, bytes, on_line, output) != LINECUT_STOPPED;
}

static void on_want_room(uv_handle_t *handle, size_t suggested, uv_buf_t *room)
{
    struct output *output = handle->data;

    (void)suggested;
    *room = uv_buf_init(output->process->read, READ_SIZE);
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *room)
{
    struct output *output = stream->data;
    struct process *process = output->process;

    if (len > 0)
        take(output, str_of(room->base, (size_t)len));
    else if (len < 0 && linecut_end(&output->cut, on_line, output) == LINECUT_FED)
        close_output(output);
    process_free(process);
}

/* What the program wrote before it exited is there to be read now. Others may still hold
 * the other end, so its end is not waited for. */
static void drain(struct output *output)
{
    struct process *process = output->process;
    uv_os_fd_t fd;
    ssize_t len;

    if (!output->is_open || uv_fileno((uv_handle_t *)&output->pipe, &fd) != 0)
        return;
    do
        len = read(fd, process->read, READ_SIZE);
    while ((len < 0 && errno == EINTR) ||
           (len > 0 && take(output, str_of(process->read, (size_t)len))));
    if (!process->closed && linecut_end(&output->cut, on_line, output) == LINECUT_FED)
        close_output(output);
}

static void on_exited(uv_process_t *handle, int64_t status, int signal)
{
    struct process *process = handle->data;

    process->exited = true;
    close_handle(process, (uv_handle_t *)&process->handle);
    drain(&process->outputs[PROCESS_OUT]);
    if (!process->closed)
        drain(&process->outputs[PROCESS_ERR]);
    if (process->closed)
        return;
    close_input(process);
    process->inside = true;
    if (process->events.on_exited != NULL)
        process->events.on_exited(process->arg, (int)status, signal);
    process->inside = false;
    process_free(process);
}

/* ---- input of the program ---- */

static void on_written(uv_write_t *write, int status)
{
    struct input *input = write->data;

    (void)status; /* a program that does not read its input is its own affair */
    input->process->input_waiting -= input->bytes.len;
    buf_clear(&input->bytes);
    free(input);
}

bool process_write(struct process *process, struct str bytes)
{
    struct input *input;
    uv_buf_t all;

    if (!process->input_open || process->input_ending ||
        bytes.len > INPUT_MAX - process->input_waiting)
        return false;
    if (bytes.len == 0)
        return true;
    input = MEM_NEW(struct input);
    input->process = process;
    buf_init(&input->bytes, bytes.len);
    buf_add_str(&input->bytes, bytes);
    process->input_waiting += bytes.len;
    input->write.data = input;
    all = uv_buf_init(input->bytes.at, (unsigned)input->bytes.len);
    if (uv_write(&input->write, (uv_stream_t *)&process->in, &all, 1, on_written) == 0)
        return true;
    on_written(&input->write, UV_EPIPE);
    return false;
}

static void on_input_ended(uv_shutdown_t *shutdown, int status)
{
    struct process *process = shutdown->data;

    (void)status;
    close_input(process);
}

void process_end_input(struct process *process)
{
    if (!process->input_open || process->input_ending)
        return;
    process->input_ending = true;
    process->shutdown.data = process;
    if (uv_shutdown(&process->shutdown, (uv_stream_t *)&process->in, on_input_ended) != 0)
        close_input(process);
}

/* ---- starting ---- */

static bool has_same_name(const char *a, const char *b)
{
    size_t len = strcspn(a, "=");

    return strncmp(a, b, len) == 0 && b[len] == '=';
}

/* Ours, unless `only` the others are wanted, with `added` put over it; free() it, not
 * what it points to. */
static char **make_env(const char *const *added, bool only)
{
    size_t ours = 0, extra = 0, count = 0;
    char **env;

    while (!only && environ[ours] != NULL)
        ours++;
    while (added[extra] != NULL)
        extra++;
    env = mem_alloc((ours + extra + 1) * sizeof(*env));
    for (size_t i = 0; i < ours; i++) {
        bool replaced = false;

        for (size_t k = 0; k < extra && !replaced; k++)
            replaced = has_same_name(added[k], environ[i]);
        if (!replaced)
            env[count++] = environ[i];
    }
    for (size_t k = 0; k < extra; k++)
        env[count++] = (char *)added[k];
    env[count] = NULL;
    return env;
}

static void open_pipes(struct process *process, uv_stdio_container_t stdio[3])
{
    uv_loop_t *uv = loop_uv(process->loop);

    must(uv_pipe_init(uv, &process->in, 0) == 0);
    process->input_open = true;
    stdio[0].flags = UV_CREATE_PIPE | UV_READABLE_PIPE;
    stdio[0].data.stream = (uv_stream_t *)&process->in;
    for (int i = 0; i < 2; i++) {
        struct output *output = &process->outputs[i];

        must(uv_pipe_init(uv, &output->pipe, 0) == 0);
        output->pipe.data = output;
        output->is_open = true;
        stdio[i + 1].flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE;
        stdio[i + 1].data.stream = (uv_stream_t *)&output->pipe;
    }
    process->handles += 3;
}

static void inherit(uv_stdio_container_t stdio[3])
{
    for (int i = 0; i < 3; i++) {
        stdio[i].flags = UV_INHERIT_FD;
        stdio[i].data.fd = i;
    }
}

static void start_reading(struct process *process)
{
    for (int i = 0; i < 2; i++)
        must(uv_read_start((uv_stream_t *)&process->outputs[i].pipe, on_want_room,
                           on_read) == 0);
}

static enum err_code code_of(int code)
{
    if (code == UV_ENOENT)
        return ERR_NOT_FOUND;
    return code == UV_EACCES ? ERR_DENIED : ERR_INTERNAL;
}

struct process *process_start(struct loop *loop, const struct process_options *options,
                              const struct process_events *events, void *arg,
                              struct err *err)
{
    struct process *process = MEM_NEW(struct process);
    char **env = options->env != NULL ? make_env(options->env, options->env_only) : NULL;
    uv_stdio_container_t stdio[3 + PROCESS_PASS_MAX];
    uv_process_options_t how = {
        .exit_cb = on_exited,
        .file = options->file != NULL ? options->file : options->argv[0],
        .args = (char **)options->argv,
        .env = env,
        .cwd = options->folder,
        .flags = options->own_session ? UV_PROCESS_DETACHED : 0,
        .stdio_count = 3 + (int)options->pass_count,
        .stdio = stdio,
    };
    int code;

    process->loop = loop;
    process->events = *events;
    process->arg = arg;
    process->inherit = options->inherit;
    process->own_session = options->own_session;
    for (int i = 0; i < 2; i++) {
        process->outputs[i].process = process;
        process->outputs[i].stream = i == 0 ? PROCESS_OUT : PROCESS_ERR;
        linecut_init(&process->outputs[i].cut);
    }
    must(options->pass_count <= PROCESS_PASS_MAX);
    if (options->inherit)
        inherit(stdio);
    else
        open_pipes(process, stdio);
    for (size_t i = 0; i < options->pass_count; i++) {
        stdio[3 + i].flags = UV_INHERIT_FD;
        stdio[3 + i].data.fd = options->pass[i];
    }
    process->handles++;
    process->handle.data = process;
    code = uv_spawn(loop_uv(loop), &process->handle, &how);
    free(env);
    if (code == 0) {
        process->id = process->handle.pid;
        if (!options->inherit)
            start_reading(process);
        return process;
    }
    process->exited = true;
    close_handle(process, (uv_handle_t *)&process->handle);
    process_close(process);
    err_set(err, code_of(code), "cannot start %s: %s", how.file, uv_strerror(code));
    return NULL;
}

int process_id(const struct process *process)
{
    return process->id;
}

bool process_signal(struct process *process, int signal)
{
    return !process->exited && uv_process_kill(&process->handle, signal) == 0;
}

void process_close(struct process *process)
{
    must(!process->closed);
    process->closed = true;
    close_input(process);
    close_output(&process->outputs[PROCESS_OUT]);
    close_output(&process->outputs[PROCESS_ERR]);
    if (!process->exited) {
        /* Nobody survives SIGKILL, so this does not wait for long; and libuv forgets a
         * process it no longer has a handle of. */
        process->exited = true;
        kill(process->own_session ? -process->id : process->id, SIGKILL);
        while (waitpid(process->id, NULL, 0) < 0 && errno == EINTR)
            continue;
        close_handle(process, (uv_handle_t *)&process->handle);
    }
    process_free(process);
}
