/* script/limits: plugins that do not end, grow, or try to break out. */
#include "../../support/script_room.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A plugin that does `body` when it hears "go", and answers "ok?" with "ok". */
static void load_hostile(struct room *room, const char *name, const char *body)
{
    char code[4096];
    snprintf(code, sizeof(code),
             "local bot = ...\n"
             "bot.hear('^ok%%?$', function(msg) msg:reply('ok from %s') end)\n"
             "bot.hear('^go$', function(msg)\n%s\nend)\n",
             name, body);
    room_load(room, name, code, "");
}

static void answers(struct room *room, const char *name)
{
    char want[128];
    room_forget(room);
    room_say(room, "g1", "alice", "ok?");
    room_turn(room);
    snprintf(want, sizeof(want), "ok from %s", name);
    if (!room_did(room, want))
        fail_msg("%s does not answer; log: %s", name, room->log);
}

static int64_t cpu_ms; /* 0: the default */

/* `body` is stopped, with `complaint` in the log; the plugin and its neighbour go on. */
static void stops(const char *body, const char *complaint)
{
    struct room *room = room_new(0, cpu_ms);
    room_load(room, "neighbour",
              "local bot = ...\nlocal count = 0\n"
              "bot.hear('^ok%?$', function(msg) count = count + 1\n"
              "  msg:reply('ok from neighbour') end)",
              "");
    load_hostile(room, "hostile", body);
    int64_t before = clock_real_ms();
    int64_t row = room_say(room, "g1", "mallory", "go");
    room_turn(room);
    assert_true(clock_real_ms() - before < 2000);
    if (!strstr(room->log, complaint))
        fail_msg("want \"%s\" in the log, have: %s", complaint, room->log);
    assert_true(room_is_done(room, row)); /* stopped, not tried again */
    answers(room, "neighbour");
    answers(room, "hostile");
    room_free(room);
}

static void an_endless_loop_is_stopped_softly(void **state)
{
    (void)state;
    stops("while true do end", "hostile/init.lua:4: CPU budget exceeded");
}

static void pcall_does_not_swallow_the_stop(void **state)
{
    (void)state;
    stops("while true do pcall(function() while true do end end) end",
          "CPU budget exceeded");
}

static void loops_in_own_coroutines_are_stopped(void **state)
{
    (void)state;
    stops("coroutine.wrap(function() while true do end end)()", "CPU budget exceeded");
    stops("local co = coroutine.create(function() while true do end end)\n"
          "while true do coroutine.resume(co) end",
          "CPU budget exceeded");
}

static void loops_in_metamethods_are_stopped(void **state)
{
    (void)state;
    stops("local t = setmetatable({}, { __index = function() while true do end end })\n"
          "return t.x",
          "CPU budget exceeded");
    stops("local t = {} for i = 1, 100 do t[i] = i end\n"
          "table.sort(t, function() while true do end end)",
          "CPU budget exceeded");
    stops("error(setmetatable({}, { __tostring = function() while true do end end }))",
          "the error object is a table");
    stops("local x <close> = setmetatable({}, { __close = function() while true do end "
          "end })",
          "CPU budget exceeded");
}

static void a_looping_message_handler_is_stopped_softly(void **state)
{
    (void)state;
    stops("xpcall(error, function() while true do end end)", "CPU budget exceeded");
    stops("while true do xpcall(error, function() while true do end end) end",
          "CPU budget exceeded");
}

static void calls_that_would_last_are_errors(void **state)
{
    (void)state;
    stops("string.find(('a'):rep(200), ('.-'):rep(12) .. 'b')",
          "hostile/init.lua:4: pattern needs too many steps");
    stops("table.move({}, 1, 1e15, 2)", "hostile/init.lua:4: table.move: more than");
}

/* Integer keys that all fall on the same place of a table of 2^17 nodes: growing to that
 * size is one call in C that takes seconds. */
