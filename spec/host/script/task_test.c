/* script/task: handlers wait in straight lines. */
#include "../../support/script_room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_plugin_answers(void **state)
{
    (void)state;
    struct room *room = room_open(
        "bot.on('message', function(msg) msg:reply('you said ' .. msg.text) end)", "");
    int64_t row = room_say(room, "g1", "alice", "hi");
    assert_false(room_is_done(room, row));
    room_turn(room);
    assert_string_equal(room_last(room), "send group:g1 RC:TxtMsg "
                                         "{\"content\":\"you said hi\"} key=UID-1/p/1/1");
    assert_true(room_is_done(room, row));
    room_free(room);
}

static void sleeping_holds_nobody_up(void **state)
{
    (void)state;
    struct room *room = room_open("bot.on('message', function(msg)\n"
                                  "  if msg.text == 'slow' then bot.sleep('10m') end\n"
                                  "  msg:reply('after ' .. msg.text)\nend)",
                                  "");
    int64_t slow = room_say(room, "g1", "alice", "slow");
    int64_t fast = room_say(room, "g1", "alice", "fast");
    room_turn(room);
    assert_true(room_did(room, "after fast"));
    assert_false(room_did(room, "after slow"));
    assert_true(room_is_done(room, fast));
    assert_false(room_is_done(room, slow));
    assert_int_equal(script_task_count(room->script), 1);
    room_pass(room, 599999);
    assert_false(room_did(room, "after slow"));
    room_pass(room, 1);
    room_turn(room);
    assert_true(room_did(room, "after slow"));
    assert_true(room_is_done(room, slow));
    assert_int_equal(script_task_count(room->script), 0);
    room_free(room);
}

/* Three levels, mixing the script's own yields with host waits. */
static void waits_pass_through_own_coroutines(void **state)
{
    (void)state;
    struct room *room = room_open(
        "local function numbers() return coroutine.wrap(function()\n"
        "  for i = 1, 3 do bot.sleep(1) coroutine.yield(i) end end) end\n"
        "local function doubled() return coroutine.wrap(function()\n"
        "  for n in numbers() do bot.sleep(1) coroutine.yield(n * 2) end end) end\n"
        "bot.on('message', function(msg)\n"
        "  local seen = {}\n"
        "  for n in doubled() do seen[#seen + 1] = n\n"
        "    local ok, sent = pcall(function() return msg:reply('part ' .. n) end)\n"
        "    assert(ok and sent.id == 'UID-OUT') end\n"
        "  msg:reply(table.concat(seen, ' '))\nend)",
        "");
    room_say(room, "g1", "alice", "go");
    for (int i = 0; i < 10; i++)
        room_pass(room, 1000);
    assert_true(room_did(room, "part 2"));
    assert_true(room_did(room, "\"2 4 6\""));
    assert_string_equal(room->log, "");
    room_free(room);
}

static void a_waiting_coroutine_cannot_be_resumed_by_others(void **state)
{
    (void)state;
    struct room *room = room_open(
        "local co\n"
        "bot.on('message', function(msg)\n"
        "  if msg.text == 'first' then\n"
        "    co = coroutine.create(function() bot.sleep(10) return 'slept' end)\n"
        "    local _, value = coroutine.resume(co)\n"
        "    msg:reply(value)\n"
        "  else\n"
        "    msg:reply(coroutine.status(co) .. ', ' .. select(2, coroutine.resume(co)))\n"
        "  end\nend)",
        "");
    room_say(room, "g1", "alice", "first");
    room_say(room, "g1", "alice", "second");
    room_turn(room);
    assert_true(room_did(room, "normal, cannot resume non-suspended coroutine"));
    room_pass(room, 10000);
    room_turn(room);
    assert_true(room_did(room, "\"slept\""));
    room_free(room);
}

static void where_waiting_is_impossible_it_raises(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    struct err err = { 0 };
    assert_false(room_try_load(room, "p", "local bot = ... bot.sleep(1)", "", "", &err));
    assert_non_null(strstr(err.text, "p/init.lua:1: only inside a handler"));
    assert_non_null(strstr(room_eval(room, "",
                                     "table.sort({ 3, 2, 1 }, function(a, b) "
                                     "bot.sleep(1) return a < b end)"),
                           "cannot wait here"));
    assert_non_null(strstr(room_eval(room, "",
                                     "('x'):gsub('x', function() coroutine.wrap("
                                     "function() bot.sleep(1) end)() end)"),
                           "cannot wait here"));
    assert_non_null(
        strstr(room_eval(room, "", "coroutine.yield()"), "nothing to yield to"));
    assert_int_equal(script_task_count(room->script), 0);
    room_free(room);
}

