#include "app/leash.h"

#include "base/log.h"
#include "base/mem.h"
#include "net/lines.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { NEWS_MAX = 1 << 20 };

struct leash {
    struct lines *lines;
    struct page *page;
    struct leash_events events;
    void *arg;
};

static void on_line(void *arg, struct str line)
{
    struct leash *leash = arg;
    struct err err = { 0 };
    struct json *body = json_parse(line, &err);
    if (body)
        leash->events.on_order(leash->arg, json_str(json_get(body, "do")), body);
    else
        log_error(LOG_APP, "order of the supervisor: %s", err.text);
    json_free(body);
}

static void on_closed(void *arg, const struct err *why)
{
    struct leash *leash = arg;
    (void)why;
    lines_close(leash->lines);
    leash->lines = NULL;
    leash->events.on_lost(leash->arg);
}

/* Signals for all processes of a terminal or a service are the supervisor's to act on;
 * and what this process starts inherits none of its descriptors. */
static void settle_in(void)
{
    for (int fd = PAGE_LEASH_FD; fd <= PAGE_LOCK_FD; fd++)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    /* Before the first read: if the supervisor died earlier, that one tells. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

struct leash *leash_open(struct loop *loop, const struct leash_events *events, void *arg,
                         struct err *err)
{
    static const struct lines_events line_events = { .on_line = on_line,
                                                     .on_closed = on_closed };
    struct page *page = page_map(PAGE_FD, err);
    if (!page)
        return NULL;
    settle_in();
    struct leash *leash = MEM_NEW(struct leash);
    leash->page = page;
    leash->events = *events;
    leash->arg = arg;
    leash->lines = lines_open(loop, PAGE_LEASH_FD, &line_events, leash);
    return leash;
}

void leash_close(struct leash *leash)
{
    if (!leash)
        return;
    if (leash->lines)
        lines_close(leash->lines);
    page_unmap(leash->page);
    free(leash);
}

struct page *leash_page(struct leash *leash)
{
    return leash->page;
}

bool leash_say(struct leash *leash, const char *word, struct json *body)
{
    struct buf text;
    buf_init(&text, NEWS_MAX);
    json_add_str(body, "say", str_from(word));
    bool fits = json_write(body, &text);
    if (leash->lines && fits)
        lines_send(leash->lines, buf_str(&text));
    buf_clear(&text);
    json_free(body);
    return fits;
}