#define COLLIDE "local t = {} for i = 0, 1 << 16 do t[i * ((1 << 17) - 1)] = i end"

static void loops_in_c_are_stopped_hard(void **state)
{
    (void)state;
    cpu_ms = 500; /* the loop itself may be slow */
    stops(COLLIDE, "stopped hard: CPU");
    cpu_ms = 0;
}

static void growth_is_a_memory_error(void **state)
{
    (void)state;
    cpu_ms = 2000; /* memory is what ends these */
    stops("local s = 'x' while true do s = s .. s end",
          "init.lua:4: memory limit exceeded");
    stops("local t = {} while true do t[#t + 1] = { #t } end", "memory limit exceeded");
    stops("local t = {} while true do t[#t + 1] = function() return t end end",
          "memory limit exceeded");
    stops("local t = {} while true do t[#t + 1] = coroutine.create(print) end",
          "memory limit exceeded");
    cpu_ms = 0;
    stops("local function f(n) return 1 + f(n + 1) end f(1)", "hostile/init.lua:4:");
}

static void growth_inside_pcall_ends_too(void **state)
{
    (void)state;
    stops("local t = {}\nwhile true do pcall(function()\n"
          "  while true do t[#t + 1] = ('x'):rep(1000) .. #t end end) end",
          "exceeded");
}

/* So many times 64 KiB in one piece. */
#define HUGE_REQUEST(n)                                                                  \
    "local t, s = {}, ('x'):rep(1 << 16) for i = 1, " #n " do t[i] = s end\n"            \
    "return table.concat(t)"

static void one_huge_request_drops_the_state(void **state)
{
    (void)state;
    cpu_ms = 2000;
    stops(HUGE_REQUEST(1600), "stopped hard: memory");
    cpu_ms = 0;
}

static void string_rep_is_bounded(void **state)
{
    (void)state;
    stops("return ('x'):rep(1e10)", "larger than 1 MiB");
    stops("return ('x'):rep(1e9, 'y')", "larger than 1 MiB");
    stops("assert(('').rep('', 1e15) == '') error('done')", "done");
}

static void an_honest_plugin_with_much_garbage_finishes(void **state)
{
    (void)state;
    struct room *room = room_new(0, 2000);
    load_hostile(room, "honest",
                 "local live = {} for i = 1, 20000 do live[i] = { i } end\n"
                 "for i = 1, 100000 do local t = { i, { i } } end\nmsg:reply('done')");
    room_say(room, "g1", "alice", "go");
    room_turn(room);
    assert_true(room_did(room, "done"));
    assert_string_equal(room->log, "");
    room_free(room);
}

static const char *eval_in(struct room *room, const char *code)
{
    return room_eval(room, "", code);
}

static void what_is_not_allowed_is_not_there(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    assert_string_equal(
        eval_in(room, "io, debug, package, dofile, loadfile, string.dump, os.execute, "
                      "os.getenv, os.exit, os.remove, coroutine.close"),
        "nil\tnil\tnil\tnil\tnil\tnil\tnil\tnil\tnil\tnil\tnil");
    assert_string_equal(eval_in(room, "getmetatable('')"), "false");
    assert_string_equal(eval_in(room, "getmetatable(bot.user('x'))"), "false");
    assert_non_null(
        strstr(eval_in(room, "load('\\27Lua')"), "attempt to load a binary chunk"));
    assert_non_null(strstr(eval_in(room, "load(function() end)"), "string expected"));
    assert_non_null(
        strstr(eval_in(room, "load(('x = 1 '):rep(20000))"), "larger than 64 KiB"));
    assert_non_null(strstr(eval_in(room, "setmetatable({}, { __gc = print })"), "__gc"));
    assert_non_null(
        strstr(eval_in(room, "setmetatable({}, { __concat = print })"), "__concat"));
    assert_non_null(strstr(eval_in(room, "require 'socket'"), "has no files"));
    assert_non_null(strstr(eval_in(room, "require '../x'"), "a module is called like"));
    assert_non_null(strstr(eval_in(room, "require 'moondock.nothing'"), "nothing.lua"));
    assert_string_equal(eval_in(room, "require('moondock.duration').parse('10m')"),
                        "600");
    assert_string_equal(eval_in(room, "load('return 1 + 1')()"), "2");
    assert_string_equal(eval_in(room, "load('return x', 'n', 't', { x = 7 })()"), "7");
    room_free(room);
}