static void unloading_cancels_what_waits(void **state)
{
    (void)state;
    struct err err = { 0 };
    struct room *room = room_open("bot.on('message', function(msg)\n"
                                  "  local sent, why = msg:reply('hi')\n"
                                  "  bot.log.warn('%s %s', why.code, why)\n"
                                  "  bot.sleep(100) bot.log.warn('never') end)\n"
                                  "bot.every(1, function() bot.log.warn('tick') end)",
                                  "");
    room->hold = true;
    int64_t row = room_say(room, "g1", "alice", "x");
    assert_true(script_unload(room->script, STR("p"), &err));
    assert_int_equal(room->cancelled, 1);
    assert_non_null(strstr(room->log, "cancelled the plugin was unloaded"));
    assert_true(room_is_done(room, row));
    room_pass(room, 200000);
    assert_null(strstr(room->log, "never"));
    assert_null(strstr(room->log, "tick"));
    assert_false(script_unload(room->script, STR("p"), &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
    room_free(room);
}

static void closing_leaves_unfinished_messages_for_the_next_start(void **state)
{
    (void)state;
    struct room *room = room_open("bot.on('message', function() bot.sleep(100) end)", "");
    int64_t row = room_say(room, "g1", "alice", "x");
    script_free(room->script);
    room->script = NULL;
    assert_false(room_is_done(room, row));
    room_free(room);
}

static void a_raising_handler_is_logged_with_its_line(void **state)
{
    (void)state;
    struct room *room = room_open("local function deep() error('broken') end\n"
                                  "bot.on('message', function(msg)\n"
                                  "  if msg.text == 'later' then bot.sleep(1) end\n"
                                  "  deep() end)",
                                  "");
    int64_t row = room_say(room, "g1", "alice", "now");
    assert_non_null(strstr(room->log, "plugin=p p/init.lua:2: broken"));
    assert_non_null(strstr(room->log, "p/init.lua:5: in function"));
    assert_true(room_is_done(room, row));
    assert_int_equal(room->did_count, 0); /* never sent to the chat */
    room_forget(room);
    row = room_say(room, "g1", "alice", "later");
    assert_string_equal(room->log, "");
    room_pass(room, 1000);
    assert_non_null(strstr(room->log, "p/init.lua:2: broken"));
    assert_true(room_is_done(room, row));
    room_free(room);
}

static void refusals_are_values_with_code_and_status(void **state)
{
    (void)state;
    struct room *room =
        room_open("bot.on('message', function(msg)\n"
                  "  local sent, why = msg:reply('hi')\n"
                  "  bot.log.warn('%s %s %s %s', sent, why.code, why.status, why)\n"
                  "  local ok, raised = pcall(function() assert(msg:reply('hi')) end)\n"
                  "  bot.log.warn('raised %s', raised)\n"
                  "  assert(msg:reply('hi')) end)",
                  "");
    err_refused(&room->refuse, 22408, "muted in this group");
    room_say(room, "g1", "alice", "x");
    room_turn(room);
    room_turn(room);
    assert_non_null(strstr(room->log, "nil refused 22408 muted in this group"));
    assert_non_null(strstr(room->log, "raised muted in this group"));
    assert_non_null(strstr(room->log, "message=UID-1 plugin=p p/init.lua:7: muted in "
                                      "this group stack traceback:  p/init.lua:7: in "));
    room_free(room);
}

/* More tasks at once than threads are kept for: the others' threads are given back, or
 * this many would not fit. */
static void crowds_of_tasks_leave_nothing_behind(void **state)
{
    enum { ROUNDS = 40, CROWD = 200, MEMORY = 1 << 20 };
    (void)state;
    struct room *room = room_new(MEMORY, 0);
    room_load(room, "p",
              "local bot = ...\nbot.on('message', function(msg) bot.sleep(1)\n"
              "  msg:reply('awake') end)",
              "");
    for (int round = 0; round < ROUNDS; round++) {
        int64_t rows[CROWD];
        for (int i = 0; i < CROWD; i++)
            rows[i] = room_say(room, "g1", "alice", "hi");
        assert_int_equal(script_task_count(room->script), CROWD);
        room_pass(room, 1000);
        room_turn(room);
        for (int i = 0; i < CROWD; i++)
            assert_true(room_is_done(room, rows[i]));
        assert_string_equal(room_eval(room, "p", "'alive'"), "\"alive\"");
        assert_true(room_did(room, "awake"));
        room_forget(room);
    }
    room_free(room);
}

static void without_an_account_calls_fail_at_once(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    room_load(room, "p",
              "local bot = ...\n"
              "bot.on('connected', function()\n"
              "  local _, why = bot.group('g1'):mute('bob')\n"
              "  bot.log.warn('%s', why.code) end)",
              "group.mute");
    script_set_im(room->script, NULL);
    script_event(room->script, "connected", NULL);
    assert_non_null(strstr(room->log, "plugin=p closed"));
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plugin_answers),
        cmocka_unit_test(sleeping_holds_nobody_up),
        cmocka_unit_test(waits_pass_through_own_coroutines),
        cmocka_unit_test(a_waiting_coroutine_cannot_be_resumed_by_others),
        cmocka_unit_test(where_waiting_is_impossible_it_raises),
        cmocka_unit_test(unloading_cancels_what_waits),
        cmocka_unit_test(closing_leaves_unfinished_messages_for_the_next_start),
        cmocka_unit_test(a_raising_handler_is_logged_with_its_line),
        cmocka_unit_test(refusals_are_values_with_code_and_status),
        cmocka_unit_test(crowds_of_tasks_leave_nothing_behind),
        cmocka_unit_test(without_an_account_calls_fail_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
