/* base/cron, by tables and against a walk through every minute of libc's local time. */
#include "base/civil.h"
#include "base/cron.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct cron read_spec(const char *spec)
{
    struct cron cron;
    struct err err = { 0 };
    if (!cron_parse(str_from(spec), &cron, &err))
        fail_msg("%s: %s", spec, err.text);
    return cron;
}

static struct zone *open_zone(const char *name)
{
    struct zone *zone = zone_open(str_from(name), NULL);
    assert_non_null(zone);
    return zone;
}

/* "2026-05-01 09:00" of UTC, in milliseconds. */
static int64_t moment(const char *text)
{
    struct civil at = { 0 };
    assert_int_equal(sscanf(text, "%d-%d-%d %d:%d", &at.year, &at.month, &at.day,
                            &at.hour, &at.minute),
                     5);
    return civil_seconds(at) * 1000;
}

static void moments_follow_each_other(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *spec, *after, *next;
    } rows[] = {
        { "UTC", "* * * * *", "2026-05-01 09:00", "2026-05-01 09:01" },
        { "UTC", "0 9 * * *", "2026-05-01 09:00", "2026-05-02 09:00" },
        { "UTC", "0 9 * * *", "2026-05-01 08:59", "2026-05-01 09:00" },
        { "UTC", "*/20 9-10 * * *", "2026-05-01 09:41", "2026-05-01 10:00" },
        { "UTC", "5-50/20,59 * * * *", "2026-05-01 09:46", "2026-05-01 09:59" },
        { "UTC", "0 0 29 2 *", "2026-05-01 09:00", "2028-02-29 00:00" },
        { "UTC", "0 0 29 2 *", "2096-03-01 00:00", "2104-02-29 00:00" },
        { "UTC", "0 0 2 2 */7", "2026-03-01 00:00", "2031-02-02 00:00" },
        { "UTC", "0 0 29 2 */7", "2088-03-01 00:00", "2128-02-29 00:00" },
        { "UTC", "0 0 31 * *", "2026-05-31 00:00", "2026-07-31 00:00" },
        { "UTC", "0 0 1 jan,JUL *", "2026-05-01 09:00", "2026-07-01 00:00" },
        { "UTC", "30 4 1,15 * 5", "2026-05-01 04:30", "2026-05-08 04:30" }, /* or */
        { "UTC", "30 4 1,15 * fri", "2026-05-08 04:30", "2026-05-15 04:30" },
        { "UTC", "30 4 */2 * fri", "2026-05-01 04:30", "2026-05-15 04:30" }, /* and */
        { "UTC", "0 0 * * 0", "2026-05-01 00:00", "2026-05-03 00:00" },
        { "UTC", "0 0 * * 7", "2026-05-01 00:00", "2026-05-03 00:00" },
        { "UTC", "0 0 * * sat-sun", "2026-05-02 00:00", "2026-05-03 00:00" },
        { "UTC", "0 0 * * 5-7", "2026-05-02 00:00", "2026-05-03 00:00" },
        { "UTC", "0 0 * * mon-fri", "2026-05-01 00:00", "2026-05-04 00:00" },
        { "UTC", " 0\t0 *  * * ", "2026-05-01 00:00", "2026-05-02 00:00" },
        { "Asia/Shanghai", "0 9 * * *", "2026-05-01 00:00", "2026-05-01 01:00" },
        { "Asia/Kolkata", "15 9 * * *", "2026-05-01 00:00", "2026-05-01 03:45" },
        /* Spring in Berlin: 01:59 is followed by 03:00, which is 01:00 by UTC. */
        { "Europe/Berlin", "30 2 * * *", "2026-03-28 12:00", "2026-03-29 01:00" },
        { "Europe/Berlin", "*/10 2 * * *", "2026-03-29 00:59", "2026-03-29 01:00" },
        { "Europe/Berlin", "*/10 2 * * *", "2026-03-29 01:00", "2026-03-30 00:00" },
        { "Europe/Berlin", "30 2 * * *", "2026-03-29 01:00", "2026-03-30 00:30" },
        { "Europe/Berlin", "0 2,3 * * *", "2026-03-29 01:00", "2026-03-30 00:00" },
        /* Autumn: 02:00 to 02:59 come at 00:00 and again at 01:00 by UTC. */
        { "Europe/Berlin", "30 2 * * *", "2026-10-24 12:00", "2026-10-25 00:30" },
        { "Europe/Berlin", "30 2 * * *", "2026-10-25 00:30", "2026-10-26 01:30" },
        { "Europe/Berlin", "*/30 * * * *", "2026-10-25 00:30", "2026-10-25 02:00" },
        { "Pacific/Apia", "0 12 30 12 *", "2011-12-30 09:00", "2011-12-30 10:00" },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct zone *zone = open_zone(rows[i].zone);
        struct cron cron = read_spec(rows[i].spec);
        int64_t next = cron_next(&cron, zone, moment(rows[i].after));
        if (next != moment(rows[i].next)) {
            struct civil at = civil_of(next / 1000);
            fail_msg("%s after %s: %d-%02d-%02d %02d:%02d, want %s", rows[i].spec,
                     rows[i].after, at.year, at.month, at.day, at.hour, at.minute,
                     rows[i].next);
        }
        zone_free(zone);
    }
}

