/* lag: the longest turn of the last minute, and of all. */
#include "net/lag.h"

#include "base/clock.h"
#include "net/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)

/* A turn that ends then. */
static void turn(struct lag *lag, int64_t end_us, int64_t took_us)
{
    lag_begin(lag, (uint64_t)(end_us - took_us) * 1000, 0);
    lag_end(lag, (uint64_t)end_us * 1000, 0);
}

static void the_last_minute_is_what_counts(void **state)
{
    struct lag lag = { 0 };
    (void)state;
    assert_int_equal(lag_minute_us(&lag, SECOND), 0);
    turn(&lag, 1 * SECOND, 300);
    turn(&lag, 2 * SECOND, 200);
    turn(&lag, 11 * SECOND, 100);
    assert_int_equal(lag_minute_us(&lag, 11 * SECOND), 300);
    assert_int_equal(lag_minute_us(&lag, 59 * SECOND), 300);
    assert_int_equal(lag_minute_us(&lag, 60 * SECOND), 100);
    assert_int_equal(lag_minute_us(&lag, 70 * SECOND), 0);
    assert_int_equal(lag.worst_us, 300);
    turn(&lag, 65 * SECOND, 50);
    assert_int_equal(lag_minute_us(&lag, 65 * SECOND), 100);
    turn(&lag, 100000 * SECOND, 7);
    assert_int_equal(lag_minute_us(&lag, 100000 * SECOND), 7);
    assert_int_equal(lag.worst_us, 300);
}

static void turns_follow_each_other_and_waiting_is_left_out(void **state)
{
    struct lag lag = { 0 };
    (void)state;
    lag_begin(&lag, 5000000, 1000000);
    lag_end(&lag, 9000000, 4000000);
    assert_int_equal(lag.worst_us, 1000);
    lag_end(&lag, 20000000, 13000000);
    assert_int_equal(lag.worst_us, 2000);
}

static void be_busy(void *arg)
{
    int64_t until_ms = clock_real_ms() + 30;
    (void)arg;
    while (clock_real_ms() < until_ms)
        ;
}

static int64_t worst_of_an_idle_loop(void)
{
    struct loop *loop = loop_new(NULL);
    assert_non_null(loop);
    be_busy(NULL);
    loop_turn(loop, 40);
    int64_t worst_us = loop_lag(loop).worst_us;
    loop_free(loop);
    return worst_us;
}

/* A busy machine may take the processor away now and then. */
static void neither_waiting_nor_what_its_caller_does_is_lag(void **state)
{
    int tries = 0;
    (void)state;
    while (worst_of_an_idle_loop() >= 30000)
        assert_true(++tries < 50);
}

static void a_loop_tells_how_long_it_was_busy(void **state)
{
    struct loop *loop = loop_new(NULL);
    (void)state;
    assert_non_null(loop);
    assert_int_equal(loop_lag(loop).worst_us, 0);
    loop_defer(loop, be_busy, NULL);
    loop_turn(loop, 0);
    assert_true(loop_lag(loop).worst_us >= 29000);
    assert_int_equal(loop_lag(loop).minute_us, loop_lag(loop).worst_us);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_minute_is_what_counts),
        cmocka_unit_test(turns_follow_each_other_and_waiting_is_left_out),
        cmocka_unit_test(neither_waiting_nor_what_its_caller_does_is_lag),
        cmocka_unit_test(a_loop_tells_how_long_it_was_busy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
