/* What the tests of lines share: one end of a stream, and what has come out of it. */
#ifndef SPEC_NET_LINES_FIXTURE_H
#define SPEC_NET_LINES_FIXTURE_H

#include "fixture.h"

#include "base/buf.h"
#include "net/lines.h"

#define MIB ((size_t)1 << 20)

struct end {
    struct lines *lines;
    struct buf got; /* lines, each with '|' */
    int count;
    size_t longest;
    int closed;
    struct err why;
    bool echo, close_on_line, close_on_closed;
};

static void close_end(struct end *end)
{
    lines_close(end->lines);
    end->lines = NULL;
}

static void on_line(void *arg, struct str line)
{
    struct end *end = arg;

    end->count++;
    if (line.len > end->longest)
        end->longest = line.len;
    if (line.len < 100)
        buf_add_format(&end->got, "%.*s|", STR_ARG(line));
    if (end->echo)
        lines_send(end->lines, line);
    if (end->close_on_line)
        close_end(end);
}

static void on_closed(void *arg, const struct err *why)
{
    struct end *end = arg;

    end->closed++;
    end->why = *why;
    if (end->close_on_closed)
        close_end(end);
}

static const struct lines_events events = { on_line, on_closed };

static void end_init(struct end *end)
{
    memset(end, 0, sizeof(*end));
    buf_init(&end->got, MIB);
}

static void end_finish(struct end *end)
{
    if (end->lines != NULL)
        close_end(end);
    buf_clear(&end->got);
}

#endif
