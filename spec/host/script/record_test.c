/* script/record: tasks that are run again after a crash get what they got, and do nothing
 * twice. */
#include "../../support/script_room.h"

#include "base/clock.h"
#include "store/inside.h"
#include "store/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEAR "local bot = ... local store = bot.store()\nbot.hear('^go$', function(m)\n"

static void hand_up(struct room *room, bool redelivered)
{
    struct message message = {
        .type = CONVERSATION_GROUP,
        .target = STR("g1"),
        .sender = STR("alice"),
        .object_name = STR("RC:TxtMsg"),
        .content = STR("{\"content\":\"go\"}"),
        .uid = STR("UID"),
        .received_ms = clock_wall_ms(),
        .redelivered = redelivered,
        .row = 1,
    };
    if (!redelivered)
        journal_add(room->store, message.uid, message.received_ms, NULL, 0);
    script_message(room->script, &message);
    room_turn(room);
}

static void load(struct room *room, const char *code)
{
    char whole[2048];
    snprintf(whole, sizeof(whole), HEAR "%s\nend)", code);
    room_load(room, "p", whole, "group.mute");
}

static struct room *begin(const char *code, const char *before)
{
    struct room *room = room_new(0, 0);
    load(room, code);
    room_eval(room, "p", before);
    hand_up(room, false);
    return room;
}

/* Behind a commit; and the next life of the process. */
static void die(struct room *room, const char *code)
{
    store_commit(room->store, NULL);
    room_restart(room, NULL);
    room_forget(room);
    load(room, code);
    hand_up(room, true);
}

static const char *kept(struct room *room, const char *key)
{
    char code[100];
    snprintf(code, sizeof(code), "bot.store():get('%s')", key);
    return room_eval(room, "p", code);
}

static void spawned_tasks_are_told_apart(void **state)
{
    (void)state;
    const char *code = "for i = 1, 2 do bot.spawn(function()\n"
                       "  local k = store:add('k' .. i, 1) bot.sleep(1 + i)\n"
                       "  bot.spawn(function() local e = store:add('e' .. i, 1)\n"
                       "    bot.sleep(3) m:reply(i .. ' ' .. k .. e) end)\n"
                       "end) end store:add('n', 1)";
    struct room *room = begin(code, "0");
    room_pass(room, 2500); /* one of the inner ones waits, the other was not made yet */
    die(room, code);
    for (int i = 0; i < 8; i++)
        room_pass(room, 1000);
    assert_int_equal(room->did_count, 2);
    assert_true(room_did(room, "\"1 11\"") && room_did(room, "\"2 11\""));
    assert_true(room_did(room, "key=UID/p/1.1.1/") && room_did(room, "key=UID/p/1.2.1/"));
    assert_string_equal(kept(room, "n"), "1");
    assert_string_equal(kept(room, "k1"), "1");
    assert_string_equal(kept(room, "e2"), "1");
    room_free(room);
}

static void other_calls_end_what_was_let_out(void **state)
{
    (void)state;
    const char *code = "store:add('a', 1) store:add(other and 'x' or 'y', 1)\n"
                       "bot.sleep(1) m:reply('done')";
    struct room *room = begin(code, "(function() other = true end)()");
    room_quiet(true);
    die(room, code);
    room_pass(room, 5000);
    assert_non_null(strstr(room->log, "is interrupted: it did something else"));
    assert_int_equal(room->did_count, 0);
    assert_string_equal(kept(room, "x"), "1");
    assert_string_equal(kept(room, "y"), "nil");
    assert_int_equal(journal_aside(room->store, JOURNAL_INTERRUPTED), 1);
    room_quiet(false);
    room_free(room);
}

static void other_calls_are_fine_before_that(void **state)
{
    (void)state;
    const char *code = "bot.now() if other then bot.sleep(1) else bot.date() end\n"
                       "m:reply('done ' .. store:add('a', 1))";
    struct room *room = begin(code, "(function() other = true end)()");
    die(room, code);
    room_pass(room, 5000);
    assert_int_equal(room->did_count, 1);
    assert_true(room_did(room, "done 1"));
    assert_string_equal(room->log, "");
    room_free(room);
}

static void code_that_changed_begins_anew_or_ends(void **state)
{
    (void)state;
    struct room *room = begin("bot.now() bot.sleep(1) m:reply('old')", "0");
    die(room, "m:reply('new')");
    room_pass(room, 5000);
    assert_int_equal(room->did_count, 1);
    assert_true(room_did(room, "new"));
    room_free(room);

    room = begin("store:add('a', 1) bot.sleep(1) m:reply('old')", "0");
    room_quiet(true);
    die(room, "store:add('a', 1) m:reply('new')");
    room_pass(room, 5000);
    assert_int_equal(room->did_count, 0);
    assert_non_null(strstr(room->log, "its code has changed since"));
    assert_string_equal(kept(room, "a"), "1");
    room_quiet(false);
    room_free(room);
}

