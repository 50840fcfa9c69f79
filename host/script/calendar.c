#include "script/calendar.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/must.h"
#include "script/calendar_inside.h"
#include "script/quota.h"
#include "script/record.h"
#include "script/task.h"

#include <stdio.h>
#include <string.h>

#define MINUTE_MS ((int64_t)60 * 1000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define LOOK_MS MINUTE_MS       /* how soon a change of the wall clock is noticed */
#define LATE_MS (2 * MINUTE_MS) /* later than that a cron was missed */
#define BACK_MS (3 * HOUR_MS)   /* a clock set back by that was wrong before */
#define FAILED_MS 5000          /* while the store has failed */
#define AT_ONCE 64              /* events of one turn of the loop */
#define TASKS_ENOUGH (QUOTA_TASKS_MAX / 2)
#define BUSY_MS 1000
#define LAST_MAX 10000
#define KEY_ROOM 160
#define ID_ROOM 400

struct cron_timer {
    struct cron_timer *next;
    struct instance *instance;
    struct cron spec;
    char *name; /* or its spec */
    bool named, run_missed;
    int id;
    int function_ref;
    int64_t due_ms; /* once the instance is live */
};

struct calendar *calendar_new(struct runtime *runtime)
{
    struct calendar *calendar = MEM_NEW(struct calendar);
    calendar->runtime = runtime;
    calendar->seen_ms = clock_wall_ms();
    buf_init(&calendar->bytes, (size_t)1 << 20);
    return calendar;
}

static void forget_last(struct calendar *calendar)
{
    struct str name;
    void *last;
    for (size_t at = 0; map_next(&calendar->last, &at, &name, &last);)
        free(last);
    map_clear(&calendar->last);
}

void calendar_free(struct calendar *calendar)
{
    if (!calendar)
        return;
    must(!calendar->pages && !calendar->ticks);
    loop_timer_stop(calendar->runtime->loop, &calendar->timer);
    forget_last(calendar);
    buf_clear(&calendar->bytes);
    free(calendar);
}

struct page *calendar_page(const struct calendar *calendar, const char *plugin)
{
    for (struct page *page = calendar->pages; page; page = page->next)
        if (strcmp(page->instance->version->name, plugin) == 0)
            return page;
    return NULL;
}

/* --- when a cron was due last --- */

static struct str last_key(const struct cron_timer *timer, char room[400])
{
    int len = snprintf(room, 400, "%s/%s", timer->instance->version->name, timer->name);
    return str_of(room, (size_t)(len < 400 ? len : 399));
}

static void note_last(struct calendar *calendar, const struct cron_timer *timer,
                      int64_t last_ms)
{
    char room[400];
    if (calendar->last.len >= LAST_MAX)
        forget_last(calendar); /* a reload at that very moment may pass one over */
    int64_t *last = MEM_NEW(int64_t);
    *last = last_ms;
    free(map_set(&calendar->last, last_key(timer, room), last));
}

static int64_t read_last(struct calendar *calendar, const struct cron_timer *timer)
{
    char room[400];
    const int64_t *last = map_get(&calendar->last, last_key(timer, room));
    int64_t last_ms = last ? *last : 0;
    if (!timer->run_missed)
        return last_ms;
    int64_t kept_ms = schedules_cron_last(calendar->runtime->store,
                                          str_from(timer->instance->version->name),
                                          str_from(timer->name));
    return kept_ms > last_ms ? kept_ms : last_ms;
}

/* The instance is live: from now on the cron counts, or from the time it was due last
 * when it was known before. */
static void start_cron(struct calendar *calendar, struct cron_timer *timer)
{
    struct runtime *runtime = calendar->runtime;
    int64_t now_ms = clock_wall_ms(), last_ms = read_last(calendar, timer);
    if (last_ms == 0 && timer->run_missed)
        schedules_cron_set(runtime->store, str_from(timer->instance->version->name),
                           str_from(timer->name), now_ms);
    if (last_ms == 0 || last_ms > now_ms + BACK_MS)
        last_ms = now_ms;
    note_last(calendar, timer, last_ms);
    timer->due_ms = cron_next(&timer->spec, runtime->zone, last_ms);
}

/* The last time not after `now_ms` when it was due, beginning with `due_ms`. Looks at the
 * end of the gap first: a year has half a million minutes. */
