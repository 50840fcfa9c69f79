#include "base/cron.h"

#include "base/civil.h"

#include <string.h>

#define DAY 86400
#define YEARS 40 /* 29 February on a certain weekday can be so far away */

/* --- reading --- */

struct field {
    const char *name;
    int min, max;
    const char *words; /* of three letters each, for min, min + 1 … */
};

enum { MINUTE, HOUR, DAY_OF_MONTH, MONTH, WEEKDAY, FIELDS };

static const struct field fields[FIELDS] = {
    { "minute", 0, 59, NULL },
    { "hour", 0, 23, NULL },
    { "day of the month", 1, 31, NULL },
    { "month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec" },
    { "day of the week", 0, 7, "sunmontuewedthufrisat" },
};

/* Always false. */
static bool wrong(const struct field *field, struct str item, const char *why,
                  struct err *err)
{
    return err_set(err, ERR_ARGUMENT, "%s: \"%.*s\" %s", field->name,
                   STR_ARG(str_cut_utf8(item, 40)), why);
}

static bool out_of_range(const struct field *field, struct str item, struct err *err)
{
    return err_set(err, ERR_ARGUMENT, "%s: \"%.*s\" is not within %d to %d", field->name,
                   STR_ARG(str_cut_utf8(item, 40)), field->min, field->max);
}

static bool read_word(const struct field *field, struct str text, int *value)
{
    for (int i = 0; field->words && text.len == 3 && field->words[3 * i]; i++) {
        *value = field->min + i;
        if (str_eq_nocase(text, str_of(field->words + 3 * i, 3)))
            return true;
    }
    return false;
}

static bool read_value(const struct field *field, struct str text, struct str item,
                       int *value, struct err *err)
{
    int64_t number;
    if (read_word(field, text, value))
        return true;
    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] < '0' || text.at[i] > '9')
            return wrong(field, item,
                         field->words ? "is neither a number nor a name like mon or jan"
                                      : "is no number",
                         err);
    if (text.len == 0)
        return wrong(field, item, "has a number missing", err);
    if (text.len > 9 || !str_to_i64(text, &number) || number < field->min ||
        number > field->max)
        return out_of_range(field, item, err);
    *value = (int)number;
    return true;
}

/* What stands before the step: "*", "9" or "9-17". */
static bool read_range(const struct field *field, struct str text, struct str item,
                       bool step, int *from, int *to, struct err *err)
{
    ptrdiff_t dash = str_index(text, '-');
    *from = field->min;
    *to = field == &fields[WEEKDAY] ? 6 : field->max;
    if (str_eq(text, STR("*")))
        return true;
    if (dash < 0 && step)
        return wrong(field, item, "has a step without a range: write */5 or 10-40/5",
                     err);
    struct str low = dash < 0 ? text : str_sub(text, 0, (size_t)dash);
    if (!read_value(field, low, item, from, err))
        return false;
    *to = *from;
    if (dash < 0)
        return true;
    if (!read_value(field, str_sub(text, (size_t)dash + 1, text.len), item, to, err))
        return false;
    if (field == &fields[WEEKDAY] && *to == 0)
        *to = 7; /* sat-sun */
    if (*to < *from)
        return wrong(field, item, "is a range that ends before it begins", err);
    return true;
}

static bool read_item(const struct field *field, struct str item, uint64_t *set,
                      struct err *err)
{
    int64_t step = 1;
    int from, to;
    ptrdiff_t slash = str_index(item, '/');
    struct str range = slash < 0 ? item : str_sub(item, 0, (size_t)slash);
    if (slash >= 0) {
        struct str text = str_sub(item, (size_t)slash + 1, item.len);
        if (text.len == 0 || text.len > 9 || text.at[0] == '+' ||
            !str_to_i64(text, &step) || step < 1 || step > field->max)
            return wrong(field, item, "has no step of at least 1", err);
    }
    if (!read_range(field, range, item, slash >= 0, &from, &to, err))
        return false;
    for (int value = from; value <= to; value += (int)step)
        *set |= (uint64_t)1 << value;
    return true;
}

static bool read_field(const struct field *field, struct str text, uint64_t *set,
                       struct err *err)
{
    struct str rest = text, item;
    *set = 0;
    if (text.at[text.len - 1] == ',')
        return wrong(field, text, "has an empty place in its list", err);
    while (str_split(&rest, ',', &item)) {
        if (item.len == 0)
            return wrong(field, text, "has an empty place in its list", err);
        if (!read_item(field, item, set, err))
            return false;
    }
    return true;
}

