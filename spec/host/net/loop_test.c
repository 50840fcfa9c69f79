/* loop: turns, timers on a clock that specs move, deferred calls, hooks, signals. */
#include "net/loop.h"

#include "base/clock.h"
#include "base/mem.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct loop *loop;
static char seen[64]; /* one letter per callback, in order */

struct note {
    char letter;
    struct loop_timer timer;
    struct note *other;
};

static void add_letter(char letter)
{
    size_t len = strlen(seen);

    assert_true(len + 1 < sizeof(seen));
    seen[len] = letter;
    seen[len + 1] = '\0';
}

static void on_note(void *arg)
{
    add_letter(((struct note *)arg)->letter);
}

static int open_loop(void **state)
{
    struct err err = { 0 };

    (void)state;
    clock_freeze(true);
    seen[0] = '\0';
    loop = loop_new(&err);
    return loop == NULL;
}

static int close_loop(void **state)
{
    (void)state;
    loop_free(loop);
    clock_freeze(false);
    return 0;
}

static void start(struct note *note, int64_t delay_ms)
{
    loop_timer_start(loop, &note->timer, delay_ms, on_note, note);
}

static void timers_fire_by_deadline_then_by_order_of_starting(void **state)
{
    struct note a = { .letter = 'a' }, b = { .letter = 'b' }, c = { .letter = 'c' },
                d = { .letter = 'd' };

    (void)state;
    start(&a, 20);
    start(&b, 10);
    start(&c, 10);
    start(&d, -5);
    loop_turn(loop, 0);
    assert_string_equal(seen, "d");
    clock_add_ms(10);
    loop_turn(loop, 0);
    assert_string_equal(seen, "dbc");
    assert_true(loop_timer_runs(&a.timer));
    assert_false(loop_timer_runs(&b.timer));
    clock_add_ms(1000);
    loop_turn(loop, 0);
    assert_string_equal(seen, "dbca");
}

static void a_restarted_timer_fires_once_at_its_new_time(void **state)
{
    struct note a = { .letter = 'a' }, b = { .letter = 'b' };

    (void)state;
    start(&a, 10);
    start(&b, 10);
    start(&a, 30);
    clock_add_ms(10);
    loop_turn(loop, 0);
    assert_string_equal(seen, "b");
    clock_add_ms(20);
    loop_turn(loop, 0);
    clock_add_ms(100);
    loop_turn(loop, 0);
    assert_string_equal(seen, "ba");
}

static void stop_other(void *arg)
{
    struct note *note = arg;

    on_note(note);
    loop_timer_stop(loop, &note->other->timer);
}

static void a_callback_may_stop_a_timer_due_at_the_same_time(void **state)
{
    struct note b = { .letter = 'b' }, a = { .letter = 'a', .other = &b };

    (void)state;
    loop_timer_start(loop, &a.timer, 5, stop_other, &a);
    start(&b, 5);
    clock_add_ms(5);
    loop_turn(loop, 0);
    loop_turn(loop, 0);
    assert_string_equal(seen, "a");
    loop_timer_stop(loop, &b.timer);
}

static void restart_self(void *arg)
{
    struct note *note = arg;

    on_note(note);
    loop_timer_start(loop, &note->timer, 0, restart_self, note);
}

static void a_timer_that_restarts_itself_fires_once_a_turn(void **state)
{
    struct note a = { .letter = 'a' };

    (void)state;
    loop_timer_start(loop, &a.timer, 0, restart_self, &a);
    loop_turn(loop, 0);
    assert_string_equal(seen, "a");
    loop_turn(loop, 0);
    assert_string_equal(seen, "aa");
    loop_timer_stop(loop, &a.timer);
    loop_turn(loop, 0);
    assert_string_equal(seen, "aa");
}

static uint64_t fired_order;
static int64_t fired_due;
static int fired;

static void on_ordered(void *arg)
{
    struct loop_timer *timer = arg;

    assert_true(timer->due_ms > fired_due ||
                (timer->due_ms == fired_due && timer->order > fired_order));
    fired_due = timer->due_ms;
    fired_order = timer->order;
    fired++;
}

static void a_thousand_timers_started_and_stopped_keep_their_order(void **state)
{
    static struct loop_timer timers[1000];
    uint32_t seed = 7;
    int stopped = 0;

    (void)state;
    memset(timers, 0, sizeof(timers));
    fired = 0;
    fired_due = 0;
    for (size_t i = 0; i < 1000; i++) {
        seed = seed * 1103515245u + 12345u;
        loop_timer_start(loop, &timers[i], seed >> 16 & 127, on_ordered, &timers[i]);
    }
    for (size_t i = 0; i < 1000; i += 3, stopped++)
        loop_timer_stop(loop, &timers[i]);
    for (int i = 0; i < 128; i++) {
        clock_add_ms(1);
        loop_turn(loop, 0);
    }
    assert_int_equal(fired, 1000 - stopped);
}

