/* db: opening, migrating, full disks and broken files. */
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

static char folder[64];
static char path[96];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/moondock-store-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/bot.db", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const tails[] = { "", "-wal", "-shm" };
    for (size_t i = 0; i < 3; i++) {
        char file[128];
        snprintf(file, sizeof(file), "%s%s", path, tails[i]);
        unlink(file);
    }
    return rmdir(folder);
}

static struct store *open_or_fail(void)
{
    struct err err = { 0 };
    struct store *store = store_open(path, &err);
    if (!store)
        fail_msg("%s", err.text);
    return store;
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

static void second_owner_is_refused(void **state)
{
    (void)state;
    struct store *store = open_or_fail();
    struct err err = { 0 };
    assert_null(store_open(path, &err));
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
    assert_null(store_open(path, &err));
    assert_non_null(strstr(err.text, "version 900, made by a newer moondock"));
}

static void garbage_is_a_clear_error(void **state)
{
    (void)state;
    char junk[8192];
    memset(junk, 'x', sizeof(junk));
    write_file(junk, sizeof(junk));
    struct err err = { 0 };
    assert_null(store_open(path, &err));
    assert_int_equal(err.code, ERR_STORAGE);
    assert_non_null(strstr(err.text, "not a moondock database, or damaged"));
}

static void missing_folder_is_a_clear_error(void **state)
{
    (void)state;
    struct err err = { 0 };
    assert_null(store_open("/nonexistent/bot.db", &err));
    assert_non_null(strstr(err.text, "/nonexistent/bot.db: No such file"));
}

/* A damaged page behind a good header is noticed by the write that meets it. */
static void damage_is_reported_by_commit(void **state)
{
    (void)state;
    struct store *store = open_or_fail();
    assert_true(store_commit(store, NULL));
    store_close(store);
    int fd = open(path, O_RDWR);
    struct stat info;
    assert_int_equal(fstat(fd, &info), 0);
    char junk[4096];
    memset(junk, 0x5a, sizeof(junk));
    for (off_t at = 4096; at < info.st_size; at += 4096)
        assert_int_equal(pwrite(fd, junk, sizeof(junk), at), sizeof(junk));
    close(fd);
    struct err err = { 0 };
    store = store_open(path, &err);
    if (store) {
        meta_set(store, STR("a"), STR("b"));
        assert_false(store_commit(store, &err));
        store_close(store);
    }
    assert_int_equal(err.code, ERR_STORAGE);
    assert_non_null(strstr(err.text, "malformed"));
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
        TEST(is_private),
        TEST(keeps_what_was_committed),
        TEST(second_owner_is_refused),
        TEST(newer_version_is_refused),
        TEST(garbage_is_a_clear_error),
        TEST(missing_folder_is_a_clear_error),
        TEST(damage_is_reported_by_commit),
        TEST(full_disk_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
