/*
 * calendar_room: a room with one plugin, "p", at eight in the morning of the first of May
 * 2026. What it notes in `runs` can be read.
 */
#ifndef SPEC_CALENDAR_ROOM_H
#define SPEC_CALENDAR_ROOM_H

#include "../../support/script_room.h"

#include "base/civil.h"
#include "base/clock.h"

#include <stdio.h>

#define MINUTE 60000
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* Sets the frozen wall clock. */
static inline void set_clock(int year, int month, int day, int hour, int minute)
{
    struct civil at = { year, month, day, hour, minute, 0, 0 };
    clock_add_wall_ms(civil_seconds(at) * 1000 - clock_wall_ms());
}

/* Lets time pass as it does, minute by minute. */
static inline void pass(struct room *room, int64_t ms)
{
    for (; ms > 0; ms -= MINUTE)
        room_pass(room, ms < MINUTE ? ms : MINUTE);
}

static inline struct room *room_with(const char *code)
{
    char whole[4096];
    struct room *room = room_new(0, 0);
    set_clock(2026, 5, 1, 8, 0);
    snprintf(whole, sizeof(whole), "local bot = ... runs = {}\n%s", code);
    room_load(room, "p", whole, "");
    return room;
}

/* After a restart the same plugin has to be loaded again. */
static inline void load_again(struct room *room, const char *code)
{
    char whole[4096];
    snprintf(whole, sizeof(whole), "local bot = ... runs = {}\n%s", code);
    room_load(room, "p", whole, "");
}

static inline const char *runs(struct room *room)
{
    return room_eval(room, "p", "table.concat(runs, ' ')");
}

#endif
