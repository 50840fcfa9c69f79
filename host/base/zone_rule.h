/*
 * zone_rule: the rule at the end of a zone's file, "CET-1CEST,M3.5.0,M10.5.0/3" (POSIX
 * TZ with the extensions of RFC 8536).
 *
 * For base/zone only.  Layer: base.  Thread: any.
 */
#ifndef BASE_ZONE_RULE_H
#define BASE_ZONE_RULE_H

#include "base/zone.h"

#define ZONE_ABBREVIATION 16

struct zone_day {
    char kind; /* 'M' week and weekday of a month, 'J' day 1 to 365, 'D' day 0 to 365 */
    int month, week, weekday; /* of 'M' */
    int day;                  /* of 'J' and 'D' */
    int seconds;              /* of that day's local time */
};

struct zone_rule {
    char standard[ZONE_ABBREVIATION], summer[ZONE_ABBREVIATION];
    int standard_s, summer_s; /* offsets, east of Greenwich */
    bool has_summer;
    struct zone_day start, end; /* of summer time */
};

bool zone_rule_parse(struct str text, struct zone_rule *rule);

struct zone_offset zone_rule_at(const struct zone_rule *rule, int64_t utc);

#endif
