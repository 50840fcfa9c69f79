/* script/calendar and scripts/moondock/bot/calendar.lua: dates, crons, schedules. */
#include "calendar_room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOTE "function(now, due) runs[#runs + 1] = now:format('%d/%R') end"

static void dates_follow_the_zone(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    room_restart(room, "Asia/Shanghai");
    set_clock(2026, 5, 1, 8, 30);
    room_load(room, "p", "", "");
    assert_string_equal(room_eval(room, "p", "tostring(bot.date())"),
                        "\"2026-05-01 16:30:00 +0800\"");
    assert_string_equal(room_eval(room, "p", "bot.date(0):format('%A %j %I%p %Z')"),
                        "\"Thursday 001 08AM CST\"");
    assert_string_equal(
        room_eval(room, "p", "bot.date{ year = 2026, month = 5, day = 2 }.time"),
        "1777651200000");
    assert_string_equal(
        room_eval(room, "p", "bot.date{ year = 2026, month = 5, day = 2 } > bot.date()"),
        "true");
    assert_non_null(strstr(room_eval(room, "p",
                                     "bot.date{ year = 2026, month = 13, "
                                     "day = 1 }"),
                           "when.month: want 1 to 12, have 13"));
    assert_non_null(strstr(room_eval(room, "p",
                                     "bot.date{ year = 2026, month = 2, "
                                     "day = 29 }"),
                           "when.day: 2026-02 has no day 29"));
    assert_non_null(
        strstr(room_eval(room, "p", "bot.date('x')"), "when: want milliseconds"));
    assert_non_null(strstr(room_eval(room, "p", "bot.date(1e300)"), "when: "));
    assert_non_null(
        strstr(room_eval(room, "p", "bot.date():format('%Q')"), "%Q is not known"));
    room_free(room);
}

static void crons_run_when_they_are_due(void **state)
{
    (void)state;
    struct room *room =
        room_with("timer = bot.cron('0 9,21 * * *', " NOTE ")\n"
                  "bot.cron('30 9 * * *', function() error('half past') end)");
    pass(room, HOUR - 1000);
    assert_string_equal(runs(room), "\"\"");
    room_pass(room, 1000);
    assert_string_equal(runs(room), "\"01/09:00\"");
    pass(room, 2 * DAY);
    assert_string_equal(runs(room), "\"01/09:00 01/21:00 02/09:00 02/21:00 03/09:00\"");
    assert_non_null(strstr(room->log, "half past"));
    room_eval(room, "p", "timer:stop() timer:stop()");
    pass(room, DAY);
    assert_string_equal(runs(room), "\"01/09:00 01/21:00 02/09:00 02/21:00 03/09:00\"");
    room_free(room);
}

static void crons_know_daylight_saving(void **state)
{
    (void)state;
    const char *code = "bot.cron('30 2 * * *', " NOTE ")";
    struct room *room = room_new(0, 0);
    room_restart(room, "Europe/Berlin");
    set_clock(2026, 3, 28, 12, 0);
    load_again(room, code);
    pass(room, 2 * DAY);
    assert_string_equal(runs(room), "\"29/03:00 30/02:30\"");
    room_restart(room, "Europe/Berlin");
    set_clock(2026, 10, 24, 12, 0);
    load_again(room, code);
    pass(room, 2 * DAY);
    assert_string_equal(runs(room), "\"25/02:30 26/02:30\"");
    room_free(room);
}

