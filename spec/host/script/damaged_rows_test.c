/* A database that somebody edited: schedules, values, roles and snapshots that cannot be
 * read take nothing else with them. */
#include "../../support/script_room.h"

#include "base/log.h"
#include "store/inside.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char code[] =
    "local bot = ... local store, got, state = bot.store(), {}, 'none'\n"
    "bot.on('schedule.x', function(event) got[#got + 1] = tostring(event.data) end)\n"
    "bot.on_save(function() return { n = 1 } end)\n"
    "bot.on_load(function(saved) state = saved.n end)\n"
    "function Got() return table.concat(got, ' ') end\n"
    "function State() return state end\n"
    "function All() local t = {}\n"
    "  for key, value in store:each() do t[#t + 1] = key .. value end\n"
    "  return table.concat(t, ' ') end\n"
    "bot.hear('^set$', function()\n"
    "  for i = 1, 3 do store:set('k', i) store:set('k' .. i, i) end store:del('k')\n"
    "  for i = 1, 3 do bot.schedule('10s', 'x', i) end end)\n"
    "bot.hear('^more$', function() bot.schedule('1s', 'x', 'new') end)";

static int lines_of(const struct room *room)
{
    int count = 0;
    for (const char *at = room->log; (at = strchr(at, '\n')); at++)
        count++;
    return count;
}

/* What there is after a restart, in a database in which `sql` was done. */
static struct room *edited(const char *sql)
{
    struct room *room = room_new(0, 0);
    room_load(room, "p", code, "");
    room_say(room, NULL, "alice", "set");
    room_turn(room);
    store_commit(room->store, NULL);
    room_restart(room, NULL);
    store_commit(room->store, NULL);
    if (sqlite3_exec(room->store->db, sql, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_changes(room->store->db) != 1)
        fail_msg("%s: %s", sql, sqlite3_errmsg(room->store->db));
    room_quiet(true);
    rows_check(room->store); /* as store_open does */
    room_load(room, "p", code, "");
    room_turn(room);
    return room;
}

static void check(const char *sql, const char *got, const char *want)
{
    if (strcmp(got, want) != 0)
        fail_msg("%s: want %s, is %s", sql, want, got);
}

static void end(struct room *room, const char *sql, const char *line)
{
    if (line ? lines_of(room) != 1 || !strstr(room->log, line) : room->log[0] != '\0')
        fail_msg("%s: want \"%s\", is \"%s\"", sql, line ? line : "", room->log);
    room_quiet(false);
    room_free(room);
}

static void schedules_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *change, *got, *line;
    } cases[] = {
        { "data = x'ff'", "\"1 nil 3 new\"", NULL },
        { "data = zeroblob(5000000)", "\"1 3 new\"", "schedules row=2 cannot be read" },
        { "due_ms = 'x'", "\"1 3 new\"", "schedules row=2 " },
        { "due_ms = -9223372036854775808", "\"1 3 new\"", "schedules row=2 " },
        { "due_ms = 9223372036854775807", "\"1 3 new\"", "schedules row=2 " },
        { "name = zeroblob(300)", "\"1 3 new\"", "schedules row=2 " },
        { "id = -4", "\"1 3 new\"", "schedules row=-4 " },
        { "id = 9223372036854775807", "\"1 3 new\"", "schedules row=92233720368547758" },
        { "chat = 77, target = x'ff00'", "\"1 2 3 new\"", NULL },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char sql[120];
        snprintf(sql, sizeof(sql), "UPDATE schedules SET %s WHERE id = 2",
                 cases[i].change);
        struct room *room = edited(sql);
        room_pass(room, 10000);
        room_say(room, NULL, "alice", "more");
        room_pass(room, 1000);
        check(sql, room_eval(room, "p", "Got()"), cases[i].got);
        end(room, sql, cases[i].line);
    }
}

static void numbers_of_schedules_that_were_lost_are_found(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "DELETE FROM sqlite_sequence WHERE name = 'schedules'",
        "UPDATE sqlite_sequence SET seq = 1 WHERE name = 'schedules'",
        "UPDATE sqlite_sequence SET seq = 'x' WHERE name = 'schedules'",
        "UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'schedules'",
    };
    for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
        struct room *room = edited(changes[i]);
        db_numbers(room->store);
        room_say(room, NULL, "alice", "more");
        room_pass(room, 10000);
        check(changes[i], room_eval(room, "p", "Got()"), "\"new 1 2 3\"");
        assert_true(store_commit(room->store, NULL));
        end(room, changes[i], NULL);
    }
}

static void values_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *value, *all, *got, *line;
    } cases[] = {
        { "x'ff'", "\"k11 k33\"", "\"proto\"", "key=k2 cannot be read: JSON: not UTF-8" },
        { "zeroblob(5000000)", "\"k11 k33\"", "\"limit\"", "key=k2 cannot be read" },
        { "5", "\"k11 k25 k33\"", "5", NULL },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char sql[120];
        snprintf(sql, sizeof(sql),
                 "UPDATE kv SET value = %s WHERE key = CAST('k2' AS BLOB)",
                 cases[i].value);
        struct room *room = edited(sql);
        check(sql, room_eval(room, "p", "All()"), cases[i].all);
        const char *get = "(function() local value, err = bot.store():get('k2')\n"
                          "return value or err.code end)()";
        check(sql, room_eval(room, "p", get), cases[i].got);
        room_eval(room, "p", "bot.store():set('k2', 2)");
        check(sql, room_eval(room, "p", "All()"), "\"k11 k22 k33\"");
        end(room, sql, cases[i].line);
    }
}

static void snapshots_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *change, *line;
    } cases[] = {
        { "value = x'ff' WHERE key = CAST('state' AS BLOB)", "starts without its state" },
        { "value = zeroblob(3000000) WHERE key = CAST('state' AS BLOB)",
          "its snapshot cannot be read" },
        { "value = zeroblob(3000) WHERE key = CAST('version' AS BLOB)",
          "its snapshot cannot be read" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char sql[120];
        snprintf(sql, sizeof(sql), "UPDATE kv SET %s", cases[i].change);
        struct room *room = edited(sql);
        check(sql, room_eval(room, "p", "State()"), "\"none\"");
        check(sql, room_eval(room, "p", "All()"), "\"k11 k22 k33\"");
        end(room, sql, cases[i].line);
    }
}

/* Owners are the configuration's to name. */
static void roles_are_told_apart(void **state)
{
    (void)state;
    static const char *const words[] = { "x'ff'", "5", "zeroblob(4000)",
                                         "CAST('owner' AS BLOB)" };
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        char sql[160];
        snprintf(sql, sizeof(sql),
                 "INSERT INTO roles VALUES(CAST('bob' AS BLOB), x'', %s, 0)", words[i]);
        struct room *room = edited(sql);
        room_restart(room, NULL);
        room_load(room, "p", code, "");
        check(sql, room_eval(room, "p", "bot.role('bob')"), "\"member\"");
        end(room, sql, "roles user=bob has a role that is none");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schedules_are_told_apart),
        cmocka_unit_test(numbers_of_schedules_that_were_lost_are_found),
        cmocka_unit_test(values_are_told_apart),
        cmocka_unit_test(snapshots_are_told_apart),
        cmocka_unit_test(roles_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
