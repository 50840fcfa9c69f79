/* calendar_ticks: events that times brought, from their beginning to their end. */
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "script/api.h"
#include "script/calendar_inside.h"
#include "script/record_inside.h"
#include "store/attempts.h"
#include "store/history.h"
#include "store/journal.h"

#include <stdio.h>
#include <string.h>

#define ID_ROOM 400

/* --- under way --- */

bool calendar_is_under_way(const struct calendar *calendar, int64_t schedule)
{
    for (const struct tick *at = calendar->ticks; at; at = at->next)
        if (at->schedule == schedule)
            return true;
    return false;
}

static bool row_is_under_way(const struct calendar *calendar, int64_t row)
{
    for (const struct tick *at = calendar->ticks; at; at = at->next)
        if (at->origin->row == row)
            return true;
    return false;
}

/* What was stopped or interrupted waits for a person, and with it its schedule. */
static void finish(const struct tick *tick)
{
    struct store *store = tick->calendar->runtime->store;
    const struct origin *origin = tick->origin;
    enum journal_why why;
    journal_done(store, origin->row);
    if (tick->schedule &&
        !journal_was_kept(store, origin->id, str_from(tick->plugin), &why))
        schedules_del(store, tick->schedule);
}

static void on_ended(void *arg, bool handled)
{
    struct tick *tick = arg;
    struct runtime *runtime = tick->calendar->runtime;
    if (handled)
        finish(tick);
    *tick->link = tick->next;
    if (tick->next)
        tick->next->link = tick->link;
    free(tick->plugin);
    free(tick);
    if (!handled && !runtime->closing)
        calendar_retry(runtime);
}

static void add_tick(struct calendar *calendar, struct origin *origin, struct str plugin,
                     int64_t schedule)
{
    struct tick *tick = MEM_NEW(struct tick);
    *tick = (struct tick){ .next = calendar->ticks,
                           .link = &calendar->ticks,
                           .calendar = calendar,
                           .origin = origin,
                           .plugin = str_dup(plugin),
                           .schedule = schedule };
    if (tick->next)
        tick->next->link = &tick->next;
    calendar->ticks = tick;
    origin->ended = on_ended;
    origin->ended_arg = tick;
}

struct origin *calendar_begin(struct instance *instance, const struct due *due)
{
    struct runtime *runtime = instance->runtime;
    struct store *store = runtime->store;
    struct str plugin = str_from(instance->version->name);
    uint64_t code = record_code(instance);
    int64_t row = due->row;
    enum journal_why why;
    if (!row &&
        (journal_knows(store, due->id) || journal_was_kept(store, due->id, plugin, &why)))
        return NULL;
    if (!row)
        row = journal_add_timed(store, due->id, plugin, due->due_ms,
                                str_of((const char *)&code, sizeof(code)));
    if (attempts_count(store, due->id) >= ATTEMPTS_MAX) {
        log_error(LOG_SCRIPT,
                  "bot=%s plugin=%.*s event=%.*s id=%lld is set aside: it"
                  " killed %d workers",
                  runtime->bot, STR_ARG(plugin), STR_ARG(due->id), (long long)row,
                  ATTEMPTS_MAX);
        journal_set_aside(store, row, JOURNAL_POISON);
        return NULL;
    }
    struct origin *origin = origin_timed(runtime, due->id, due->type, due->target);
    origin->keyed = origin->timed = true;
    origin->replays = due->row != 0;
    origin->row = row;
    add_tick(runtime->calendar, origin, plugin, due->schedule);
    return origin;
}

struct origin *calendar_timer_event(struct instance *instance, int timer)
{
    char id[ID_ROOM];
    int64_t now_ms = clock_wall_ms();
    int len = snprintf(id, sizeof(id), "timer/%s/%d/%lld", instance->version->name, timer,
                       (long long)now_ms);
    const struct due due = { .id = str_of(id, (size_t)len), .due_ms = now_ms };
    return calendar_begin(instance, &due);
}

/* --- run again --- */

struct reading {
    struct calendar *calendar;
    struct page *page;
};

static void read_open(void *arg, const struct journal_row *row)
{
    struct reading *reading = arg;
    struct page *page = reading->page;
    if (row_is_under_way(reading->calendar, row->row))
        return;
    page->open = mem_realloc(page->open, (page->open_count + 1) * sizeof(*page->open));
    struct open *open = &page->open[page->open_count++];
    *open = (struct open){ .row = row->row,
                           .due_ms = row->received_ms,
                           .id = str_dup(row->uid) };
    if (row->body.len == sizeof(open->code))
        memcpy(&open->code, row->body.at, sizeof(open->code));
}

