#include "app/supervisor.h"

#include "app/notify.h"
#include "app/page.h"
#include "app/quarantine.h"
#include "app/serve.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
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
    LOOKS = 10,             /* at the worker's page before it is said to hang */
    START_PATIENCE = 10,    /* times as many until it has opened its bots */
    RESTART_MS = 250,       /* the second time; then it doubles */
    RESTART_MAX_MS = 30000, /* ... up to this */
    STOP_MS = 2000,         /* for a worker told to end at once */
    ORDER_MAX = 1 << 17,
    PROBLEMS_MAX = 1 << 14,
};

struct supervisor {
    struct supervisor_options options;
    struct loop *loop;
    struct notify *notify;
    struct config *config; /* in force; a reference */
    struct config *next;   /* the worker is about to take it, or NULL */
    bool read_again;       /* once that is decided */
    int text_fd;           /* holds its text for a worker that starts, or takes another */

    struct process *process; /* NULL: none at the moment */
    struct lines *leash;
    struct page *page;
    uint64_t beat; /* as last seen */
    int still;     /* looks in a row that found no other */
    bool hung;
    int64_t started_ms;

    struct quarantine quarantine;
    struct loop_timer restart, look, force;
    int failures; /* workers in a row that did not last */
    bool opened;  /* a worker has opened its bots once */
    bool ready;
    int64_t restarts;
    char reason[100]; /* of the last one */
    bool terminal;    /* there was one at the start */
    int stopping;     /* signals to stop, so far */
    int status;
};

static void start_worker(void *arg);
static void reconfigure(void *arg);

/* Takes the order. */
static void tell(struct supervisor *supervisor, const char *order, struct json *body)
{
    struct buf text;
    buf_init(&text, ORDER_MAX);
    json_add_str(body, "do", str_from(order));
    if (supervisor->leash && json_write(body, &text))
        lines_send(supervisor->leash, buf_str(&text));
    buf_clear(&text);
    json_free(body);
}

static void finish(struct supervisor *supervisor, int status)
{
    supervisor->status = status;
    loop_stop(supervisor->loop);
}

/* --- another configuration --- */

static void put_text(struct supervisor *supervisor, const struct config *config)
{
    struct err err = { 0 };
    if (!page_text_put(supervisor->text_fd, buf_str(&config->text), &err))
        log_error(LOG_APP, "%s", err.text);
}

/* The worker has taken the next configuration or not, or is gone. */
static void decide(struct supervisor *supervisor, bool taken)
{
    struct config *other = taken ? supervisor->config : supervisor->next;
    if (!supervisor->next)
        return;
    if (taken)
        supervisor->config = supervisor->next;
    supervisor->next = NULL;
    config_free(other);
    put_text(supervisor, supervisor->config);
    notify_reloaded(supervisor->notify);
    if (supervisor->read_again)
        reconfigure(supervisor);
}

/* What is wrong with it is logged, and told to the worker, which may have been asked. */
static struct config *read_next(struct supervisor *supervisor)
{
    const struct config *config = supervisor->config;
    struct buf problems;
    struct str rest, line;
    buf_init(&problems, PROBLEMS_MAX);
    struct config *next = config_read(supervisor->options.app, config->path, &problems);
    if (next && strcmp(next->state, config->state) != 0) {
        buf_add_format(&problems, "state: %s cannot become %s while the host runs\n",
                       config->state, next->state);
        config_free(next);
        next = NULL;
    }
    for (rest = buf_str(&problems); str_split(&rest, '\n', &line);)
        log_error(LOG_APP, "the configuration stays as it was: %.*s", STR_ARG(line));
    if (!next) {
        struct json *order = json_object();
        json_add_str(order, "why", str_trim(buf_str(&problems)));
        tell(supervisor, "keep", order);
    }
    buf_clear(&problems);
    return next;
}

/* Without a worker, the next one starts with it. */
static void reconfigure(void *arg)
{
    struct supervisor *supervisor = arg;
    supervisor->read_again = supervisor->next != NULL;
    if (supervisor->next || supervisor->stopping > 0)
        return;
    notify_reloading(supervisor->notify);
    supervisor->next = read_next(supervisor);
    if (!supervisor->next) {
        notify_reloaded(supervisor->notify);
        return;
    }
    put_text(supervisor, supervisor->next);
    if (supervisor->leash)
        tell(supervisor, "reconfigure", json_object());
    else
        decide(supervisor, true);
}

/* --- the end of a worker --- */