static void mistakes_of_crons_are_named(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "bot.cron('0 25 * * *', print)", "spec: hour: \"25\" is not within 0 to 23" },
        { "bot.cron('0 9 * *', print)", "spec: want five fields" },
        { "bot.cron(5, print)", "spec: want a string, have number" },
        { "bot.cron('* * * * *')", "fn: want a function, have nil" },
        { "bot.cron('* * * * *', print, { missed = 'later' })", "opts.missed: want" },
        { "bot.cron('* * * * *', print, { name = '' })", "opts.name: want a text" },
        { "bot.cron('* * * * *', print, { name = 'a' }) "
          "bot.cron('* * * * *', print, { name = 'a' })",
          "opts.name: there is a cron \"a\" already" },
        { "bot.cron('1 * * * *', print, { missed = 'run' })"
          "bot.cron('1 * * * *', print, { missed = 'run' })",
          "opts.name: there is a cron \"1 * * * *\" already" },
    };
    struct room *room = room_with("");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *result = room_eval(room, "p", rows[i][0]);
        if (!strstr(result, rows[i][1]))
            fail_msg("%s: %s", rows[i][0], result);
    }
    for (int i = 0; i < 20; i++)
        room_eval(room, "p", "for i = 1, 50 do bot.cron('0 0 1 1 *', print) end");
    assert_non_null(strstr(room_eval(room, "p", "bot.cron('* * * * *', print)"),
                           "more than 1000 timers"));
    room_free(room);
}

static void a_clock_that_jumps_skips_or_runs_once(void **state)
{
    (void)state;
    struct room *room = room_with("bot.cron('0 * * * *', " NOTE ")\n"
                                  "late = {} bot.cron('0 * * * *', function(now, due)\n"
                                  "  late[#late + 1] = due:format('%R') end,\n"
                                  "  { missed = 'run', name = 'late' })");
    clock_add_wall_ms(5 * HOUR + 20 * MINUTE); /* 13:20, and nobody was told */
    pass(room, MINUTE);
    assert_string_equal(runs(room), "\"\"");
    assert_string_equal(room_eval(room, "p", "table.concat(late, ' ')"), "\"13:00\"");
    pass(room, 39 * MINUTE);
    assert_string_equal(runs(room), "\"01/14:00\"");
    assert_string_equal(room_eval(room, "p", "table.concat(late, ' ')"),
                        "\"13:00 14:00\"");
    /* An hour back: nothing comes twice. */
    clock_add_wall_ms(-HOUR);
    pass(room, HOUR);
    assert_string_equal(runs(room), "\"01/14:00\"");
    pass(room, HOUR);
    assert_string_equal(runs(room), "\"01/14:00 01/15:00\"");
    /* A day back: it was wrong before. */
    clock_add_wall_ms(-DAY);
    pass(room, HOUR + MINUTE);
    assert_non_null(strstr(runs(room), "01/15:00 30/16:00"));
    room_free(room);
}

static void what_was_missed_while_down_runs_once(void **state)
{
    (void)state;
    const char *code = "bot.cron('0 9 * * *', function(now, due)\n"
                       "  runs[#runs + 1] = now:format('%d') .. due:format('<%d') end,\n"
                       "  { missed = 'run' })\n"
                       "bot.cron('0 9 * * *', function() error('skipped ones') end)";
    struct room *room = room_with(code);
    room_restart(room, NULL);
    clock_add_ms(30 * MINUTE);
    load_again(room, code);
    room_turn(room);
    assert_string_equal(runs(room), "\"\""); /* nothing was missed */
    room_restart(room, NULL);
    clock_add_ms(5 * (int64_t)DAY);
    load_again(room, code);
    room_turn(room);
    assert_string_equal(runs(room), "\"06<05\""); /* 08:30: yesterday's */
    room_restart(room, NULL);
    load_again(room, code);
    room_turn(room);
    assert_string_equal(runs(room), "\"\""); /* and not again */
    assert_string_equal(room->log, "");
    room_free(room);
}

static void a_reload_loses_no_minute(void **state)
{
    (void)state;
    struct room *room = room_with("bot.cron('0 9 * * *', " NOTE ")");
    struct buf report;
    buf_init(&report, 1000);
    clock_add_ms(HOUR); /* due, but the loop has not looked yet */
    room_write(room, "p", "init.lua",
               "local bot = ... runs = {} bot.cron('0 9 * * *', " NOTE ")");
    assert_true(script_reload(room->script, STR("p"), true, &report, NULL));
    buf_clear(&report);
    room_turn(room);
    pass(room, HOUR);
    assert_string_equal(runs(room), "\"01/09:00\"");
    room_free(room);
}

