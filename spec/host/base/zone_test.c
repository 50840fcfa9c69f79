/* base/civil and base/zone, compared with what libc says of the same files. */
#include "base/civil.h"
#include "base/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static const char *const names[] = {
    "UTC",           "Asia/Shanghai",       "Europe/Berlin",     "America/New_York",
    "Asia/Kolkata",  "Australia/Lord_Howe", "America/St_Johns",  "Pacific/Apia",
    "Europe/Dublin", "Africa/Casablanca",   "America/Sao_Paulo", "Antarctica/Troll",
};

static uint64_t seed = 20260501;

static uint64_t draw(uint64_t below)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (seed >> 33) % below;
}

static void days_are_those_of_libc(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        int64_t seconds = (int64_t)draw(20000000) * 9973 - 80000000000;
        time_t time = (time_t)seconds;
        struct tm tm;
        gmtime_r(&time, &tm);
        struct civil at = civil_of(seconds);
        if (at.year != tm.tm_year + 1900 || at.month != tm.tm_mon + 1 ||
            at.day != tm.tm_mday || at.hour != tm.tm_hour || at.minute != tm.tm_min ||
            at.second != tm.tm_sec || at.weekday != tm.tm_wday)
            fail_msg("%lld: %d-%d-%d", (long long)seconds, at.year, at.month, at.day);
        assert_true(civil_seconds(at) == seconds);
        assert_true(at.day <= civil_month_days(at.year, at.month));
    }
    assert_int_equal(civil_of(INT64_MAX).year, CIVIL_YEAR_MAX);
    assert_int_equal(civil_of(INT64_MIN).year, CIVIL_YEAR_MIN);
}

static struct zone *open_zone(const char *name)
{
    struct err err = { 0 };
    struct zone *zone = zone_open(str_from(name), &err);
    if (!zone)
        fail_msg("%s: %s", name, err.text);
    return zone;
}

static void offsets_are_those_of_libc(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct zone *zone = open_zone(names[i]);
        setenv("TZ", names[i], 1);
        tzset();
        for (int j = 0; j < 4000; j++) { /* 1902 to 2155: tables and rules */
            time_t time = (time_t)draw(8000000) * 1000 - 2100000000;
            struct tm tm;
            localtime_r(&time, &tm);
            struct zone_offset offset = zone_at(zone, time);
            if (offset.seconds != tm.tm_gmtoff ||
                strcmp(offset.abbreviation, tm.tm_zone) != 0)
                fail_msg("%s at %lld: %d %s, libc says %ld %s", names[i], (long long)time,
                         offset.seconds, offset.abbreviation, tm.tm_gmtoff, tm.tm_zone);
        }
        zone_free(zone);
    }
    unsetenv("TZ");
    tzset();
}

static int64_t utc_of(const struct zone *zone, int year, int month, int day, int hour,
                      int minute)
{
    struct civil local = { year, month, day, hour, minute, 0, 0 };
    return zone_utc(zone, civil_seconds(local));
}

static int64_t at_utc(int year, int month, int day, int hour, int minute)
{
    return utc_of(NULL, year, month, day, hour, minute);
}

static void local_times_lead_back(void **state)
{
    (void)state;
    struct zone *berlin = open_zone("Europe/Berlin"), *apia = open_zone("Pacific/Apia");
    assert_true(utc_of(berlin, 2026, 1, 10, 9, 0) == at_utc(2026, 1, 10, 8, 0));
    assert_true(utc_of(berlin, 2040, 7, 10, 9, 0) == at_utc(2040, 7, 10, 7, 0));
    /* 29 March 2026: after 01:59 comes 03:00; 25 October: 02:00 to 02:59 come twice. */
    assert_true(utc_of(berlin, 2026, 3, 29, 1, 59) == at_utc(2026, 3, 29, 0, 59));
    assert_true(utc_of(berlin, 2026, 3, 29, 2, 0) == at_utc(2026, 3, 29, 1, 0));
    assert_true(utc_of(berlin, 2026, 3, 29, 2, 59) == at_utc(2026, 3, 29, 1, 0));
    assert_true(utc_of(berlin, 2026, 3, 29, 3, 0) == at_utc(2026, 3, 29, 1, 0));
    assert_true(utc_of(berlin, 2026, 10, 25, 2, 30) == at_utc(2026, 10, 25, 0, 30));
    assert_true(utc_of(berlin, 2026, 10, 25, 3, 0) == at_utc(2026, 10, 25, 2, 0));
    /* Samoa had no 30 December 2011. */
    assert_true(utc_of(apia, 2011, 12, 30, 12, 0) == at_utc(2011, 12, 30, 10, 0));
    assert_true(utc_of(apia, 2011, 12, 31, 0, 0) == at_utc(2011, 12, 30, 10, 0));
    assert_true(utc_of(apia, 2011, 12, 29, 23, 59) == at_utc(2011, 12, 30, 9, 59));
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct zone *zone = open_zone(names[i]);
        for (int j = 0; j < 2000; j++) {
            int64_t utc = (int64_t)draw(4000000) * 1000;
            int64_t local = utc + zone_at(zone, utc).seconds;
            int64_t back = zone_utc(zone, local);
            assert_true(back == utc || back < utc); /* the first of two */
            assert_true(back + zone_at(zone, back).seconds == local);
        }
        zone_free(zone);
    }
    zone_free(berlin);
    zone_free(apia);
}