void calendar_clear_open(struct page *page)
{
    for (size_t i = page->open_next; i < page->open_count; i++)
        free(page->open[i].id);
    free(page->open);
    page->open = NULL;
    page->open_next = page->open_count = 0;
}

void calendar_read_open(struct calendar *calendar, struct page *page)
{
    struct reading reading = { calendar, page };
    calendar_clear_open(page);
    journal_each_timed(calendar->runtime->store, str_from(page->instance->version->name),
                       read_open, &reading);
}

void calendar_retry(struct runtime *runtime)
{
    for (struct page *page = runtime->calendar->pages; page; page = page->next)
        calendar_read_open(runtime->calendar, page);
    calendar_arm(runtime->calendar);
}

/* "timer/ID/DUE", or 0 */
static int64_t schedule_in(struct str id)
{
    long long number, due_ms;
    int end = 0;
    char text[64];
    snprintf(text, sizeof(text), "%.*s", STR_ARG(id));
    bool whole = sscanf(text, "timer/%lld/%lld%n", &number, &due_ms, &end) == 2 &&
                 (size_t)end == id.len;
    return whole ? number : 0;
}

void calendar_drop(struct runtime *runtime, int64_t row)
{
    struct journal_row found;
    if (!journal_find_aside(runtime->store, row, &found, &runtime->calendar->bytes))
        return;
    int64_t schedule = found.timed ? schedule_in(journal_subject(found.uid)) : 0;
    if (schedule)
        schedules_del(runtime->store, schedule);
}

/* What stands between `prefix`, the plugin's name and the time; empty: it is no such id.
 */
static struct str key_in(struct str id, const char *prefix, const char *plugin)
{
    char head[ID_ROOM];
    size_t len = (size_t)snprintf(head, sizeof(head), "%s/%s/", prefix, plugin);
    size_t end = id.len;
    while (end > len && id.at[end - 1] != '/')
        end--;
    if (end <= len || !str_eq(str_sub(id, 0, len), str_of(head, len)))
        return STR_NONE;
    return str_sub(id, len, end - 1 - len);
}

/* False: nothing of the plugin is known by its id any more. */
static bool run_again(struct calendar *calendar, struct page *page,
                      const struct open *open)
{
    struct instance *instance = page->instance;
    const char *plugin = instance->version->name;
    struct due due = { .id = str_from(open->id),
                       .due_ms = open->due_ms,
                       .row = open->row };
    struct str subject = journal_subject(due.id);
    int64_t schedule = schedule_in(subject);
    if (schedule)
        return calendar_run_row(calendar, page, schedule, &due);
    struct str key = key_in(subject, "cron", plugin);
    if (key.len > 0)
        return calendar_run_cron(instance, key, &due);
    key = key_in(subject, "timer", plugin);
    /* In other code that number may be another timer; a person may know better. */
    bool retried = subject.len < due.id.len;
    if (key.len == 0 || (!retried && open->code != record_code(instance)))
        return false;
    return api_time_run(instance, atoi(key.at), &due);
}

static void note_history(void *arg, struct str task, bool with_send, struct str chunk)
{
    (void)task;
    (void)with_send;
    (void)chunk;
    *(bool *)arg = true;
}

/* It cannot go on. What had begun is for a person to see. */
static void leave(struct calendar *calendar, const struct page *page,
                  const struct open *open)
{
    struct runtime *runtime = calendar->runtime;
    struct str id = str_from(open->id);
    bool begun = false;
    history_each(runtime->store, id, id, note_history, &begun, NULL);
    if (!begun) {
        journal_done(runtime->store, open->row);
        return;
    }
    const char *plugin = page->instance->version->name;
    log_warn(LOG_SCRIPT,
             "bot=%s plugin=%s event=%s is interrupted: its code has changed since",
             runtime->bot, plugin, open->id);
    journal_keep(runtime->store, open->row, str_from(plugin), JOURNAL_INTERRUPTED);
    journal_done(runtime->store, open->row);
    history_del(runtime->store, id, STR_NONE);
}

void calendar_run_open(struct calendar *calendar, struct page *page)
{
    struct open open = page->open[page->open_next++];
    /* If it runs, its instance may end, and with that the page. */
    if (!run_again(calendar, page, &open))
        leave(calendar, page, &open);
    free(open.id);
}