static void forget_worker(struct supervisor *supervisor)
{
    loop_timer_stop(supervisor->loop, &supervisor->look);
    loop_timer_stop(supervisor->loop, &supervisor->force);
    if (supervisor->leash)
        lines_close(supervisor->leash);
    if (supervisor->process)
        process_close(supervisor->process);
    page_unmap(supervisor->page);
    supervisor->leash = NULL;
    supervisor->process = NULL;
    supervisor->page = NULL;
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

static void plan_restart(struct supervisor *supervisor, bool opened)
{
    int64_t lived_ms = clock_mono_ms() - supervisor->started_ms;
    if (opened && lived_ms >= supervisor->options.calm_ms)
        supervisor->failures = 0;
    int64_t delay_ms = restart_delay(supervisor->failures++);
    log_error(LOG_APP, "worker ended after %lld ms: %s; started again in %lld ms",
              (long long)lived_ms, supervisor->reason, (long long)delay_ms);
    supervisor->restarts++;
    notify_status(supervisor->notify, "worker started again %lld times, last: %s",
                  (long long)supervisor->restarts, supervisor->reason);
    loop_timer_start(supervisor->loop, &supervisor->restart, delay_ms, start_worker,
                     supervisor);
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
static void blame(struct supervisor *supervisor, int status, int signal_number)
{
    uint64_t who = supervisor->page->inside;
    if (who != 0 && (supervisor->hung || is_fault(status, signal_number)))
        quarantine_add(&supervisor->quarantine, who, supervisor->reason);
}

static void on_exited(void *arg, int status, int signal_number)
{
    struct supervisor *supervisor = arg;
    bool opened = supervisor->page->opened;
    char *reason = supervisor->reason;
    size_t size = sizeof(supervisor->reason);
    if (supervisor->hung)
        snprintf(reason, size, "it did not turn its loop for %lld ms",
                 (long long)supervisor->options.hang_ms);
    else if (signal_number != 0)
        snprintf(reason, size, "signal %d, %s", signal_number, strsignal(signal_number));
    else
        snprintf(reason, size, "exit status %d", status);
    supervisor->opened = supervisor->opened || opened;
    blame(supervisor, status, signal_number);
    forget_worker(supervisor);
    if (supervisor->next)
        log_error(LOG_APP, "the configuration stays as it was: the worker ended over it");
    decide(supervisor, false);
    if (supervisor->stopping > 0)
        finish(supervisor, status == 0 && signal_number == 0 ? APP_DONE : APP_REFUSED);
    else if (!supervisor->opened && signal_number == 0 && status != 0)
        finish(supervisor, status); /* it has said why */
    else
        plan_restart(supervisor, opened);
}

/* --- signs of life --- */

/* Counted in looks, not in time: when this process was stopped as well, or the machine
 * slept, the worker gets its whole time again. */
static void on_look(void *arg)
{
    struct supervisor *supervisor = arg;
    const struct page *page = supervisor->page;
    uint64_t beat = page->beat;
    supervisor->still = beat == supervisor->beat ? supervisor->still + 1 : 0;
    supervisor->beat = beat;
    if (supervisor->still > (page->opened ? LOOKS : LOOKS * START_PATIENCE)) {
        supervisor->hung = true;
        process_signal(supervisor->process, SIGKILL);
        return;
    }
    loop_timer_start(supervisor->loop, &supervisor->look,
                     supervisor->options.hang_ms / LOOKS, on_look, supervisor);
}

static void on_line(void *arg, struct str line)
{
    struct supervisor *supervisor = arg;
    struct err err = { 0 };
    struct json *body = json_parse(line, &err);
    struct str news = json_str(json_get(body, "say"));
    if (str_eq(news, STR("released"))) {
        quarantine_end(&supervisor->quarantine, quarantine_id(json_get(body, "who")));
    } else if (str_eq(news, STR("reconfigure"))) {
        reconfigure(supervisor);
    } else if (str_eq(news, STR("reconfigured"))) {
        decide(supervisor, json_bool(json_get(body, "taken"), false));
    } else if (str_eq(news, STR("settled")) && !supervisor->ready) {
        supervisor->ready = true;
        printf("moondock ready\n");
        fflush(stdout);
        notify_ready(supervisor->notify);
    }
    json_free(body);
}

/* Its end follows. */
static void on_closed(void *arg, const struct err *why)
{
    struct supervisor *supervisor = arg;
    (void)why;
    lines_close(supervisor->leash);
    supervisor->leash = NULL;
}

/* --- starting one --- */

static bool spawn(struct supervisor *supervisor, int leash, int page, struct err *err)
{
    static const struct process_events events = { .on_exited = on_exited };
    const struct supervisor_options *own = &supervisor->options;
    const char *argv[12] = { "moondock" };
    size_t count = 1;
    if (own->app->verbose)
        argv[count++] = "-v";
    if (own->app->quiet)
        argv[count++] = "-q";
    argv[count++] = "run";
    argv[count++] = "--worker";
    argv[count++] = "1";
    if (own->watch)
        argv[count++] = "--watch";
    if (own->log_level) {
        argv[count++] = "--log";
        argv[count++] = own->log_level;
    }
    argv[count++] = "--";
    argv[count++] = supervisor->config->path;
    const int pass[] = { leash, page, supervisor->text_fd, own->lock };
    struct process_options options = {
        .argv = argv,
        .file = "/proc/self/exe", /* this very program, whatever lies at its path now */
        .inherit = true,
        .own_session = true,
        .pass = pass,
        .pass_count = sizeof(pass) / sizeof(pass[0]),
    };
    supervisor->process =
        process_start(supervisor->loop, &options, &events, supervisor, err);
    return supervisor->process != NULL;
}

static bool try_start(struct supervisor *supervisor, struct err *err)
{
    static const struct lines_events events = { .on_line = on_line,
                                                .on_closed = on_closed };
    int pair[2], page_fd;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return err_set(err, ERR_INTERNAL, "cannot make a pair of sockets: %s",
                       strerror(errno));
    supervisor->page = page_make(&page_fd, err);
    bool ok = supervisor->page && spawn(supervisor, pair[1], page_fd, err);
    close(pair[1]);
    if (supervisor->page)
        close(page_fd);
    if (ok)
        supervisor->leash = lines_open(supervisor->loop, pair[0], &events, supervisor);
    else
        close(pair[0]);
    return ok;
}

static void start_worker(void *arg)
{
    struct supervisor *supervisor = arg;
    struct err err = { 0 };
    supervisor->beat = 0;
    supervisor->still = 0;
    supervisor->hung = false;
    supervisor->started_ms = clock_mono_ms();
    if (!try_start(supervisor, &err)) {
        forget_worker(supervisor);
        snprintf(supervisor->reason, sizeof(supervisor->reason), "%.*s",
                 (int)sizeof(supervisor->reason) - 1, err.text);
        plan_restart(supervisor, false);
        return;
    }
    struct json *order = json_object();
    json_add_int(order, "beat_ms", supervisor->options.hang_ms / LOOKS);
    json_add_int(order, "restarts", supervisor->restarts);
    json_add_str(order, "reason", str_from(supervisor->reason));
    json_add(order, "quarantine", quarantine_write(&supervisor->quarantine));
    tell(supervisor, "start", order);
    on_look(supervisor);
}

/* --- signals --- */

static void on_late(void *arg)
{
    struct supervisor *supervisor = arg;
    log_warn(LOG_APP, "the worker does not end: it is killed");
    process_signal(supervisor->process, SIGKILL);
}

/* The first signal drains, the second ends at once. */
static void on_stop(void *arg)
{
    struct supervisor *supervisor = arg;
    bool again = supervisor->stopping++ > 0;
    notify_stopping(supervisor->notify);
    if (!supervisor->process) {
        finish(supervisor, APP_DONE);
        return;
    }
    tell(supervisor, again ? "stop" : "drain", json_object());
    loop_timer_start(supervisor->loop, &supervisor->force,
                     again ? STOP_MS : SERVE_DRAIN_MS + STOP_MS, on_late, supervisor);
}

static void on_hangup(void *arg)
{
    struct supervisor *supervisor = arg;
    if (!supervisor->terminal || serve_on_terminal())
        reconfigure(supervisor);
    else if (supervisor->stopping == 0)
        on_stop(supervisor);
}

static bool watch_signals(struct supervisor *supervisor, struct err *err)
{
    return loop_on_signal(supervisor->loop, SIGINT, on_stop, supervisor, err) &&
           loop_on_signal(supervisor->loop, SIGTERM, on_stop, supervisor, err) &&
           loop_on_signal(supervisor->loop, SIGHUP, on_hangup, supervisor, err);
}

int supervisor_run(const struct supervisor_options *options)
{
    struct err err = { 0 };
    struct supervisor supervisor = { .options = *options };
    supervisor.terminal = serve_on_terminal();
    supervisor.config = config_ref(options->config);
    supervisor.text_fd = page_text_make(&err);
    supervisor.loop = supervisor.text_fd >= 0 ? loop_new(&err) : NULL;
    if (supervisor.loop && watch_signals(&supervisor, &err) &&
        page_text_put(supervisor.text_fd, buf_str(&options->config->text), &err)) {
        supervisor.notify = notify_open(supervisor.loop);
        start_worker(&supervisor);
        loop_run(supervisor.loop);
    } else {
        supervisor.status = app_fail(&err);
    }
    if (supervisor.loop) {
        loop_timer_stop(supervisor.loop, &supervisor.restart);
        forget_worker(&supervisor);
        notify_close(supervisor.notify);
        loop_free(supervisor.loop);
    }
    quarantine_clear(&supervisor.quarantine);
    config_free(supervisor.next);
    config_free(supervisor.config);
    if (supervisor.text_fd >= 0)
        close(supervisor.text_fd);
    return supervisor.status;
}
