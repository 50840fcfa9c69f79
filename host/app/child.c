#include "app/child.h"

#include "app/page.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "net/lines.h"
#include "net/process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    LOOKS = 10,             /* at its page before it is said to hang */
    START_PATIENCE = 10,    /* times as many until it has opened its bots */
    RESTART_MS = 250,       /* the second time; then it doubles */
    RESTART_MAX_MS = 30000, /* ... up to this */
    ORDER_MAX = 1 << 20,
};

struct child {
    struct child_options options;
    struct process *process; /* NULL: none at the moment */
    struct lines *leash;
    struct page *page;
    uint64_t beat; /* as last seen */
    int still;     /* looks in a row that found no other */
    bool hung;
    int64_t started_ms;
    struct loop_timer restart, look, force;
    int failures;     /* lives in a row that did not last */
    bool opened;      /* its bots, in this life or an earlier one */
    bool opened_last; /* in the last one */
    int64_t restarts;
    char reason[100]; /* of the last end */
};

struct child *child_new(const struct child_options *options)
{
    struct child *child = MEM_NEW(struct child);
    child->options = *options;
    return child;
}

/* --- its end --- */

static void forget_process(struct child *child)
{
    loop_timer_stop(child->options.loop, &child->look);
    loop_timer_stop(child->options.loop, &child->force);
    if (child->leash)
        lines_close(child->leash);
    if (child->process)
        process_close(child->process);
    page_unmap(child->page);
    child->leash = NULL;
    child->process = NULL;
    child->page = NULL;
}

void child_free(struct child *child)
{
    if (!child)
        return;
    loop_timer_stop(child->options.loop, &child->restart);
    forget_process(child);
    free(child);
}

/* At once the first time; then 250 ms, 500 ms ... 30 s, shortened at random by up to a
 * half. */
static int64_t restart_delay(int failures)
{
    if (failures == 0)
        return 0;
    int64_t delay_ms = RESTART_MAX_MS;
    if (failures < 8 && RESTART_MS << (failures - 1) < RESTART_MAX_MS)
        delay_ms = RESTART_MS << (failures - 1);
    return delay_ms - (int64_t)random_below((uint64_t)delay_ms / 2);
}

static void on_due(void *arg)
{
    struct child *child = arg;
    child->options.events->on_due(child->options.arg, child);
}

void child_plan_restart(struct child *child)
{
    int64_t lived_ms = clock_mono_ms() - child->started_ms;
    if (child->opened_last && lived_ms >= child->options.calm_ms)
        child->failures = 0;
    int64_t delay_ms = restart_delay(child->failures++);
    log_error(LOG_APP, "worker %d ended after %lld ms: %s; started again in %lld ms",
              child->options.number, (long long)lived_ms, child->reason,
              (long long)delay_ms);
    child->restarts++;
    loop_timer_start(child->options.loop, &child->restart, delay_ms, on_due, child);
}

/* A fault of its own, not a kill; with a sanitizer a fault is an exit. */
static bool is_fault(int status, int signal_number)
{
    return signal_number == SIGSEGV || signal_number == SIGABRT ||
           signal_number == SIGBUS || signal_number == SIGILL ||
           signal_number == SIGFPE || (signal_number == 0 && status != 0);
}

/* The plugin whose code ran at that moment is not run for a while; nobody else is to
 * blame. */
static void blame(struct child *child, int status, int signal_number)
{
    uint64_t who = child->page->inside;
    if (who != 0 && (child->hung || is_fault(status, signal_number)))
        quarantine_add(child->options.quarantine, who, child->reason);
}

static void on_exited(void *arg, int status, int signal_number)
{
    struct child *child = arg;
    size_t size = sizeof(child->reason);
    if (child->hung)
        snprintf(child->reason, size, "it did not turn its loop for %lld ms",
                 (long long)child->options.hang_ms);
    else if (signal_number != 0)
        snprintf(child->reason, size, "signal %d, %s", signal_number,
                 strsignal(signal_number));
    else
        snprintf(child->reason, size, "exit status %d", status);
    child->opened_last = child->page->opened;
    child->opened = child->opened || child->opened_last;
    blame(child, status, signal_number);
    forget_process(child);
    child->options.events->on_ended(child->options.arg, child, status, signal_number);
}

/* --- signs of life --- */

/* Counted in looks, not in time: when this process was stopped as well, or the machine
 * slept, the worker gets its whole time again. */
static void on_look(void *arg)
{
    struct child *child = arg;
    const struct page *page = child->page;
    uint64_t beat = page->beat;
    child->still = beat == child->beat ? child->still + 1 : 0;
    child->beat = beat;
    if (child->still > (page->opened ? LOOKS : LOOKS * START_PATIENCE)) {
        child->hung = true;
        process_signal(child->process, SIGKILL);
        return;
    }
    loop_timer_start(child->options.loop, &child->look, child->options.hang_ms / LOOKS,
                     on_look, child);
}

