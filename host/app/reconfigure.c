#include "app/worker_inside.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = 1000 };

/* One change from a configuration to the next. */
struct change {
    struct worker *worker;
    struct config *old, *next; /* `next` is its own until the end */
    struct front *front;       /* at its new address */
    struct buf *report;
    unsigned failed;
    struct err first; /* of those that failed */
};

/* --- what differs --- */

static bool same_text(const struct json *a, const struct json *b, const char *name)
{
    return json_equal(json_get(a, name), json_get(b, name));
}

/* Adds the names of the keys that differ, plugins aside; false when none does. */
static bool add_changed_keys(const struct json *a, const struct json *b, struct buf *keys)
{
    bool any = false;
    const struct json *sides[] = { a, b };
    for (int side = 0; side < 2; side++) {
        const struct json *node = sides[side];
        for (const struct json *at = json_next(node, NULL); at;
             at = json_next(node, at)) {
            struct str name = json_name(at);
            bool told = side == 1 && json_get(a, name.at);
            if (told || str_eq(name, STR("plugins")) || same_text(a, b, name.at))
                continue;
            buf_add_format(keys, "%s%.*s", any ? ", " : "", STR_ARG(name));
            any = true;
        }
    }
    return any;
}

static struct bot *find_bot(const struct worker *worker, struct str name)
{
    for (size_t i = 0; i < worker->bot_count; i++)
        if (str_eq(bot_name(worker->bots[i]), name))
            return worker->bots[i];
    return NULL;
}

static bool same_plugin(const struct config *a, const struct config_plugin *x,
                        const struct config *b, const struct config_plugin *y)
{
    bool same = json_equal(x->config, y->config) && x->grants.count == y->grants.count;
    for (size_t i = 0; same && i < x->grants.count; i++)
        same = str_eq(x->grants.at[i], y->grants.at[i]);
    char *before = same ? config_plugin_folder(a, x->name, NULL) : NULL;
    char *after = same ? config_plugin_folder(b, y->name, NULL) : NULL;
    same = before && after && strcmp(before, after) == 0;
    free(before);
    free(after);
    return same;
}

/* Against the row of its bot before; NULL: there was none. */
static bool is_changed(const struct change *change, const struct config_bot *before,
                       const struct config_plugin *row)
{
    const struct config_plugin *was = before ? config_plugin(before, row->name) : NULL;
    return !was || !same_plugin(change->old, was, change->next, row);
}

/* The plugins that would be loaded or reloaded, looked at before anything is touched. */
static void check_plugins(const struct change *change, struct buf *problems)
{
    for (size_t i = 0; i < change->next->bot_count; i++) {
        const struct config_bot *bot = &change->next->bots[i];
        const struct config_bot *before = config_bot(change->old, bot->name);
        if (!worker_owns(change->worker, bot))
            continue;
        for (size_t j = 0; j < bot->plugin_count; j++)
            if (is_changed(change, before, &bot->plugins[j]))
                config_check_plugin(change->next, &bot->plugins[j], problems);
    }
}

static bool check(struct change *change, struct err *err)
{
    if (strcmp(change->old->state, change->next->state) != 0)
        return err_set(err, ERR_CONFIG,
                       "state: %s cannot become %s while the host runs; restart it",
                       change->old->state, change->next->state);
    check_plugins(change, change->report);
    return change->report->len == 0 ||
           err_set(err, ERR_CONFIG, "plugins do not fit the configuration");
}

/* Listens where it will, before anything else is touched: this may fail. */
static bool open_front(struct change *change, struct err *err)
{
    struct str http = change->next->http;
    if (str_eq(change->old->http, http) || http.len == 0)
        return true;
    change->front = front_open(change->worker, change->worker->options.net, http, err);
    return change->front != NULL;
}

/* --- doing it --- */