#define HEAR                                                                             \
    "bot.on('schedule.remind', function(e)\n"                                            \
    "  runs[#runs + 1] = e.id .. ':' .. tostring(e.data) .. '@' .. (e.due // 1000 % "    \
    "86400)\n"                                                                           \
    "end)"

static void schedules_arrive(void **state)
{
    (void)state;
    struct room *room = room_with(
        HEAR "\nbot.hear('remind', function(m)\n"
             "  bot.schedule('10m', 'remind', 'tea') end)\n"
             "bot.on('schedule.answer', function(e)\n"
             "  e:reply('{what} in ' .. e.group.id, { what = e.data.what }) end)");
    assert_string_equal(room_eval(room, "p", "bot.schedule('1h', 'remind', 1)"), "1");
    assert_string_equal(
        room_eval(room, "p", "bot.schedule(bot.date(bot.now() + 60000), 'remind', 2)"),
        "2");
    assert_string_equal(
        room_eval(room, "p", "bot.schedule(bot.now() - 5, 'remind', true)"), "3");
    room_say(room, "g1", "alice", "remind");
    assert_string_equal(room_eval(room, "p", "bot.schedule('5m', 'remind')"), "5");
    assert_string_equal(room_eval(room, "p", "bot.unschedule(5)"), "true");
    assert_string_equal(room_eval(room, "p", "select(2, bot.unschedule(5)).code"),
                        "\"not_found\"");
    pass(room, 2 * HOUR);
    assert_string_equal(runs(room), "\"3:true@28800 2:2@28860 4:tea@29400 1:1@32400\"");
    assert_string_equal(room_eval(room, "p", "select(2, bot.unschedule(1)).code"),
                        "\"not_found\"");
    /* It may answer where it was made. */
    room_load(room, "q",
              "local bot = ... bot.hear('x', function(m)\n"
              "  bot.schedule('10m', 'answer', { what = 'tea' }) end)\n"
              "bot.on('schedule.answer', function(e)\n"
              "  e:reply('{what} in ' .. e.group.id, e.data) end)",
              "");
    room_say(room, "g7", "alice", "x");
    pass(room, 10 * MINUTE);
    room_turn(room);
    assert_true(room_did(room, "send group:g7 RC:TxtMsg {\"content\":\"tea in g7\"}"));
    assert_true(room_did(room, "key=timer/6/"));
    room_free(room);
}

static void schedules_survive(void **state)
{
    (void)state;
    struct room *room = room_with(HEAR);
    room_eval(room, "p", "bot.schedule('2h', 'remind', 'b')");
    room_eval(room, "p", "bot.schedule('1h', 'remind', 'a')");
    room_eval(room, "p", "bot.schedule('9h', 'remind', 'c')");
    room_restart(room, NULL);
    clock_add_ms(3 * HOUR);
    load_again(room, HEAR);
    room_turn(room);
    assert_string_equal(runs(room), "\"2:a@32400 1:b@36000\"");
    assert_true(script_unload(room->script, STR("p"), NULL));
    pass(room, 9 * HOUR);
    load_again(room, HEAR);
    room_turn(room);
    assert_string_equal(runs(room), "\"3:c@61200\"");
    room_restart(room, NULL);
    load_again(room, HEAR);
    room_turn(room);
    assert_string_equal(runs(room), "\"\"");
    room_free(room);
}

