/* Plugins that misuse tasks. After each, a neighbour answers the next message. */
#include "../../support/script_room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct room *room_for(int64_t cpu_ms, const char *code)
{
    char whole[4096];
    struct room *room = room_new(0, cpu_ms);
    snprintf(whole, sizeof(whole), "local bot = ...\n%s", code);
    room_load(room, "bad", whole, "group.mute");
    room_load(room, "good",
              "local bot = ...\n"
              "bot.on('message', function(msg)\n"
              "  if msg.text == 'ping' then msg:reply('pong') end end)",
              "");
    return room;
}

static struct room *room_with(const char *code)
{
    return room_for(0, code);
}

static void the_neighbour_answers(struct room *room)
{
    room_forget(room);
    int64_t row = room_say(room, "g1", "bob", "ping");
    room_turn(room);
    assert_true(room_did(room, "pong"));
    assert_true(room_is_done(room, row));
}

/* And it was not lost: what it keeps in memory is still there. */
static void the_instance_lives(struct room *room)
{
    assert_string_equal(room_eval(room, "bad", "kept"), "\"kept\"");
}

static void loops_in_coroutines_are_stopped(void **state)
{
    (void)state;
    struct room *room =
        room_with("kept = 'kept'\n"
                  "local function loop() while true do end end\n"
                  "bot.on('message', function(msg)\n"
                  "  if msg.text == 'resume' then\n"
                  "    coroutine.resume(coroutine.create(loop)) bot.log.warn('never')\n"
                  "  elseif msg.text == 'wrap' then coroutine.wrap(loop)()\n"
                  "  elseif msg.text == 'spawn' then bot.spawn(loop)\n"
                  "  elseif msg.text == 'later' then\n"
                  "    coroutine.wrap(function() bot.sleep(1) loop() end)()\n"
                  "  elseif msg.text == 'where' then\n"
                  "    bot.wait('message', { where = loop }) end end)");
    static const char *const ways[] = { "resume", "wrap", "spawn", "later", "where" };
    for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
        room_forget(room);
        room_say(room, "g1", "alice", ways[i]);
        room_turn(room);
        room_pass(room, 1000);
        room_say(room, "g1", "alice", "x");
        assert_non_null(strstr(room->log, "CPU budget exceeded"));
        assert_null(strstr(room->log, "stopped hard"));
        assert_null(strstr(room->log, "never"));
        the_instance_lives(room);
        the_neighbour_answers(room);
    }
    room_free(room);
}

static void loops_in_close_are_stopped(void **state)
{
    (void)state;
    struct room *room =
        room_with("kept = 'kept'\n"
                  "local function closes(fn)\n"
                  "  return setmetatable({}, { __close = fn }) end\n"
                  "local task\n"
                  "bot.on('message', function(msg)\n"
                  "  local loop = closes(function() while true do end end)\n"
                  "  if msg.text == 'return' then local x <close> = loop\n"
                  "  elseif msg.text == 'raise' then local x <close> = loop error('x')\n"
                  "  elseif msg.text == 'start' then\n"
                  "    task = bot.spawn(function()\n"
                  "      local x <close> = closes(function() bot.log.warn('outer') end)\n"
                  "      local y <close> = loop\n"
                  "      while true do bot.sleep(60) end end)\n"
                  "  elseif msg.text == 'cancel' then if task then task:cancel() end\n"
                  "  elseif msg.text == 'pcall' then\n"
                  "    task = bot.spawn(function()\n"
                  "      while true do pcall(bot.sleep, 60) end end) end end)");
    static const char *const ways[] = { "return", "raise", "start" };
    for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
        room_forget(room);
        int64_t row = room_say(room, "g1", "alice", ways[i]);
        room_turn(room);
        room_say(room, "g1", "alice", "cancel");
        room_turn(room);
        /* The first error of a task is the one that is told. */
        bool raised = strcmp(ways[i], "raise") == 0;
        assert_non_null(strstr(room->log, raised ? "9: x" : "CPU budget exceeded"));
        assert_null(strstr(room->log, "stopped hard"));
        assert_true(room_is_done(room, row));
        assert_int_equal(script_task_count(room->script), 0);
        the_instance_lives(room);
        the_neighbour_answers(room);
    }
    room_say(room, "g1", "alice", "pcall"); /* and pcall does not hold it up */
    room_turn(room);
    room_say(room, "g1", "alice", "cancel");
    room_turn(room);
    assert_int_equal(script_task_count(room->script), 0);
    room_free(room);
}