static void note(struct change *change, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void note(struct change *change, const char *format, ...)
{
    char text[LINE_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    log_info(LOG_APP, "reconfigured: %s", text);
    buf_add_format(change->report, "%s%s", change->report->len ? "\n" : "", text);
}

static void note_failed(struct change *change, const char *what, struct str name,
                        const struct err *why)
{
    if (change->failed++ == 0)
        change->first = *why;
    note(change, "%s%.*s: failed: %s", what, STR_ARG(name), why->text);
}

static void close_bot(struct change *change, struct bot *bot)
{
    struct worker *worker = change->worker;
    size_t at = 0;
    while (worker->bots[at] != bot)
        at++;
    worker->bot_count--;
    memmove(&worker->bots[at], &worker->bots[at + 1],
            (worker->bot_count - at) * sizeof(struct bot *));
    bot_close(bot);
}

static void open_bot(struct change *change, const struct config_bot *row,
                     const char *done)
{
    struct err err = { 0 };
    if (worker_open_bot(change->worker, change->next, row, &err))
        note(change, "bots.%.*s: %s", STR_ARG(row->name), done);
    else
        note_failed(change, "bots.", row->name, &err);
}

static void adjust_plugin(struct change *change, struct bot *bot, bool changed,
                          const struct config_plugin *row)
{
    struct err err = { 0 };
    struct buf report;
    buf_init(&report, LINE_SIZE);
    if (!bot_adjust(bot, row->name, changed, &report, &err))
        note_failed(change, "", row->key, &err);
    else if (report.len > 0)
        note(change, "%.*s: %.*s", STR_ARG(row->key), STR_ARG(buf_str(&report)));
    buf_clear(&report);
}

/* A bot whose own keys are the same; `was` is its row before. */
static void adjust_bot(struct change *change, struct bot *bot,
                       const struct config_bot *was, const struct config_bot *row)
{
    bot_use(bot, change->next, row);
    for (size_t i = 0; i < was->plugin_count; i++) {
        const struct config_plugin *gone = &was->plugins[i];
        if (config_plugin(row, gone->name) || !bot_has(bot, gone->name))
            continue;
        bot_unload(bot, gone->name, NULL);
        note(change, "%.*s: unloaded", STR_ARG(gone->key));
    }
    for (size_t i = 0; i < row->plugin_count; i++) {
        const struct config_plugin *now = &row->plugins[i];
        bool changed = is_changed(change, was, now);
        if (changed || bot_has(bot, now->name)) /* what was unloaded by hand stays so */
            adjust_plugin(change, bot, changed, now);
    }
}

static void apply_bot(struct change *change, const struct config_bot *row)
{
    const struct config_bot *was = config_bot(change->old, row->name);
    struct bot *bot = find_bot(change->worker, row->name);
    bool served = change->old->http.len > 0, serves = change->next->http.len > 0;
    struct buf keys;
    buf_init(&keys, LINE_SIZE / 2);
    if (!bot) {
        open_bot(change, row, "added");
    } else if (add_changed_keys(was->node, row->node, &keys) || served != serves) {
        close_bot(change, bot);
        buf_add_format(&keys, "%s", keys.len == 0 ? "listen.http" : "");
        char done[LINE_SIZE];
        snprintf(done, sizeof(done), "opened again, for %.*s", STR_ARG(buf_str(&keys)));
        open_bot(change, row, done);
    } else {
        adjust_bot(change, bot, was, row);
    }
    buf_clear(&keys);
}

static void remove_bots(struct change *change)
{
    for (size_t i = change->worker->bot_count; i > 0; i--) {
        struct bot *bot = change->worker->bots[i - 1];
        if (config_bot(change->next, bot_name(bot)))
            continue;
        note(change, "bots.%.*s: removed", STR_ARG(bot_name(bot)));
        close_bot(change, bot);
    }
}

static void move_front(struct change *change)
{
    struct worker *worker = change->worker;
    if (str_eq(change->old->http, change->next->http))
        return;
    if (worker->front)
        front_close(worker->front);
    worker->front = change->front;
    note(change, "listen.http: %.*s",
         STR_ARG(worker->front ? front_address(worker->front) : STR("closed")));
}

void worker_abandon(struct worker *worker)
{
    struct change *change = worker->change;
    if (!change)
        return;
    worker->change = NULL;
    if (change->front)
        front_close(change->front);
    config_free(change->next);
    free(change);
}

bool worker_prepare(struct worker *worker, struct config *config, struct buf *report,
                    struct err *err)
{
    worker_abandon(worker);
    struct change *change = worker->change = MEM_NEW(struct change);
    change->worker = worker;
    change->old = worker->config;
    change->next = config;
    change->report = report;
    bool ok = !worker->drains || err_set(err, ERR_CLOSED, "the host is stopping");
    ok = ok && check(change, err) && open_front(change, err);
    change->report = NULL;
    if (ok)
        return true;
    worker_abandon(worker);
    return false;
}

static void apply(struct change *change)
{
    struct worker *worker = change->worker;
    const struct config *config = change->next;
    if (worker->options.watch)
        watch_close(worker->watch); /* other plugins have to be watched afterwards */
    remove_bots(change);
    for (size_t i = 0; i < config->bot_count; i++)
        if (worker_owns(worker, &config->bots[i]))
            apply_bot(change, &config->bots[i]);
    move_front(change);
    worker->config = change->next;
    config_free(change->old);
    governor_share_anew(worker->governor);
    if (worker->options.watch)
        worker->watch = watch_open(worker);
    worker_look_settled(worker); /* who was not may be gone */
}

bool worker_commit(struct worker *worker, struct buf *report, struct err *err)
{
    struct change *change = worker->change;
    if (!change)
        return err_set(err, ERR_CLOSED, "the host is stopping");
    worker->change = NULL;
    change->report = report;
    apply(change);
    bool ok = change->failed == 0;
    if (!ok)
        err_set(err, change->first.code, "%s", change->first.text);
    free(change);
    return ok;
}