static void names_stay_in_the_folder(void **state)
{
    (void)state;
    static const struct {
        const char *name, *why;
    } bad[] = {
        { "Asia/Shanghay", "there is no zone \"Asia/Shanghay\"" },
        { "", "want a name like \"Asia/Shanghai\"" },
        { "../../../etc/passwd", "want a name like" },
        { "/etc/localtime", "want a name like" },
        { "Asia/", "want a name like" },
        { "tzdata.zi", "want a name like" },
        { "leapseconds", "not a time zone file" },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct err err = { 0 };
        assert_null(zone_open(str_from(bad[i].name), &err));
        if (!strstr(err.text, bad[i].why))
            fail_msg("%s: %s", bad[i].name, err.text);
    }
}

static void the_machines_zone_is_found(void **state)
{
    (void)state;
    static const char *const values[] = { "Asia/Shanghai", ":Asia/Shanghai" };
    for (size_t i = 0; i < 2; i++) {
        setenv("TZ", values[i], 1);
        struct zone *zone = zone_open_system();
        assert_int_equal(zone_at(zone, 0).seconds, 8 * 3600);
        zone_free(zone);
    }
    setenv("TZ", "Nowhere/City", 1);
    struct zone *zone = zone_open_system();
    assert_non_null(zone);
    zone_free(zone);
    unsetenv("TZ");
}

/* A file with one kind of local time and a rule, of version 2. */
static struct zone *with_rule(const char *rule, struct err *err)
{
    char bytes[256] = "TZif2";
    memcpy(bytes + 44, "TZif2", 5);
    bytes[44 + 39] = 1;                        /* kinds of local time */
    bytes[44 + 43] = 4;                        /* bytes of abbreviations */
    memcpy(bytes + 88, "\0\0\0\0\0\0XYZ", 10); /* offset, dst, place; the name */
    int len = snprintf(bytes + 98, sizeof(bytes) - 98, "\n%s\n", rule);
    return zone_parse(str_of(bytes, 98 + (size_t)len), err);
}

static void rules_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        int64_t utc;
        int seconds;
    } good[] = {
        { "CST-8", 0, 8 * 3600 },
        { "<+0330>-3:30", 0, 12600 },
        { "EST5EDT,M3.2.0,M11.1.0", 1751328000, -4 * 3600 },   /* July 2025 */
        { "EST5EDT,M3.2.0,M11.1.0", 1767225600, -5 * 3600 },   /* January 2026 */
        { "AEST-10AEDT,M10.1.0,M4.1.0/3", 1767225600, 39600 }, /* summer there */
        { "AEST-10AEDT,M10.1.0,M4.1.0/3", 1751328000, 36000 },
        { "XXX3EDT4,0/0,J365/23", 1767225600, -4 * 3600 }, /* all year */
        { "XXX3EDT4,0/0,J365/23", 1767225599, -4 * 3600 },
        { "AAA0BBB-1,J60/0,J61/0", 1709251200, 3600 }, /* 1 March 2024, a leap year */
        { "AAA0BBB-1,J60/0,J61/0", 1709164800, 0 },    /* 29 February */
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
        struct err err = { 0 };
        struct zone *zone = with_rule(good[i].rule, &err);
        if (!zone)
            fail_msg("%s: %s", good[i].rule, err.text);
        int seconds = zone_at(zone, good[i].utc).seconds;
        if (seconds != good[i].seconds)
            fail_msg("%s at %lld: %d", good[i].rule, (long long)good[i].utc, seconds);
        zone_free(zone);
    }
    static const char *const bad[] = {
        "AB1",
        "ABC",
        "ABC99",
        "ABC1DEF",
        "ABC1DEF,M13.1.0,M1.1.0",
        "ABC1DEF,M3.6.0,M1.1.0",
        "ABC1DEF,M3.1.0",
        "ABC1DEF,J0,J9",
        "ABC1DEF,1,2,3",
        "<ABC1",
        "ABC1:60",
        "ABC1DEF,M3.1.0/200,M4.1.0",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct err err = { 0 };
        if (with_rule(bad[i], &err))
            fail_msg("%s is no rule", bad[i]);
        assert_int_equal(err.code, ERR_PROTO);
    }
}

static void cut_files_are_refused(void **state)
{
    (void)state;
    char bytes[8192];
    FILE *file = fopen("/usr/share/zoneinfo/Europe/Berlin", "rb");
    assert_non_null(file);
    size_t len = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    assert_true(len > 500 && len < sizeof(bytes));
    for (size_t cut = 0; cut < len; cut++) {
        struct err err = { 0 };
        char *exact = malloc(cut + 1);
        memcpy(exact, bytes, cut);
        if (zone_parse(str_of(exact, cut), &err))
            fail_msg("%zu of %zu bytes are no file", cut, len);
        assert_int_equal(err.code, ERR_PROTO);
        free(exact);
    }
    zone_free(zone_parse(str_of(bytes, len), NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_those_of_libc),
        cmocka_unit_test(offsets_are_those_of_libc),
        cmocka_unit_test(local_times_lead_back),
        cmocka_unit_test(names_stay_in_the_folder),
        cmocka_unit_test(the_machines_zone_is_found),
        cmocka_unit_test(rules_are_read),
        cmocka_unit_test(cut_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
