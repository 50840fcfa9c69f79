/* quarantine: how long, how it grows and is forgotten, and how it gets to a worker. */
#include "app/quarantine.h"
#include "base/clock.h"
#include "script/script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

static int stop_clock(void **state)
{
    (void)state;
    clock_freeze(true);
    return 0;
}

static void test_it_grows_up_to_an_hour(void **state)
{
    (void)state;
    struct quarantine list = { 0 };
    static const int64_t want[] = { 1, 2, 4, 8, 16, 32, 60, 60 };
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
        assert_int_equal(quarantine_add(&list, 7, "signal 11"), want[i] * MINUTE);
    clock_add_ms(HOUR - 1);
    assert_string_equal(quarantine_find(&list, 7)->why, "signal 11");
    assert_null(quarantine_find(&list, 8));
    clock_add_ms(1);
    assert_null(quarantine_find(&list, 7));
    quarantine_clear(&list);
}

static void test_two_good_hours_make_it_short_again(void **state)
{
    (void)state;
    struct quarantine list = { 0 };
    quarantine_add(&list, 7, "a");
    clock_add_ms(MINUTE + 2 * HOUR);
    assert_int_equal(quarantine_add(&list, 7, "b"), 2 * MINUTE);
    clock_add_ms(2 * MINUTE + 2 * HOUR + 1);
    assert_int_equal(quarantine_add(&list, 7, "c"), MINUTE);
    quarantine_end(&list, 7);
    assert_null(list.first);
    quarantine_end(&list, 7);
}

static void test_a_worker_is_told_who_and_for_how_long(void **state)
{
    (void)state;
    struct quarantine list = { 0 }, copy = { 0 };
    uint64_t who = script_id(STR("bot"), STR("plugin"));
    assert_true(who > (UINT64_C(1) << 53)); /* more than a number of JSON can say */
    quarantine_add(&list, 7, "over");
    clock_add_ms(MINUTE);
    quarantine_add(&list, who, "signal 6");
    clock_add_ms(MINUTE / 2);
    struct json *array = quarantine_write(&list);
    assert_int_equal(json_size(array), 1);
    quarantine_read(&copy, array);
    json_free(array);
    assert_string_equal(quarantine_find(&copy, who)->why, "signal 6");
    clock_add_ms(MINUTE / 2);
    assert_null(quarantine_find(&copy, who));
    quarantine_clear(&list);
    quarantine_clear(&copy);
}

static void test_ids_tell_plugins_and_bots_apart(void **state)
{
    (void)state;
    uint64_t who = script_id(STR("bot"), STR("plugin"));
    assert_true(who == script_id(STR("bot"), STR("plugin")));
    assert_true(who != script_id(STR("bot"), STR("plugin2")));
    assert_true(who != script_id(STR("bot2"), STR("plugin")));
    assert_true(who != script_id(STR("botp"), STR("lugin")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_grows_up_to_an_hour),
        cmocka_unit_test(test_two_good_hours_make_it_short_again),
        cmocka_unit_test(test_a_worker_is_told_who_and_for_how_long),
        cmocka_unit_test(test_ids_tell_plugins_and_bots_apart),
    };
    return cmocka_run_group_tests(tests, stop_clock, NULL);
}
