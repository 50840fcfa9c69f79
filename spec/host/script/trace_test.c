/* What an author reads when something went wrong. */
#include "../../support/script_room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void the_first_line_says_what_where_and_what_to_do(void **state)
{
    (void)state;
    struct room *room =
        room_open("local function deep(msg) return msg.group.id end\n"
                  "bot.command { 'go', run = function(msg) deep(msg) return 1 end }\n"
                  "bot.command { 'cpu', run = function(msg) while true do end end }\n"
                  "bot.command { 'call', run = function(msg) msg:replay('x') end }\n"
                  "bot.command { 'sort', run = function(msg)\n"
                  "  table.sort({ 2, 1 }, function() bot.sleep(1) end) end }",
                  "");
    room_say(room, NULL, "alice", "/go");
    assert_non_null(strstr(room->log,
                           "message=UID-1 plugin=p p/init.lua:2: attempt to index a nil "
                           "value (field 'group') (msg.group is nil outside of groups"));
    assert_non_null(strstr(room->log, "p/init.lua:3: in function <p/init.lua:3>"));
    assert_null(strstr(room->log, "moondock/"));
    assert_null(strstr(room->log, "[C]"));
    room_say(room, NULL, "alice", "/cpu");
    assert_non_null(strstr(room->log, "each wait begins a new budget"));
    room_say(room, NULL, "alice", "/call");
    assert_non_null(strstr(room->log, "there is no such method"));
    room_say(room, NULL, "alice", "/sort");
    assert_non_null(strstr(room->log, "p/init.lua:7: cannot wait here (sort, gsub"));
    room_free(room);
}

static void odd_errors_have_a_place_too(void **state)
{
    (void)state;
    struct room *room = room_open(
        "bot.on('message', function(msg)\n"
        "  if msg.text == 'nil' then error() elseif msg.text == 'table' then error({})\n"
        "  elseif msg.text == 'bare' then error('bare: 12 x', 0)\n"
        "  elseif msg.text == 'long' then error(('x'):rep(100000))\n"
        "  else local function f(n) if n == 0 then error('deep') end f(n - 1) return 1 "
        "end\n"
        "    f(100) end end)",
        "");
    room_say(room, "g1", "alice", "nil");
    assert_non_null(strstr(room->log, "p/init.lua:3: (the error object is nil)"));
    room_say(room, "g1", "alice", "table");
    assert_non_null(strstr(room->log, "p/init.lua:3: (the error object is a table)"));
    room_say(room, "g1", "alice", "bare");
    assert_non_null(strstr(room->log, "p/init.lua:4: bare: 12 x"));
    room_say(room, "g1", "alice", "deep");
    assert_non_null(strstr(room->log, "p/init.lua:6: deep stack traceback:"));
    assert_non_null(strstr(room->log, "..."));
    room_forget(room);
    room_say(room, "g1", "alice", "long");
    assert_true(strlen(room->log) < 2500);
    assert_non_null(strstr(room->log, "p/init.lua:5: xxx"));
    room_free(room);
}

static void a_traceback_shows_the_plugins_functions(void **state)
{
    (void)state;
    struct room *room =
        room_open("local secret = 'hidden'\n"
                  "local function inner(arg) bot.log.warn('%s', bot.traceback('here'))\n"
                  "  return arg, secret end\n"
                  "bot.on('message', function(msg) inner(msg) return nil end)",
                  "");
    room_say(room, "g1", "alice", "x");
    const char *line = strstr(room->log, "plugin=p here stack traceback:");
    assert_non_null(line);
    assert_non_null(strstr(line, "p/init.lua:3: in upvalue 'inner'"));
    assert_non_null(strstr(line, "p/init.lua:5: in function <p/init.lua:5>"));
    assert_null(strstr(line, "0x"));
    assert_null(strstr(line, "hidden"));
    assert_non_null(strstr(room_eval(room, "p", "bot.traceback()"), "stack traceback:"));
    room_free(room);
}

static void an_error_reaches_a_chat_only_when_asked(void **state)
{
    (void)state;
    struct room *room =
        room_open("bot.on('message', function(msg)\n"
                  "  if msg.text == 'ask' then\n"
                  "    off = bot.on_error(function(err, chat)\n"
                  "      bot.send(chat, 'sorry: ' .. err.message) error('again') end)\n"
                  "  elseif msg.text == 'off' then off()\n"
                  "  else bot.sleep(0) error('broken') end end)\n"
                  "bot.after(60, function() bot.on_error(function(err, chat)\n"
                  "  bot.log.warn('chat %s', chat) end) error('in a timer') end)",
                  "");
    room_say(room, "g1", "alice", "x");
    room_turn(room);
    assert_int_equal(room->did_count, 0);
    room_say(room, "g1", "alice", "ask");
    int64_t row = room_say(room, "g1", "alice", "x");
    room_turn(room);
    room_turn(room);
    assert_int_equal(room->did_count, 1);
    assert_true(room_did(room, "sorry: p/init.lua:7: broken\"} key=UID-3/p/1.0/1"));
    assert_non_null(strstr(room->log, "p/init.lua:5: again"));
    assert_true(room_is_done(room, row));
    room_say(room, "g1", "alice", "off");
    room_say(room, "g1", "alice", "x");
    room_turn(room);
    assert_int_equal(room->did_count, 1);
    room_pass(room, 60000);
    assert_non_null(strstr(room->log, "in a timer"));
    assert_non_null(strstr(room->log, "chat nil"));
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_line_says_what_where_and_what_to_do),
        cmocka_unit_test(odd_errors_have_a_place_too),
        cmocka_unit_test(a_traceback_shows_the_plugins_functions),
        cmocka_unit_test(an_error_reaches_a_chat_only_when_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
