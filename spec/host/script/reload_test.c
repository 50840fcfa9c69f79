/* script/reload: a version that does not start never replaces the one that runs. */
#include "../../support/script_room.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct buf report;
static struct err err;

static bool reload(struct room *room)
{
    buf_clear(&report);
    buf_init(&report, 4096);
    err = (struct err){ 0 };
    return script_reload(room->script, STR("p"), true, &report, &err);
}

static struct room *room_with_v1(void)
{
    struct room *room = room_new(0, 0);
    room_load(
        room, "p",
        "local bot = ...\nbot.on('message', function(m)\n"
        "  if m.text == 'slow' then bot.sleep(30) end\n"
        "  if m.text == 'slower' then bot.log.warn('%s', select(2, m:reply('a'))) end\n"
        "  m:reply('one') end)\n"
        "bot.every(1, function() bot.log.warn 'tick one' end)",
        "");
    return room;
}

static void answers(struct room *room, const char *want)
{
    room_forget(room);
    room_say(room, "g1", "alice", "x");
    room_turn(room);
    assert_int_equal(room->did_count, 1);
    assert_non_null(strstr(room_last(room), want));
}

static void the_new_version_takes_over(void **state)
{
    (void)state;
    struct room *room = room_with_v1();
    answers(room, "one");
    room_manifest(room, "p", "1.0.1", "");
    room_write(room, "p", "init.lua",
               "local bot = ... bot.on('message', function(m) m:reply('two') end)");
    answers(room, "one");
    assert_true(reload(room));
    assert_string_equal(report.at, "reloaded p 1.0.0 -> 1.0.1 generation 2");
    answers(room, "two");
    room_forget(room);
    room_pass(room, 5000);
    assert_null(strstr(room->log, "tick one"));
    room_free(room);
}

static void fails_and_keeps_the_old(struct room *room, const char *why)
{
    assert_false(reload(room));
    if (!strstr(err.text, why))
        fail_msg("want %s, have %s", why, err.text);
    assert_string_equal(report.at, "still running 1.0.0");
    answers(room, "one");
    room_forget(room);
    room_pass(room, 1000);
    assert_non_null(strstr(room->log, "tick one"));
}

static void a_broken_version_changes_nothing(void **state)
{
    (void)state;
    struct room *room = room_with_v1();
    room_write(room, "p", "init.lua", "local bot = ...\nbot.on(");
    fails_and_keeps_the_old(room, "p/init.lua:2:");
    room_write(
        room, "p", "init.lua",
        "local bot = ...\nbot.on('message', function(m) m:reply('two') end)\n"
        "bot.every(1, function() bot.log.warn 'tick two' end)\nerror('not today')");
    fails_and_keeps_the_old(room, "p/init.lua:4: not today");
    assert_null(strstr(room->log, "tick two"));
    room_write(room, "p", "init.lua", "while true do end");
    fails_and_keeps_the_old(room, "p/init.lua:1: CPU budget exceeded");
    room_write(room, "p", "init.lua", "xpcall(error, function() while true do end end)");
    fails_and_keeps_the_old(room, "CPU budget exceeded");
    room_write(room, "p", "init.lua", "local t = {} while true do t[#t + 1] = {} end");
    fails_and_keeps_the_old(room, "exceeded");
    room_write(room, "p", "plugin.lua", "return { name = 'p',\n version = 2 }");
    fails_and_keeps_the_old(room, "plugin.lua:2: version must be a text");
    room_free(room);
}

static void old_tasks_finish_in_the_old_version(void **state)
{
    (void)state;
    struct room *room = room_with_v1();
    int64_t row = room_say(room, "g1", "alice", "slow");
    room_write(room, "p", "init.lua",
               "local bot = ... bot.on('message', function(m) m:reply('two') end)");
    assert_true(reload(room));
    answers(room, "two");
    room_pass(room, 30000);
    assert_true(room_did(room, "one"));
    assert_true(room_is_done(room, row));
    assert_int_equal(script_task_count(room->script), 0);
    room_free(room);
}

static void old_tasks_are_cancelled_at_the_deadline(void **state)
{
    (void)state;
    struct room *room = room_with_v1();
    room->hold = true;
    int64_t row = room_say(room, "g1", "alice", "slower");
    assert_true(reload(room));
    room_pass(room, 59999);
    assert_int_equal(script_task_count(room->script), 1);
    room_forget(room);
    room_pass(room, 1);
    assert_non_null(strstr(room->log, "plugin=p reloaded"));
    assert_int_equal(script_task_count(room->script), 0);
    assert_true(room_is_done(room, row));
    room_free(room);
}