static void floods_meet_a_quota(void **state)
{
    (void)state;
    struct room *room = room_for(
        2000,
        "kept = 'kept'\n"
        "local function flood(fn)\n"
        "  for i = 1, 1000000 do\n"
        "    local ok, err = fn(i)\n"
        "    if not ok then bot.log.warn('%s after %d', err.code, i - 1) return end\n"
        "  end end\n"
        "bot.on('message', function(msg)\n"
        "  if msg.text == 'spawn' then\n"
        "    flood(function() return bot.spawn(bot.wait, 'connected') end)\n"
        "  elseif msg.text == 'emit' then\n"
        "    flood(function() return bot.emit('x:y') end)\n"
        "  elseif msg.text == 'all' then\n"
        "    local fns = {}\n"
        "    for i = 1, 2000 do fns[i] = function() return i end end\n"
        "    local r = bot.all(fns)\n"
        "    bot.log.warn('%d %s %s', r[1], r[2000], r.errors[2000].code)\n"
        "  elseif msg.text == 'wait' then bot.wait('connected') end end)");
    room_say(room, "g1", "alice", "spawn");
    assert_non_null(strstr(room->log, "limit after 999")); /* and the handler */
    room_turn(room);
    assert_int_equal(script_task_count(room->script), 999);
    the_neighbour_answers(room);
    script_event(room->script, "connected", NULL);
    assert_int_equal(script_task_count(room->script), 0);

    room_forget(room);
    room_quiet(true);
    for (int i = 0; i < 3000; i++)
        room_say(room, "g1", "alice", "wait");
    room_quiet(false);
    assert_int_equal(script_task_count(room->script), 1000);
    assert_non_null(strstr(room->log, "more than 1000 tasks wait"));
    while (script_task_count(room->script) > 0) { /* they come later, a few a turn */
        script_event(room->script, "connected", NULL);
        room_turn(room);
    }
    assert_int_equal(room->last_row, 3002);
    assert_null(room->said); /* all are done */

    room_forget(room);
    room_say(room, "g1", "alice", "emit");
    assert_non_null(strstr(room->log, "limit after 1000"));
    room_turn(room);
    room_forget(room);
    room_say(room, "g1", "alice", "all");
    room_turn(room);
    assert_non_null(strstr(room->log, "1 nil limit"));
    the_instance_lives(room);
    the_neighbour_answers(room);
    room_free(room);
}

static void host_functions_in_odd_places_raise(void **state)
{
    (void)state;
    static const char *const places[] = {
        "table.sort({ 2, 1 }, function() %s end)",
        "('x'):gsub('x', function() %s end)",
        "('x'):gsub('x', setmetatable({}, { __index = function() %s end }))",
        "local it = setmetatable({}, { __tostring = function() %s end }) tostring(it)",
        "load(function() %s end)",
    };
    static const char *const calls[] = {
        "bot.sleep(1)",
        "bot.wait('message')",
        "bot.all {}",
        "bot.require('x').y()",
        "message:ask('x')",
        "message.ask(bot, 'x')",
        "message.ask({}, 'x')",
        "message.reply(io, 'x')",
        "bot.spawn()",
        "bot.spawn(task)",
        "getmetatable(bot.spawn(print)).__index.cancel({})",
        "bot.emit('a:b', coroutine.create(print))",
        "bot.wait('message', { where = 5 })",
        "bot.wait('message', { chat = 5, from = message })",
        "bot.on_error('x')",
        "bot.export { 5 }",
        "bot.require('x').y(bot)",
    };
    struct room *room =
        room_with("kept = 'kept'\nbot.on('message', function(m) message = m end)");
    room_say(room, "g1", "alice", "x");
    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
        for (size_t k = 0; k < sizeof(calls) / sizeof(*calls); k++) {
            char code[400];
            const char *hole = strstr(places[i], "%s");
            snprintf(code, sizeof(code), "%.*sassert(%s)%s", (int)(hole - places[i]),
                     places[i], calls[k], hole + 2);
            const char *got = room_eval(room, "bad", code);
            if (strncmp(got, "error: ", 7) != 0)
                fail_msg("%s gave %s", code, got);
        }
    for (size_t k = 5; k < sizeof(calls) / sizeof(*calls); k++) {
        const char *got = room_eval(room, "bad", calls[k]);
        if (strncmp(got, "error: ", 7) != 0 && !strstr(got, "denied"))
            fail_msg("%s gave %s", calls[k], got);
    }
    assert_int_equal(script_task_count(room->script), 0);
    the_instance_lives(room);
    the_neighbour_answers(room);
    room_free(room);
}

/* Every kind of wait, 20 tasks each, over a reload and its deadline: each call comes back
 * once, and what somebody says is heard once. */
