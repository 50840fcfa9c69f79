#include "app/supervisor.h"

#include "app/answer.h"
#include "app/child.h"
#include "app/deal.h"
#include "app/hub.h"
#include "app/notify.h"
#include "app/page.h"
#include "app/serve.h"
#include "base/log.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    STOP_MS = 2000, /* for a worker told to end at once */
    REPORT_MAX = 1 << 16,
};

/* Another configuration on its way: nobody takes it before each worker could, then they
 * do, one after the other. */
enum phase { PHASE_NONE, PHASE_PREPARE, PHASE_COMMIT };

struct supervisor {
    struct supervisor_options options;
    struct loop *loop;
    struct notify *notify;
    struct hub *hub;
    struct child *children[DEAL_WORKERS_MAX];
    size_t count;
    struct config *config; /* in force; a reference */
    int text_fd, next_fd;  /* its text, and that of `next`, for workers */
    struct quarantine quarantine;

    enum phase phase;
    struct config *next;
    uint32_t waiting;  /* workers whose word is missing, as bits */
    uint32_t prepared; /* those that could take it */
    uint32_t due;      /* those to be started once it is decided */
    bool taken;        /* by one of them, at least */
    struct buf report;
    struct err problem; /* the first; none: its text is empty */
    bool read_again;    /* once it is decided */

    uint32_t settled;
    bool ready;
    bool terminal; /* there was one at the start */
    int stopping;  /* signals to stop, so far */
    int status;
};

static void reconfigure(void *arg);

static uint32_t bit_of(const struct child *child)
{
    return UINT32_C(1) << (child_number(child) - 1);
}

static bool any_runs(const struct supervisor *supervisor)
{
    for (size_t i = 0; i < supervisor->count; i++)
        if (child_runs(supervisor->children[i]))
            return true;
    return false;
}

/* --- another configuration --- */

static bool put_text(int fd, const struct config *config)
{
    struct err err = { 0 };
    bool put = page_text_put(fd, buf_str(&config->text), &err);
    if (!put)
        log_error(LOG_APP, "%s", err.text);
    return put;
}

/* Keeps what is said about it; `text` are whole lines. */
static void add_report(struct supervisor *supervisor, struct str text)
{
    if (text.len > 0)
        buf_add_format(&supervisor->report, "%s%.*s", supervisor->report.len ? "\n" : "",
                       STR_ARG(text));
}

static enum err_code code_of(struct str word)
{
    int code = ERR_COUNT - 1;
    while (code > ERR_NONE && !str_eq(str_from(err_word((enum err_code)code)), word))
        code--;
    return (enum err_code)code;
}

static void add_problem(struct supervisor *supervisor, const struct json *said)
{
    struct str text = json_str(json_get(said, "error"));
    if (text.len > 0 && !supervisor->problem.text[0])
        err_set(&supervisor->problem, code_of(json_str(json_get(said, "code"))), "%.*s",
                STR_ARG(text));
}

/* The one in force from now on is `next`, or what it was. */
static void decide(struct supervisor *supervisor)
{
    struct config *other = supervisor->taken ? supervisor->config : supervisor->next;
    if (supervisor->taken) {
        supervisor->config = supervisor->next;
        put_text(supervisor->text_fd, supervisor->config);
    }
    supervisor->next = NULL;
    supervisor->phase = PHASE_NONE;
    config_free(other);
    hub_reconfigured(supervisor->hub, str_trim(buf_str(&supervisor->report)),
                     supervisor->problem.text[0] ? &supervisor->problem : NULL);
    notify_reloaded(supervisor->notify);
    for (size_t i = 0; i < supervisor->count && supervisor->stopping == 0; i++)
        if (supervisor->due & bit_of(supervisor->children[i]))
            child_start(supervisor->children[i]);
    supervisor->due = 0;
    if (supervisor->read_again)
        reconfigure(supervisor);
}

static void give_up(struct supervisor *supervisor)
{
    for (size_t i = 0; i < supervisor->count; i++)
        child_tell(supervisor->children[i], "keep", json_object());
    supervisor->taken = false;
    decide(supervisor);
}

/* The next one that is ready takes it, until all have. */
static void commit(struct supervisor *supervisor)
{
    supervisor->phase = PHASE_COMMIT;
    for (size_t i = 0; i < supervisor->count; i++) {
        struct child *child = supervisor->children[i];
        if (!(supervisor->prepared & bit_of(child)))
            continue;
        supervisor->prepared &= ~bit_of(child);
        supervisor->waiting = bit_of(child);
        child_tell(child, "commit", json_object()); /* it is lost? its end follows */
        return;
    }
    supervisor->taken = true; /* also when nobody was there: all start with it */
    decide(supervisor);
}

static void on_prepared(struct supervisor *supervisor, struct child *child,
                        const struct json *said)
{
    if (supervisor->phase != PHASE_PREPARE || !(supervisor->waiting & bit_of(child)))
        return;
    supervisor->waiting &= ~bit_of(child);
    supervisor->prepared |= bit_of(child);
    add_report(supervisor, json_str(json_get(said, "text")));
    add_problem(supervisor, said);
    if (supervisor->waiting != 0)
        return;
    if (supervisor->problem.text[0])
        give_up(supervisor);
    else
        commit(supervisor);
}

