/* Instances without a state: those of further bots until somebody wants something of
 * them, and those that have rested for long. */
#include "../../support/script_room.h"

#include "base/mem.h"
#include "script/inside.h"
#include "script/router.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const greeter = "local bot = ...\n"
                                   "local count = 0\n"
                                   "bot.command { 'hi', run = function(msg)\n"
                                   "  count = count + 1\n"
                                   "  msg:reply('hello ' .. count)\n"
                                   "end }\n"
                                   "bot.words({ 'tea' }, function(msg)\n"
                                   "  msg:reply('with milk') end)\n"
                                   "bot.hear('^buy (%a+)', function(msg, what)\n"
                                   "  msg:reply('bought ' .. what) end)\n";

static const char *state_of(const struct room *room, int64_t *memory)
{
    static char state[32];
    struct json *rows = json_array();
    script_status(room->script, rows);
    const struct json *row = json_next(rows, NULL);
    snprintf(state, sizeof(state), "%.*s", STR_ARG(json_str(json_get(row, "state"))));
    if (memory)
        *memory = json_int(json_get(row, "memory"), -1);
    json_free(rows);
    return state;
}

/* Two bots with the plugin; the first one's is running. */
static void open_two(struct room *rooms[2], const char *code)
{
    for (int i = 0; i < 2; i++) {
        rooms[i] = room_new(0, 0);
        room_load(rooms[i], "p", code, "");
    }
    assert_string_equal(state_of(rooms[0], NULL), "running");
}

static void close_two(struct room *rooms[2])
{
    room_free(rooms[1]);
    room_free(rooms[0]);
}

static void the_second_bot_sleeps(void **state)
{
    (void)state;
    struct room *rooms[2];
    int64_t memory;
    open_two(rooms, greeter);
    assert_string_equal(state_of(rooms[1], &memory), "asleep");
    assert_int_equal(memory, 0);
    int64_t row = room_say(rooms[1], "g1", "alice", "good morning");
    assert_true(room_is_done(rooms[1], row));
    assert_string_equal(state_of(rooms[1], NULL), "asleep");
    room_say(rooms[1], "g1", "alice", "/hi");
    assert_true(room_did(rooms[1], "hello 1"));
    assert_string_equal(state_of(rooms[1], &memory), "running");
    assert_true(memory > 0);
    room_turn(rooms[1]);
    room_say(rooms[1], "g1", "alice", "/hi");
    assert_true(room_did(rooms[1], "hello 2"));
    room_say(rooms[0], "g1", "alice", "/hi");
    assert_true(room_did(rooms[0], "hello 1")); /* nothing is shared */
    close_two(rooms);
}

static void any_kind_of_handler_wakes(void **state)
{
    (void)state;
    static const char *const says[][2] = { { "/hi", "hello 1" },
                                           { "some tea?", "with milk" },
                                           { "buy bread", "bought bread" } };
    for (int i = 0; i < 3; i++) {
        struct room *rooms[2];
        open_two(rooms, greeter);
        room_say(rooms[1], "g1", "alice", says[i][0]);
        assert_true(room_did(rooms[1], says[i][1]));
        close_two(rooms);
    }
}

static void evals_and_reloads_wake(void **state)
{
    (void)state;
    struct room *rooms[2];
    struct buf report;
    buf_init(&report, 1000);
    open_two(rooms, greeter);
    assert_string_equal(room_eval(rooms[1], "p", "1 + 1"), "2");
    assert_string_equal(state_of(rooms[1], NULL), "running");
    room_write(rooms[1], "p", "more.lua", "return 1");
    assert_true(script_reload(rooms[1]->script, STR("p"), false, &report, NULL));
    room_say(rooms[1], "g1", "alice", "/hi");
    assert_true(room_did(rooms[1], "hello 1"));
    buf_clear(&report);
    close_two(rooms);
}

