/*
 * calendar_inside: what calendar.c (when) and calendar_rows.c (the schedules) share.
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_CALENDAR_INSIDE_H
#define SCRIPT_CALENDAR_INSIDE_H

#include "net/loop.h"
#include "script/calendar.h"

/* A schedule that waits. */
struct plan {
    int64_t due_ms, id;
    bool held; /* nobody listens in this version of the plugin */
};

/* One instance that is live, with the schedules of its plugin, the next one first. */
struct page {
    struct page *next;
    struct instance *instance;
    struct plan *plans;
    size_t plan_count, plan_cap;
};

/* An event under way. */
struct fired {
    struct fired *next, **link;
    struct calendar *calendar;
    int64_t id; /* of a schedule; 0: a cron */
    int64_t due_ms;
    char *plugin, *name; /* of a cron whose last time is kept; else NULL */
};

struct calendar {
    struct runtime *runtime;
    struct loop_timer timer;
    struct page *pages;  /* in order of going live */
    struct fired *fired; /* what has not ended */
    int64_t seen_ms;     /* when it looked last */
    struct map last;     /* "plugin/name" of a cron to int64_t *: when it was due last */
    struct buf bytes;
};

struct page *calendar_page(const struct calendar *calendar, const char *plugin);

/* Sets the timer for what comes next. */
void calendar_arm(struct calendar *calendar);

struct fired *calendar_fired(struct calendar *calendar, int64_t id, int64_t due_ms);
/* An origin_ended_fn. */
void calendar_ended(void *fired, bool handled);

/* Reads the plugin's rows into the page. */
void calendar_read_rows(struct calendar *calendar, struct page *page);

/* The first that is not held; NULL: none. */
const struct plan *calendar_next_row(const struct page *page);

/* Takes the first one and gives it to the plugin. */
void calendar_run_row(struct calendar *calendar, struct page *page);

#endif
