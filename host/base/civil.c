#include "base/civil.h"

#define DAY 86400
#define ERA_DAYS 146097 /* of 400 years: the calendar repeats */

bool civil_is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int civil_month_days(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return month == 2 && civil_is_leap(year) ? 29 : days[month - 1];
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

/* Years are counted from March here, so that the leap day comes last. */
int64_t civil_day_number(int year, int month, int day)
{
    int64_t years = month <= 2 ? (int64_t)year - 1 : year;
    int64_t era = floor_div(years, 400);
    int64_t in_era = years - era * 400;
    int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t days = in_era * 365 + in_era / 4 - in_era / 100 + in_year;
    return era * ERA_DAYS + days - 719468;
}

int civil_weekday(int64_t day_number)
{
    return (int)(day_number + 4 - 7 * floor_div(day_number + 4, 7));
}

static void set_day(struct civil *civil, int64_t day_number)
{
    int64_t days = day_number + 719468;
    int64_t era = floor_div(days, ERA_DAYS);
    int64_t in_era = days - era * ERA_DAYS;
    int64_t years =
        (in_era - in_era / 1460 + in_era / 36524 - in_era / (ERA_DAYS - 1)) / 365;
    int64_t in_year = in_era - (365 * years + years / 4 - years / 100);
    int64_t month = (5 * in_year + 2) / 153;
    civil->day = (int)(in_year - (153 * month + 2) / 5 + 1);
    civil->month = (int)(month < 10 ? month + 3 : month - 9);
    civil->year = (int)(years + era * 400 + (civil->month <= 2 ? 1 : 0));
    civil->weekday = civil_weekday(day_number);
}

struct civil civil_of(int64_t seconds)
{
    const int64_t first = civil_day_number(CIVIL_YEAR_MIN, 1, 1) * DAY,
                  last = civil_day_number(CIVIL_YEAR_MAX, 12, 31) * DAY + DAY - 1;
    struct civil civil = { 0 };
    seconds = seconds < first ? first : seconds > last ? last : seconds;
    int64_t day_number = floor_div(seconds, DAY);
    int rest = (int)(seconds - day_number * DAY);
    set_day(&civil, day_number);
    civil.hour = rest / 3600;
    civil.minute = rest / 60 % 60;
    civil.second = rest % 60;
    return civil;
}

int64_t civil_seconds(struct civil civil)
{
    return civil_day_number(civil.year, civil.month, civil.day) * DAY +
           civil.hour * 3600 + civil.minute * 60 + civil.second;
}