static void a_plugin_says_how_long_it_drains(void **state)
{
    (void)state;
    static const char *const drains[] = { "0", "1.5", "'2m'" };
    static const int64_t times[] = { 0, 1500, 120000 };
    for (int i = 0; i < 3; i++) {
        char manifest[200];
        struct room *room = room_with_v1();
        snprintf(manifest, sizeof(manifest),
                 "return { name = 'p', version = '1.0.0', summary = 'x', drain = %s }",
                 drains[i]);
        room_write(room, "p", "plugin.lua", manifest);
        assert_true(reload(room));
        room->hold = true;
        room_say(room, "g1", "alice", "slower");
        room_manifest(room, "p", "1.0.1", ""); /* what the new one says is not asked */
        assert_true(reload(room));
        assert_int_equal(script_task_count(room->script), 1);
        room_pass(room, times[i] > 0 ? times[i] - 1 : 0);
        assert_int_equal(script_task_count(room->script), times[i] > 0);
        room_pass(room, 1);
        assert_int_equal(script_task_count(room->script), 0);
        room_free(room);
    }
}

static void state_is_handed_over(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    const char *code = "local bot = ... count = 0\n"
                       "bot.on_save(function() return { count = count } end)\n"
                       "bot.on_load(function(saved, version)\n"
                       "  count, from = saved.count + 1, version end)";
    room_load(room, "p", code, "");
    assert_true(reload(room));
    assert_true(reload(room));
    assert_string_equal(room_eval(room, "p", "count, from"), "2\t\"1.0.0\"");
    room_write(room, "p", "init.lua",
               "local bot = ... bot.on_load(function() error('no') end)");
    assert_false(reload(room));
    assert_non_null(strstr(err.text, "on_load: p/init.lua:1: no"));
    assert_string_equal(room_eval(room, "p", "count"), "2");
    assert_string_equal(room_eval(room, "p", "bot.on_save(function() return print end)"),
                        "");
    assert_false(reload(room));
    assert_non_null(strstr(err.text, "on_save: state is a function"));
    assert_string_equal(
        room_eval(room, "p", "bot.on_save(function() return { a = { print } } end)"), "");
    assert_false(reload(room));
    assert_non_null(strstr(err.text, "on_save: state.a[1] is a function"));
    assert_string_equal(
        room_eval(
            room, "p",
            "s = ('0123456789'):rep(100) big = {} for i = 1, 1200 do big[i] = s end "
            "bot.on_save(function() return big end)"),
        "");
    assert_false(reload(room));
    assert_non_null(strstr(err.text, "]: the whole is larger than 1048576 bytes"));
    assert_string_equal(
        room_eval(room, "p", "bot.on_save(function() while true do end end)"), "");
    assert_false(reload(room));
    assert_non_null(strstr(err.text, "CPU budget exceeded"));
    assert_string_equal(room_eval(room, "p", "count"), "2");
    room_free(room);
}

static void circles_are_handed_over(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    room_load(room, "p",
              "local bot = ... t = { one = {} } t.me, t.again = t, t.one\n"
              "bot.on_save(function() return t end)\n"
              "bot.on_load(function(saved) t = saved end)",
              "");
    assert_true(reload(room));
    assert_string_equal(
        room_eval(room, "p", "t.me == t, t.one == t.again, rawequal(t, t.me.me)"),
        "true\ttrue\ttrue");
    room_free(room);
}

static bool reload_changed(struct room *room)
{
    buf_clear(&report);
    buf_init(&report, 4096);
    return script_reload(room->script, STR("p"), false, &report, &err);
}

static void what_has_not_changed_is_left_alone(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    room_write(room, "p", "part.lua", "return 'a part'");
    room_load(room, "p", "local bot = ... part = require 'part' count = 1", "");
    assert_string_equal(room_eval(room, "p", "count = 2"), "");
    assert_true(reload_changed(room));
    assert_string_equal(report.at, "p 1.0.0 has not changed");
    assert_string_equal(room_eval(room, "p", "count"), "2");
    room_write(room, "p", "part.lua", "return 'another part'");
    assert_true(reload_changed(room));
    assert_string_equal(report.at, "reloaded p 1.0.0 -> 1.0.0 generation 2");
    assert_string_equal(room_eval(room, "p", "count, part"), "1\t\"another part\"");
    room_free(room);
}

static bool roll_back(struct room *room)
{
    buf_clear(&report);
    buf_init(&report, 4096);
    return script_rollback(room->script, STR("p"), &report, &err);
}

