/*
 * quarantine: plugins that are not run for a while, because a worker hung or died inside
 * them: a minute the first time, then twice as long up to an hour; two hours without make
 * it a minute again. The supervisor keeps the list and hands it to each worker.
 *
 * Layer: app.  Thread: loop thread only.
 */
#ifndef APP_QUARANTINE_H
#define APP_QUARANTINE_H

#include "base/json.h"

#include <stdint.h>

struct quarantined {
    struct quarantined *next;
    uint64_t who; /* script_id */
    int times;
    int64_t until_ms; /* clock_mono_ms */
    char why[120];
};

/* All-zero is empty. */
struct quarantine {
    struct quarantined *first;
};

/* Once more, from now on. Gives for how long. */
int64_t quarantine_add(struct quarantine *list, uint64_t who, const char *why);

/* NULL when the plugin may run. */
const struct quarantined *quarantine_find(const struct quarantine *list, uint64_t who);

/* It may run, and what was is forgotten: an operator has looked at it. */
void quarantine_end(struct quarantine *list, uint64_t who);
void quarantine_clear(struct quarantine *list);

/* An array of {"who","left_ms","why"}, for another process. */
struct json *quarantine_write(const struct quarantine *list);
void quarantine_read(struct quarantine *list, const struct json *array);

/* A script_id as text, which JSON's numbers are too small for; 0 when it is none. */
void quarantine_add_id(struct json *object, const char *name, uint64_t who);
uint64_t quarantine_id(const struct json *node);

#endif
