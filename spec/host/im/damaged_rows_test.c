/* A database that somebody edited: a row that nobody can have written is told of in one
 * line, and takes nothing else with it. */
#include "fixture.h"

#include "base/log.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char said[4096];

static void note_line(void *arg, enum log_level level, struct str line)
{
    size_t len = strlen(said);
    (void)arg;
    if (level <= LOG_WARN)
        snprintf(said + len, sizeof(said) - len, "%.*s\n", STR_ARG(line));
}

static int count_lines(void)
{
    int count = 0;
    for (const char *at = said; (at = strchr(at, '\n')); at++)
        count++;
    return count;
}

static void begin(void)
{
    fixture_set_up(NULL);
    fixture_on_disk();
    fixture_online();
}

/* With the file closed, as an operator would. */
static void edit(const char *sql)
{
    sqlite3 *db;
    char *why = NULL;
    fixture_close();
    assert_int_equal(sqlite3_open(fix->path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    if (sqlite3_changes(db) != 1)
        fail_msg("changed nothing: %s", sql);
    sqlite3_close(db);
    said[0] = '\0';
    log_set_sink(note_line, NULL);
    fixture_online();
}

static void end(void)
{
    log_set_sink(NULL, NULL);
    fixture_tear_down(NULL);
}

static void check_said(const char *sql, const char *line)
{
    if (line ? count_lines() != 1 || !strstr(said, line) : said[0] != '\0')
        fail_msg("%s: want \"%s\", is \"%s\"", sql, line ? line : "", said);
}

static void push(const char *text)
{
    wire_push(fix->wire, wire_receive(fix->wire, 1, "bot", "ann", text), false);
}

/* Three messages wait; the second one's row is edited. */
static void a_message(const char *sql, const char *seen, const char *line)
{
    begin();
    fix->done_at_once = false;
    push("a");
    push("b");
    push("c");
    fixture_until_seen(3);
    fix->seen_count = 0;
    fix->done_at_once = true;
    edit(sql);
    push("d");
    fixture_pass(100);
    fixture_check_seen(seen);
    check_said(sql, line);
    assert_int_equal(account_journal_depth(fix->account), 0);
    fix->seen_count = 0;
    said[0] = '\0';
    fixture_close();
    fixture_online();
    wire_idle(fix->wire);
    fixture_check_seen("");
    check_said(sql, NULL);
    end();
}

static void messages_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *seen, *line;
    } cases[] = {
        { "UPDATE journal SET body = x'01' WHERE row = 2", "a c d",
          "journal row=2 cannot be read and is skipped" },
        { "UPDATE journal SET body = NULL WHERE row = 2", "a c d", "journal row=2 " },
        { "UPDATE journal SET body = 5 WHERE row = 2", "a c d", "journal row=2 " },
        { "UPDATE journal SET body = zeroblob(40000000) WHERE row = 2", "a c d",
          "journal row=2 cannot be read and is left alone" },
        { "UPDATE journal SET uid = 5 WHERE row = 2", "a c b d", "journal row=2 " },
        { "UPDATE journal SET uid = x'' WHERE row = 2", "a c b d", "journal row=2 " },
        { "UPDATE journal SET received_ms = 'x' WHERE row = 2", "a c d",
          "journal row=2 " },
        { "UPDATE journal SET timed = 9 WHERE row = 2", "a c d", "journal row=2 " },
        { "UPDATE journal SET row = -9 WHERE row = 2", "a c d", "journal row=-9 " },
        { "UPDATE journal SET row = 9223372036854775807 WHERE row = 2", "a c d",
          "journal row=9223372036854775807 " },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        a_message(cases[i].sql, cases[i].seen, cases[i].line);
}

static void what_is_aside_for_no_known_reason_is_counted(void **state)
{
    (void)state;
    struct err err = { 0 };
    begin();
    fix->done_at_once = false;
    push("a");
    fixture_until_seen(1);
    fix->seen_count = 0;
    edit("UPDATE journal SET done = 2, why = -5 WHERE row = 1");
    assert_int_equal(account_aside(fix->account, JOURNAL_POISON), 1);
    assert_true(account_drop(fix->account, 1, &err));
    assert_int_equal(account_aside(fix->account, JOURNAL_POISON), 0);
    end();
}

/* UIDs are the server's to choose, even those that look like the one of a copy. */
static void a_made_up_uid_of_a_copy_is_one_like_others(void **state)
{
    (void)state;
    static const char *const uids[] = { "x/again/p/99999999999999", "x/again/p/!!",
                                        "x/again/pqrst" };
    for (int i = 0; i < 3; i++) {
        char sql[120];
        begin();
        fix->done_at_once = false;
        push("a");
        fixture_until_seen(1);
        fix->seen_count = 0;
        snprintf(sql, sizeof(sql),
                 "UPDATE journal SET uid = CAST('%s' AS BLOB) WHERE row = 1", uids[i]);
        edit(sql);
        fixture_until_seen(1);
        account_keep(fix->account, 1, STR("p"), JOURNAL_STOPPED);
        assert_int_equal(account_aside(fix->account, JOURNAL_STOPPED), 1);
        end();
    }
}

/* Two sends wait for their answers; the first one's row is edited. */
static void a_send(const char *sql, const char *line)
{
    begin();
    fix->wire->publish = WIRE_DROP;
    fixture_send("ann", "a", "ev/p/1/1");
    fixture_send("bob", "b", "ev/p/1/2");
    wire_idle(fix->wire);
    fix->wire->publish = WIRE_ACCEPT;
    edit(sql);
    fix->sent_count = fix->failed_count = 0;
    fixture_send("ann", "a", "ev/p/1/1");
    fixture_send("bob", "b", "ev/p/1/2");
    fixture_send("cat", "c", "ev/p/1/3");
    fixture_until_sent(3);
    check_said(sql, line);
    if (fix->sent_count != 2)
        fail_msg("%s: %zu were sent", sql, fix->sent_count);
    assert_int_equal(fix->failed_count, 1);
    assert_int_equal(fix->last_err.code, ERR_UNKNOWN);
    assert_int_equal(wire_accepted(fix->wire), 2); /* nobody knows of the first */
    assert_int_equal(account_outbox_depth(fix->account), 0);
    end();
}

static void sends_are_told_apart(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "type = 77",
        "topic = zeroblob(70000)",
        "topic = x''",
        "target = zeroblob(70000)",
        "target = 5",
        "payload = NULL",
        "payload = zeroblob(40000000)",
        "created_ms = -9223372036854775808",
        "created_ms = 'x'",
        "cursor_ms = 'x'",
        "client_unique_id = 'x'",
        "findable = 'x'",
    };
    for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
        char sql[120];
        snprintf(sql, sizeof(sql), "UPDATE outbox SET %s WHERE row = 1", changes[i]);
        a_send(sql, "outbox row=1 cannot be read and is left alone");
    }
    a_send("UPDATE outbox SET row = 9223372036854775807 WHERE row = 1",
           "outbox row=9223372036854775807 ");
    a_send("UPDATE outbox SET state = 9 WHERE row = 1", NULL);
}

int main(void)
{
    log_set_level(LOG_WARN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_told_apart),
        cmocka_unit_test(what_is_aside_for_no_known_reason_is_counted),
        cmocka_unit_test(a_made_up_uid_of_a_copy_is_one_like_others),
        cmocka_unit_test(sends_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