static void on_committed(struct supervisor *supervisor, struct child *child,
                         const struct json *said)
{
    if (supervisor->phase != PHASE_COMMIT || !(supervisor->waiting & bit_of(child)))
        return;
    supervisor->taken = true;
    add_report(supervisor, json_str(json_get(said, "text")));
    add_problem(supervisor, said);
    commit(supervisor);
}

/* The worker is gone, perhaps because of it: if nobody has taken it, nobody does. */
static void lose(struct supervisor *supervisor, struct child *child)
{
    bool awaited = supervisor->waiting & bit_of(child);
    supervisor->waiting &= ~bit_of(child);
    supervisor->prepared &= ~bit_of(child);
    if (supervisor->phase == PHASE_NONE || !awaited)
        return;
    if (!supervisor->problem.text[0])
        err_set(&supervisor->problem, ERR_CLOSED, "worker %d ended over it: %s",
                child_number(child), child_reason(child));
    log_error(LOG_APP, "%s: %s",
              supervisor->taken ? "reconfigured" : "the configuration stays as it was",
              supervisor->problem.text);
    if (supervisor->taken)
        commit(supervisor);
    else if (supervisor->phase == PHASE_COMMIT || supervisor->waiting == 0)
        give_up(supervisor);
}

/* What is wrong with it is logged and reported. */
static struct config *read_next(struct supervisor *supervisor)
{
    const struct config *config = supervisor->config;
    struct buf *problems = &supervisor->report;
    struct config *next = config_read(supervisor->options.app, config->path, problems);
    if (next && strcmp(next->state, config->state) != 0)
        buf_add_format(problems, "state: %s cannot become %s while the host runs\n",
                       config->state, next->state);
    if (next)
        deal_compare(config, next, problems);
    if (problems->len == 0)
        return next;
    struct str rest = buf_str(problems), line;
    while (str_split(&rest, '\n', &line))
        log_error(LOG_APP, "the configuration stays as it was: %.*s", STR_ARG(line));
    err_set(&supervisor->problem, ERR_CONFIG, "%s", ANSWER_BAD_CONFIG);
    config_free(next);
    return NULL;
}

/* Without a worker, the next one starts with it. */
static void reconfigure(void *arg)
{
    struct supervisor *supervisor = arg;
    struct err err = { 0 };
    supervisor->read_again = supervisor->phase != PHASE_NONE;
    if (supervisor->stopping > 0) {
        err_set(&err, ERR_CLOSED, "the host is stopping");
        hub_reconfigured(supervisor->hub, STR_NONE, &err);
    }
    if (supervisor->phase != PHASE_NONE || supervisor->stopping > 0)
        return;
    notify_reloading(supervisor->notify);
    buf_reset(&supervisor->report);
    supervisor->problem = err;
    supervisor->taken = false;
    supervisor->waiting = supervisor->prepared = 0;
    supervisor->phase = PHASE_PREPARE;
    supervisor->next = read_next(supervisor);
    if (!supervisor->next || !put_text(supervisor->next_fd, supervisor->next)) {
        decide(supervisor);
        return;
    }
    for (size_t i = 0; i < supervisor->count; i++)
        if (child_tell(supervisor->children[i], "prepare", json_object()))
            supervisor->waiting |= bit_of(supervisor->children[i]);
    if (supervisor->waiting == 0)
        commit(supervisor);
}

/* --- the workers --- */

static void on_settled(struct supervisor *supervisor, struct child *child)
{
    supervisor->settled |= bit_of(child);
    if (supervisor->ready ||
        supervisor->settled != (UINT32_C(1) << supervisor->count) - 1)
        return;
    supervisor->ready = true;
    printf("moondock ready\n");
    fflush(stdout);
    notify_ready(supervisor->notify);
}

static void on_line(void *arg, struct child *child, struct str news,
                    const struct json *body)
{
    struct supervisor *supervisor = arg;
    if (str_eq(news, STR("answer")))
        hub_answered(supervisor->hub, child_number(child),
                     json_int(json_get(body, "id"), 0), json_get(body, "body"));
    else if (str_eq(news, STR("released")))
        quarantine_end(&supervisor->quarantine, quarantine_id(json_get(body, "who")));
    else if (str_eq(news, STR("prepared")))
        on_prepared(supervisor, child, body);
    else if (str_eq(news, STR("committed")))
        on_committed(supervisor, child, body);
    else if (str_eq(news, STR("settled")))
        on_settled(supervisor, child);
}

static void end_all(struct supervisor *supervisor, const char *order, int64_t patience_ms)
{
    for (size_t i = 0; i < supervisor->count; i++)
        child_end(supervisor->children[i], order, patience_ms);
    if (!any_runs(supervisor))
        loop_stop(supervisor->loop);
}