static void a_frozen_clock_fires_nothing_and_does_not_spin(void **state)
{
    struct note a = { .letter = 'a' };
    int64_t from = clock_real_ms();

    (void)state;
    start(&a, 1);
    loop_turn(loop, 30);
    assert_true(clock_real_ms() - from >= 29); /* one turn, waited out */
    assert_string_equal(seen, "");
    clock_freeze(false);
    while (seen[0] == '\0' && clock_real_ms() - from < 5000)
        loop_turn(loop, 1000);
    assert_string_equal(seen, "a");
}

static void defer_note(void *arg)
{
    struct note *note = arg;

    add_letter('!');
    loop_defer(loop, on_note, note->other);
}

static void deferred_calls_run_in_the_same_turn_before_the_hooks(void **state)
{
    struct note a = { .letter = 'a' }, outer = { .letter = 'o', .other = &a };
    struct loop_hook last = { 0 }, hook = { 0 };
    struct note h = { .letter = 'h' }, l = { .letter = 'l' };

    (void)state;
    loop_hook_add_last(loop, &last, on_note, &l);
    loop_hook_add(loop, &hook, on_note, &h);
    loop_defer(loop, defer_note, &outer);
    loop_timer_start(loop, &outer.timer, 0, defer_note, &outer);
    loop_turn(loop, 10000); /* does not wait: something is queued */
    assert_string_equal(seen, "!!aahl");
    loop_hook_remove(&hook);
    loop_hook_remove(&hook);
    loop_hook_remove(&last);
    loop_turn(loop, 0);
    assert_string_equal(seen, "!!aahl");
}

static void a_cancelled_call_is_forgotten(void **state)
{
    struct note a = { .letter = 'a' }, b = { .letter = 'b' };

    (void)state;
    loop_defer(loop, on_note, &a);
    loop_defer(loop, on_note, &b);
    loop_defer(loop, on_note, &a);
    loop_defer_cancel(loop, on_note, &a);
    loop_turn(loop, 0);
    assert_string_equal(seen, "b");
}

static void defer_self(void *arg)
{
    (*(int *)arg)++;
    loop_defer(loop, defer_self, arg);
}

static void a_call_that_defers_itself_does_not_hold_up_the_turn(void **state)
{
    int calls = 0;

    (void)state;
    loop_defer(loop, defer_self, &calls);
    loop_turn(loop, 0);
    assert_true(calls > 0);
    loop_defer_cancel(loop, defer_self, &calls);
}

static void many_deferred_calls_keep_their_order(void **state)
{
    struct note notes[26];

    (void)state;
    for (int round = 0; round < 10; round++) {
        seen[0] = '\0';
        for (int i = 0; i < 26; i++) {
            notes[i] = (struct note){ .letter = (char)('a' + i) };
            loop_defer(loop, on_note, &notes[i]);
        }
        loop_turn(loop, 0);
        assert_string_equal(seen, "abcdefghijklmnopqrstuvwxyz");
    }
}

static struct loop_hook hooks[3];

static void remove_all(void *arg)
{
    add_letter('r');
    for (int i = 0; i < 3; i++)
        loop_hook_remove(&hooks[i]);
    (void)arg;
}

static void a_hook_may_remove_itself_and_others(void **state)
{
    struct note a = { .letter = 'a' };

    (void)state;
    loop_hook_add(loop, &hooks[0], on_note, &a);
    loop_hook_add(loop, &hooks[1], remove_all, NULL);
    loop_hook_add(loop, &hooks[2], on_note, &a);
    loop_turn(loop, 0);
    loop_turn(loop, 0);
    assert_string_equal(seen, "ar");
}

static void stop_loop(void *arg)
{
    loop_stop(arg);
}

static void a_call_deferred_outside_the_loop_wakes_it(void **state)
{
    (void)state;
    loop_defer(loop, stop_loop, loop);
    loop_run(loop); /* returns, or the test hangs */
}

static void a_signal_is_seen_each_time(void **state)
{
    struct note s = { .letter = 's' };

    (void)state;
    assert_true(loop_on_signal(loop, SIGHUP, on_note, &s, NULL));
    raise(SIGHUP);
    loop_turn(loop, 1000);
    raise(SIGHUP);
    loop_turn(loop, 1000);
    assert_string_equal(seen, "ss");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, open_loop, close_loop)
    const struct CMUnitTest tests[] = {
        TEST(timers_fire_by_deadline_then_by_order_of_starting),
        TEST(a_restarted_timer_fires_once_at_its_new_time),
        TEST(a_callback_may_stop_a_timer_due_at_the_same_time),
        TEST(a_timer_that_restarts_itself_fires_once_a_turn),
        TEST(a_thousand_timers_started_and_stopped_keep_their_order),
        TEST(a_frozen_clock_fires_nothing_and_does_not_spin),
        TEST(deferred_calls_run_in_the_same_turn_before_the_hooks),
        TEST(a_cancelled_call_is_forgotten),
        TEST(a_call_that_defers_itself_does_not_hold_up_the_turn),
        TEST(many_deferred_calls_keep_their_order),
        TEST(a_hook_may_remove_itself_and_others),
        TEST(a_call_deferred_outside_the_loop_wakes_it),
        TEST(a_signal_is_seen_each_time),
    };

    return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
