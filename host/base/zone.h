/*
 * zone: a time zone of the system's database (tzdata), read from its own file.
 *
 * libc knows one zone per process, set through the environment, which other bots and the
 * threads that resolve names read at the same time; so the files (TZif, RFC 8536) are
 * read here. Times after the last change in a file follow the rule at its end.
 *
 * Layer: base.  Thread: any; a zone is never changed once it was read.
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

struct zone;

/* "Asia/Shanghai". "UTC" exists without the database too. ERR_NOT_FOUND names what was
 * looked for and where; ERR_PROTO says what is wrong with the file. */
struct zone *zone_open(struct str name, struct err *err);

/* The zone of this machine: TZ when it names one, else /etc/localtime, else UTC. */
struct zone *zone_open_system(void);

/* A file's bytes. */
struct zone *zone_parse(struct str bytes, struct err *err);

void zone_free(struct zone *zone); /* NULL is fine */

struct zone_offset {
    int seconds; /* east of Greenwich */
    bool dst;
    const char *abbreviation; /* "CST"; lives as long as the zone */
};

/* `zone` NULL is UTC, here and below. Times are seconds since 1970. */
struct zone_offset zone_at(const struct zone *zone, int64_t utc);

/* The moment when the clocks of the zone show `local` (counted as if it were UTC). One
 * that they show twice is the first of the two; one that they skip is the moment they
 * jump. */
int64_t zone_utc(const struct zone *zone, int64_t local);

#endif