static void milliseconds_count(void **state)
{
    (void)state;
    struct cron cron = read_spec("* * * * *");
    assert_true(cron_next(&cron, NULL, 59999) == 60000);
    assert_true(cron_next(&cron, NULL, 60000) == 120000);
    assert_true(cron_next(&cron, NULL, 60001) == 120000);
    assert_true(cron_next(&cron, NULL, -1) == 0);
    assert_true(cron_next(&cron, NULL, INT64_MAX) == CRON_NEVER);
    assert_true(cron_next(&cron, NULL, INT64_MIN) < 0);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *spec, *why;
    } bad[] = {
        { "", "want five fields" },
        { "* * * *", "have 4" },
        { "* * * * * *", "have 6" },
        { "@daily", "have 1" },
        { "60 * * * *", "minute: \"60\" is not within 0 to 59" },
        { "* 24 * * *", "hour: \"24\" is not within 0 to 23" },
        { "* * 0 * *", "day of the month: \"0\" is not within 1 to 31" },
        { "* * 32 * *", "day of the month: \"32\" is not within 1 to 31" },
        { "* * * 13 *", "month: \"13\" is not within 1 to 12" },
        { "* * * * 8", "day of the week: \"8\" is not within 0 to 7" },
        { "* 9,25 * * *", "hour: \"25\" is not within" },
        { "* 9-25 * * *", "hour: \"9-25\" is not within" },
        { "* * * * mon-xyz", "day of the week: \"mon-xyz\" is neither a number nor" },
        { "* * * monday *", "month: \"monday\" is neither a number nor" },
        { "x * * * *", "minute: \"x\" is no number" },
        { "+5 * * * *", "minute: \"+5\" is no number" },
        { "-5 * * * *", "minute: \"-5\" has a number missing" },
        { "5- * * * *", "minute: \"5-\" has a number missing" },
        { "1-2-3 * * * *", "minute: \"1-2-3\" is no number" },
        { "30-10 * * * *", "minute: \"30-10\" is a range that ends before it begins" },
        { "*/0 * * * *", "minute: \"*/0\" has no step of at least 1" },
        { "*/60 * * * *", "minute: \"*/60\" has no step" },
        { "*/x * * * *", "minute: \"*/x\" has no step" },
        { "5/10 * * * *", "minute: \"5/10\" has a step without a range" },
        { "1,,2 * * * *", "minute: \"1,,2\" has an empty place" },
        { "1, * * * *", "minute: \"1,\" has an empty place" },
        { "*5 * * * *", "minute: \"*5\" is no number" },
        { "0 0 30 2 *", "day of the month: \"30\" is no day of these months" },
        { "0 0 31 4,6,9,11 *", "day of the month: \"31\" is no day" },
        { "99999999999999999999 * * * *", "is not within" },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct cron cron;
        struct err err = { 0 };
        if (cron_parse(str_from(bad[i].spec), &cron, &err))
            fail_msg("\"%s\" is no spec", bad[i].spec);
        assert_int_equal(err.code, ERR_ARGUMENT);
        if (!strstr(err.text, bad[i].why))
            fail_msg("\"%s\": %s", bad[i].spec, err.text);
    }
}

/* --- against a walker --- */

static uint64_t seed = 991;

static int draw(int below)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (int)((seed >> 33) % (uint64_t)below);
}

struct wanted {
    char text[64];
    bool star; /* begins with one */
    bool set[60];
};

