#include "base/zone_rule.h"

#include "base/civil.h"

#include <string.h>

#define OFFSET_MAX (25 * 3600)
#define RULE_TIME_MAX (168 * 3600)

/* --- reading --- */

static bool take(struct str *rest, char c)
{
    if (rest->len == 0 || rest->at[0] != c)
        return false;
    *rest = str_sub(*rest, 1, rest->len);
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool read_number(struct str *rest, int min, int max, int *out)
{
    int value = 0;
    size_t digits = 0;
    for (; digits < rest->len && is_digit(rest->at[digits]) && digits < 4; digits++)
        value = value * 10 + (rest->at[digits] - '0');
    *rest = str_sub(*rest, digits, rest->len);
    *out = value;
    return digits > 0 && value >= min && value <= max;
}

/* [+-]hh[:mm[:ss]] */
static bool read_time(struct str *rest, int max, int *seconds)
{
    bool minus = take(rest, '-');
    int hours, minutes = 0, second = 0;
    if (!minus)
        take(rest, '+');
    if (!read_number(rest, 0, 999, &hours))
        return false;
    if (take(rest, ':') && !read_number(rest, 0, 59, &minutes))
        return false;
    if (take(rest, ':') && !read_number(rest, 0, 59, &second))
        return false;
    *seconds = (hours * 3600 + minutes * 60 + second) * (minus ? -1 : 1);
    return *seconds <= max && *seconds >= -max;
}

/* "CET", or "<+03>" for what is no word. */
static bool read_name(struct str *rest, char name[ZONE_ABBREVIATION])
{
    bool quoted = take(rest, '<');
    size_t len = 0;
    for (; len < rest->len; len++) {
        char c = rest->at[len];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(quoted && (is_digit(c) || c == '+' || c == '-')))
            break;
    }
    if (len < 3 || len >= ZONE_ABBREVIATION)
        return false;
    memcpy(name, rest->at, len);
    name[len] = '\0';
    *rest = str_sub(*rest, len, rest->len);
    return !quoted || take(rest, '>');
}

/* ",M3.5.0/2" */
static bool read_day(struct str *rest, struct zone_day *day)
{
    day->seconds = 2 * 3600;
    if (!take(rest, ','))
        return false;
    if (take(rest, 'M')) {
        day->kind = 'M';
        if (!read_number(rest, 1, 12, &day->month) || !take(rest, '.') ||
            !read_number(rest, 1, 5, &day->week) || !take(rest, '.') ||
            !read_number(rest, 0, 6, &day->weekday))
            return false;
    } else if (take(rest, 'J')) {
        day->kind = 'J';
        if (!read_number(rest, 1, 365, &day->day))
            return false;
    } else {
        day->kind = 'D';
        if (!read_number(rest, 0, 365, &day->day))
            return false;
    }
    return !take(rest, '/') || read_time(rest, RULE_TIME_MAX, &day->seconds);
}

bool zone_rule_parse(struct str text, struct zone_rule *rule)
{
    int west;
    memset(rule, 0, sizeof(*rule));
    if (!read_name(&text, rule->standard) || !read_time(&text, OFFSET_MAX, &west))
        return false;
    rule->standard_s = -west;
    if (text.len == 0)
        return true;
    rule->has_summer = true;
    if (!read_name(&text, rule->summer))
        return false;
    rule->summer_s = rule->standard_s + 3600;
    if (text.len > 0 && text.at[0] != ',') {
        if (!read_time(&text, OFFSET_MAX, &west))
            return false;
        rule->summer_s = -west;
    }
    return read_day(&text, &rule->start) && read_day(&text, &rule->end) && text.len == 0;
}

/* --- using --- */

static int64_t day_of_year(const struct zone_day *day, int year)
{
    int64_t first = civil_day_number(year, 1, 1);
    if (day->kind == 'D')
        return first + day->day;
    if (day->kind == 'J') /* 29 February has no number */
        return first + day->day - 1 + (civil_is_leap(year) && day->day > 59 ? 1 : 0);
    int64_t month = civil_day_number(year, day->month, 1);
    int ahead = (day->weekday - civil_weekday(month) + 7) % 7;
    int in_month = ahead + 7 * (day->week - 1);
    while (in_month >= civil_month_days(year, day->month))
        in_month -= 7; /* week 5 is the last one */
    return month + in_month;
}

/* When, by UTC, the day's change comes in that year if clocks show `offset` before it. */
static int64_t change_utc(const struct zone_day *day, int year, int offset)
{
    return day_of_year(day, year) * 86400 + day->seconds - offset;
}

struct zone_offset zone_rule_at(const struct zone_rule *rule, int64_t utc)
{
    bool summer = false;
    if (rule->has_summer) {
        int year = civil_of(utc + rule->standard_s).year;
        int64_t start = change_utc(&rule->start, year, rule->standard_s);
        int64_t end = change_utc(&rule->end, year, rule->summer_s);
        summer = start < end ? utc >= start && utc < end : utc >= start || utc < end;
    }
    struct zone_offset standard = { rule->standard_s, false, rule->standard };
    struct zone_offset other = { rule->summer_s, true, rule->summer };
    return summer ? other : standard;
}