static void a_rollback_brings_the_version_before_back(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    const char *code = "local bot = ... n = 0 text = require 'text'\n"
                       "bot.on('message', function(m) m:reply(require 'later') end)\n"
                       "bot.on_save(function() return n end)\n"
                       "bot.on_load(function(saved) n = saved + 1 end)";
    room_write(room, "p", "text.lua", "return 'one'");
    room_write(room, "p", "later.lua", "return 'one'");
    room_load(room, "p", code, "");
    assert_false(roll_back(room));
    assert_string_equal(err.text, "there is no version before 1.0.0");
    room_write(room, "p", "text.lua", "return 'two'");
    room_write(room, "p", "later.lua", "return 'two'");
    room_manifest(room, "p", "1.0.1", "");
    assert_true(reload(room));
    answers(room, "two");
    assert_true(roll_back(room));
    assert_string_equal(report.at, "rolled back p 1.0.1 -> 1.0.0 generation 3");
    assert_string_equal(room_eval(room, "p", "text, n"), "\"one\"\t2");
    answers(room, "one"); /* a file it had not asked for before it was replaced */
    assert_false(roll_back(room));
    room_free(room);
}

static void write_failing(struct room *room, const char *when)
{
    char code[400];
    snprintf(code, sizeof(code),
             "local bot = ... local n = 0\n"
             "bot.on_save(function() error('nothing to save') end)\n"
             "bot.on('message', function(m) n = n + 1\n"
             "  if %s then error('broken ' .. n) end m:reply('two') end)",
             when);
    room_write(room, "p", "init.lua", code);
    room_manifest(room, "p", "1.0.1", "");
    assert_true(reload(room));
}

static struct room *room_with_state(void)
{
    struct room *room = room_new(0, 0);
    room_load(room, "p",
              "local bot = ... kept = 'new'\n"
              "bot.on_save(function() return 'kept' end)\n"
              "bot.on_load(function(saved) kept = saved end)\n"
              "bot.on('message', function(m) m:reply('one ' .. kept) end)",
              "");
    room_quiet(true);
    return room;
}

static void say(struct room *room, int times)
{
    for (int i = 0; i < times; i++) {
        room_say(room, "g1", "alice", "x");
        room_turn(room);
    }
}

static void a_version_that_fails_at_first_goes_back(void **state)
{
    (void)state;
    struct room *room = room_with_state();
    write_failing(room, "true");
    say(room, 2);
    assert_string_equal(room_eval(room, "p", "bot.plugin.version"), "\"1.0.1\"");
    say(room, 1);
    assert_non_null(strstr(room->log, "went back from 1.0.1: 3 of its first events "
                                      "failed; first: p/init.lua:4: broken 1"));
    answers(room, "one kept"); /* what the failing version was given */
    struct json *list = json_array();
    script_status(room->script, list);
    struct str note = json_str(json_get(json_next(list, NULL), "note"));
    assert_true(str_starts(note, STR("went back from 1.0.1")));
    json_free(list);
    room_free(room);
}

/* The operator was quicker, in the very turn in which it failed. */
static void what_is_replaced_does_not_go_back(void **state)
{
    (void)state;
    for (int rolls = 0; rolls < 2; rolls++) {
        struct room *room = room_with_v1();
        room_write(room, "p", "init.lua",
                   "local bot = ... bot.on('message', function(m) error('no') end)");
        assert_true(reload(room));
        for (int i = 0; i < 3; i++)
            room_say(room, "g1", "alice", "x");
        room_write(room, "p", "init.lua",
                   "(...).on('message', function(m) m:reply('new') end)");
        assert_true(rolls ? roll_back(room) : reload(room));
        room_turn(room);
        answers(room, rolls ? "one" : "new");
        room_free(room);
    }
}

/* Asks for 16 MiB at once: past eight times the limit of these rooms. */
#define HARD                                                                             \
    "if m.text == 'hard' then local t, s = {}, ('x'):rep(1 << 16)\n"                     \
    "  for i = 1, 256 do t[i] = s end table.concat(t) end "

static void say_hard(struct room *room)
{
    room_say(room, "g1", "alice", "hard");
    room_turn(room);
    assert_non_null(strstr(room->log, "stopped hard"));
}

static void a_hard_stop_at_first_counts(void **state)
{
    (void)state;
    struct room *room = room_new(1 << 20, 500);
    room_quiet(true);
    room_load(room, "p", "", "");
    room_write(room, "p", "init.lua",
               "local bot = ... bot.on('message', function(m)\n" HARD
               "error('soft') end)");
    room_manifest(room, "p", "1.0.1", "");
    assert_true(reload(room));
    say(room, 2);
    assert_string_equal(room_eval(room, "p", "bot.plugin.version"), "\"1.0.1\"");
    say_hard(room);
    assert_string_equal(room_eval(room, "p", "bot.plugin.version"), "\"1.0.0\"");
    room_free(room);
}