/* Neither the old nor the new version has to run for a bot that nobody talked to. */
static void sleepers_are_reloaded_asleep(void **state)
{
    (void)state;
    struct room *rooms[2];
    struct buf report;
    buf_init(&report, 1000);
    open_two(rooms, greeter);
    for (int i = 0; i < 2; i++) {
        room_write(rooms[i], "p", "init.lua",
                   "local bot = ...\n"
                   "bot.words({ 'wine' }, function(msg) msg:reply('red') end)\n");
        assert_true(script_reload(rooms[i]->script, STR("p"), false, &report, NULL));
    }
    assert_string_equal(state_of(rooms[0], NULL), "running");
    assert_string_equal(state_of(rooms[1], NULL), "asleep");
    room_say(rooms[1], "g1", "alice", "wine");
    assert_true(room_did(rooms[1], "red"));
    buf_clear(&report);
    close_two(rooms);
}

/* A main chunk that looks at something outside, or begins something, runs for each bot.
 */
static void what_does_more_does_not_sleep(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "local at = bot.now()",
        "local n = math.random(9)",
        "math.randomseed(4)",
        "local t = os.time()",
        "bot.every('1m', function() end)",
        "bot.cron('0 9 * * *', function() end)",
        "bot.export { f = print }",
        "local b = bot.random_bytes(4)",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        struct room *rooms[2];
        char code[256];
        snprintf(code, sizeof(code),
                 "local bot = ...\n%s\nbot.on('message', function() end)\n", lines[i]);
        open_two(rooms, code);
        if (strcmp(state_of(rooms[1], NULL), "running") != 0)
            fail_msg("asleep with %s", lines[i]);
        close_two(rooms);
    }
}

static void other_grants_other_descriptor(void **state)
{
    (void)state;
    struct room *rooms[2];
    rooms[0] = room_new(0, 0);
    room_load(rooms[0], "p", greeter, "");
    rooms[1] = room_new(0, 0);
    room_load(rooms[1], "p", greeter, "send");
    assert_string_equal(state_of(rooms[1], NULL), "running");
    close_two(rooms);
    rooms[0] = room_new(0, 0); /* nothing outlives its last bot */
    room_load(rooms[0], "p", greeter, "");
    assert_string_equal(state_of(rooms[0], NULL), "running");
    room_free(rooms[0]);
}

/* The index knew another word: it goes, the real one comes, and the very message that
 * woke the instance is given to it. */
static void another_registration_is_private(void **state)
{
    (void)state;
    struct room *rooms[2];
    open_two(rooms, "local bot = ...\n"
                    "bot.on('message', function(msg) msg:reply('seen') end)\n"
                    "bot.words({ 'tea' }, function(msg) msg:reply('with milk') end)\n");
    struct handler *words = rooms[1]->script->plugins->live->handlers->next;
    free(words->phrases[0]);
    words->phrases[0] = str_dup(STR("rum"));
    router_changed(rooms[1]->script->runtime.router);
    room_say(rooms[1], "g1", "alice", "tea");
    assert_true(room_did(rooms[1], "seen"));
    assert_true(room_did(rooms[1], "with milk"));
    room_turn(rooms[1]);
    room_forget(rooms[1]);
    room_say(rooms[1], "g1", "alice", "rum");
    assert_false(room_did(rooms[1], "with milk"));
    close_two(rooms);
}

static void order_of_registration_is_free(void **state)
{
    (void)state;
    struct room *rooms[2];
    open_two(rooms, "local bot = ...\n"
                    "local all = {}\n"
                    "for i = 1, 20 do all[{}] = 'word' .. i end\n"
                    "for _, word in pairs(all) do\n"
                    "  bot.words({ word }, function(msg) msg:reply('got ' .. word) end)\n"
                    "end\n");
    room_say(rooms[1], "g1", "alice", "word7");
    assert_true(room_did(rooms[1], "got word7"));
    assert_int_equal(rooms[1]->script->plugins->live->handler_count, 20);
    assert_int_equal(rooms[1]->script->plugins->live->handler_records, 20);
    close_two(rooms);
}

/* --- rest --- */

static const char *const saving = "bot.on_save(function() return count end)\n"
                                  "bot.on_load(function(n) count = n end)\n";

