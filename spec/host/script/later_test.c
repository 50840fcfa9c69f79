/* script/later: what finds no room is handled when there is some. */
#include "../../support/script_room.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TASKS_MAX 1000 /* of an instance (script/quota.h) */
#define LATER_MAX 10000

static const char sleeper[] =
    "bot.on('message', function(msg) bot.sleep(60)\n"
    "  if (tonumber(msg.text) or 2000) > 1000 then msg:reply('slept ' .. msg.text)\n"
    "  end end)";

static void say_many(struct room *room, int count)
{
    char text[16];
    room_quiet(true);
    for (int i = 1; i <= count; i++) {
        snprintf(text, sizeof(text), "%d", i);
        room_say(room, "g1", "alice", text);
    }
    room_quiet(false);
}

static void answers(const struct room *room, size_t at, const char *text)
{
    char want[64];
    snprintf(want, sizeof(want), "\"slept %s\"", text);
    assert_non_null(strstr(room->did[at], want));
}

static void it_is_handled_in_its_turn(void **state)
{
    (void)state;
    struct room *room = room_open(sleeper, "");
    say_many(room, TASKS_MAX + 3);
    assert_int_equal(script_task_count(room->script), TASKS_MAX);
    assert_non_null(strstr(room->log, "message=UID-1001 plugin=p more than 1000 tasks"));
    room_forget(room);
    room_pass(room, 30000);
    room_say(room, "g1", "alice", "last"); /* behind the others */
    assert_int_equal(room->did_count, 0);
    room_pass(room, 30000);
    room_forget(room);
    assert_false(room_is_done(room, TASKS_MAX + 1));
    assert_int_equal(script_task_count(room->script), 4);
    room_pass(room, 60000);
    assert_int_equal(room->did_count, 4);
    answers(room, 0, "1001");
    answers(room, 2, "1003");
    answers(room, 3, "last");
    assert_true(room_is_done(room, TASKS_MAX + 1) && room_is_done(room, TASKS_MAX + 4));
    assert_string_equal(room->log, "");
    room_free(room);
}

/* It has the message at once, and once. */
static void a_neighbour_does_not_wait(void **state)
{
    (void)state;
    struct room *room = room_open(sleeper, "");
    say_many(room, TASKS_MAX);
    room_load(room, "q",
              "local bot = ...\nbot.on('message', function(msg) msg:reply('q') end)", "");
    room_forget(room);
    int64_t row = room_say(room, "g1", "alice", "x");
    room_turn(room);
    assert_int_equal(room->did_count, 1);
    assert_true(room_did(room, "\"q\""));
    assert_false(room_is_done(room, row));
    room_pass(room, 60000);
    room_forget(room);
    room_pass(room, 60000);
    assert_int_equal(room->did_count, 1);
    answers(room, 0, "x");
    assert_true(room_is_done(room, row));
    room_free(room);
}

/* One event of several of the same notice, and nothing but that handler. */
static void each_member_of_a_notice_comes_once(void **state)
{
    (void)state;
    struct room *room =
        room_open("bot.on('message', function() bot.sleep(60) end)\n"
                  "bot.on('member.joined', function(e) bot.send(e.chat, e.user.id) end)",
                  "send");
    say_many(room, TASKS_MAX - 1);
    room_forget(room);
    room->hold = true; /* alice's task waits for her answer and takes the last place */
    int64_t row = room_content(
        room, "g1", "__system__", "RC:GrpNtf",
        "{\"operatorUserId\":\"o\",\"operation\":\"Add\",\"data\":\"{"
        "\\\"targetUserIds\\\":[\\\"alice\\\",\\\"bob\\\"]}\",\"message\":\"\"}");
    room_turn(room);
    assert_int_equal(room->did_count, 1);
    assert_true(room_did(room, "alice"));
    room->hold = false;
    room_pass(room, 60000);
    assert_int_equal(room->did_count, 2);
    assert_non_null(strstr(room_last(room), "bob"));
    assert_false(room_is_done(room, row)); /* the first answer is still held */
    room_free(room);
}

static void another_version_takes_over(void **state)
{
    (void)state;
    struct buf report;
    buf_init(&report, 1000);
    struct room *room = room_open(sleeper, "");
    say_many(room, TASKS_MAX + 2);
    room_write(room, "p", "init.lua",
               "local bot = ...\nbot.on('message', function(msg)\n"
               "  msg:reply('slept anew, ' .. msg.text) end)");
    room_forget(room);
    assert_true(script_reload(room->script, STR("p"), true, &report, NULL));
    room_turn(room);
    assert_int_equal(room->did_count, 2);
    answers(room, 0, "anew, 1001");
    answers(room, 1, "anew, 1002");
    assert_true(room_is_done(room, TASKS_MAX + 2));
    room_free(room);
    buf_clear(&report);
}

static void a_hard_stop_costs_none(void **state)
{
    (void)state;
    char code[1000];
    snprintf(code, sizeof(code),
             "local stuck = os.time() < %lld\n"
             "bot.on('message', function(msg)\n"
             "  if stuck then bot.wait('connected') end\n"
             "  local t, s = {}, ('x'):rep(1 << 16)\n"
             "  for i = 1, stuck and 1600 or 0 do t[i] = s end\n"
             "  table.concat(t)\n"
             "  if tonumber(msg.text) > 1000 then msg:reply('slept ' .. msg.text) end\n"
             "end)",
             (long long)clock_wall_ms() / 1000 + 10);
    struct room *room = room_open(code, "");
    room->hands_up = true;
    say_many(room, TASKS_MAX + 2);
    room_forget(room);
    room_quiet(true);
    clock_add_ms(20000);
    script_event(room->script, "connected", NULL);
    room_turn(room);
    room_turn(room);
    room_quiet(false);
    assert_non_null(strstr(room->log, "stopped hard"));
    assert_int_equal(room->did_count, 2);
    answers(room, 0, "1001");
    answers(room, 1, "1002");
    assert_null(strstr(room->log, "interrupted"));
    room_free(room);
}

static void a_script_that_ends_leaves_it_for_the_next(void **state)
{
    (void)state;
    struct room *room = room_open(sleeper, "");
    say_many(room, TASKS_MAX + 1);
    room_forget(room);
    room_restart(room, NULL);
    assert_int_equal(room->done_count, 0);
    room_free(room);
}

static void without_end_it_is_refused(void **state)
{
    (void)state;
    struct room *room = room_open(sleeper, "");
    say_many(room, TASKS_MAX + LATER_MAX);
    assert_int_equal(room->done_count, 0);
    room_pass(room, 20000);
    room_forget(room);
    room_quiet(true);
    int64_t row = room_say(room, "g1", "alice", "x");
    room_quiet(false);
    assert_true(room_is_done(room, row));
    assert_non_null(strstr(room->log, "more than 1000 tasks wait"));
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_handled_in_its_turn),
        cmocka_unit_test(a_neighbour_does_not_wait),
        cmocka_unit_test(each_member_of_a_notice_comes_once),
        cmocka_unit_test(another_version_takes_over),
        cmocka_unit_test(a_hard_stop_costs_none),
        cmocka_unit_test(a_script_that_ends_leaves_it_for_the_next),
        cmocka_unit_test(without_end_it_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