static void a_reload_completes_each_pending_call_once(void **state)
{
    (void)state;
    static const char *const kinds[] = { "sleep", "send", "wait", "ask", "all" };
    char text[64];
    struct err err = { 0 };
    struct buf report;
    struct room *room = room_with(
        "bot.on('message', function(msg)\n"
        "  local kind, n = msg.text:match('^(%l+) (%d+)$')\n"
        "  local err\n"
        "  if kind == 'sleep' then _, err = bot.sleep(1000)\n"
        "  elseif kind == 'send' then _, err = bot.group('g1'):mute('x', '1m')\n"
        "  elseif kind == 'wait' then _, err = bot.wait('connected')\n"
        "  elseif kind == 'ask' then\n"
        "    local text text, err = msg:ask('?') err = err or { code = text }\n"
        "  elseif kind == 'all' then\n"
        "    _, err = bot.all { function() bot.sleep(1000) end }\n"
        "  elseif msg.text ~= 'ping' then\n"
        "    bot.log.warn('heard %s', msg.text) return end\n"
        "  if n then bot.log.warn('end %s %s %s;', kind, n, err.code) end end)");
    buf_init(&report, 1000);
    for (int i = 0; i < 20; i++)
        for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
            room->hold = strcmp(kinds[k], "send") == 0;
            char person[32];
            snprintf(text, sizeof(text), "%s %d", kinds[k], i);
            snprintf(person, sizeof(person), "%s%d", kinds[k], i);
            room_say(room, "g1", person, text);
            room_turn(room);
        }
    room->hold = false;
    assert_int_equal(script_task_count(room->script), 120); /* `all` has two */
    room_manifest(room, "bad", "1.0.1", "");
    assert_true(script_reload(room->script, STR("bad"), true, &report, &err));
    assert_int_equal(script_task_count(room->script), 120);

    room_say(room, "g1", "ask7", "answer");
    assert_non_null(strstr(room->log, "end ask 7 answer;"));
    assert_null(strstr(room->log, "heard answer"));
    room_say(room, "g1", "ask7", "more");
    assert_non_null(strstr(room->log, "heard more"));

    room_pass(room, 60000); /* sends time out before, with 30 s; the rest is cancelled */
    room_turn(room);
    assert_int_equal(script_task_count(room->script), 0);
    for (int i = 0; i < 20; i++)
        for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
            snprintf(text, sizeof(text), "end %s %d ", kinds[k], i);
            const char *first = strstr(room->log, text);
            assert_non_null(first);
            assert_null(strstr(first + 1, text));
        }
    assert_non_null(strstr(room->log, "end sleep 0 reloaded;"));
    assert_non_null(strstr(room->log, "end all 3 reloaded;"));
    room_say(room, "g1", "ask8", "nobody asks any more");
    assert_non_null(strstr(room->log, "heard nobody asks any more"));
    the_neighbour_answers(room);
    buf_clear(&report);
    room_free(room);
}

/* A hard stop with all kinds of waits pending: nothing of them is left. */
static void a_hard_stop_takes_all_waits_with_it(void **state)
{
    (void)state;
    struct room *room = room_for(
        2000, "bot.export { f = function() bot.sleep(100) end }\n"
              "bot.on('message', function(msg)\n"
              "  if msg.text == 'die' then\n"
              "    local t, s = {}, ('x'):rep(1 << 16) for i = 1, 1600 do t[i] = s end\n"
              "    return table.concat(t)\n"
              "  elseif msg.text == 'park' then\n"
              "    bot.spawn(bot.all, { function() bot.sleep(100) end,\n"
              "      function() bot.wait('connected', { where = print }) end })\n"
              "    bot.spawn(function() msg:ask('?') end)\n"
              "    bot.emit('a:b') end end)");
    room_say(room, "g1", "alice", "park");
    room_turn(room);
    assert_int_equal(script_task_count(room->script), 4);
    room_say(room, "g1", "carl", "die");
    room_turn(room);
    assert_non_null(strstr(room->log, "stopped hard: memory"));
    assert_int_equal(script_task_count(room->script), 0);
    room_say(room, "g1", "alice", "an answer to nobody");
    the_neighbour_answers(room);
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loops_in_coroutines_are_stopped),
        cmocka_unit_test(loops_in_close_are_stopped),
        cmocka_unit_test(floods_meet_a_quota),
        cmocka_unit_test(host_functions_in_odd_places_raise),
        cmocka_unit_test(a_reload_completes_each_pending_call_once),
        cmocka_unit_test(a_hard_stop_takes_all_waits_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