static void few_or_late_failures_are_no_reason(void **state)
{
    (void)state;
    struct room *room = room_with_state();
    write_failing(room, "n % 6 == 0"); /* 3 of 18: no more than a fifth */
    say(room, 25);
    assert_string_equal(room_eval(room, "p", "bot.plugin.version"), "\"1.0.1\"");
    room_free(room);

    room = room_with_state();
    write_failing(room, "n > 18"); /* the first 20 are what counts */
    say(room, 30);
    assert_string_equal(room_eval(room, "p", "bot.plugin.version"), "\"1.0.1\"");
    room_free(room);

    room = room_with_state();
    write_failing(room, "true");
    room_pass(room, 30001); /* and the first 30 s */
    say(room, 5);
    assert_string_equal(room_eval(room, "p", "bot.plugin.version"), "\"1.0.1\"");
    room_free(room);
}

static void a_hard_stop_restarts_from_the_snapshot(void **state)
{
    (void)state;
    struct room *room = room_new(1 << 20, 500);
    room_load(room, "p",
              "local bot = ... n, saves = 0, 0\n"
              "bot.on_save(function() saves = saves + 1 return n end)\n"
              "bot.on_load(function(saved) n = saved end)\n"
              "bot.on('message', function(m) n = n + 1\n" HARD "end)",
              "");
    room_quiet(true);
    say(room, 3);
    room_pass(room, 60000);
    assert_string_equal(room_eval(room, "p", "n, saves"), "3\t1");
    room_pass(room, 60000); /* nothing happened since */
    assert_string_equal(room_eval(room, "p", "n, saves"), "3\t1");
    say(room, 2);
    say_hard(room);
    assert_string_equal(room_eval(room, "p", "n, saves"), "3\t0");
    room_free(room);
}

/* In memory and out of it: reloads leave nothing. */
static void many_reloads_are_flat(void **state)
{
    (void)state;
    struct room *room = room_with_v1();
    room_quiet(true);
    int64_t flat = 0;
    for (int i = 0; i < 500; i++) {
        assert_true(reload(room));
        room_turn(room);
        struct json *status = json_array();
        script_status(room->script, status);
        int64_t memory = json_int(json_get(json_next(status, NULL), "memory"), 0);
        if (i == 0)
            flat = memory;
        assert_in_range(memory, flat - 1000, flat + 1000);
        json_free(status);
    }
    answers(room, "one");
    room_free(room);
}

static void loading_twice_and_unknown_names_are_errors(void **state)
{
    (void)state;
    struct room *room = room_with_v1();
    assert_false(room_try_load(room, "p", "", "", "", &err));
    assert_int_equal(err.code, ERR_EXISTS);
    assert_false(script_reload(room->script, STR("q"), true, &report, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    room_free(room);
}

static void status_tells_what_runs(void **state)
{
    (void)state;
    struct room *room = room_with_v1();
    room_say(room, "g1", "alice", "slow");
    struct json *status = json_array();
    script_status(room->script, status);
    const struct json *row = json_next(status, NULL);
    assert_true(str_eq(json_str(json_get(row, "name")), STR("p")));
    assert_true(str_eq(json_str(json_get(row, "version")), STR("1.0.0")));
    assert_true(str_eq(json_str(json_get(row, "state")), STR("running")));
    assert_int_equal(json_int(json_get(row, "generation"), 0), 1);
    assert_int_equal(json_int(json_get(row, "tasks"), 0), 1);
    assert_true(json_int(json_get(row, "memory"), 0) > 10000);
    json_free(status);
    room_free(room);
}

int main(void)
{
    buf_init(&report, 4096);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_new_version_takes_over),
        cmocka_unit_test(a_broken_version_changes_nothing),
        cmocka_unit_test(old_tasks_finish_in_the_old_version),
        cmocka_unit_test(old_tasks_are_cancelled_at_the_deadline),
        cmocka_unit_test(a_plugin_says_how_long_it_drains),
        cmocka_unit_test(state_is_handed_over),
        cmocka_unit_test(circles_are_handed_over),
        cmocka_unit_test(what_has_not_changed_is_left_alone),
        cmocka_unit_test(a_rollback_brings_the_version_before_back),
        cmocka_unit_test(a_version_that_fails_at_first_goes_back),
        cmocka_unit_test(what_is_replaced_does_not_go_back),
        cmocka_unit_test(a_hard_stop_at_first_counts),
        cmocka_unit_test(few_or_late_failures_are_no_reason),
        cmocka_unit_test(a_hard_stop_restarts_from_the_snapshot),
        cmocka_unit_test(many_reloads_are_flat),
        cmocka_unit_test(loading_twice_and_unknown_names_are_errors),
        cmocka_unit_test(status_tells_what_runs),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_clear(&report);
    return failed;
}
