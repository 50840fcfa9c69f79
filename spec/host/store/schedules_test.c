/* store/schedules and store/roles. */
#include "store/roles.h"
#include "store/schedules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../support/folder.h"

static struct store *store;
static struct buf bytes;
static char listed[512];

static int set_up(void **state)
{
    (void)state;
    buf_init(&bytes, 1 << 20);
    store = store_open(folder_file("bot.db"), STORE_NORMAL, NULL);
    return store ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    store_close(store);
    buf_clear(&bytes);
    folder_remove();
    return 0;
}

static void open_again(void)
{
    store_close(store);
    store = store_open(folder_file("bot.db"), STORE_NORMAL, NULL);
    assert_non_null(store);
}

static int64_t add(const char *plugin, int64_t due_ms)
{
    struct schedule_row row = { .plugin = str_from(plugin),
                                .name = STR("remind"),
                                .due_ms = due_ms,
                                .chat = 3,
                                .target = STR("g1"),
                                .data = STR("{\"x\":1}") };
    assert_true(schedules_add(store, &row, NULL));
    return row.id;
}

static void list_row(void *arg, int64_t id, int64_t due_ms)
{
    size_t len = strlen(listed);
    (void)arg;
    snprintf(listed + len, sizeof(listed) - len, "%lld@%lld ", (long long)id,
             (long long)due_ms);
}

static const char *list_of(const char *plugin)
{
    listed[0] = '\0';
    assert_true(schedules_each(store, str_from(plugin), list_row, NULL, NULL));
    return listed;
}

static void rows_come_in_the_order_they_are_due(void **state)
{
    (void)state;
    add("p", 300);
    add("p", 100);
    add("q", 50);
    add("p", 300);
    assert_string_equal(list_of("p"), "2@100 1@300 4@300 ");
    open_again();
    assert_string_equal(list_of("p"), "2@100 1@300 4@300 ");
    struct schedule_row row;
    assert_true(schedules_find(store, 2, &row, &bytes));
    assert_true(row.id == 2 && row.due_ms == 100 && row.chat == 3);
    assert_true(str_eq(row.plugin, STR("p")) && str_eq(row.name, STR("remind")));
    assert_true(str_eq(row.target, STR("g1")) && str_eq(row.data, STR("{\"x\":1}")));
    schedules_del(store, 2);
    assert_false(schedules_find(store, 2, &row, &bytes));
    assert_string_equal(list_of("p"), "1@300 4@300 ");
    assert_string_equal(list_of("q"), "3@50 ");
    assert_string_equal(list_of("nobody"), "");
}

static void numbers_are_never_used_twice(void **state)
{
    (void)state;
    int64_t first = add("p", 1);
    schedules_del(store, first);
    open_again();
    assert_true(add("p", 1) == first + 1);
}

static void crons_remember_their_last_time(void **state)
{
    (void)state;
    char name[32];
    assert_int_equal(schedules_cron_last(store, STR("p"), STR("daily")), 0);
    schedules_cron_set(store, STR("p"), STR("daily"), 5000000);
    schedules_cron_set(store, STR("p"), STR("daily"), 6000000);
    open_again();
    assert_int_equal(schedules_cron_last(store, STR("p"), STR("daily")), 6000000);
    assert_int_equal(schedules_cron_last(store, STR("q"), STR("daily")), 0);
    for (int i = 0; i < 1010; i++) {
        snprintf(name, sizeof(name), "other%d", i);
        schedules_cron_set(store, STR("p"), str_from(name), 100 + i);
    }
    assert_int_equal(schedules_cron_last(store, STR("p"), STR("daily")), 6000000);
    assert_int_equal(schedules_cron_last(store, STR("p"), STR("other10")), 0);
    assert_int_equal(schedules_cron_last(store, STR("p"), STR("other1009")), 1109);
}

static void list_role(void *arg, struct str user, struct str group, struct str role)
{
    size_t len = strlen(listed);
    (void)arg;
    snprintf(listed + len, sizeof(listed) - len, "%.*s/%.*s=%.*s ", STR_ARG(user),
             STR_ARG(group), STR_ARG(role));
}

static void roles_are_kept(void **state)
{
    (void)state;
    assert_true(roles_set(store, STR("bob"), STR("g1"), STR("trusted"), 1, NULL));
    assert_true(roles_set(store, STR("bob"), STR("g1"), STR("moderator"), 2, NULL));
    assert_true(roles_set(store, STR("bob"), STR(""), STR("trusted"), 3, NULL));
    assert_true(roles_set(store, STR("eve"), STR(""), STR("admin"), 4, NULL));
    assert_true(roles_del(store, STR("eve"), STR(""), NULL));
    assert_true(roles_del(store, STR("nobody"), STR("g1"), NULL));
    open_again();
    listed[0] = '\0';
    roles_each(store, list_role, NULL);
    assert_string_equal(listed, "bob/=trusted bob/g1=moderator ");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(rows_come_in_the_order_they_are_due),
        TEST(numbers_are_never_used_twice),
        TEST(crons_remember_their_last_time),
        TEST(roles_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