/* Cuts the next run of characters that are no blanks. */
static bool next_field(struct str *rest, struct str *field)
{
    *rest = str_trim(*rest);
    size_t len = 0;
    while (len < rest->len && !strchr(" \t\r\n\v\f", rest->at[len]))
        len++;
    *field = str_sub(*rest, 0, len);
    *rest = str_sub(*rest, len, rest->len);
    return len > 0;
}

/* 30 February never comes. */
static bool has_a_day(const struct cron *cron)
{
    for (int month = 1; month <= 12; month++)
        for (int day = 1; day <= civil_month_days(2000, month); day++)
            if ((cron->months >> month & 1) && (cron->days >> day & 1))
                return true;
    return false;
}

bool cron_parse(struct str spec, struct cron *cron, struct err *err)
{
    struct str texts[FIELDS] = { { NULL, 0 } }, text, rest = spec;
    uint64_t sets[FIELDS];
    int count = 0;
    for (; next_field(&rest, &text); count++)
        if (count < FIELDS)
            texts[count] = text;
    if (count != FIELDS)
        return err_set(err, ERR_ARGUMENT,
                       "want five fields (minute, hour, day of the month, month, day of "
                       "the week), have %d",
                       count);
    for (int i = 0; i < FIELDS; i++)
        if (!read_field(&fields[i], texts[i], &sets[i], err))
            return false;
    bool any_day = texts[DAY_OF_MONTH].at[0] == '*';
    bool any_weekday = texts[WEEKDAY].at[0] == '*';
    *cron = (struct cron){
        .minutes = sets[MINUTE],
        .hours = (uint32_t)sets[HOUR],
        .days = (uint32_t)sets[DAY_OF_MONTH],
        .months = (uint32_t)sets[MONTH],
        .weekdays = (uint32_t)((sets[WEEKDAY] | sets[WEEKDAY] >> 7) & 0x7f),
        .either_day = !any_day && !any_weekday,
    };
    if (!cron->either_day && !has_a_day(cron))
        return wrong(&fields[DAY_OF_MONTH], texts[DAY_OF_MONTH],
                     "is no day of these months", err);
    return true;
}

/* --- when --- */

static bool is_day(const struct cron *cron, int month, int day, int weekday)
{
    bool by_date = cron->days >> day & 1, by_week = cron->weekdays >> weekday & 1;
    if (!(cron->months >> month & 1))
        return false;
    return cron->either_day ? by_date || by_week : by_date && by_week;
}

/* The first minute of the day's local time that is at least `minute` and wanted; -1. */
static int next_minute(const struct cron *cron, int minute)
{
    for (int hour = minute / 60; hour < 24; hour++, minute = hour * 60)
        for (; (cron->hours >> hour & 1) && minute < hour * 60 + 60; minute++)
            if (cron->minutes >> (minute % 60) & 1)
                return minute;
    return -1;
}

/* The first wanted minute of local time that is at least `local`; none at the end of the
 * calendar. */
static int64_t next_local(const struct cron *cron, int64_t local)
{
    struct civil at = civil_of(local);
    int64_t day_number = civil_day_number(at.year, at.month, at.day);
    int64_t last = day_number + YEARS * 366;
    const int64_t end = civil_day_number(CIVIL_YEAR_MAX, 1, 1);
    int minute = at.hour * 60 + at.minute;
    for (; day_number <= last && day_number < end; day_number++, minute = 0) {
        struct civil day = civil_of(day_number * DAY);
        int found = is_day(cron, day.month, day.day, day.weekday)
                        ? next_minute(cron, minute)
                        : -1;
        if (found >= 0)
            return day_number * DAY + found * 60;
    }
    return CRON_NEVER;
}

int64_t cron_next(const struct cron *cron, const struct zone *zone, int64_t after_ms)
{
    int64_t after = after_ms / 1000 - (after_ms % 1000 < 0 ? 1 : 0);
    int64_t local = after + zone_at(zone, after).seconds;
    /* What clocks showed up to now cannot come again; the loop passes over the minutes
     * that they show for the second time. */
    while ((local = next_local(cron, local)) != CRON_NEVER) {
        int64_t utc = zone_utc(zone, local);
        if (utc > after)
            return utc * 1000;
        local += 60;
    }
    return CRON_NEVER;
}
