/* db: opening, migrating, full disks and broken files. */
#include "store/audit.h"
#include "store/inside.h"
#include "store/journal.h"
#include "store/kv.h"
#include "store/meta.h"
#include "store/outbox_rows.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../support/folder.h"

static const char *path;

static int set_up(void **state)
{
    (void)state;
    path = folder_file("bot.db");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove();
    return 0;
}

static struct store *open_as(enum store_durable durable)
{
    struct err err = { 0 };
    struct store *store = store_open(path, durable, &err);
    if (!store)
        fail_msg("%s", err.text);
    return store;
}

static struct store *open_or_fail(void)
{
    return open_as(STORE_NORMAL);
}

static void write_file(const char *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    fclose(file);
}

static void is_private(void **state)
{
    (void)state;
    umask(0);
    struct store *store = open_or_fail();
    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    char wal[128];
    snprintf(wal, sizeof(wal), "%s-wal", path);
    assert_int_equal(stat(wal, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    store_close(store);
}

static void keeps_what_was_committed(void **state)
{
    (void)state;
    struct store *store = open_or_fail();
    assert_false(store_dirty(store));
    assert_int_equal(cursors_get(store).broadcast, 1);
    cursors_set(store, (struct cursors){ 5, 6, 7 });
    meta_set(store, STR("device"), STR("abc"));
    assert_true(store_dirty(store));
    assert_true(store_commit(store, NULL));
    assert_false(store_dirty(store));
    store_close(store);

    store = open_or_fail();
    assert_int_equal(cursors_get(store).inbox, 5);
    assert_int_equal(cursors_get(store).outbox, 6);
    assert_int_equal(cursors_get(store).broadcast, 7);
    struct buf out;
    buf_init(&out, 100);
    assert_true(meta_get(store, STR("device"), &out));
    assert_string_equal(out.at, "abc");
    meta_del(store, STR("device"));
    assert_false(meta_get(store, STR("device"), &out));
    buf_clear(&out);
    store_close(store);
}

static void numbers_are_facts_too(void **state)
{
    (void)state;
    struct store *store = open_or_fail();
    assert_int_equal(meta_get_int(store, STR("seen")), 0);
    meta_set_int(store, STR("seen"), INT64_MIN);
    assert_int_equal(meta_get_int(store, STR("seen")), INT64_MIN);
    meta_set(store, STR("seen"), STR("never"));
    assert_int_equal(meta_get_int(store, STR("seen")), 0);
    store_close(store);
}

static void on_meta(void *arg, struct str name, struct str value)
{
    char line[40];
    snprintf(line, sizeof(line), "%.*s=%.*s ", STR_ARG(name), STR_ARG(value));
    strcat(arg, line);
}

static void facts_of_a_kind_are_listed(void **state)
{
    (void)state;
    char seen[100] = "";
    struct store *store = open_or_fail();
    meta_set(store, STR("chatroom/b"), STR("2"));
    meta_set(store, STR("chatroom/a"), STR("1"));
    meta_set(store, STR("chatro"), STR("0"));
    meta_each(store, STR("chatroom/"), on_meta, seen);
    assert_string_equal(seen, "chatroom/a=1 chatroom/b=2 ");
    store_close(store);
}

static void second_owner_is_refused(void **state)
{
    (void)state;
    struct store *store = open_or_fail();
    struct err err = { 0 };
    assert_null(store_open(path, STORE_NORMAL, &err));
    assert_int_equal(err.code, ERR_STORAGE);
    assert_non_null(strstr(err.text, "in use by another process"));
    assert_non_null(strstr(err.text, path));
    store_close(store);
}

static void newer_version_is_refused(void **state)
{
    (void)state;
    struct store *store = open_or_fail();
    assert_int_equal(sqlite3_exec(store->db, "PRAGMA user_version = 900", 0, 0, 0), 0);
    store_close(store);
    struct err err = { 0 };
    assert_null(store_open(path, STORE_NORMAL, &err));
    assert_non_null(strstr(err.text, "version 900, made by a newer moondock"));
}

static void write_audit(struct store *store)
{
    struct audit_row row = {
        0, 1, STR("p"), STR("group.mute"), STR("g/bob"), STR("done")
    };
    audit_add(store, &row);
}

/* What is refused while a store is lost, and where its file is found. */
static void expect_lost(struct store *store, const char *why)
{
    struct kv_name in = { STR("hello"), STR("") };
    struct err err = { 0 };
    char aside[128];
    assert_true(store_lost(store));
    assert_true(store_failed(store));
    assert_false(kv_set(store, in, STR("x"), STR("y"), 0, 0, &err));
    assert_int_equal(err.code, ERR_STORAGE);
    meta_set(store, STR("a"), STR("b"));
    assert_false(store_commit(store, &err));
    assert_non_null(strstr(err.text, why));
    snprintf(aside, sizeof(aside), "%s.damaged-1", path);
    assert_non_null(strstr(err.text, aside));
    assert_int_equal(access(aside, F_OK), 0);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void garbage_is_moved_aside(void **state)
{
    (void)state;
    char junk[8192], found[8192], aside[128];
    memset(junk, 'x', sizeof(junk));
    write_file(junk, sizeof(junk));
    struct store *store = open_or_fail();
    expect_lost(store, "not a database");
    store_close(store);
    snprintf(aside, sizeof(aside), "%s.damaged-1", path);
    FILE *file = fopen(aside, "rb");
    assert_int_equal(fread(found, 1, sizeof(found), file), sizeof(found));
    fclose(file);
    assert_memory_equal(junk, found, sizeof(junk));

    /* A second one gets a name of its own; the next start begins anew. */
    write_file(junk, sizeof(junk));
    store_close(open_or_fail());
    snprintf(aside, sizeof(aside), "%s.damaged-2", path);
    assert_int_equal(access(aside, F_OK), 0);
    store = open_or_fail();
    assert_false(store_lost(store));
    assert_false(store_failed(store));
    store_close(store);
}

static void missing_folder_is_a_clear_error(void **state)
{
    (void)state;
    struct err err = { 0 };
    assert_null(store_open("/nonexistent/bot.db", STORE_NORMAL, &err));
    assert_non_null(strstr(err.text, "/nonexistent/bot.db: No such file"));
}

/* Damages everything behind a good header. */
static void damage_file(void)
{
    store_close(open_or_fail());
    int fd = open(path, O_RDWR);
    struct stat info;
    assert_int_equal(fstat(fd, &info), 0);
    char junk[4096];
    memset(junk, 0x5a, sizeof(junk));
    for (off_t at = 4096; at < info.st_size; at += 4096)
        assert_int_equal(pwrite(fd, junk, sizeof(junk), at), sizeof(junk));
    close(fd);
}

static void damage_is_met_at_the_start(void **state)
{
    (void)state;
    damage_file();
    struct store *store = open_or_fail();
    expect_lost(store, "malformed");
    store_close(store);
}

/* The table of the audit only: opening does not look there. */
static struct store *damage_audit(enum store_durable durable)
{
    struct store *store = open_as(durable);
    cursors_set(store, (struct cursors){ 5, 6, 7 });
    for (int i = 0; i < 2000; i++)
        write_audit(store);
    assert_true(store_commit(store, NULL));
    int64_t page = 0;
    sqlite3_stmt *at;
    assert_int_equal(sqlite3_prepare_v2(store->db,
                                        "SELECT rootpage FROM main.sqlite_schema"
                                        " WHERE name = 'audit'",
                                        -1, &at, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(at), SQLITE_ROW);
    page = sqlite3_column_int64(at, 0);
    sqlite3_finalize(at);
    store_close(store);
    int fd = open(path, O_RDWR);
    char junk[4096];
    memset(junk, 0x5a, sizeof(junk));
    assert_int_equal(pwrite(fd, junk, sizeof(junk), (page - 1) * 4096), sizeof(junk));
    close(fd);
    store = open_as(durable);
    assert_false(store_lost(store));
    return store;
}

static void damage_is_met_by_a_write(void **state)
{
    (void)state;
    struct store *store = damage_audit(STORE_NORMAL);
    struct str body = STR("hello");
    journal_add(store, STR("U1"), 10, &body, 1);
    write_audit(store);
    struct err err;
    assert_false(store_commit(store, &err));
    expect_lost(store, "malformed");
    store_close(store);
}

/* Where nothing was promised, what is on its way goes on in memory. */
static void without_durability_damage_is_outlived(void **state)
{
    (void)state;
    struct store *store = damage_audit(STORE_OFF);
    struct str body = STR("hello");
    struct err err = { 0 };
    cursors_set(store, (struct cursors){ 8, 8, 8 });
    journal_add(store, STR("U1"), 10, &body, 1);
    write_audit(store);
    if (!store_commit(store, &err))
        fail_msg("%s", err.text);
    assert_false(store_lost(store));
    assert_false(store_failed(store));
    assert_true(journal_knows(store, STR("U1")));
    assert_int_equal(cursors_get(store).inbox, 8);
    meta_set(store, STR("a"), STR("b"));
    assert_true(store_commit(store, &err));
    store_close(store);
}

/* STORE_OFF: what plugins keep is on disk, what is on its way is not. */
static void off_forgets_what_is_on_its_way(void **state)
{
    (void)state;
    struct kv_name in = { STR("hello"), STR("") };
    struct str body = STR("hello");
    struct err err;
    struct store *store = open_as(STORE_OFF);
    assert_int_equal(store_durable(store), STORE_OFF);
    journal_add(store, STR("U1"), 10, &body, 1);
    struct outbox_row row = { .key = STR("k"), .topic = STR("ppMsgP"), .payload = body };
    outbox_rows_add(store, &row);
    cursors_set(store, (struct cursors){ 5, 6, 7 });
    assert_true(kv_set(store, in, STR("x"), STR("y"), 0, 0, &err));
    assert_true(store_commit(store, &err));
    assert_true(journal_knows(store, STR("U1")));
    assert_int_equal(journal_depth(store), 1);
    store_close(store);

    for (int life = 0; life < 2; life++) {
        store = open_as(life == 0 ? STORE_OFF : STORE_NORMAL);
        assert_false(journal_knows(store, STR("U1")));
        assert_int_equal(journal_depth(store), 0);
        assert_int_equal(cursors_get(store).inbox, 0);
        struct buf out;
        bool found = false;
        buf_init(&out, 100);
        assert_false(outbox_rows_find(store, STR("k"), &row, &out));
        assert_true(kv_get(store, in, STR("x"), 0, &out, &found, NULL, &err));
        assert_true(found);
        buf_clear(&out);
        store_close(store);
    }
}

static void each_mode_asks_the_disk_as_it_should(void **state)
{
    (void)state;
    static const struct {
        enum store_durable durable;
        int synchronous;
    } modes[] = { { STORE_OFF, 0 }, { STORE_NORMAL, 1 }, { STORE_FULL, 2 } };
    for (size_t i = 0; i < 3; i++) {
        struct store *store = open_as(modes[i].durable);
        sqlite3_stmt *at;
        assert_int_equal(
            sqlite3_prepare_v2(store->db, "PRAGMA synchronous", -1, &at, NULL),
            SQLITE_OK);
        assert_int_equal(sqlite3_step(at), SQLITE_ROW);
        assert_int_equal(sqlite3_column_int(at, 0), modes[i].synchronous);
        sqlite3_finalize(at);
        store_close(store);
    }
}

static void set_page_limit(struct store *store, int pages)
{
    char sql[64];
    snprintf(sql, sizeof(sql), "PRAGMA max_page_count = %d", pages);
    assert_int_equal(sqlite3_exec(store->db, sql, 0, 0, 0), SQLITE_OK);
}

static void full_disk_loses_nothing(void **state)
{
    (void)state;
    struct store *store = open_or_fail();
    struct kv_name in = { STR("hello"), STR("") };
    struct err err = { 0 };
    assert_true(kv_set(store, in, STR("before"), STR("1"), 0, 0, &err));
    assert_true(store_commit(store, &err));
    set_page_limit(store, 1); /* SQLite keeps the present size as the least */

    static char body[200000];
    memset(body, 'b', sizeof(body));
    struct str part = { body, sizeof(body) };
    int64_t first = journal_add(store, STR("U1"), 10, &part, 1);
    int64_t second = journal_add(store, STR("U2"), 11, &part, 1);
    struct outbox_row row = { .key = STR("k"), .topic = STR("ppMsgP"), .payload = part };
    outbox_rows_add(store, &row);
    cursors_set(store, (struct cursors){ 11, 0, 1 });
    assert_false(store_commit(store, &err));
    assert_int_equal(err.code, ERR_STORAGE);
    assert_non_null(strstr(err.text, "full"));
    assert_true(store_failed(store));
    assert_true(store_dirty(store));
    assert_true(journal_knows(store, STR("U2")));
    assert_false(kv_set(store, in, STR("x"), STR("y"), 0, 0, &err));

    /* Still full: still failed. Writes made meanwhile are kept as well. */
    journal_done(store, first);
    meta_set(store, STR("late"), STR("yes"));
    assert_false(store_commit(store, &err));

    set_page_limit(store, 100000);
    assert_true(store_commit(store, &err));
    assert_false(store_failed(store));
    assert_int_equal(journal_depth(store), 1);
    store_close(store);

    store = open_or_fail();
    assert_int_equal(cursors_get(store).inbox, 11);
    assert_int_equal(journal_depth(store), 1);
    struct journal_row read;
    struct buf bytes;
    buf_init(&bytes, 1 << 20);
    assert_true(journal_next(store, 0, &read, &bytes));
    assert_int_equal(read.row, second);
    assert_int_equal(read.body.len, sizeof(body));
    assert_false(journal_next(store, second, &read, &bytes));
    struct outbox_row found;
    assert_true(outbox_rows_find(store, STR("k"), &found, &bytes));
    assert_int_equal(found.payload.len, sizeof(body));
    buf_reset(&bytes);
    assert_true(meta_get(store, STR("late"), &bytes));
    buf_clear(&bytes);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(is_private),
        TEST(keeps_what_was_committed),
        TEST(numbers_are_facts_too),
        TEST(facts_of_a_kind_are_listed),
        TEST(second_owner_is_refused),
        TEST(newer_version_is_refused),
        TEST(garbage_is_moved_aside),
        TEST(missing_folder_is_a_clear_error),
        TEST(damage_is_met_at_the_start),
        TEST(damage_is_met_by_a_write),
        TEST(without_durability_damage_is_outlived),
        TEST(off_forgets_what_is_on_its_way),
        TEST(each_mode_asks_the_disk_as_it_should),
        TEST(full_disk_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