static void what_was_not_handled_comes_again(void **state)
{
    (void)state;
    const char *code = "bot.on('schedule.remind', function(e)\n"
                       "  runs[#runs + 1] = e.id bot.sleep('10s') runs[#runs + 1] = 'x'\n"
                       "end)";
    struct room *room = room_with(code);
    room_eval(room, "p", "bot.schedule('1m', 'remind')");
    pass(room, MINUTE);
    assert_string_equal(runs(room), "\"1\"");
    /* Not while it is under way, not by a reload either. */
    assert_string_equal(room_eval(room, "p", "select(2, bot.unschedule(1)).code"),
                        "\"not_found\"");
    struct buf report;
    buf_init(&report, 1000);
    room_write(room, "p", "init.lua",
               "local bot = ... runs = {} bot.on('schedule.remind',"
               " function(e) runs[#runs + 1] = 'again' end)");
    assert_true(script_reload(room->script, STR("p"), true, &report, NULL));
    buf_clear(&report);
    room_turn(room);
    assert_string_equal(runs(room), "\"\"");
    room_restart(room, NULL); /* in the middle of it */
    load_again(room, code);
    room_turn(room);
    assert_string_equal(runs(room), "\"1\"");
    pass(room, MINUTE);
    assert_string_equal(runs(room), "\"1 x\"");
    room_restart(room, NULL);
    load_again(room, code);
    room_turn(room);
    assert_string_equal(runs(room), "\"\"");
    room_free(room);
}

static void nobody_listens(void **state)
{
    (void)state;
    struct room *room = room_with("");
    room_load(room, "q",
              "local bot = ... heard = 0 bot.on('schedule.remind', function()\n"
              "  heard = heard + 1 end)",
              "");
    room_eval(room, "p", "bot.schedule('1m', 'remind', 'kept')");
    pass(room, 5 * MINUTE);
    assert_non_null(strstr(room->log, "nothing listens to schedule.remind: it is kept"));
    assert_string_equal(room_eval(room, "q", "heard"), "0"); /* another plugin's */
    assert_string_equal(room_eval(room, "q", "select(2, bot.unschedule(1)).code"),
                        "\"not_found\"");
    room_restart(room, NULL);
    load_again(room, HEAR);
    room_turn(room);
    assert_non_null(strstr(runs(room), "1:kept@"));
    room_free(room);
}

static void schedules_have_limits(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "bot.schedule('soon', 'x')", "when: want a duration" },
        { "bot.schedule(60, 'x')", "when: 60 is no time of our days" },
        { "bot.schedule(0/0, 'x')", "is no time of our days" },
        { "bot.schedule(nil, 'x')", "when: want milliseconds, a duration or a date" },
        { "bot.schedule('1m', 'Xy')", "name: want 1 to 48 of a-z" },
        { "bot.schedule('1m', ('x'):rep(49))", "name: want 1 to 48" },
        { "bot.schedule('1m', 'x', print)", "data: a function cannot be written" },
        { "select(2, bot.schedule('1m', 'x', ('x'):rep(20000))).code", "\"limit\"" },
        { "bot.unschedule('x')", "number expected" },
    };
    struct room *room = room_with("");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char *result = room_eval(room, "p", rows[i][0]);
        if (!strstr(result, rows[i][1]))
            fail_msg("%s: %s", rows[i][0], result);
    }
    struct err err = { 0 };
    assert_false(room_try_load(room, "q", "local bot = ...\nbot.schedule('1m', 'x')", "",
                               "", &err));
    assert_non_null(strstr(err.text, "only inside a handler"));
    for (int i = 0; i < 20; i++)
        room_eval(room, "p", "for i = 1, 50 do bot.schedule('1d', 'x') end");
    assert_string_equal(
        room_eval(room, "p", "select(2, bot.schedule('1d', 'x')).message"),
        "\"more than 1000 schedules wait\"");
    assert_string_equal(room_eval(room, "p", "bot.unschedule(7)"), "true");
    assert_string_equal(room_eval(room, "p", "bot.schedule('1d', 'x')"), "1001");
    room_free(room);
}

