/* script/calendar_ticks: what a time brought goes on after a crash, or waits. */
#include "calendar_room.h"

#include "store/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* After the commit of a turn. */
static void die(struct room *room)
{
    store_commit(room->store, NULL);
    room_restart(room, NULL);
}

static void note_row(void *arg, const struct journal_row *row)
{
    int64_t *first = arg;
    *first = *first ? *first : row->row;
}

static int64_t first_aside(struct room *room)
{
    int64_t row = 0;
    journal_each_aside(room->store, note_row, &row);
    return row;
}

static void two_plugins_may_have_the_same_cron(void **state)
{
    (void)state;
#define CRON(span)                                                                       \
    "bot.cron('0 9 * * *', function(now)\n"                                              \
    "  local n = bot.store():add('n', 1) bot.sleep(" span                                \
    ") runs[#runs + 1] = 'n' .. n .. now:format('@%R') end, { missed = 'run' })"
    const char *second = "local bot = ... runs = {}\n" CRON("'1h'");
    struct room *room = room_with(CRON("'1m'"));
    room_load(room, "q", second, "");
    pass(room, HOUR + 2 * MINUTE); /* the first has ended, the second waits */
    assert_string_equal(runs(room), "\"n1@09:00\"");
    die(room);
    room_load(room, "q", second, "");
    load_again(room, CRON("'1m'"));
    pass(room, HOUR);
    assert_string_equal(room_eval(room, "q", "table.concat(runs, ' ')"), "\"n1@09:00\"");
    assert_string_equal(runs(room), "\"\"");
    room_free(room);
}

static void a_run_that_waits_is_not_passed_over(void **state)
{
    (void)state;
    const char *code = "bot.cron('0 * * * *', function(now, due)\n"
                       "  if due.hour == 10 then return end\n"
                       "  bot.sleep('90m') runs[#runs + 1] = due:format('%R') end,\n"
                       "  { missed = 'run' })";
    struct room *room = room_with(code);
    pass(room, 130 * MINUTE); /* 10:10; that of ten is over, that of nine is not */
    die(room);
    load_again(room, code);
    pass(room, 25 * MINUTE);
    assert_string_equal(runs(room), "\"09:00\"");
    /* What ended last was not the last. */
    die(room);
    load_again(room, code);
    pass(room, 20 * MINUTE);
    assert_string_equal(runs(room), "\"\"");
    room_free(room);
}

static void every_time_goes_on_after_a_restart(void **state)
{
    (void)state;
    const char *code = "local function wait(what) return function()\n"
                       "  local n = bot.store():add(what, 1) if n > 1 then return end\n"
                       "  bot.sleep('5m') runs[#runs + 1] = what .. n end end\n"
                       "bot.cron('5 8 * * *', wait 'cron')\n"
                       "bot.every('5m', wait 'every')\n"
                       "bot.after('5m', wait 'after')";
    struct room *room = room_with(code);
    pass(room, 6 * MINUTE);
    die(room);
    load_again(room, code);
    pass(room, 5 * MINUTE);
    assert_string_equal(
        room_eval(room, "p", "table.sort(runs) return table.concat(runs, ' ')"),
        "\"after1 cron1 every1\"");
    die(room);
    load_again(room, code);
    pass(room, 10 * MINUTE);
    assert_string_equal(runs(room), "\"\"");
    room_free(room);
}

static void a_time_of_other_code_is_left(void **state)
{
    (void)state;
    const char *code =
        "bot.every('5m', function() bot.store():add('n', 1) bot.sleep('1h')"
        " runs[#runs + 1] = 'x' end)";
    struct room *room = room_with(code);
    pass(room, 6 * MINUTE);
    die(room);
    room_quiet(true);
    load_again(room, "bot.every('5h', function() runs[#runs + 1] = 'other' end)");
    pass(room, 2 * HOUR);
    assert_string_equal(runs(room), "\"\"");
    assert_non_null(strstr(room->log, "is interrupted: its code has changed since"));
    assert_int_equal(journal_aside(room->store, JOURNAL_INTERRUPTED), 1);
    room_free(room);
}