/* Debian's 5.4.4 loses track of the stack in this one; and objects behave as ever. */
static void metatables_are_out_of_reach(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    assert_non_null(strstr(
        eval_in(room, "local mt = {} local t = setmetatable({}, mt)\n"
                      "mt.__concat = function() return 'reached' end return t .. 'x'"),
        "attempt to concatenate a table value"));
    assert_string_equal(
        eval_in(room,
                "local C = { name = 'c' } C.__index = C\n"
                "C.__add = function(a, b) return a.n + b.n end\n"
                "local a, b = setmetatable({ n = 1 }, C), setmetatable({ n = 2 }, C)\n"
                "C.__call = function(self, x) return x * self.n end\n"
                "local c = setmetatable({ n = 3 }, C)\n"
                "function C.later() return 'later' end\n"
                "return a + b, a.name, b(5), c.later(), getmetatable(a) == C"),
        "3\t\"c\"\t10\t\"later\"\ttrue");
    assert_string_equal(eval_in(room,
                                "local t = setmetatable({}, { __metatable = 'mine' })\n"
                                "return getmetatable(t), pcall(setmetatable, t, {})"),
                        "\"mine\"\tfalse\t\"cannot change a protected metatable\"");
    assert_string_equal(eval_in(room,
                                "local t = setmetatable({}, { __index = { x = 1 } })\n"
                                "setmetatable(t, { __index = { x = 2 } }) local x = t.x\n"
                                "setmetatable(t, nil) return x, t.x, getmetatable(t)"),
                        "2\tnil\tnil");
    assert_non_null(strstr(eval_in(room, "setmetatable(bot.user('x'), {})"),
                           "a protected metatable"));
    assert_string_equal(
        eval_in(room,
                "local s = {} for i = 1, 3000 do\n"
                "  s[i % 10] = setmetatable({}, { __mode = 'k', __index = {} }) end\n"
                "return collectgarbage('count') < 3000"),
        "true");
    room_free(room);
}

static void one_plugin_does_not_see_the_others_globals(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    room_load(room, "a", "secret = 42; string.format = nil; bot = ...", "");
    room_load(room, "b", "", "");
    assert_string_equal(room_eval(room, "a", "secret"), "42");
    assert_string_equal(room_eval(room, "b", "secret"), "nil");
    assert_string_equal(room_eval(room, "b", "('%d'):format(7)"), "\"7\"");
    room_free(room);
}

/* Memory goes back to where it was, however often and wherever the state was stopped. */
static void hard_stops_leave_nothing_behind(void **state)
{
    (void)state;
    struct room *room = room_new((size_t)1 << 20, 1000);
    load_hostile(room, "hostile", HUGE_REQUEST(256));
    size_t flat = 0;
    room_quiet(true);
    for (int i = 0; i < 1000; i++) {
        room_say(room, "g1", "mallory", "go");
        room_turn(room);
        room_pass(room, 2 * 3600 * 1000); /* past any switching off */
        struct json *status = json_array();
        script_status(room->script, status);
        const struct json *row = json_next(status, NULL);
        assert_string_equal(json_str(json_get(row, "state")).at, "running");
        size_t memory = (size_t)json_int(json_get(row, "memory"), 0);
        if (i == 0)
            flat = memory;
        assert_true(memory < flat + 20000);
        json_free(status);
        assert_non_null(strstr(room->log, "stopped hard: memory"));
        room_forget(room);
    }
    room_quiet(false);
    answers(room, "hostile");
    room_free(room);
}

