/* bot.spawn, bot.all, task:cancel and the limits of a wait. */
#include "../../support/script_room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_spawned_task_goes_on_beside(void **state)
{
    (void)state;
    struct room *room = room_open(
        "bot.on('message', function(msg)\n"
        "  bot.spawn(function(a, b) bot.sleep(10) msg:reply(a .. b) end, 'one', 'two')\n"
        "  msg:reply('at once') end)",
        "");
    int64_t row = room_say(room, "g1", "alice", "x");
    room_turn(room);
    assert_true(room_did(room, "at once"));
    assert_false(room_is_done(room, row)); /* its task goes on */
    room_pass(room, 10000);
    room_turn(room);
    assert_string_equal(room_last(room), "send group:g1 RC:TxtMsg "
                                         "{\"content\":\"onetwo\"} key=UID-1/p/1.1/1");
    assert_true(room_is_done(room, row));
    room_free(room);
}

static void spawning_works_in_timers_and_not_while_loading(void **state)
{
    (void)state;
    struct err err = { 0 };
    struct room *room = room_open("bot.after(1, function()\n"
                                  "  bot.spawn(function() bot.log.warn('tick') end) end)",
                                  "");
    room_pass(room, 1000);
    room_turn(room);
    assert_non_null(strstr(room->log, "plugin=p tick"));
    assert_false(
        room_try_load(room, "q", "local bot = ... bot.spawn(print)", "", "", &err));
    assert_non_null(strstr(err.text, "q/init.lua:1: only inside a handler"));
    assert_non_null(strstr(room_eval(room, "p", "bot.spawn(1)"), "fn: want a function"));
    room_free(room);
}