/* A field, and what it means by definition. */
static void make_field(struct wanted *field, int min, int max)
{
    memset(field, 0, sizeof(*field));
    int kind = draw(5);
    if (kind <= 1) {
        int step = kind == 0 ? 1 : 1 + draw(max / 2);
        field->star = true;
        snprintf(field->text, sizeof(field->text), step == 1 ? "*" : "*/%d", step);
        for (int value = min; value <= max; value += step)
            field->set[value] = true;
        return;
    }
    for (int i = 0, count = 1 + draw(3); i < count; i++) {
        size_t len = strlen(field->text);
        int from = min + draw(max - min + 1), to = from + draw(max - from + 1), step = 1;
        if (draw(2)) {
            to = from;
            snprintf(field->text + len, sizeof(field->text) - len, "%s%d", i ? "," : "",
                     from);
        } else {
            step = 1 + draw(3);
            snprintf(field->text + len, sizeof(field->text) - len, "%s%d-%d/%d",
                     i ? "," : "", from, to, step);
        }
        for (int value = from; value <= to; value += step)
            field->set[value] = true;
    }
}

static bool wants(const struct wanted *fields, const struct tm *tm)
{
    bool by_date = fields[2].set[tm->tm_mday], by_week = fields[4].set[tm->tm_wday];
    bool day = fields[2].star || fields[4].star ? by_date && by_week : by_date || by_week;
    return fields[0].set[tm->tm_min] && fields[1].set[tm->tm_hour] && day &&
           fields[3].set[tm->tm_mon + 1];
}

static int64_t local_of(time_t utc)
{
    struct tm tm;
    localtime_r(&utc, &tm);
    return utc + tm.tm_gmtoff;
}

/* Walks from a day before `after`, so that it knows which local minutes were shown. The
 * first fire in (after, after + length], or CRON_NEVER. */
static int64_t walk(const struct wanted *fields, int64_t after, int64_t length)
{
    int64_t shown = local_of(after - 30 * 3600 - 60); /* the latest local minute so far */
    for (int64_t utc = after - 30 * 3600; utc <= after + length; utc += 60) {
        bool fires = false;
        for (int64_t local = local_of(utc); shown < local && !fires;) {
            shown += 60;
            time_t as_utc = (time_t)shown;
            struct tm tm;
            gmtime_r(&as_utc, &tm);
            fires = wants(fields, &tm);
        }
        if (shown < local_of(utc))
            shown = local_of(utc);
        if (fires && utc > after)
            return utc;
    }
    return CRON_NEVER;
}

static void every_minute_agrees(void **state)
{
    (void)state;
    static const char *const zones[] = { "UTC", "Europe/Berlin", "America/New_York",
                                         "Australia/Lord_Howe", "America/St_Johns" };
    int found = 0;
    for (int i = 0; i < 400; i++) {
        const char *name = zones[i % 5];
        struct wanted fields[5];
        char spec[400];
        make_field(&fields[0], 0, 59);
        make_field(&fields[1], 0, 23);
        make_field(&fields[2], 1, 31);
        make_field(&fields[3], 1, 12);
        make_field(&fields[4], 0, 6);
        snprintf(spec, sizeof(spec), "%s %s %s %s %s", fields[0].text, fields[1].text,
                 fields[2].text, fields[3].text, fields[4].text);
        struct cron cron;
        if (!cron_parse(str_from(spec), &cron, NULL))
            continue; /* no such day */
        struct zone *zone = open_zone(name);
        setenv("TZ", name, 1);
        tzset();
        /* Half of them where clocks change: late March and October, early November. */
        int month = draw(2) ? 1 + draw(12) : 3 + 7 * draw(2);
        int day = draw(2) ? 1 + draw(28) : 24 + draw(12);
        int64_t after =
            (civil_day_number(2015 + draw(40), month, 1) + day) * 86400 + draw(1440) * 60;
        for (int step = 0; step < 5; step++) {
            int64_t length = 4 * 86400;
            int64_t want = walk(fields, after, length);
            int64_t have = cron_next(&cron, zone, after * 1000) / 1000;
            bool same = want == CRON_NEVER ? have > after + length : have == want;
            if (!same)
                fail_msg("%s, \"%s\" after %lld: %lld, the walker says %lld", name, spec,
                         (long long)after, (long long)have, (long long)want);
            if (want == CRON_NEVER)
                break;
            found++;
            after = want;
        }
        zone_free(zone);
    }
    unsetenv("TZ");
    tzset();
    assert_true(found > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_follow_each_other),
        cmocka_unit_test(milliseconds_count),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(every_minute_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