static int64_t latest_due(const struct cron *spec, const struct zone *zone,
                          int64_t due_ms, int64_t now_ms)
{
    static const int64_t spans[] = { HOUR_MS, 2 * DAY_MS, 62 * DAY_MS, 800 * DAY_MS };
    for (size_t i = 0; i < sizeof(spans) / sizeof(*spans); i++) {
        int64_t from_ms = now_ms - spans[i];
        if (from_ms <= due_ms)
            break;
        int64_t next_ms = cron_next(spec, zone, from_ms);
        if (next_ms <= now_ms) {
            due_ms = next_ms;
            break;
        }
    }
    for (int64_t next_ms = due_ms; next_ms <= now_ms;
         next_ms = cron_next(spec, zone, next_ms))
        due_ms = next_ms;
    return due_ms;
}

/* --- crons --- */

struct times {
    int64_t now_ms, due_ms;
};

static int push_times(lua_State *L, void *arg)
{
    const struct times *times = arg;
    lua_pushinteger(L, record_integer(L, "now", times->now_ms));
    lua_pushinteger(L, times->due_ms);
    return 2;
}

static void start_task(struct cron_timer *timer, const struct due *due, int64_t now_ms)
{
    struct times times = { now_ms, due->due_ms };
    struct origin *origin = calendar_begin(timer->instance, due);
    if (!origin)
        return;
    struct task_start start = {
        .function_ref = timer->function_ref,
        .push = push_times,
        .arg = &times,
        .origin = origin,
    };
    task_start(timer->instance, &start);
    origin_release(origin);
}

/* What tells it apart: those without a name of their own have their number. */
static struct str cron_key(const struct cron_timer *timer, char room[KEY_ROOM])
{
    int len = timer->named ? snprintf(room, KEY_ROOM, "%s", timer->name)
                           : snprintf(room, KEY_ROOM, "%s#%d", timer->name, timer->id);
    return str_of(room, (size_t)(len < KEY_ROOM ? len : KEY_ROOM - 1));
}

static void run_cron(struct calendar *calendar, struct cron_timer *timer, int64_t now_ms)
{
    struct runtime *runtime = calendar->runtime;
    struct str plugin = str_from(timer->instance->version->name);
    int64_t due_ms = latest_due(&timer->spec, runtime->zone, timer->due_ms, now_ms);
    timer->due_ms = cron_next(&timer->spec, runtime->zone, now_ms);
    note_last(calendar, timer, due_ms);
    if (now_ms - due_ms > LATE_MS && !timer->run_missed)
        return;
    if (timer->run_missed)
        schedules_cron_set(runtime->store, plugin, str_from(timer->name), due_ms);
    char key[KEY_ROOM], id[ID_ROOM];
    int len = snprintf(id, sizeof(id), "cron/%.*s/%.*s/%lld", STR_ARG(plugin),
                       STR_ARG(cron_key(timer, key)), (long long)due_ms);
    struct due due = { .id = str_of(id, (size_t)len), .due_ms = due_ms };
    start_task(timer, &due, now_ms);
}

bool calendar_run_cron(struct instance *instance, struct str key, struct due *due)
{
    char room[KEY_ROOM];
    for (struct cron_timer *at = instance->crons; at; at = at->next)
        if (str_eq(cron_key(at, room), key)) {
            start_task(at, due, clock_wall_ms());
            return true;
        }
    return false;
}

int calendar_cron(struct instance *instance, const struct cron *spec, struct str name,
                  bool named, bool run_missed, int function_ref)
{
    struct calendar *calendar = instance->runtime->calendar;
    struct cron_timer *timer = MEM_NEW(struct cron_timer), **link = &instance->crons;
    while (*link)
        link = &(*link)->next;
    *link = timer;
    timer->instance = instance;
    timer->spec = *spec;
    timer->name = str_dup(name);
    timer->named = named || run_missed;
    timer->run_missed = run_missed;
    timer->id = ++instance->last_timer;
    timer->function_ref = function_ref;
    instance->timer_count++;
    if (instance->state == INSTANCE_LIVE) {
        start_cron(calendar, timer);
        calendar_arm(calendar);
    }
    return timer->id;
}

bool calendar_has_cron(const struct instance *instance, struct str name)
{
    for (const struct cron_timer *at = instance->crons; at; at = at->next)
        if (str_eq(str_from(at->name), name))
            return true;
    return false;
}

static void free_cron(struct cron_timer **link)
{
    struct cron_timer *timer = *link;
    *link = timer->next;
    timer->instance->timer_count--;
    free(timer->name);
    free(timer);
}

bool calendar_cron_stop(struct instance *instance, int id, int *function_ref)
{
    for (struct cron_timer **link = &instance->crons; *link; link = &(*link)->next) {
        if ((*link)->id != id)
            continue;
        *function_ref = (*link)->function_ref;
        free_cron(link);
        return true;
    }
    return false;
}

