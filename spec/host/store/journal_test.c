/* journal: one row per UID, its states, its order, its pruning. */
#include "store/inside.h"
#include "store/journal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct store *store;
static struct buf bytes;

static int set_up(void **state)
{
    (void)state;
    buf_init(&bytes, 1 << 20);
    store = store_open(":memory:", STORE_NORMAL, NULL);
    return store ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    store_close(store);
    buf_clear(&bytes);
    return 0;
}

static int64_t add(const char *uid, const char *body, int64_t at)
{
    struct str part = str_from(body);
    return journal_add(store, str_from(uid), at, &part, 1);
}

static void commit(void)
{
    assert_true(store_commit(store, NULL));
}

static int64_t count(const char *sql)
{
    sqlite3_stmt *row;
    assert_int_equal(sqlite3_prepare_v2(store->db, sql, -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    int64_t number = sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    return number;
}

static void knows_before_and_after_the_commit(void **state)
{
    (void)state;
    assert_false(journal_knows(store, STR("A")));
    int64_t a = add("A", "body", 1);
    int64_t b = add("B", "", 1);
    assert_int_equal(b, a + 1);
    assert_true(journal_knows(store, STR("A")));
    assert_false(journal_knows(store, STR("C")));
    commit();
    assert_true(journal_knows(store, STR("A")));
    journal_done(store, a);
    commit();
    assert_true(journal_knows(store, STR("A")));
}

static void done_in_the_same_turn_is_one_insert_without_body(void **state)
{
    (void)state;
    int64_t a = add("A", "secret body", 1);
    assert_int_equal(journal_depth(store), 1);
    journal_done(store, a);
    assert_int_equal(journal_depth(store), 0);
    int64_t before = count("SELECT total_changes()");
    commit();
    assert_int_equal(count("SELECT total_changes()") - before, 1);
    assert_int_equal(
        count("SELECT count(*) FROM journal WHERE done = 1 AND length(body) = 0"), 1);
}

static void done_later_clears_the_body(void **state)
{
    (void)state;
    int64_t a = add("A", "body", 1);
    commit();
    assert_int_equal(count("SELECT length(body) FROM journal"), 4);
    journal_done(store, a);
    journal_done(store, a);
    journal_done(store, 999);
    assert_int_equal(journal_depth(store), 0);
    commit();
    assert_int_equal(count("SELECT count(*) FROM journal WHERE body IS NULL"), 1);
}

static void next_walks_disk_and_memory_in_order(void **state)
{
    (void)state;
    int64_t a = add("A", "a", 1);
    int64_t b = add("B", "b", 2);
    commit();
    int64_t c = add("C", "c", 3);
    int64_t d = add("D", "d", 4);
    journal_done(store, c);
    struct journal_row row;
    assert_true(journal_next(store, 0, &row, &bytes));
    assert_int_equal(row.row, a);
    assert_true(str_eq(row.uid, STR("A")));
    assert_true(str_eq(row.body, STR("a")));
    assert_true(journal_next(store, a, &row, &bytes));
    assert_int_equal(row.row, b);
    assert_int_equal(row.received_ms, 2);
    assert_true(journal_next(store, b, &row, &bytes));
    assert_int_equal(row.row, d);
    assert_true(str_eq(row.body, STR("d")));
    assert_false(journal_next(store, d, &row, &bytes));
    assert_int_equal(journal_last(store), d);
}

static void many_in_one_turn(void **state)
{
    (void)state;
    char uid[32];
    for (int i = 0; i < 3000; i++) {
        snprintf(uid, sizeof(uid), "UID-%d", i);
        assert_false(journal_knows(store, str_from(uid)));
        add(uid, uid, i);
    }
    assert_true(journal_knows(store, STR("UID-0")));
    assert_true(journal_knows(store, STR("UID-2999")));
    commit();
    assert_int_equal(journal_depth(store), 3000);
    assert_true(journal_knows(store, STR("UID-1500")));
}

static void prune_goes_in_slices_and_spares_open_rows(void **state)
{
    (void)state;
    char uid[32];
    int64_t open = 0;
    for (int i = 0; i < 1200; i++) {
        snprintf(uid, sizeof(uid), "UID-%d", i);
        int64_t row = add(uid, "", i);
        if (i == 3)
            open = row;
        else
            journal_done(store, row);
    }
    commit();
    assert_true(journal_prune(store, 1100));
    commit();
    assert_int_equal(count("SELECT count(*) FROM journal"), 701);
    assert_true(journal_prune(store, 1100));
    assert_false(journal_prune(store, 1100));
    commit();
    assert_int_equal(count("SELECT count(*) FROM journal"), 101);
    assert_false(journal_knows(store, STR("UID-0")));
    assert_true(journal_knows(store, STR("UID-3")));
    assert_true(journal_knows(store, STR("UID-1100")));
    /* Once handled, the next round takes it too. */
    journal_done(store, open);
    commit();
    assert_false(journal_prune(store, 1100));
    commit();
    assert_false(journal_knows(store, STR("UID-3")));
}

/* --- what a time brought --- */

static void a_time_that_ends_in_its_turn_writes_nothing(void **state)
{
    (void)state;
    int64_t row = journal_add_timed(store, STR("timer/p/1/5"), STR("p"), 5, STR("code"));
    assert_int_equal(journal_depth(store), 1);
    journal_done(store, row);
    int64_t before = count("SELECT total_changes()");
    commit();
    assert_int_equal(count("SELECT total_changes()"), before);
    assert_int_equal(journal_depth(store), 0);
    assert_false(store_dirty(store));
}

static char seen[200];

static void note(void *arg, const struct journal_row *row)
{
    (void)arg;
    size_t len = strlen(seen);
    snprintf(seen + len, sizeof(seen) - len, "%.*s %.*s %d %d %lld%s%.*s;",
             STR_ARG(row->uid), STR_ARG(row->plugin), row->timed, (int)row->why,
             (long long)row->received_ms, row->body.len > 0 ? " " : "",
             STR_ARG(row->body));
}

static const char *each_timed(const char *plugin)
{
    seen[0] = '\0';
    journal_each_timed(store, str_from(plugin), note, NULL);
    return seen;
}

static const char *each_aside(void)
{
    seen[0] = '\0';
    journal_each_aside(store, note, NULL);
    return seen;
}

static void a_time_that_waits_is_for_its_plugin_and_no_message(void **state)
{
    (void)state;
    int64_t a = add("A", "a", 1);
    int64_t t = journal_add_timed(store, STR("cron/p/c/7"), STR("p"), 7, STR("code"));
    assert_int_equal(journal_last(store), a);
    assert_true(journal_knows(store, STR("cron/p/c/7")));
    struct journal_row row;
    assert_false(journal_next(store, a, &row, &bytes));
    assert_string_equal(each_timed("p"), "cron/p/c/7 p 1 0 7 code;");
    commit();
    assert_false(journal_next(store, a, &row, &bytes));
    assert_string_equal(each_timed("p"), "cron/p/c/7 p 1 0 7 code;");
    assert_string_equal(each_timed("q"), "");
    journal_done(store, t);
    commit();
    assert_string_equal(each_timed("p"), "");
    assert_int_equal(journal_depth(store), 1);
    journal_prune(store, 1);
    commit();
    assert_int_equal(count("SELECT count(*) FROM journal"), 1);
}

/* --- set aside --- */

static void set_aside_and_retried_or_dropped(void **state)
{
    (void)state;
    struct journal_row row;
    int64_t a = add("A", "body", 1);
    journal_set_aside(store, a, JOURNAL_POISON);
    int64_t t = journal_add_timed(store, STR("timer/p/1/5"), STR("p"), 5, STR("code"));
    commit();
    journal_set_aside(store, t, JOURNAL_STOPPED);
    commit();
    assert_int_equal(journal_depth(store), 0);
    assert_int_equal(journal_aside(store, JOURNAL_POISON), 1);
    assert_int_equal(journal_aside(store, JOURNAL_STOPPED), 1);
    assert_string_equal(each_aside(), "A  0 0 1;timer/p/1/5 p 1 1 5;");
    assert_true(journal_find_aside(store, t, &row, &bytes));
    assert_true(str_eq(row.plugin, STR("p")));
    assert_false(journal_find_aside(store, 999, &row, &bytes));

    assert_true(journal_retry(store, a));
    assert_false(journal_retry(store, a));
    assert_true(journal_drop(store, t));
    assert_false(journal_drop(store, t));
    commit();
    assert_int_equal(journal_depth(store), 1);
    assert_int_equal(journal_aside(store, JOURNAL_POISON), 0);
    assert_int_equal(journal_aside(store, JOURNAL_STOPPED), 0);
    assert_true(journal_next(store, 0, &row, &bytes));
    assert_true(str_eq(row.body, STR("body")));
}

static void a_copy_is_kept_for_one_plugin(void **state)
{
    (void)state;
    struct journal_row row;
    int64_t a = add("A", "body", 1);
    journal_keep(store, a, STR("p"), JOURNAL_STOPPED); /* still in memory */
    commit();
    journal_keep(store, a, STR("q"), JOURNAL_INTERRUPTED); /* from the file */
    journal_keep(store, a, STR("q"), JOURNAL_INTERRUPTED);
    assert_int_equal(journal_depth(store), 1);
    journal_done(store, a);
    journal_keep(store, a, STR("r"), JOURNAL_STOPPED); /* over */
    commit();
    assert_string_equal(each_aside(), "A/again/p p 0 1 1;A/again/q q 0 2 1;");
    assert_false(journal_next(store, 0, &row, &bytes));

    assert_true(journal_retry(store, a + 1));
    assert_true(journal_next(store, 0, &row, &bytes));
    assert_true(str_eq(row.uid, STR("A/again/p")));
    assert_true(str_eq(row.plugin, STR("p")));
    assert_true(str_eq(row.body, STR("body")));
    assert_int_equal(journal_last(store), a); /* nothing new has come */
    journal_keep(store, row.row, STR("p"), JOURNAL_INTERRUPTED);
    journal_keep(store, row.row, STR("p"), JOURNAL_INTERRUPTED);
    journal_done(store, row.row);
    commit();
    assert_string_equal(each_aside(), "A/again/q q 0 2 1;A/again/p/2 p 0 2 1;");
    assert_int_equal(journal_aside(store, JOURNAL_INTERRUPTED), 2);
    assert_int_equal(journal_depth(store), 0);
}

static void each_copy_has_an_id_of_its_own(void **state)
{
    (void)state;
    char want[64];
    int64_t row = journal_add_timed(store, STR("cron/c/7"), STR("3p"), 7, STR_NONE);
    for (int i = 1; i <= 12; i++) {
        journal_keep(store, row, STR("3p"), JOURNAL_STOPPED);
        journal_done(store, row);
        commit();
        snprintf(want, sizeof(want),
                 i > 1 ? "cron/c/7/again/3p/%d 3p 1 1 7;" : "cron/c/7/again/3p 3p 1 1 7;",
                 i);
        assert_string_equal(each_aside(), want);
        row = count("SELECT max(row) FROM journal");
        assert_true(journal_retry(store, row));
        assert_true(str_eq(journal_subject(str_from(each_timed("3p"))), STR("cron/c/7")));
    }
    assert_true(str_eq(journal_subject(STR("UID")), STR("UID")));
    assert_true(str_eq(journal_subject(STR_NONE), STR_NONE));
}

static const char *kept(const char *uid, const char *plugin)
{
    enum journal_why why;
    bool was = journal_was_kept(store, str_from(uid), str_from(plugin), &why);
    return was ? journal_why_word(why) : "not";
}

static void who_was_stopped_is_known(void **state)
{
    (void)state;
    int64_t a = add("A", "body", 1);
    journal_keep(store, a, STR("p"), JOURNAL_STOPPED);
    journal_keep(store, a, STR("q"), JOURNAL_INTERRUPTED);
    for (int committed = 0; committed <= 1; committed++) {
        assert_string_equal(kept("A", "p"), "stopped");
        assert_string_equal(kept("A", "q"), "interrupted");
        assert_string_equal(kept("A", "r"), "not");
        assert_string_equal(kept("B", "p"), "not");
        assert_string_equal(kept("A/again/p", "p"), "not");
        commit();
    }
    assert_true(journal_retry(store, a + 1));
    journal_done(store, a + 1);
    commit();
    assert_string_equal(kept("A", "p"), "stopped");
}

static void a_thousand_copies_are_kept(void **state)
{
    (void)state;
    char uid[32];
    for (int i = 0; i < 1100; i++) {
        snprintf(uid, sizeof(uid), "UID-%d", i);
        int64_t row = add(uid, "body", i);
        journal_keep(store, row, STR("p"), JOURNAL_STOPPED);
        journal_done(store, row);
        commit();
    }
    assert_int_equal(journal_aside(store, JOURNAL_STOPPED), 1000);
    assert_int_equal(count("SELECT count(*) FROM journal WHERE done = 2"), 1000);
    assert_int_equal(count("SELECT min(received_ms) FROM journal WHERE done = 2"), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(knows_before_and_after_the_commit),
        TEST(done_in_the_same_turn_is_one_insert_without_body),
        TEST(done_later_clears_the_body),
        TEST(next_walks_disk_and_memory_in_order),
        TEST(many_in_one_turn),
        TEST(prune_goes_in_slices_and_spares_open_rows),
        TEST(a_time_that_ends_in_its_turn_writes_nothing),
        TEST(a_time_that_waits_is_for_its_plugin_and_no_message),
        TEST(set_aside_and_retried_or_dropped),
        TEST(a_copy_is_kept_for_one_plugin),
        TEST(each_copy_has_an_id_of_its_own),
        TEST(who_was_stopped_is_known),
        TEST(a_thousand_copies_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