static struct room *open_counter(const char *more)
{
    char code[1024];
    struct room *room = room_new(0, 0);
    snprintf(code, sizeof(code),
             "local bot = ...\n"
             "local count = 0\n"
             "bot.command { 'hi', run = function(msg)\n"
             "  count = count + 1\n"
             "  msg:reply('hello ' .. count)\n"
             "end }\n"
             "%s\n",
             more);
    room_load(room, "p", code, "");
    room_say(room, "g1", "alice", "/hi");
    room_turn(room);
    return room;
}

static void pass_minutes(struct room *room, int count)
{
    for (int i = 0; i < count; i++)
        room_pass(room, 60 * 1000);
}

static void who_saves_may_sleep(void **state)
{
    (void)state;
    int64_t memory;
    struct room *room = open_counter(saving);
    pass_minutes(room, 29);
    assert_string_equal(state_of(room, NULL), "running");
    pass_minutes(room, 3);
    assert_string_equal(state_of(room, &memory), "asleep");
    assert_int_equal(memory, 0);
    room_say(room, "g1", "alice", "/hi");
    assert_true(room_did(room, "hello 2")); /* it knows what it knew */
    room_turn(room);
    pass_minutes(room, 40);
    assert_string_equal(state_of(room, NULL), "asleep"); /* again */
    room_say(room, "g1", "alice", "/hi");
    assert_true(room_did(room, "hello 3"));
    room_turn(room);
    room_free(room);
}

static void a_reload_finds_what_sleeps(void **state)
{
    (void)state;
    struct buf report;
    buf_init(&report, 1000);
    struct room *room = open_counter(saving);
    pass_minutes(room, 40);
    assert_string_equal(state_of(room, NULL), "asleep");
    assert_true(script_reload(room->script, STR("p"), true, &report, NULL));
    room_say(room, "g1", "alice", "/hi");
    assert_true(room_did(room, "hello 2"));
    buf_clear(&report);
    room_free(room);
}

static void others_stay_awake(void **state)
{
    (void)state;
    static const char *const more[] = {
        "", /* what it knows would be lost */
        "bot.every('1h', function() end)",
        "bot.hear('x', function() bot.sleep('9h') end)",
        "bot.export { f = print }",
        "bot.hear('x', function() bot.hear('y', print) end)",
    };
    for (size_t i = 0; i < sizeof(more) / sizeof(*more); i++) {
        char code[1024];
        snprintf(code, sizeof(code), "%s\n%s", i > 0 ? saving : "", more[i]);
        struct room *room = open_counter(code);
        room_say(room, "g1", "alice", "x");
        pass_minutes(room, 40);
        if (strcmp(state_of(room, NULL), "running") != 0)
            fail_msg("asleep with %s", more[i]);
        room_free(room);
    }
}

/* What cannot be woken is started again, or switched off, as after a hard stop. */
static void a_failure_to_wake_is_told(void **state)
{
    (void)state;
    struct room *room = open_counter("bot.on_save(function() return 1 end)\n"
                                     "bot.on_load(function() error('not today') end)\n");
    room_quiet(true);
    pass_minutes(room, 40);
    assert_string_equal(state_of(room, NULL), "asleep");
    int64_t row = room_say(room, "g1", "alice", "/hi");
    room_turn(room);
    room_quiet(false);
    assert_true(room_is_done(room, row));
    assert_non_null(strstr(room->log, "not today"));
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_second_bot_sleeps),
        cmocka_unit_test(any_kind_of_handler_wakes),
        cmocka_unit_test(evals_and_reloads_wake),
        cmocka_unit_test(sleepers_are_reloaded_asleep),
        cmocka_unit_test(what_does_more_does_not_sleep),
        cmocka_unit_test(other_grants_other_descriptor),
        cmocka_unit_test(another_registration_is_private),
        cmocka_unit_test(order_of_registration_is_free),
        cmocka_unit_test(who_saves_may_sleep),
        cmocka_unit_test(a_reload_finds_what_sleeps),
        cmocka_unit_test(others_stay_awake),
        cmocka_unit_test(a_failure_to_wake_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
