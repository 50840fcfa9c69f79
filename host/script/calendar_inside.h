/*
 * calendar_inside: what calendar.c (when), calendar_rows.c (the schedules) and
 * calendar_ticks.c (events under way) share.
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

/* An event that was under way when its instance or the process ended. */
struct open {
    int64_t row; /* of the journal */
    int64_t due_ms;
    uint64_t code; /* of the plugin at that time */
    char *id;
};

/* One instance that is live, with the schedules of its plugin, the next one first. */
struct page {
    struct page *next;
    struct instance *instance;
    struct plan *plans;
    size_t plan_count, plan_cap;
    struct open *open; /* those from `open_next` on are to be run again */
    size_t open_next, open_count;
};

/* An event under way. */
struct tick {
    struct tick *next, **link;
    struct calendar *calendar;
    const struct origin *origin;
    char *plugin;
    int64_t schedule; /* 0: none */
};

struct calendar {
    struct runtime *runtime;
    struct loop_timer timer;
    struct page *pages; /* in order of going live */
    struct tick *ticks; /* what has not ended */
    int64_t seen_ms;    /* when it looked last */
    struct map last;    /* "plugin/name" of a cron to int64_t *: when it was due last */
    struct buf bytes;
};

struct page *calendar_page(const struct calendar *calendar, const char *plugin);

/* Sets the timer for what comes next. */
void calendar_arm(struct calendar *calendar);

/* What a time brings. */
struct due {
    struct str id;
    int64_t due_ms;
    int64_t schedule; /* its number; 0: none */
    enum conversation_type type;
    struct str target; /* empty: no conversation */
    int64_t row;       /* it is run again; 0: it is new */
};

/* An event of the instance, which has a row of the journal until it is over. NULL: it was
 * begun before, or is set aside because the host dies of it. */
struct origin *calendar_begin(struct instance *instance, const struct due *due);

bool calendar_is_under_way(const struct calendar *calendar, int64_t schedule);

/* Notes the events of the page's plugin that are to be run again; runs the first of
 * them; forgets them. */
void calendar_read_open(struct calendar *calendar, struct page *page);
void calendar_run_open(struct calendar *calendar, struct page *page);
void calendar_clear_open(struct page *page);

/* Runs the cron that is known by `key`, now for `due`. False: there is none. */
bool calendar_run_cron(struct instance *instance, struct str key, struct due *due);

/* Reads the plugin's rows into the page. */
void calendar_read_rows(struct calendar *calendar, struct page *page);

/* The first that is not held; NULL: none. */
const struct plan *calendar_next_row(const struct page *page);

/* Takes it and gives it to the plugin; `again`: it is run again so, else NULL. False:
 * there is no such schedule. */
bool calendar_run_row(struct calendar *calendar, struct page *page, int64_t id,
                      const struct due *again);

#endif
