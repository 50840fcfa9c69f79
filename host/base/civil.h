/*
 * civil: days and hours of the calendar, and seconds since 1970. No time zones: a civil
 * time and its seconds differ only in the way they are written. Proleptic Gregorian.
 *
 * Layer: base.  Thread: any.
 */
#ifndef BASE_CIVIL_H
#define BASE_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

/* Years that every function here takes: all of Date, far from any overflow. */
#define CIVIL_YEAR_MIN (-9999)
#define CIVIL_YEAR_MAX 9999

struct civil {
    int year, month, day; /* month and day from 1 */
    int hour, minute, second;
    int weekday; /* 0 is Sunday; not read by civil_seconds */
};

struct civil civil_of(int64_t seconds); /* clamped to the years above */
int64_t civil_seconds(struct civil civil);

bool civil_is_leap(int year);
int civil_month_days(int year, int month);

/* Days since 1970-01-01 of a day; and the weekday of such a number. */
int64_t civil_day_number(int year, int month, int day);
int civil_weekday(int64_t day_number);

#endif
