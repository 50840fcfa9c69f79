/*
 * schedules: what plugins want to hear of at a certain time, and when their crons ran
 * last. A schedule's row stays until its handling has ended. Numbers are never used
 * twice.
 *
 * Layer: store.  Thread: loop thread only.
 */
#ifndef STORE_SCHEDULES_H
#define STORE_SCHEDULES_H

#include "base/buf.h"
#include "store/db.h"

struct schedule_row {
    int64_t id; /* set by schedules_add */
    struct str plugin, name;
    int64_t due_ms;
    int chat;          /* conversation type of where it was made; 0: nowhere */
    struct str target; /* that conversation */
    struct str data;   /* the plugin's own, may be empty */
};

/* ERR_STORAGE while the store has failed (db.h). */
bool schedules_add(struct store *store, struct schedule_row *row, struct err *err);
void schedules_del(struct store *store, int64_t id);

/* Reads a row; its strings are copied to `bytes` (reset first). False when there is none.
 */
bool schedules_find(struct store *store, int64_t id, struct schedule_row *out,
                    struct buf *bytes);

/* Calls `fn` for each row of the plugin, in the order they are due. `fn` may not call
 * this room. */
typedef void schedules_fn(void *arg, int64_t id, int64_t due_ms);
bool schedules_each(struct store *store, struct str plugin, schedules_fn *fn, void *arg,
                    struct err *err);

/* When the cron `name` of the plugin was due last; 0: never. */
int64_t schedules_cron_last(struct store *store, struct str plugin, struct str name);

/* Notes it. The thousand crons of a plugin that ran last are kept. */
void schedules_cron_set(struct store *store, struct str plugin, struct str name,
                        int64_t last_ms);

#endif