static void many_at_once_come_in_turns(void **state)
{
    (void)state;
    struct room *room = room_with("count = 0 bot.on('schedule.x', function(e)\n"
                                  "  count = count + 1 bot.sleep('1m') end)");
    for (int i = 0; i < 18; i++)
        room_eval(room, "p", "for i = 1, 50 do assert(bot.schedule('10m', 'x')) end");
    clock_add_ms(10 * MINUTE);
    loop_turn(room->loop, 0);
    int first = atoi(room_eval(room, "p", "count"));
    assert_true(first >= 64 && first < 500);
    for (int i = 0; i < 20; i++)
        room_turn(room);
    assert_true(atoi(room_eval(room, "p", "count")) <= 502);
    pass(room, 5 * MINUTE);
    for (int i = 0; i < 20; i++)
        room_turn(room);
    assert_string_equal(room_eval(room, "p", "count"), "900");
    room_free(room);
}

static void a_hard_stop_in_a_cron_ends_well(void **state)
{
    (void)state;
    const char *code = /* 100 MiB in one piece */
        "local bot = ... runs = {} bot.cron('0 9 * * *', function()\n"
        "  local t, s = {}, ('x'):rep(1 << 16) for i = 1, 1600 do t[i] = s end\n"
        "  return table.concat(t)\nend)\n"
        "bot.cron('1 9 * * *', " NOTE ")";
    struct room *room = room_new(0, 5000);
    set_clock(2026, 5, 1, 8, 0);
    room_load(room, "p", code, "");
    pass(room, 2 * HOUR);
    assert_non_null(strstr(room->log, "stopped hard"));
    assert_string_equal(runs(room), "\"01/09:01\"");
    room_free(room);
}

static void a_schedule_wakes_who_sleeps(void **state)
{
    (void)state;
    struct room *room = room_with("bot.on_save(function() return runs end)\n"
                                  "bot.on_load(function(state) runs = state end)\n"
                                  "bot.on('schedule.x', function(e)\n"
                                  "  runs[#runs + 1] = 'x' .. e.data end)");
    room_eval(room, "p", "bot.schedule('3h', 'x', 1) bot.schedule('9h', 'x', 2)");
    pass(room, 2 * HOUR);
    struct json *status = json_array();
    script_status(room->script, status);
    const struct json *row = json_next(status, NULL);
    assert_true(str_eq(json_str(json_get(row, "state")), STR("asleep")));
    json_free(status);
    pass(room, 8 * HOUR);
    assert_string_equal(runs(room), "\"x1 x2\"");
    room_free(room);
}

static void beats_are_not_doubled(void **state)
{
    (void)state;
    struct room *room = room_with("bot.every('1m', function() runs[#runs + 1] = 1 end)");
    room_pass(room, 10 * MINUTE + 1000);
    room_turn(room);
    assert_string_equal(runs(room), "\"1\"");
    room_pass(room, 59000);
    assert_string_equal(runs(room), "\"1 1\"");
    assert_non_null(
        strstr(room_eval(room, "p", "bot.every('1m')"), "fn: want a function"));
    assert_non_null(
        strstr(room_eval(room, "p", "bot.every(0.05, print)"), "at least 100"));
    assert_non_null(
        strstr(room_eval(room, "p", "for i = 1, 1001 do bot.after('1d', print) end"),
               "more than 1000 timers"));
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_follow_the_zone),
        cmocka_unit_test(crons_run_when_they_are_due),
        cmocka_unit_test(crons_know_daylight_saving),
        cmocka_unit_test(mistakes_of_crons_are_named),
        cmocka_unit_test(a_clock_that_jumps_skips_or_runs_once),
        cmocka_unit_test(what_was_missed_while_down_runs_once),
        cmocka_unit_test(a_reload_loses_no_minute),
        cmocka_unit_test(schedules_arrive),
        cmocka_unit_test(schedules_survive),
        cmocka_unit_test(what_was_not_handled_comes_again),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(schedules_have_limits),
        cmocka_unit_test(many_at_once_come_in_turns),
        cmocka_unit_test(a_hard_stop_in_a_cron_ends_well),
        cmocka_unit_test(a_schedule_wakes_who_sleeps),
        cmocka_unit_test(beats_are_not_doubled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
