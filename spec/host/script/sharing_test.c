/* bot.export and bot.require: one plugin calls another. */
#include "../../support/script_room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char points[] =
    "local bot = ...\n"
    "all = {}\n"
    "bot.export {\n"
    "  add = function(id, n) all[id] = (all[id] or 0) + n return all[id] end,\n"
    "  echo = function(...) return ... end,\n"
    "  broken = function() error('oops') end,\n"
    "  fail = function() return bot.group('g9'):mute('bob', '1m') end,\n"
    "  slow = function() bot.sleep(20) return 'slept' end,\n"
    "  slower = function() bot.sleep(60) bot.log.warn('slower ended') end,\n"
    "  code = function() return print end,\n"
    "  say = function(text, chat) return bot.send(chat and bot.group(chat) or\n"
    "    bot.group('g1'), text) end,\n"
    "}";

static struct room *room_with(const char *handler)
{
    char code[2048];
    struct room *room = room_new(0, 0);
    snprintf(code, sizeof(code),
             "local bot = ...\nlocal points = bot.require('points')\n"
             "bot.on('message', function(msg) %s end)",
             handler);
    room_load(room, "shop", code, "plugin:points"); /* before what it calls */
    room_load(room, "points", points, "");
    return room;
}

static void values_are_copied_both_ways(void **state)
{
    (void)state;
    struct room *room =
        room_with("local n = points.add(msg.sender.id, 2)\n"
                  "n = points.add(msg.sender.id, 3)\n"
                  "local t = { 1, { x = 'y' } }\n"
                  "local a, b, c, d = points.echo(t, nil, 0.5, 'z')\n"
                  "msg:reply(('%d %s %s %s %s %s'):format(n, a[2].x, a ~= t, b, c, d))");
    int64_t row = room_say(room, "g1", "alice", "x");
    for (int i = 0; i < 6; i++)
        room_turn(room);
    assert_true(room_did(room, "5 y true nil 0.5 z"));
    assert_true(room_is_done(room, row));
    room_free(room);
}

static void errors_come_back_as_errors(void **state)
{
    (void)state;
    struct room *room =
        room_with("local function show(value, err)\n"
                  "  bot.log.warn('%s %s: %s', value, err.code, err) end\n"
                  "show(points.broken()) show(points.fail()) show(points.code())\n"
                  "show(points.nothing()) show(bot.require('none').f())\n"
                  "bot.log.warn('%s', select(2, pcall(points.echo, print)))\n"
                  "bot.log.warn('%s', select(2, pcall(points.echo, msg.sender)))");
    room_say(room, "g1", "alice", "x");
    for (int i = 0; i < 12; i++)
        room_turn(room);
    assert_non_null(strstr(room->log, "plugin=points points/init.lua:6: oops"));
    assert_non_null(
        strstr(room->log, "plugin=shop nil plugin: points/init.lua:6: oops\n"));
    assert_non_null(strstr(room->log, "nil denied: the plugin points is not granted"));
    assert_non_null(strstr(room->log, "results[1] is a function"));
    assert_non_null(
        strstr(room->log, "nil not_found: points exports no function \"nothing\""));
    assert_non_null(strstr(room->log, "denied: the plugin shop is not granted "
                                      "\"plugin:none\""));
    assert_non_null(strstr(room->log, "arguments[1] is a function"));
    assert_non_null(strstr(room->log, "arguments[1] has a metatable"));
    room_free(room);
}

static void without_the_capability_nothing_is_called(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    room_load(room, "points", points, "");
    room_load(room, "thief",
              "local bot = ... bot.on('message', function()\n"
              "  local _, err = bot.require('points').add('thief', 1000)\n"
              "  bot.log.warn('%s', err.code) end)",
              "plugin:other");
    room_say(room, "g1", "alice", "x");
    room_turn(room);
    assert_non_null(strstr(room->log, "plugin=thief denied"));
    assert_string_equal(room_eval(room, "points", "next(all) == nil"), "true");
    room_free(room);
}

/* It handles what the caller handles: that chat is free, others need a grant; and what
 * it sends has a key of its own. */