/* Paths of any depth are short, and never the same twice. */
static void children_of_children_have_paths_of_their_own(void **state)
{
    (void)state;
    struct room *room = room_open("local function down(msg, n)\n"
                                  "  msg:reply('n' .. n)\n"
                                  "  if n > 0 then bot.spawn(down, msg, n - 1) end end\n"
                                  "bot.on('message', function(msg) down(msg, 60) end)",
                                  "");
    room_say(room, "g1", "alice", "x");
    for (int i = 0; i < 130; i++)
        room_turn(room);
    assert_true(room_did(room, "\"n58\"} key=UID-1/p/1.1.1/1"));
    assert_true(room_did(room, "\"n0\""));
    assert_int_equal(room->did_count, 61);
    for (size_t i = 0; i < room->did_count; i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(strstr(room->did[i], "key="),
                                    strstr(room->did[k], "key="));
    assert_true(strlen(strstr(room_last(room), "key=")) < 100);
    room_free(room);
}

/* A task that spawns itself for ever does not keep the loop from anything else. */
static void a_chain_without_end_starves_nobody(void **state)
{
    (void)state;
    struct room *room = room_open("local function again() bot.spawn(again) end\n"
                                  "bot.on('message', function(msg)\n"
                                  "  if msg.text == 'go' then again() end\n"
                                  "  msg:reply('heard ' .. msg.text) end)",
                                  "");
    room_say(room, "g1", "alice", "go");
    room_turn(room);
    room_say(room, "g1", "alice", "still there?");
    room_turn(room);
    assert_true(room_did(room, "heard still there?"));
    assert_int_equal(script_task_count(room->script), 1);
    room_free(room);
}

static void all_waits_for_all(void **state)
{
    (void)state;
    struct room *room = room_open("bot.on('message', function(msg)\n"
                                  "  local r = bot.all {\n"
                                  "    function() bot.sleep(3) return 'slow' end,\n"
                                  "    function() return 'fast' end,\n"
                                  "    function() return nil, 'no luck' end,\n"
                                  "    function() error('broken') end,\n"
                                  "  }\n"
                                  "  msg:reply(('%d %s %s %s %s %s %s'):format(r.n, "
                                  "r[1], r[2], r[3], r.errors[3],\n"
                                  "    r.errors[4].code, r.errors[4].message)) end)",
                                  "");
    int64_t row = room_say(room, "g1", "alice", "x");
    room_turn(room);
    assert_int_equal(room->did_count, 0);
    room_pass(room, 3000);
    room_turn(room);
    assert_true(room_did(room, "4 slow fast nil no luck plugin p/init.lua:7: broken\""));
    assert_non_null(strstr(room->log, "p/init.lua:7: broken"));
    assert_true(room_is_done(room, row));
    assert_string_equal(room_eval(room, "p", "bot.all({}).n"), "0");
    assert_non_null(strstr(room_eval(room, "p", "bot.all{ 1 }"), "fns[1]: want a"));
    room_free(room);
}

static void cancelling_ends_a_task_where_it_waits_next(void **state)
{
    (void)state;
    struct room *room =
        room_open("local task\n"
                  "bot.on('message', function(msg)\n"
                  "  if msg.text == 'start' then\n"
                  "    task = bot.spawn(function()\n"
                  "      local bye <close> = setmetatable({}, { __close = function()\n"
                  "        bot.log.warn('closed')\n"
                  "        bot.log.warn('%s', (select(2, pcall(bot.sleep, 1)))) end })\n"
                  "      while true do\n"
                  "        local _, err = bot.sleep(60)\n"
                  "        bot.log.warn('awake: %s', err and err.code) end end)\n"
                  "  else task:cancel() task:cancel() end end)",
                  "");
    int64_t row = room_say(room, "g1", "alice", "start");
    room_turn(room);
    room_pass(room, 60000);
    room_turn(room);
    assert_non_null(strstr(room->log, "awake: nil"));
    assert_false(room_is_done(room, row));
    room_forget(room);
    room_say(room, "g1", "alice", "stop");
    room_turn(room);
    assert_non_null(strstr(room->log, "awake: cancelled"));
    assert_non_null(strstr(room->log, "closed"));
    assert_non_null(strstr(room->log, "cannot wait here"));
    assert_true(room_is_done(room, row));
    assert_int_equal(script_task_count(room->script), 0);
    room_forget(room);
    room_say(room, "g1", "alice", "stop"); /* it has ended */
    assert_string_equal(room->log, "");
    room_free(room);
}

static void cancelling_reaches_into_coroutines_and_pcall(void **state)
{
    (void)state;
    struct room *room = room_open("bot.on('message', function(msg)\n"
                                  "  local task = bot.spawn(function()\n"
                                  "    for i in coroutine.wrap(function()\n"
                                  "      while true do\n"
                                  "        local ok, _, err = pcall(bot.sleep, 60)\n"
                                  "        bot.log.warn('%s %s', ok, err.code)\n"
                                  "        coroutine.yield(1) end end) do end end)\n"
                                  "  bot.sleep(1) task:cancel() end)",
                                  "");
    int64_t row = room_say(room, "g1", "alice", "x");
    room_pass(room, 1000);
    room_turn(room);
    assert_non_null(strstr(room->log, "true cancelled"));
    assert_true(room_is_done(room, row));
    assert_int_equal(script_task_count(room->script), 0);
    room_free(room);
}

static void a_task_can_cancel_itself_and_one_that_has_not_begun(void **state)
{
    (void)state;
    struct room *room = room_open(
        "bot.on('message', function(msg)\n"
        "  local never = bot.spawn(function() bot.log.warn('never') end)\n"
        "  never:cancel()\n"
        "  local me me = bot.spawn(function() me:cancel()\n"
        "    bot.log.warn('goes on') bot.sleep(1) bot.log.warn('never') end) end)",
        "");
    int64_t row = room_say(room, "g1", "alice", "x");
    room_turn(room);
    assert_non_null(strstr(room->log, "goes on"));
    assert_null(strstr(room->log, "never"));
    assert_true(room_is_done(room, row));
    room_free(room);
}

/* An assert of what came back says nothing new; other errors are heard. */
static void an_end_by_cancelling_is_no_error(void **state)
{
    (void)state;
    struct room *room =
        room_open("bot.on('message', function(msg)\n"
                  "  local a = bot.spawn(function() assert(bot.sleep(60)) end)\n"
                  "  local b = bot.spawn(function() bot.sleep(60) error('other') end)\n"
                  "  bot.sleep(1) a:cancel() b:cancel() end)",
                  "");
    room_say(room, "g1", "alice", "x");
    room_pass(room, 1000);
    room_turn(room);
    assert_null(strstr(room->log, "was cancelled"));
    assert_non_null(strstr(room->log, "p/init.lua:4: other"));
    room_free(room);
}

static void cancelling_one_that_waits_for_all_cancels_them(void **state)
{
    (void)state;
    struct room *room = room_open(
        "bot.on('message', function(msg)\n"
        "  local task = bot.spawn(function()\n"
        "    local r, err = bot.all {\n"
        "      function() local _, e = bot.sleep(60) bot.log.warn('a %s', e.code) end,\n"
        "      function() bot.sleep(0) end }\n"
        "    bot.log.warn('all %s %s', r, err.code) end)\n"
        "  bot.sleep(1) task:cancel() end)",
        "");
    int64_t row = room_say(room, "g1", "alice", "x");
    room_turn(room);
    room_pass(room, 1000);
    room_turn(room);
    assert_non_null(strstr(room->log, "a cancelled"));
    assert_non_null(strstr(room->log, "all nil cancelled"));
    assert_true(room_is_done(room, row));
    room_free(room);
}

static void a_call_that_nobody_answers_times_out(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    room_load(room, "p",
              "local bot = ...\n"
              "bot.on('message', function(msg)\n"
              "  local _, err = bot.group('g1'):mute('bob', '10m')\n"
              "  bot.log.warn('%s: %s', err.code, err) end)",
              "group.mute");
    room->hold = true;
    int64_t row = room_say(room, "g1", "alice", "x");
    room_pass(room, 29999);
    assert_string_equal(room->log, "");
    room_pass(room, 1);
    assert_non_null(strstr(room->log, "timeout: nothing came within 30 s"));
    assert_int_equal(room->cancelled, 1);
    assert_true(room_is_done(room, row));
    room_free(room);
}

static void a_task_that_waits_for_weeks_is_ended(void **state)
{
    (void)state;
    struct room *room = room_open("bot.on('message', function(msg)\n"
                                  "  local _, err = bot.sleep('30d')\n"
                                  "  bot.log.warn('%s: %s', err.code, err)\n"
                                  "  bot.sleep('30d') bot.log.warn('never') end)",
                                  "");
    int64_t row = room_say(room, "g1", "alice", "x");
    room_pass(room, (int64_t)7 * 86400000 - 1);
    assert_false(room_is_done(room, row));
    room_pass(room, 1);
    room_turn(room);
    assert_non_null(strstr(room->log, "timeout: the task has waited for 7 days"));
    assert_null(strstr(room->log, "never"));
    assert_true(room_is_done(room, row));
    room_free(room);
}

static void serial_events_wait_for_each_other(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    struct err err = { 0 };
    char folder[256];
    room_write(room, "p", "plugin.lua",
               "return { name = 'p', version = '1.0.0', summary = 'x', serial = true }");
    room_write(room, "p", "init.lua",
               "local bot = ...\n"
               "bot.on('message', function(msg)\n"
               "  bot.log.warn('begin %s', msg.text)\n"
               "  if msg.text == 'bad' then error('bad') end\n"
               "  bot.sleep(1) bot.log.warn('end %s', msg.text) end)");
    snprintf(folder, sizeof(folder), "%s/p", room->folder);
    struct script_plugin given = { .name = STR("p"), .folder = str_from(folder) };
    assert_true(script_load(room->script, &given, &err));
    room_say(room, "g1", "alice", "one");
    room_say(room, "g1", "alice", "bad");
    int64_t last = room_say(room, "g1", "alice", "two");
    room_turn(room);
    assert_non_null(strstr(room->log, "begin one"));
    assert_null(strstr(room->log, "begin bad"));
    room_pass(room, 1000);
    room_turn(room);
    assert_non_null(strstr(room->log, "end one"));
    assert_non_null(strstr(room->log, "begin bad"));
    assert_non_null(strstr(room->log, "begin two")); /* an error ends a turn, too */
    assert_false(room_is_done(room, last));
    assert_string_equal(room_eval(room, "p", "1 + 1"), "2"); /* the operator need not */
    room_pass(room, 1000);
    assert_true(room_is_done(room, last));
    room_say(room, "g1", "alice", "three");
    room_say(room, "g1", "alice", "four");
    assert_true(script_unload(room->script, STR("p"), &err)); /* with a queue */
    assert_null(strstr(room->log, "begin four"));
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_spawned_task_goes_on_beside),
        cmocka_unit_test(spawning_works_in_timers_and_not_while_loading),
        cmocka_unit_test(children_of_children_have_paths_of_their_own),
        cmocka_unit_test(a_chain_without_end_starves_nobody),
        cmocka_unit_test(all_waits_for_all),
        cmocka_unit_test(cancelling_ends_a_task_where_it_waits_next),
        cmocka_unit_test(cancelling_reaches_into_coroutines_and_pcall),
        cmocka_unit_test(a_task_can_cancel_itself_and_one_that_has_not_begun),
        cmocka_unit_test(an_end_by_cancelling_is_no_error),
        cmocka_unit_test(cancelling_one_that_waits_for_all_cancels_them),
        cmocka_unit_test(a_call_that_nobody_answers_times_out),
        cmocka_unit_test(a_task_that_waits_for_weeks_is_ended),
        cmocka_unit_test(serial_events_wait_for_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