static void a_slow_leak_starts_the_plugin_again(void **state)
{
    (void)state;
    struct room *room = room_new((size_t)1 << 20, 1000);
    load_hostile(room, "leaky",
                 "kept = kept or {} kept[#kept + 1] = ('x'):rep(20000) .. #kept");
    for (int i = 0; i < 200; i++) {
        room_say(room, "g1", "mallory", "go");
        room_turn(room);
        room_pass(room, 60000);
    }
    assert_non_null(strstr(room->log, "stopped hard: memory limit exceeded"));
    assert_non_null(strstr(room->log, "started again"));
    answers(room, "leaky");
    room_free(room);
}

static void repeated_hard_stops_switch_the_plugin_off_for_a_while(void **state)
{
    (void)state;
    struct room *room = room_new((size_t)1 << 20, 1000);
    load_hostile(room, "hostile", HUGE_REQUEST(256));
    for (int i = 0; i < 3; i++) {
        room_say(room, "g1", "mallory", "go");
        room_turn(room);
    }
    assert_non_null(strstr(room->log, "switched off for 1 min"));
    room_forget(room);
    room_say(room, "g1", "alice", "ok?");
    room_turn(room);
    assert_int_equal(room->did_count, 0);
    room_pass(room, 60 * 1000);
    answers(room, "hostile");
    room_free(room);
}

static void a_main_chunk_that_never_returns_fails_to_load(void **state)
{
    (void)state;
    struct err err = { 0 };
    struct room *room = room_new(0, 0);
    assert_false(room_try_load(room, "stuck", "while true do end", "", "", &err));
    assert_int_equal(err.code, ERR_PLUGIN);
    assert_non_null(strstr(err.text, "stuck/init.lua:1: CPU budget exceeded"));
    assert_false(room_try_load(room, "stuck", COLLIDE, "", "", &err));
    assert_non_null(strstr(err.text, "CPU budget exceeded while it was loaded"));
    room_free(room);
}

static void the_log_is_not_flooded(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    load_hostile(room, "noisy", "error('again')");
    for (int i = 0; i < 100; i++)
        room_say(room, "g1", "mallory", "go");
    int lines = 0;
    for (const char *at = room->log; (at = strstr(at, "noisy/init.lua:4: again")); at++)
        lines++;
    assert_in_range(lines, 1, 5);
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_endless_loop_is_stopped_softly),
        cmocka_unit_test(pcall_does_not_swallow_the_stop),
        cmocka_unit_test(loops_in_own_coroutines_are_stopped),
        cmocka_unit_test(loops_in_metamethods_are_stopped),
        cmocka_unit_test(a_looping_message_handler_is_stopped_softly),
        cmocka_unit_test(calls_that_would_last_are_errors),
        cmocka_unit_test(loops_in_c_are_stopped_hard),
        cmocka_unit_test(growth_is_a_memory_error),
        cmocka_unit_test(growth_inside_pcall_ends_too),
        cmocka_unit_test(one_huge_request_drops_the_state),
        cmocka_unit_test(string_rep_is_bounded),
        cmocka_unit_test(an_honest_plugin_with_much_garbage_finishes),
        cmocka_unit_test(what_is_not_allowed_is_not_there),
        cmocka_unit_test(metatables_are_out_of_reach),
        cmocka_unit_test(one_plugin_does_not_see_the_others_globals),
        cmocka_unit_test(hard_stops_leave_nothing_behind),
        cmocka_unit_test(a_slow_leak_starts_the_plugin_again),
        cmocka_unit_test(repeated_hard_stops_switch_the_plugin_off_for_a_while),
        cmocka_unit_test(a_main_chunk_that_never_returns_fails_to_load),
        cmocka_unit_test(the_log_is_not_flooded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
