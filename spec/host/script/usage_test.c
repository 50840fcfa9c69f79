/* script/usage, and the CPU time a plugin may use in a minute. */
#include "hostile.h"

#include "base/clock.h"
#include "script/limits_guard.h"

static void the_last_minute_is_what_counts(void **state)
{
    (void)state;
    struct usage usage = { 0 };
    assert_int_equal(usage_minute_ms(&usage, 1000), 0);
    usage_add(&usage, 1000, 3);
    usage_add(&usage, 9999, 2);
    usage_add(&usage, 10000, 1);
    assert_int_equal(usage_minute_ms(&usage, 10000), 6 * GUARD_TICK_MS);
    assert_int_equal(usage_minute_ms(&usage, 59999), 6 * GUARD_TICK_MS);
    assert_int_equal(usage_minute_ms(&usage, 60000), 1 * GUARD_TICK_MS);
    usage_add(&usage, 65000, 4);
    assert_int_equal(usage_minute_ms(&usage, 69999), 5 * GUARD_TICK_MS);
    assert_int_equal(usage_minute_ms(&usage, 70000), 4 * GUARD_TICK_MS);
    usage_add(&usage, 10000000, 1);
    assert_int_equal(usage_minute_ms(&usage, 10000000), 1 * GUARD_TICK_MS);
    usage_forget(&usage);
    assert_int_equal(usage_minute_ms(&usage, 10000000), 0);
}

/* Each "go" costs some milliseconds of CPU, far below what one event may use. */
static struct room *room_with_busy(void)
{
    struct room *room = room_new(0, 1000);
    room->script->runtime.cpu_minute_ms = 300;
    load_neighbour(room);
    load_hostile(room, "hostile", "local n = 0 for i = 1, 2e5 do n = n + i % 7 end");
    room_quiet(true);
    return room;
}

/* Until so much CPU was used, or the log tells something. */
static void keep_busy(struct room *room, int64_t cpu_ms)
{
    int64_t end = thread_cpu_ms() + cpu_ms;
    while (thread_cpu_ms() < end && !strstr(room->log, "of CPU in a minute") &&
           !strstr(room->log, "switched off")) {
        room_say(room, "g1", "mallory", "go");
        room_turn(room);
    }
}

static int64_t cpu_of(const struct room *room, const char *field)
{
    struct json *status = json_array();
    script_status(room->script, status);
    const struct json *row = json_next(status, json_next(status, NULL));
    int64_t cpu = json_int(json_get(row, field), -1);
    json_free(status);
    return cpu;
}

static void a_plugin_that_is_always_busy_is_switched_off(void **state)
{
    (void)state;
    struct room *room = room_with_busy();
    keep_busy(room, 20000);
    assert_non_null(strstr(room->log, "plugin=hostile used "));
    assert_non_null(strstr(room->log, "of CPU in a minute, at most 300"));
    assert_null(strstr(room->log, "switched off for"));
    neighbour_answers(room, 1);
    answers(room, "hostile");
    keep_busy(room, 20000);
    assert_non_null(strstr(room->log, "switched off for 1 min: too much CPU time"));
    room_turn(room);
    room_forget(room);
    room_say(room, "g1", "alice", "ok?");
    room_turn(room);
    assert_int_equal(room->did_count, 0);
    neighbour_answers(room, 2);
    room_pass(room, 60 * 1000);
    answers(room, "hostile");
    room_quiet(false);
    room_free(room);
}

static void the_same_work_over_a_longer_time_is_fine(void **state)
{
    (void)state;
    struct room *room = room_with_busy();
    for (int i = 0; i < 6; i++) {
        keep_busy(room, 150);
        room_pass(room, 60 * 1000);
    }
    assert_string_equal(room->log, "");
    assert_true(cpu_of(room, "cpu_ms") >= 300);
    assert_int_equal(cpu_of(room, "cpu_minute_ms"), 0);
    neighbour_answers(room, 1);
    answers(room, "hostile");
    room_quiet(false);
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_minute_is_what_counts),
        cmocka_unit_test(a_plugin_that_is_always_busy_is_switched_off),
        cmocka_unit_test(the_same_work_over_a_longer_time_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
