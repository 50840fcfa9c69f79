/*
 * cron: "0 9 * * mon-fri", minutes of the local clock: minute, hour, day of the month,
 * month, day of the week. Each is a star or a list of numbers and ranges (9-17), with
 * steps (9-17/2); months and days of the week may be named (jan, mon); 0 and 7 are
 * Sunday. When neither day field begins with a star, either of them is enough.
 *
 * Each minute that clocks show counts once: what they skip in spring comes right after,
 * once; what they show twice in autumn counts the first time.
 *
 * Layer: base.  Thread: any.
 */
#ifndef BASE_CRON_H
#define BASE_CRON_H

#include "base/zone.h"

struct cron {
    uint64_t minutes;
    uint32_t hours, days, months, weekdays; /* sets: bit n for number n */
    bool either_day;
};

/* ERR_ARGUMENT names the field and what is wrong with it. */
bool cron_parse(struct str spec, struct cron *cron, struct err *err);

#define CRON_NEVER INT64_MAX

/* The first moment after `after_ms` (epoch milliseconds), or CRON_NEVER. */
int64_t cron_next(const struct cron *cron, const struct zone *zone, int64_t after_ms);

#endif