static void what_was_stopped_waits_for_a_person(void **state)
{
    (void)state;
#define BURST                                                                            \
    "local t, s = {}, ('x'):rep(1 << 16) for i = 1, 1600 do t[i] = s end\n"              \
    "return table.concat(t)"
    const char *code =
        "bot.on('schedule.burst', function(e)\n"
        "  if bot.store():add('n', 1) > 1 then\n"
        "    runs[#runs + 1] = e.data .. '@' .. e.id return end\n" BURST "\nend)";
    struct room *room = room_with(code);
    room_quiet(true);
    room_eval(room, "p", "bot.schedule('1m', 'burst', 'first')");
    room_eval(room, "p", "bot.schedule('10m', 'burst', 'second')");
    pass(room, 2 * MINUTE);
    store_commit(room->store, NULL);
    assert_non_null(strstr(room->log, "timer/1/1777622460000 is set aside"));
    assert_int_equal(journal_aside(room->store, JOURNAL_STOPPED), 1);
    die(room); /* the schedule is no reason to run it again */
    load_again(room, code);
    pass(room, MINUTE);
    assert_string_equal(runs(room), "\"\"");
    assert_true(journal_retry(room->store, first_aside(room)));
    script_retry(room->script);
    room_turn(room);
    assert_string_equal(runs(room), "\"first@1\"");
    pass(room, 10 * MINUTE);
    assert_string_equal(runs(room), "\"first@1 second@2\"");
    die(room);
    load_again(room, code);
    pass(room, MINUTE);
    assert_string_equal(runs(room), "\"\"");
    room_free(room);
}

static void what_is_dropped_is_gone(void **state)
{
    (void)state;
    const char *code = "bot.on('schedule.burst', function(e)\n" BURST "\nend)";
    struct room *room = room_with(code);
    room_quiet(true);
    room_eval(room, "p", "bot.schedule('1m', 'burst')");
    pass(room, 2 * MINUTE);
    store_commit(room->store, NULL);
    int64_t row = first_aside(room);
    script_drop(room->script, row);
    assert_true(journal_drop(room->store, row));
    while (journal_prune(room->store, clock_wall_ms() + DAY))
        store_commit(room->store, NULL);
    die(room);
    load_again(room, code);
    pass(room, MINUTE);
    assert_int_equal(journal_aside(room->store, JOURNAL_STOPPED), 0);
    room_free(room);
}

static void a_time_that_waits_for_nothing_is_over_at_once(void **state)
{
    (void)state;
    struct room *room = room_with("n = 0 bot.every('1s', function() n = n + 1 end)\n"
                                  "bot.cron('* * * * *', function() n = n + 1 end)");
    pass(room, MINUTE);
    for (int i = 0; i < 120; i++) {
        room_pass(room, 1000);
        assert_int_equal(journal_depth(room->store), 0);
    }
    assert_string_equal(room_eval(room, "p", "n >= 122"), "true");
    room_free(room);
}

static void a_hard_stop_runs_the_others_again(void **state)
{
    (void)state;
    struct room *room =
        room_with("bot.every('5m', function()\n"
                  "  local n = bot.store():add('n', 1) if n > 1 then return end\n"
                  "  bot.sleep('3m') runs[#runs + 1] = 'n' .. n end)\n"
                  "bot.hear('stop', function() local t, s = {}, ('x'):rep(1 << 16)\n"
                  "  for i = 1, 1600 do t[i] = s end return table.concat(t) end)");
    pass(room, 6 * MINUTE);
    store_commit(room->store, NULL);
    room_quiet(true);
    room_say(room, "g1", "alice", "stop");
    pass(room, 4 * MINUTE);
    assert_non_null(strstr(room->log, "stopped hard"));
    assert_string_equal(runs(room), "\"n1\"");
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_plugins_may_have_the_same_cron),
        cmocka_unit_test(a_run_that_waits_is_not_passed_over),
        cmocka_unit_test(every_time_goes_on_after_a_restart),
        cmocka_unit_test(a_time_of_other_code_is_left),
        cmocka_unit_test(what_was_stopped_waits_for_a_person),
        cmocka_unit_test(what_is_dropped_is_gone),
        cmocka_unit_test(a_time_that_waits_for_nothing_is_over_at_once),
        cmocka_unit_test(a_hard_stop_runs_the_others_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