static void a_history_that_was_damaged_goes_no_further(void **state)
{
    (void)state;
    const char *code = "store:add('a', 1) bot.sleep(1) m:reply('done')";
    struct room *room = begin(code, "0");
    store_commit(room->store, NULL);
    assert_int_equal(sqlite3_exec(room->store->db,
                                  "UPDATE history SET chunk = substr(chunk, 1, 28)", NULL,
                                  NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_changes(room->store->db), 1);
    room_quiet(true);
    die(room, code);
    room_pass(room, 5000);
    assert_int_equal(room->did_count, 0);
    assert_string_equal(kept(room, "a"), "1");
    room_quiet(false);
    room_free(room);
}

/* Arguments are compared by what they hold: fields have another order in each life. */
static void arguments_are_compared_by_value(void **state)
{
    (void)state;
    const char *code =
        "local v = { b = true, f = 1.5, s = 'x', list = { 1, 2 } }\n"
        "local w = other and { list = { 1, 2 }, s = 'x', f = 1.5, b = true }"
        " or v\n"
        "store:set('v', w) bot.sleep(1)\n"
        "m:reply('done ' .. store:add('a', 1))";
    struct room *room = begin(code, "(function() other = true end)()");
    die(room, code);
    room_pass(room, 5000);
    assert_int_equal(room->did_count, 1);
    assert_true(room_did(room, "done 1"));
    room_free(room);

    static const char *const others[] = { "f = 1",   "f = true", "f = '1.5'",
                                          "f = 2.5", "g = 1.5",  "f = { 1.5 }" };
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        char text[200];
        snprintf(text, sizeof(text),
                 "store:set('v', other and { %s } or { f = 1.5 }) bot.sleep(1)"
                 " m:reply('done')",
                 others[i]);
        room = begin(text, "(function() other = true end)()");
        room_quiet(true);
        die(room, text);
        room_pass(room, 5000);
        assert_non_null(strstr(room->log, "is interrupted: it did something else"));
        assert_int_equal(room->did_count, 0);
        room_quiet(false);
        room_free(room);
    }
}

/* More than is kept of one task: it is not run into what nobody remembers. */
static void what_is_too_long_to_remember_ends(void **state)
{
    (void)state;
    const char *code = "store:set('big', ('x'):rep(100000))\n"
                       "for i = 1, 60 do store:get('big') end\n"
                       "store:add('a', 1) bot.sleep(1) m:reply('done')";
    struct room *room = begin(code, "0");
    room_quiet(true);
    die(room, code);
    room_pass(room, 5000);
    assert_non_null(strstr(room->log, "is interrupted"));
    assert_int_equal(room->did_count, 0);
    assert_string_equal(kept(room, "a"), "1");
    room_quiet(false);
    room_free(room);
}

static void spawns_within_spawns_have_paths_of_their_own(void **state)
{
    (void)state;
    const char *code = "local function go(n)\n"
                       "  store:add('n', 1)\n"
                       "  if n == 0 then bot.sleep(1) return m:reply('deep') end\n"
                       "  bot.spawn(go, n - 1)\n"
                       "end go(40)";
    struct room *room = begin(code, "0");
    for (int i = 0; i < 50; i++)
        room_turn(room);
    die(room, code);
    for (int i = 0; i < 50; i++)
        room_turn(room);
    room_pass(room, 5000);
    assert_int_equal(room->did_count, 1);
    assert_string_equal(kept(room, "n"), "41");
    room_free(room);
}

static void a_mute_ends_when_it_would_have(void **state)
{
    (void)state;
    const char *code = "bot.group('g1'):mute('bob', '10m') m:reply('muted')";
    struct room *room = begin(code, "0");
    assert_true(room_did(room, "mute g1 bob 10"));
    room_free(room);

    static const struct {
        int minutes;
        const char *line;
    } cases[] = { { 4, "mute g1 bob 6" }, { 12, NULL } };
    for (int i = 0; i < 2; i++) {
        room = room_new(0, 0);
        room->hold = true; /* nobody knows whether it was done */
        load(room, code);
        hand_up(room, false);
        store_commit(room->store, NULL);
        clock_add_ms(cases[i].minutes * 60000);
        room->hold = false;
        die(room, code);
        room_turn(room);
        room_turn(room);
        assert_int_equal(room_did(room, "mute g1 bob"), cases[i].line != NULL);
        assert_true(!cases[i].line || room_did(room, cases[i].line));
        assert_true(room_did(room, "muted"));
        room_free(room);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spawned_tasks_are_told_apart),
        cmocka_unit_test(other_calls_end_what_was_let_out),
        cmocka_unit_test(other_calls_are_fine_before_that),
        cmocka_unit_test(code_that_changed_begins_anew_or_ends),
        cmocka_unit_test(a_history_that_was_damaged_goes_no_further),
        cmocka_unit_test(arguments_are_compared_by_value),
        cmocka_unit_test(what_is_too_long_to_remember_ends),
        cmocka_unit_test(spawns_within_spawns_have_paths_of_their_own),
        cmocka_unit_test(a_mute_ends_when_it_would_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