static void on_line(void *arg, struct str line)
{
    struct child *child = arg;
    struct err err = { 0 };
    struct json *body = json_parse(line, &err);
    if (body)
        child->options.events->on_line(child->options.arg, child,
                                       json_str(json_get(body, "say")), body);
    json_free(body);
}

/* Its end follows. */
static void on_closed(void *arg, const struct err *why)
{
    struct child *child = arg;
    (void)why;
    lines_close(child->leash);
    child->leash = NULL;
}

/* --- its start --- */

static bool spawn(struct child *child, int leash, int page, struct err *err)
{
    static const struct process_events events = { .on_exited = on_exited };
    const struct child_options *own = &child->options;
    const char *argv[12] = { "moondock" };
    char number[12];
    size_t count = 1;
    snprintf(number, sizeof(number), "%d", own->number);
    if (own->app->verbose)
        argv[count++] = "-v";
    if (own->app->quiet)
        argv[count++] = "-q";
    argv[count++] = "run";
    argv[count++] = "--worker";
    argv[count++] = number;
    if (own->watch)
        argv[count++] = "--watch";
    if (own->log_level) {
        argv[count++] = "--log";
        argv[count++] = own->log_level;
    }
    argv[count++] = "--";
    argv[count++] = own->path;
    const int pass[] = { leash, page, own->text_fd, own->next_fd, own->lock };
    struct process_options options = {
        .argv = argv,
        .file = "/proc/self/exe", /* this very program, whatever lies at its path now */
        .inherit = true,
        .own_session = true,
        .pass = pass,
        .pass_count = sizeof(pass) / sizeof(pass[0]),
    };
    child->process = process_start(own->loop, &options, &events, child, err);
    return child->process != NULL;
}

static bool try_start(struct child *child, struct err *err)
{
    static const struct lines_events events = { .on_line = on_line,
                                                .on_closed = on_closed };
    int pair[2], page_fd;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return err_set(err, ERR_INTERNAL, "cannot make a pair of sockets: %s",
                       strerror(errno));
    child->page = page_make(&page_fd, err);
    bool ok = child->page && spawn(child, pair[1], page_fd, err);
    close(pair[1]);
    if (child->page)
        close(page_fd);
    if (ok)
        child->leash = lines_open(child->options.loop, pair[0], &events, child);
    else
        close(pair[0]);
    return ok;
}

void child_start(struct child *child)
{
    struct err err = { 0 };
    child->beat = 0;
    child->still = 0;
    child->hung = false;
    child->opened_last = false;
    child->started_ms = clock_mono_ms();
    if (!try_start(child, &err)) {
        forget_process(child);
        snprintf(child->reason, sizeof(child->reason), "%.*s",
                 (int)sizeof(child->reason) - 1, err.text);
        child_plan_restart(child);
        return;
    }
    struct json *order = json_object();
    json_add_int(order, "beat_ms", child->options.hang_ms / LOOKS);
    json_add_int(order, "restarts", child->restarts);
    json_add_str(order, "reason", str_from(child->reason));
    json_add(order, "quarantine", quarantine_write(child->options.quarantine));
    child_tell(child, "start", order);
    on_look(child);
}

/* --- orders --- */

bool child_tell(struct child *child, const char *order, struct json *body)
{
    struct buf text;
    buf_init(&text, ORDER_MAX);
    json_add_str(body, "do", str_from(order));
    bool told = child->leash && json_write(body, &text) &&
                lines_send(child->leash, buf_str(&text));
    buf_clear(&text);
    json_free(body);
    return told;
}

static void on_late(void *arg)
{
    struct child *child = arg;
    log_warn(LOG_APP, "worker %d does not end: it is killed", child->options.number);
    process_signal(child->process, SIGKILL);
}

bool child_end(struct child *child, const char *order, int64_t patience_ms)
{
    loop_timer_stop(child->options.loop, &child->restart);
    if (!child->process)
        return false;
    child_tell(child, order, json_object());
    loop_timer_start(child->options.loop, &child->force, patience_ms, on_late, child);
    return true;
}

int child_number(const struct child *child)
{
    return child->options.number;
}

bool child_runs(const struct child *child)
{
    return child->process != NULL;
}

bool child_has_opened(const struct child *child)
{
    return child->opened;
}

bool child_listens(const struct child *child)
{
    return child->leash != NULL;
}

int64_t child_restarts(const struct child *child)
{
    return child->restarts;
}

const char *child_reason(const struct child *child)
{
    return child->reason;
}
