/*
 * calendar: what plugins want at a time of the wall clock: crons, which live with their
 * instance, and schedules, which are rows of the store and wait for their plugin.
 *
 * A cron that was not run in time (the host was down, its clock jumped) is passed over
 * or, when it says so, run once for all it missed. A clock set back by less than three
 * hours repeats nothing. A schedule's row goes in the commit in which its handling ends.
 *
 * What a time brings is an event with a row of the journal while it is under way, so that
 * it goes on after a crash as a message's does. Its id is "cron/PLUGIN/NAME/DUE",
 * "timer/ID/DUE" of a schedule, "timer/PLUGIN/N/DUE" of the N-th timer (api_time.c).
 *
 * Private to this room.  Layer: script.  Thread: loop thread only.
 */
#ifndef SCRIPT_CALENDAR_H
#define SCRIPT_CALENDAR_H

#include "base/cron.h"
#include "script/instance.h"
#include "store/schedules.h"

struct calendar;

struct calendar *calendar_new(struct runtime *runtime);
void calendar_free(
    struct calendar *calendar); /* all instances are closed; NULL is fine */

/* An instance goes live: its crons begin to run, its plugin's schedules arrive. */
void calendar_open(struct instance *instance);
void calendar_close(struct instance *instance); /* forgets its crons; not open is fine */

/* `name` tells the crons with one or with `run_missed` of a plugin apart, also from one
 * process to the next; it is the spec of the others. Gives the number to stop it by;
 * counts as one of the instance's timers. */
int calendar_cron(struct instance *instance, const struct cron *spec, struct str name,
                  bool named, bool run_missed, int function_ref);
bool calendar_has_cron(const struct instance *instance, struct str name);

/* False when there is none. *function_ref is the caller's then. */
bool calendar_cron_stop(struct instance *instance, int id, int *function_ref);

/* The event of a timer of the plugin that was due now. NULL: it was begun before. */
struct origin *calendar_timer_event(struct instance *instance, int timer);

/* Runs what a person has opened again (journal_retry). Of a row that is set aside, and
 * will be dropped: forgets its schedule. */
void calendar_retry(struct runtime *runtime);
void calendar_drop(struct runtime *runtime, int64_t row);

/* Fills row->id. ERR_LIMIT, ERR_STORAGE. */
bool calendar_schedule(struct instance *instance, struct schedule_row *row,
                       struct err *err);

/* ERR_NOT_FOUND when the plugin has none with this id, or it is being handled. */
bool calendar_unschedule(struct instance *instance, int64_t id, struct err *err);

#endif