static void on_ended(void *arg, struct child *child, int status, int signal_number)
{
    struct supervisor *supervisor = arg;
    bool failed = status != 0 || signal_number != 0;
    supervisor->settled &= ~bit_of(child);
    hub_lost(supervisor->hub, child_number(child));
    if (supervisor->stopping > 0) {
        if (failed && supervisor->status == APP_DONE)
            supervisor->status = APP_REFUSED;
        if (!any_runs(supervisor))
            loop_stop(supervisor->loop);
    } else if (!child_has_opened(child) && signal_number == 0 && status != 0) {
        supervisor->status = status; /* it has said why */
        supervisor->stopping = 1;
        end_all(supervisor, "stop", STOP_MS);
    } else {
        child_plan_restart(child);
        notify_status(supervisor->notify, "worker %d started again %lld times, last: %s",
                      child_number(child), (long long)child_restarts(child),
                      child_reason(child));
        lose(supervisor, child);
    }
}

/* A start reads the configuration in force: not while that is being decided. */
static void on_due(void *arg, struct child *child)
{
    struct supervisor *supervisor = arg;
    if (supervisor->phase == PHASE_NONE)
        child_start(child);
    else
        supervisor->due |= bit_of(child);
}

/* --- signals --- */

/* The first signal drains, the second ends at once. */
static void on_stop(void *arg)
{
    struct supervisor *supervisor = arg;
    bool again = supervisor->stopping++ > 0;
    notify_stopping(supervisor->notify);
    if (supervisor->phase != PHASE_NONE) {
        err_set(&supervisor->problem, ERR_CLOSED, "the host is stopping");
        give_up(supervisor);
    }
    end_all(supervisor, again ? "stop" : "drain",
            again ? STOP_MS : SERVE_DRAIN_MS + STOP_MS);
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

/* --- from start to end --- */

static const struct config *config_in_force(void *arg)
{
    return ((struct supervisor *)arg)->config;
}

static bool open_hub(struct supervisor *supervisor, struct err *err)
{
    const struct hub_options options = {
        .loop = supervisor->loop,
        .state = supervisor->config->state,
        .children = supervisor->children,
        .count = supervisor->count,
        .config = config_in_force,
        .on_reconfigure = reconfigure,
        .arg = supervisor,
    };
    supervisor->hub = hub_open(&options, err);
    return supervisor->hub != NULL;
}

static void make_children(struct supervisor *supervisor)
{
    static const struct child_events events = { on_line, on_ended, on_due };
    const struct supervisor_options *own = &supervisor->options;
    struct child_options options = {
        .app = own->app,
        .loop = supervisor->loop,
        .path = own->config->path,
        .text_fd = supervisor->text_fd,
        .next_fd = supervisor->next_fd,
        .lock = own->lock,
        .log_level = own->log_level,
        .watch = own->watch,
        .hang_ms = own->hang_ms,
        .calm_ms = own->calm_ms,
        .quarantine = &supervisor->quarantine,
        .events = &events,
        .arg = supervisor,
    };
    supervisor->count = (size_t)supervisor->config->workers;
    for (size_t i = 0; i < supervisor->count; i++) {
        options.number = (int)i + 1;
        supervisor->children[i] = child_new(&options);
    }
}

static bool open_all(struct supervisor *supervisor, struct err *err)
{
    supervisor->text_fd = page_text_make(err);
    supervisor->next_fd = supervisor->text_fd >= 0 ? page_text_make(err) : -1;
    supervisor->loop = supervisor->next_fd >= 0 ? loop_new(err) : NULL;
    if (!supervisor->loop || !watch_signals(supervisor, err) ||
        !page_text_put(supervisor->text_fd, buf_str(&supervisor->config->text), err))
        return false;
    make_children(supervisor);
    return open_hub(supervisor, err);
}

static void close_all(struct supervisor *supervisor)
{
    for (size_t i = 0; i < supervisor->count; i++)
        child_free(supervisor->children[i]);
    hub_close(supervisor->hub);
    if (supervisor->loop) {
        notify_close(supervisor->notify);
        loop_free(supervisor->loop);
    }
    quarantine_clear(&supervisor->quarantine);
    buf_clear(&supervisor->report);
    config_free(supervisor->next);
    config_free(supervisor->config);
    if (supervisor->next_fd >= 0)
        close(supervisor->next_fd);
    if (supervisor->text_fd >= 0)
        close(supervisor->text_fd);
}

int supervisor_run(const struct supervisor_options *options)
{
    struct err err = { 0 };
    struct supervisor supervisor = { .options = *options };
    supervisor.terminal = serve_on_terminal();
    supervisor.config = config_ref(options->config);
    buf_init(&supervisor.report, REPORT_MAX);
    if (open_all(&supervisor, &err)) {
        supervisor.notify = notify_open(supervisor.loop);
        for (size_t i = 0; i < supervisor.count; i++)
            child_start(supervisor.children[i]);
        loop_run(supervisor.loop);
    } else {
        supervisor.status = app_fail(&err);
    }
    close_all(&supervisor);
    return supervisor.status;
}
