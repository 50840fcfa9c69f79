#include "app/talk.h"

#include "app/ctl.h"
#include "app/lock.h"
#include "base/buf.h"
#include "base/mem.h"
#include "net/lines.h"
#include "script/data.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { REQUEST_MAX = 1 << 20 };

struct talk {
    struct loop *loop;
    struct lines *lines;
    struct json *answer;
    struct err err; /* why there is none */
    bool waiting;
};

static void end_wait(struct talk *talk)
{
    talk->waiting = false;
    loop_stop(talk->loop);
}

static void on_line(void *arg, struct str line)
{
    struct talk *talk = arg;
    if (!talk->waiting)
        return; /* the answer to a question nobody waits for any more */
    talk->answer = json_parse(line, &talk->err);
    end_wait(talk);
}

static void on_closed(void *arg, const struct err *why)
{
    struct talk *talk = arg;
    err_set(&talk->err, ERR_CLOSED, "the host went away: %s", why->text);
    lines_close(talk->lines);
    talk->lines = NULL;
    if (talk->waiting)
        end_wait(talk);
}

static void on_interrupt(void *arg)
{
    struct talk *talk = arg;
    if (!talk->waiting)
        return;
    err_set(&talk->err, ERR_CANCELLED, "interrupted");
    end_wait(talk);
}

bool talk_path(const char *config, const char *state, char *out, size_t size,
               struct err *err)
{
    if (state)
        return ctl_path(out, size, state, err);
    config = config ? config : "moondock.lua";
    struct data *data = data_read(config, DATA_CONFIGURATION, err);
    if (!data)
        return false;
    struct str named = json_str(json_get(data_root(data), "state"));
    char folder[4096];
    const char *slash = strrchr(config, '/');
    bool relative = slash && named.len > 0 && named.at[0] != '/';
    snprintf(folder, sizeof(folder), "%.*s%.*s", relative ? (int)(slash - config + 1) : 0,
             config, STR_ARG(named));
    bool found = named.len > 0 ? ctl_path(out, size, folder, err)
                               : err_set(err, ERR_CONFIG, "%s: state is missing", config);
    data_free(data);
    return found;
}

/* Nobody listens at `path`: tells a host that begins from none. */
static void tell_apart(const char *path, struct err *err)
{
    char state[4200];
    const char *slash = strrchr(path, '/');
    snprintf(state, sizeof(state), "%.*s", slash ? (int)(slash - path) : 0, path);
    long pid = lock_owner(state);
    if (pid != 0)
        err_set(err, ERR_CLOSED,
                "the host, process %ld, does not listen yet: its log says why", pid);
}

struct talk *talk_open(const char *path, struct err *err)
{
    static const struct lines_events events = { .on_line = on_line,
                                                .on_closed = on_closed };
    struct talk *talk = MEM_NEW(struct talk);
    talk->loop = loop_new(err);
    talk->lines = talk->loop ? lines_connect(talk->loop, path, &events, talk, err) : NULL;
    if (talk->lines)
        return talk;
    if (talk->loop && err->code == ERR_NOT_FOUND)
        tell_apart(path, err);
    talk_close(talk);
    return NULL;
}

void talk_close(struct talk *talk)
{
    if (!talk)
        return;
    if (talk->lines)
        lines_close(talk->lines);
    if (talk->loop)
        loop_free(talk->loop);
    free(talk);
}

bool talk_catch_interrupt(struct talk *talk, struct err *err)
{
    return loop_on_signal(talk->loop, SIGINT, on_interrupt, talk, err);
}

struct json *talk_ask(struct talk *talk, const struct json *body, struct err *err)
{
    struct buf text;
    buf_init(&text, REQUEST_MAX);
    talk->answer = NULL;
    if (!talk->lines) {
        /* it went away while nobody asked; talk->err says so */
    } else if (!json_write(body, &text)) {
        err_set(&talk->err, ERR_LIMIT, "the request is larger than 1 MiB");
    } else {
        lines_send(talk->lines, buf_str(&text));
        talk->waiting = true;
        loop_run(talk->loop);
    }
    buf_clear(&text);
    if (!talk->answer)
        err_set(err, talk->err.code, "%s", talk->err.text);
    return talk->answer;
}
