/* script/quota: floods of every kind end as errors that say so, the plugin lives, and a
 * neighbour on the same worker is answered meanwhile. */
#include "../../support/script_room.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/audit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct room *room;

/* The flooding plugin, and one beside it that answers "ping". */
static void open_room(const char *code, const char *grants)
{
    char whole[4096];
    room = room_new(0, 5000);
    room_quiet(true);
    snprintf(whole, sizeof(whole), "bot = ...\n%s", code);
    room_load(room, "p", whole, grants);
    room_load(room, "neighbour",
              "local bot = ...\n"
              "bot.command { 'ping', run = function(m) m:reply('pong') end }",
              "");
}

static void close_room(void)
{
    room_free(room);
    room_quiet(false);
}

static void expect_neighbour(void)
{
    room_forget(room);
    room_say(room, "g1", "alice", "/ping");
    assert_true(room_did(room, "\"content\":\"pong\""));
}

static void expect(const char *code, const char *part)
{
    const char *got = room_eval(room, "p", code);
    if (!strstr(got, part))
        fail_msg("%s\ngives   %s\nnot     %s", code, got, part);
}

static size_t lines_with(const char *part)
{
    size_t count = 0;
    for (const char *at = room->log; (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

static void a_flood_of_sends(void **state)
{
    (void)state;
    open_room("failed, codes, sent = 0, {}, 0\n"
              "local function try(to)\n"
              "  local ok, err = bot.send(to, 'x')\n"
              "  if ok then sent = sent + 1 else\n"
              "    failed = failed + 1 codes[err.code] = err.message end\n"
              "end\n"
              "bot.hear('^flood (%d+)', function(m, n)\n"
              "  for i = 1, tonumber(n) do try(m) end\nend)\n"
              "bot.hear('^spread', function(m)\n"
              "  for i = 301, 600 do try(bot.group('g' .. i)) end\nend)",
              "send");
    room_say(room, "g1", "alice", "flood 300");
    for (int i = 0; i < 300; i++) {
        room_forget(room);
        room_turn(room);
    }
    expect("return sent, failed", "120\t180"); /* 20 answers, then 100 in the second */
    expect("return codes.limit", "more than 100 sends in a second");
    expect_neighbour();
    room_say(room, "g1", "alice", "spread");
    for (int i = 0; i < 300; i++) {
        room_forget(room);
        room_turn(room);
    }
    expect("return sent, failed", "120\t480");
    room_pass(room, 1000);
    room_say(room, "g1", "alice", "spread");
    for (int i = 0; i < 300; i++) {
        room_forget(room);
        room_turn(room);
    }
    expect("return sent, failed", "220\t680");
    close_room();
}

/* A chat where everybody talks at once is answered at any speed. */
static void many_events_are_not_a_flood(void **state)
{
    (void)state;
    open_room("failed = 0\n"
              "bot.on('message', function(m)\n"
              "  for i = 1, 3 do if not m:reply('x') then failed = failed + 1 end end\n"
              "end)",
              "");
    for (int i = 0; i < 500; i++) {
        room_say(room, "g1", "alice", "hello");
        for (int turn = 0; turn < 3; turn++) {
            room_turn(room);
            room_forget(room);
        }
    }
    expect("return failed", "0");
    close_room();
}

static void floods_that_raise(void **state)
{
    static const char *const cases[][2] = {
        { "for i = 1, 1e6 do bot.every('1h', print) end", "more than 1000 timers" },
        { "for i = 1, 1e6 do bot.on('message', print) end", "more than 1000 handlers" },
        { "for i = 1, 1e6 do bot.on('message', print)() end",
          "more than 4000 handlers made and taken back" },
        { "for i = 1, 1e6 do bot.words({ 'w' .. i }, print) end",
          "more than 200 sets of words" },
        { "local l = {} for i = 1, 1500 do l[i] = 'w' .. i end\n"
          "bot.words(l, print) bot.words(l, print)",
          "more than 2000 words" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        open_room("", "");
        expect(cases[i][0], cases[i][1]);
        expect("return 1 + 1", "2");
        expect_neighbour();
        close_room();
    }
}

static void a_flood_of_log_lines(void **state)
{
    (void)state;
    open_room("bot.hear('^flood', function()\n"
              "  for i = 1, 1e4 do bot.log.warn('drop') end\nend)\n"
              "bot.hear('^long', function() bot.log.warn(('ü'):rep(4000)) end)",
              "");
    room_say(room, "g1", "alice", "flood");
    assert_int_equal(lines_with("drop"), 100);
    expect_neighbour();
    room_pass(room, 1000);
    room_say(room, "g1", "alice", "long");
    assert_int_equal(lines_with("9900 lines left out"), 1);
    assert_int_equal(lines_with("ü"), 2048);
    assert_int_equal(lines_with("ü…"), 1);
    close_room();
}

static void count_row(void *arg, const struct audit_row *row)
{
    if (str_eq(row->plugin, STR("p")))
        ++*(size_t *)arg;
}

/* What a script is refused for leaves some rows in the audit, not one for each try. */
static void a_flood_of_refusals_is_not_a_flood_of_rows(void **state)
{
    (void)state;
    open_room("", "");
    expect("for i = 1, 1000 do bot.send(bot.group('g2'), 'x') end", "");
    expect("return select(2, bot.send(bot.group('g2'), 'x')).code", "denied");
    size_t rows = 0;
    assert_true(audit_each(room->store, 5000, count_row, &rows, NULL));
    assert_int_equal(rows, 20);
    expect_neighbour();
    close_room();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flood_of_sends),
        cmocka_unit_test(many_events_are_not_a_flood),
        cmocka_unit_test(floods_that_raise),
        cmocka_unit_test(a_flood_of_log_lines),
        cmocka_unit_test(a_flood_of_refusals_is_not_a_flood_of_rows),
    };
    return cmocka_run_group_tests_name("quota", tests, NULL, NULL);
}
