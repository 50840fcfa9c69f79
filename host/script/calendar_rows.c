/* calendar_rows: the schedules of a plugin, from the store to its handlers. */
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "script/calendar_inside.h"
#include "script/convert.h"
#include "script/objects.h"
#include "script/quota.h"
#include "script/record.h"
#include "script/router.h"

#include <stdio.h>
#include <string.h>

/* Behind all that are due before it, or with it. */
static void add_plan(struct page *page, int64_t id, int64_t due_ms)
{
    if (page->plan_count == page->plan_cap) {
        page->plan_cap = page->plan_cap ? page->plan_cap * 2 : 16;
        page->plans = mem_realloc(page->plans, page->plan_cap * sizeof(*page->plans));
    }
    size_t at = page->plan_count++;
    for (; at > 0 && page->plans[at - 1].due_ms > due_ms; at--)
        page->plans[at] = page->plans[at - 1];
    page->plans[at] = (struct plan){ due_ms, id, false };
}

static bool take_plan(struct page *page, int64_t id)
{
    for (size_t i = 0; i < page->plan_count; i++) {
        if (page->plans[i].id != id)
            continue;
        page->plan_count--;
        memmove(&page->plans[i], &page->plans[i + 1],
                (page->plan_count - i) * sizeof(*page->plans));
        return true;
    }
    return false;
}

/* It waits for another version of the plugin. */
static void hold_plan(struct page *page, int64_t id)
{
    for (size_t i = 0; i < page->plan_count; i++)
        if (page->plans[i].id == id)
            page->plans[i].held = true;
}

struct reading {
    struct calendar *calendar;
    struct page *page;
};

static void read_row(void *arg, int64_t id, int64_t due_ms)
{
    struct reading *reading = arg;
    if (!calendar_is_under_way(reading->calendar, id))
        add_plan(reading->page, id, due_ms);
}

void calendar_read_rows(struct calendar *calendar, struct page *page)
{
    struct reading reading = { calendar, page };
    struct err err = { 0 };
    const char *plugin = page->instance->version->name;
    if (!schedules_each(calendar->runtime->store, str_from(plugin), read_row, &reading,
                        &err))
        log_error(LOG_SCRIPT, "bot=%s plugin=%s schedules: %s", calendar->runtime->bot,
                  plugin, err.text);
}

const struct plan *calendar_next_row(const struct page *page)
{
    for (size_t i = 0; i < page->plan_count; i++)
        if (!page->plans[i].held)
            return &page->plans[i];
    return NULL;
}

/* --- the event --- */

struct view {
    const struct schedule_row *row;
    const struct json *data;
};

static int push_event(lua_State *L, void *router_call)
{
    const struct view *view = ((struct router_call *)router_call)->arg;
    const struct schedule_row *row = view->row;
    lua_createtable(L, 0, 6);
    lua_pushinteger(L, row->id);
    lua_setfield(L, -2, "id");
    lua_pushinteger(L, row->due_ms);
    lua_setfield(L, -2, "due");
    lua_pushinteger(L, record_integer(L, "now", clock_wall_ms()));
    lua_setfield(L, -2, "time");
    push_json(L, view->data);
    lua_setfield(L, -2, "data");
    if (row->target.len > 0) {
        push_chat(L, (enum conversation_type)row->chat, row->target);
        lua_setfield(L, -2, "chat");
    }
    if (row->target.len > 0 && row->chat == CONVERSATION_GROUP) {
        push_group(L, row->target, STR_NONE);
        lua_setfield(L, -2, "group");
    }
    objects_set(L, OBJECT_EVENT);
    return 1;
}

static void run_row(struct calendar *calendar, struct instance *instance,
                    const struct schedule_row *row, struct str event,
                    const struct due *again)
{
    char id[64];
    int len = snprintf(id, sizeof(id), "timer/%lld/%lld", (long long)row->id,
                       (long long)row->due_ms);
    const struct due due = { .id = again ? again->id : str_of(id, (size_t)len),
                             .due_ms = row->due_ms,
                             .schedule = row->id,
                             .type = (enum conversation_type)row->chat,
                             .target = row->target,
                             .row = again ? again->row : 0 };
    struct origin *origin = calendar_begin(instance, &due);
    if (!origin)
        return;
    struct json *data = row->data.len > 0 ? json_parse(row->data, NULL) : NULL;
    struct view view = { row, data };
    router_event_in(calendar->runtime->router, instance, event, origin, push_event,
                    &view);
    origin_release(origin);
    json_free(data);
}

bool calendar_run_row(struct calendar *calendar, struct page *page, int64_t id,
                      const struct due *again)
{
    struct runtime *runtime = calendar->runtime;
    struct instance *instance = page->instance;
    struct schedule_row row = { 0 };
    char event[80];
    if (!schedules_find(runtime->store, id, &row, &calendar->bytes)) {
        take_plan(page, id);
        return false;
    }
    int len = snprintf(event, sizeof(event), "schedule.%.*s", STR_ARG(row.name));
    struct str name = str_of(event, (size_t)(len < 80 ? len : 79));
    if (!router_wants_event(runtime->router, instance, name)) {
        hold_plan(page, id);
        log_warn(LOG_SCRIPT,
                 "bot=%s plugin=%s id=%lld is due, but nothing listens to %s: it is kept",
                 runtime->bot, instance->version->name, (long long)row.id, event);
        return true;
    }
    take_plan(page, row.id);
    run_row(calendar, instance, &row, name, again);
    return true;
}

/* --- for plugins --- */

bool calendar_schedule(struct instance *instance, struct schedule_row *row,
                       struct err *err)
{
    struct runtime *runtime = instance->runtime;
    /* Of whichever instance of the plugin is live: this one may be on its way out. */
    struct page *page = calendar_page(runtime->calendar, instance->version->name);
    row->plugin = str_from(instance->version->name);
    if (page && !quota_check(QUOTA_SCHEDULES, page->plan_count, err))
        return false;
    if (!schedules_add(runtime->store, row, err))
        return false;
    if (page) {
        add_plan(page, row->id, row->due_ms);
        calendar_arm(runtime->calendar);
    }
    return true;
}

bool calendar_unschedule(struct instance *instance, int64_t id, struct err *err)
{
    struct runtime *runtime = instance->runtime;
    struct calendar *calendar = runtime->calendar;
    struct page *page = calendar_page(calendar, instance->version->name);
    struct schedule_row row;
    struct buf bytes; /* not the calendar's: a handler of it may be what runs */
    buf_init(&bytes, (size_t)1 << 20);
    bool own = schedules_find(runtime->store, id, &row, &bytes) &&
               str_eq(row.plugin, str_from(instance->version->name));
    buf_clear(&bytes);
    if (!own || calendar_is_under_way(calendar, id))
        return err_set(err, ERR_NOT_FOUND, "no schedule %lld waits", (long long)id);
    if (page)
        take_plan(page, id);
    schedules_del(runtime->store, id);
    calendar_arm(calendar);
    return true;
}