/* --- instances come and go --- */

void calendar_open(struct instance *instance)
{
    struct calendar *calendar = instance->runtime->calendar;
    struct page *page = MEM_NEW(struct page), **link = &calendar->pages;
    while (*link)
        link = &(*link)->next;
    *link = page;
    page->instance = instance;
    for (struct cron_timer *at = instance->crons; at; at = at->next)
        start_cron(calendar, at);
    calendar_read_rows(calendar, page);
    calendar_read_open(calendar, page);
    calendar_arm(calendar);
}

void calendar_close(struct instance *instance)
{
    struct page **link = &instance->runtime->calendar->pages;
    while (instance->crons)
        free_cron(&instance->crons);
    while (*link && (*link)->instance != instance)
        link = &(*link)->next;
    struct page *page = *link;
    if (!page)
        return;
    *link = page->next;
    free(page->plans);
    calendar_clear_open(page);
    free(page);
}

/* --- the clock --- */

/* What is due first: an event that is run again, a cron, or the page's next row. */
struct first {
    struct page *page;
    bool open;
    struct cron_timer *timer;
    int64_t schedule;
    int64_t due_ms;
};

static struct first find_first(const struct calendar *calendar)
{
    struct first first = { .due_ms = CRON_NEVER };
    for (struct page *page = calendar->pages; page; page = page->next) {
        if (page->open_next < page->open_count)
            return (struct first){ .page = page, .open = true };
        bool busy = page->instance->task_count >= TASKS_ENOUGH;
        const struct plan *plan = busy ? NULL : calendar_next_row(page);
        if (plan && plan->due_ms < first.due_ms)
            first = (struct first){ page, false, NULL, plan->id, plan->due_ms };
        for (struct cron_timer *at = page->instance->crons; at; at = at->next)
            if (at->due_ms < first.due_ms)
                first = (struct first){ page, false, at, 0, at->due_ms };
    }
    return first;
}

/* A clock that was far ahead and is right now: what it showed meanwhile does not count.
 */
static void start_anew(struct calendar *calendar, int64_t now_ms)
{
    for (struct page *page = calendar->pages; page; page = page->next)
        for (struct cron_timer *at = page->instance->crons; at; at = at->next) {
            at->due_ms = cron_next(&at->spec, calendar->runtime->zone, now_ms);
            note_last(calendar, at, now_ms);
        }
}

static void look(void *arg)
{
    struct calendar *calendar = arg;
    int64_t now_ms = clock_wall_ms();
    if (now_ms < calendar->seen_ms - BACK_MS)
        start_anew(calendar, now_ms);
    calendar->seen_ms = now_ms;
    /* One at a time: each may stop timers, make new ones, or end its instance. */
    for (int i = 0; i < AT_ONCE && !store_failed(calendar->runtime->store); i++) {
        struct first first = find_first(calendar);
        if (first.due_ms > now_ms)
            break;
        if (first.open)
            calendar_run_open(calendar, first.page);
        else if (first.timer)
            run_cron(calendar, first.timer, now_ms);
        else
            calendar_run_row(calendar, first.page, first.schedule, NULL);
    }
    calendar_arm(calendar);
}

static bool is_needed(const struct calendar *calendar)
{
    for (const struct page *page = calendar->pages; page; page = page->next)
        if (page->instance->crons || page->plan_count > 0 ||
            page->open_next < page->open_count)
            return true;
    return false;
}

static bool is_busy(const struct calendar *calendar)
{
    for (const struct page *page = calendar->pages; page; page = page->next)
        if (page->plan_count > 0 && page->instance->task_count >= TASKS_ENOUGH)
            return true;
    return false;
}

void calendar_arm(struct calendar *calendar)
{
    struct runtime *runtime = calendar->runtime;
    if (!is_needed(calendar)) {
        loop_timer_stop(runtime->loop, &calendar->timer);
        return;
    }
    int64_t most_ms = is_busy(calendar) ? BUSY_MS : LOOK_MS;
    int64_t due_ms = find_first(calendar).due_ms, now_ms = clock_wall_ms();
    if (!loop_timer_runs(&calendar->timer))
        calendar->seen_ms = now_ms;
    int64_t delay_ms = due_ms - now_ms < most_ms ? due_ms - now_ms : most_ms;
    if (store_failed(runtime->store) && delay_ms < FAILED_MS)
        delay_ms = FAILED_MS;
    loop_timer_start(runtime->loop, &calendar->timer, delay_ms, look, calendar);
}
