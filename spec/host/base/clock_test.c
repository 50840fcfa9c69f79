/* base/clock: real until moved or frozen. */
#include "base/clock.h"

#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void test_real_time(void **state)
{
    (void)state;
    int64_t now = (int64_t)time(NULL) * 1000;
    int64_t wall = clock_wall_ms();
    assert_true(wall >= now - 2000 && wall <= now + 60000);
    int64_t mono = clock_mono_ms(), us = clock_mono_us();
    assert_true(us / 1000 >= mono);
    assert_true(clock_mono_ms() >= mono);
}

static void test_frozen_time_is_moved_exactly(void **state)
{
    (void)state;
    clock_freeze(true);
    int64_t wall = clock_wall_ms(), mono = clock_mono_ms(), us = clock_mono_us();
    clock_add_ms(1234);
    assert_true(clock_wall_ms() == wall + 1234);
    assert_true(clock_mono_ms() == mono + 1234);
    assert_true(clock_mono_us() == us + 1234000);
    clock_add_wall_ms(-5000);
    assert_true(clock_wall_ms() == wall - 3766);
    assert_true(clock_mono_ms() == mono + 1234);
    /* Frozen means frozen, however long the real clock runs. */
    int64_t until = clock_real_ms() + 3;
    while (clock_real_ms() < until)
        assert_true(clock_mono_us() == us + 1234000);
    clock_freeze(false);
    assert_true(clock_wall_ms() >= wall - 3766 && clock_wall_ms() < wall + 60000);
    assert_true(clock_mono_us() >= us + 1234000);
    clock_add_wall_ms(3766 - 1234 + 1234);
    clock_add_ms(-1234);
}

static void test_running_time_is_moved(void **state)
{
    (void)state;
    int64_t real = clock_real_ms(), mono = clock_mono_ms(), wall = clock_wall_ms();
    clock_add_ms(3600000);
    assert_true(clock_mono_ms() >= mono + 3600000 && clock_mono_ms() < mono + 3660000);
    assert_true(clock_wall_ms() >= wall + 3600000 && clock_wall_ms() < wall + 3660000);
    assert_true(clock_real_ms() < real + 60000);
    clock_add_ms(-3600000);
    assert_true(clock_mono_ms() >= mono && clock_mono_ms() < mono + 60000);
}

static void test_generation(void **state)
{
    (void)state;
    uint64_t before = clock_generation();
    clock_wall_ms();
    clock_freeze(false); /* it was not frozen */
    assert_true(clock_generation() == before);
    clock_freeze(true);
    assert_true(clock_generation() > before);
    before = clock_generation();
    clock_add_ms(0);
    assert_true(clock_generation() > before);
    before = clock_generation();
    clock_freeze(false);
    assert_true(clock_generation() > before);
}

struct seen {
    int count;
    enum log_level level;
    char line[8192];
};

static void sink(void *arg, enum log_level level, struct str line)
{
    struct seen *seen = arg;
    seen->count++;
    seen->level = level;
    assert_true(line.len < sizeof(seen->line));
    memcpy(seen->line, line.at, line.len);
    seen->line[line.len] = '\0';
}

static void test_log(void **state)
{
    (void)state;
    struct seen seen = { 0 };
    log_set_sink(sink, &seen);
    clock_freeze(true);
    int64_t moved = 1700000000123 - clock_wall_ms();
    clock_add_wall_ms(moved);
    log_info(LOG_IM, "bot=%s connected after=%dms", "b", 7);
    assert_string_equal(seen.line,
                        "2023-11-14T22:13:20.123Z info  im bot=b connected after=7ms");
    assert_int_equal(seen.level, LOG_INFO);
    log_warn(LOG_SANDBOX, "two\nlines\x1b[31m");
    assert_string_equal(seen.line,
                        "2023-11-14T22:13:20.123Z warn  sandbox two lines [31m");
    log_debug(LOG_NET, "hidden");
    assert_int_equal(seen.count, 2);
    log_set_level(LOG_DEBUG);
    assert_true(log_enabled(LOG_DEBUG));
    log_debug(LOG_NET, "shown");
    assert_int_equal(seen.count, 3);
    log_set_level(LOG_ERROR);
    log_warn(LOG_NET, "hidden");
    assert_int_equal(seen.count, 3);
    log_set_level(LOG_INFO);

    char text[5000];
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    log_error(LOG_BASE, "%s", text);
    assert_int_equal(seen.count, 4);
    assert_in_range(strlen(seen.line), 4096, 4352);
    clock_add_wall_ms(-moved);
    clock_freeze(false);
    log_set_sink(NULL, NULL);
}

static void test_log_levels(void **state)
{
    (void)state;
    enum log_level level = LOG_INFO;
    assert_true(log_level_parse(STR("debug"), &level));
    assert_int_equal(level, LOG_DEBUG);
    assert_true(log_level_parse(STR("error"), &level));
    assert_int_equal(level, LOG_ERROR);
    assert_false(log_level_parse(STR("Error"), &level));
    assert_false(log_level_parse(STR(""), &level));
    assert_int_equal(level, LOG_ERROR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real_time),
        cmocka_unit_test(test_frozen_time_is_moved_exactly),
        cmocka_unit_test(test_running_time_is_moved),
        cmocka_unit_test(test_generation),
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_log_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
