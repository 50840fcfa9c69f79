/* attempts: what a process died in is counted by the next one. */
#include "store/attempts.h"
#include "store/inside.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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

static struct store *open_store(void)
{
    struct store *store = store_open(path, STORE_NORMAL, NULL);
    assert_non_null(store);
    return store;
}

/* A process that handles `event`, and with `over` has come back from it, and dies. */
static void die_in(const char *event, bool over)
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct store *store = store_open(path, STORE_NORMAL, NULL);
        attempts_now(store, str_from(event));
        if (over)
            attempts_now(store, STR_NONE);
        _exit(store ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static int count_of(const char *event)
{
    struct store *store = open_store();
    int count = attempts_count(store, str_from(event));
    store_close(store);
    return count;
}

static void each_death_counts_once(void **state)
{
    (void)state;
    for (int i = 1; i <= ATTEMPTS_MAX; i++) {
        die_in("UID-A", false);
        assert_int_equal(count_of("UID-A"), i);
        assert_int_equal(count_of("UID-A"), i); /* it ended well since */
    }
    assert_int_equal(count_of("UID-B"), 0);
    struct store *store = open_store();
    attempts_forget(store, STR("UID-A"));
    attempts_forget(store, STR("UID-B"));
    assert_int_equal(attempts_count(store, STR("UID-A")), 0);
    store_close(store);
    assert_int_equal(count_of("UID-A"), 0);
}

static void who_came_back_is_not_blamed(void **state)
{
    (void)state;
    die_in("UID-A", true);
    assert_int_equal(count_of("UID-A"), 0);
    struct store *store = open_store();
    attempts_now(store, STR("UID-A")); /* an orderly end */
    store_close(store);
    assert_int_equal(count_of("UID-A"), 0);
}

static void ids_that_do_not_fit_are_not_noted(void **state)
{
    (void)state;
    char id[300];
    memset(id, 'x', sizeof(id) - 1);
    id[sizeof(id) - 1] = '\0';
    die_in(id, false);
    assert_int_equal(count_of(id), 0);
    id[252] = '\0';
    die_in(id, false);
    assert_int_equal(count_of(id), 1);
}

static void a_damaged_page_does_no_harm(void **state)
{
    (void)state;
    static const struct str pages[] = {
        { "", 0 },
        { "\xff", 1 },
        { "\xff\xff\xff\xff", 4 },
        { "\xfd\0\0\0xyz", 7 },
    };
    char page[160];
    store_close(open_store());
    snprintf(page, sizeof(page), "%s-now", path);
    for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
        int fd = open(page, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        assert_int_equal(write(fd, pages[i].at, pages[i].len), (ssize_t)pages[i].len);
        close(fd);
        assert_int_equal(count_of("UID-A"), 0);
    }
    die_in("UID-A", false);
    assert_int_equal(count_of("UID-A"), 1);
}

static void the_last_thousand_are_remembered(void **state)
{
    (void)state;
    static const char many[] =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
        " INSERT INTO attempts(event, count) SELECT CAST('UID-' || i AS BLOB), 1 FROM n";
    struct store *store = open_store();
    assert_int_equal(sqlite3_exec(store->db, many, NULL, NULL, NULL), SQLITE_OK);
    store_close(store);
    assert_int_equal(count_of("UID-1"), 1);
    die_in("UID-1001", false);
    assert_int_equal(count_of("UID-1001"), 1);
    assert_int_equal(count_of("UID-2"), 1);
    assert_int_equal(count_of("UID-1"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(each_death_counts_once),
        TEST(who_came_back_is_not_blamed),
        TEST(ids_that_do_not_fit_are_not_noted),
        TEST(a_damaged_page_does_no_harm),
        TEST(the_last_thousand_are_remembered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