static void what_is_called_answers_where_the_caller_may(void **state)
{
    (void)state;
    struct room *room = room_with("points.say('hello')\n"
                                  "local _, err = points.say('hello', 'g2')\n"
                                  "bot.log.warn('%s', err.code)");
    room_say(room, "g1", "alice", "x");
    for (int i = 0; i < 6; i++)
        room_turn(room);
    assert_true(room_did(room, "hello\"} key=UID-1/points/shop:1.1/1"));
    assert_int_equal(room->did_count, 1);
    assert_non_null(strstr(room->log, "plugin=shop denied"));
    room_free(room);
}

static void either_side_may_be_reloaded_meanwhile(void **state)
{
    (void)state;
    struct err err = { 0 };
    struct buf report;
    struct room *room =
        room_with("msg:reply(points.slow()) msg:reply(points.echo('new'))");
    buf_init(&report, 10000);
    int64_t row = room_say(room, "g1", "alice", "x");
    room_turn(room);
    room_manifest(room, "points", "1.0.1", "");
    assert_true(script_reload(room->script, STR("points"), true, &report, &err));
    room_manifest(room, "shop", "1.0.1", "");
    assert_true(script_reload(room->script, STR("shop"), true, &report, &err));
    room_pass(room, 20000);
    for (int i = 0; i < 4; i++)
        room_turn(room);
    assert_true(room_did(room, "slept"));
    assert_true(room_did(room, "new"));
    assert_true(room_is_done(room, row));
    buf_clear(&report);
    room_free(room);
}

static void either_side_may_end_meanwhile(void **state)
{
    (void)state;
    struct err err = { 0 };
    struct room *room = room_with("local v, e = points.slow()\n"
                                  "bot.log.warn('%s %s', v, e and e.code)");
    room_say(room, "g1", "alice", "x");
    room_turn(room);
    assert_true(script_unload(room->script, STR("points"), &err));
    room_turn(room);
    assert_non_null(strstr(room->log, "slept nil")); /* early, and told so */
    room_load(room, "points", points, "");
    room_say(room, "g1", "alice", "x");
    room_turn(room);
    assert_true(script_unload(room->script, STR("shop"), &err));
    room_pass(room, 20000); /* the called one ends for nobody */
    assert_int_equal(script_task_count(room->script), 0);
    room_free(room);
}

static void a_call_times_out_and_the_called_goes_on(void **state)
{
    (void)state;
    struct room *room = room_with("local _, err = points.slower()\n"
                                  "bot.log.warn('%s', err.code)");
    room_say(room, "g1", "alice", "x");
    room_turn(room);
    room_pass(room, 30000);
    assert_non_null(strstr(room->log, "plugin=shop timeout"));
    room_pass(room, 30000);
    assert_non_null(strstr(room->log, "slower ended"));
    room_free(room);
}

/* Each call is a task that waits: the limit of tasks ends the circle, and neighbours
 * answer all the while. */
static void calls_in_a_circle_end(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    room_quiet(true);
    room_load(room, "a",
              "local bot = ... local b = bot.require('b')\n"
              "bot.export { ping = function() return b.ping() end }\n"
              "bot.on('message', function(msg) if msg.text == 'go' then\n"
              "  local _, err = b.ping() msg:reply('ended ' .. err.code) end end)",
              "plugin:b");
    room_load(room, "b",
              "local bot = ... local a = bot.require('a')\n"
              "bot.export { ping = function() return a.ping() end }",
              "plugin:a");
    room_load(room, "c",
              "local bot = ... bot.on('message', function(msg)\n"
              "  if msg.text == 'hello' then msg:reply('here') end end)",
              "");
    room_say(room, "g1", "alice", "go");
    room_turn(room);
    room_say(room, "g1", "alice", "hello");
    room_turn(room);
    assert_true(room_did(room, "here"));
    for (int i = 0; i < 4000 && !room_did(room, "ended"); i++)
        room_turn(room);
    room_quiet(false);
    assert_true(room_did(room, "ended limit"));
    assert_int_equal(script_task_count(room->script), 0);
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_copied_both_ways),
        cmocka_unit_test(errors_come_back_as_errors),
        cmocka_unit_test(without_the_capability_nothing_is_called),
        cmocka_unit_test(what_is_called_answers_where_the_caller_may),
        cmocka_unit_test(either_side_may_be_reloaded_meanwhile),
        cmocka_unit_test(either_side_may_end_meanwhile),
        cmocka_unit_test(a_call_times_out_and_the_called_goes_on),
        cmocka_unit_test(calls_in_a_circle_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
