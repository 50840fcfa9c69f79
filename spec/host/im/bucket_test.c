/* bucket: so many in any second, slower when told so, faster again when calm. */
#include "im/bucket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static int64_t now_ms = 1000000;

/* How many it gives within `ms`, asked as often as it wants to be. */
static int given(struct bucket *bucket, int64_t ms)
{
    int count = 0;
    int64_t until_ms = now_ms + ms;
    for (;;) {
        int64_t wait_ms = bucket_ask(bucket, NULL, now_ms);
        if (wait_ms == 0) {
            bucket_take(bucket, NULL);
            count++;
            assert_true(count < 100000);
        } else if (now_ms + wait_ms >= until_ms) {
            break;
        }
        now_ms += wait_ms;
    }
    now_ms = until_ms;
    return count;
}

static void any_second_holds_the_quota(void **state)
{
    (void)state;
    int64_t taken_ms[400];
    int count = 0;
    struct bucket bucket;
    bucket_init(&bucket, 5, 5);
    for (int64_t end_ms = now_ms + 60000; now_ms < end_ms; now_ms += 7) {
        if (bucket_ask(&bucket, NULL, now_ms) > 0)
            continue;
        bucket_take(&bucket, NULL);
        assert_in_range(count, 0, 399);
        taken_ms[count++] = now_ms;
        if (count > 5)
            assert_true(now_ms - taken_ms[count - 6] >= 1000);
    }
    assert_in_range(count, 270, 300);
}

static void a_quiet_one_gives_all_at_once(void **state)
{
    (void)state;
    struct bucket bucket;
    bucket_init(&bucket, 5, 5);
    assert_int_equal(given(&bucket, 1), 5);
    now_ms += 5000;
    assert_int_equal(given(&bucket, 1), 5);
}

static void without_a_quota_there_is_no_limit(void **state)
{
    (void)state;
    struct bucket bucket;
    bucket_init(&bucket, 0, 5);
    for (int i = 0; i < 10000; i++) {
        assert_int_equal(bucket_ask(&bucket, NULL, now_ms), 0);
        bucket_take(&bucket, NULL);
    }
    assert_false(bucket_learns(&bucket));
    assert_true(bucket_too_fast(&bucket, now_ms));
    assert_true(bucket_learns(&bucket));
    assert_int_equal(bucket_ask(&bucket, NULL, now_ms), 1000);
    now_ms += 1000;
    assert_int_equal(given(&bucket, 1), 5);
}

static void a_complaint_closes_for_longer_each_time(void **state)
{
    (void)state;
    struct bucket bucket;
    bucket_init(&bucket, 20, 20);
    for (int64_t pause_ms = 1000; pause_ms <= 64000; pause_ms *= 2) {
        assert_true(bucket_too_fast(&bucket, now_ms));
        assert_false(bucket_too_fast(&bucket, now_ms + 1)); /* the same burst */
        int64_t want_ms = pause_ms < 60000 ? pause_ms : 60000;
        assert_int_equal(bucket_ask(&bucket, NULL, now_ms), want_ms);
        now_ms += want_ms;
    }
    assert_int_equal(given(&bucket, 1), 2); /* 20 15 11 8 6 4 3 2 */
    bucket_went_well(&bucket, now_ms);
    assert_true(bucket_too_fast(&bucket, now_ms));
    assert_int_equal(bucket_ask(&bucket, NULL, now_ms), 1000);
}

static void calm_brings_the_quota_back(void **state)
{
    (void)state;
    struct bucket bucket;
    bucket_init(&bucket, 20, 20);
    bucket_too_fast(&bucket, now_ms);
    now_ms += 1000;
    assert_int_equal(given(&bucket, 1), 15);
    now_ms += 9999;
    assert_in_range(given(&bucket, 1), 15, 17);
    now_ms += 600000;
    assert_int_equal(given(&bucket, 1), 20);
    assert_false(bucket_learns(&bucket));
}

static void one_complaint_without_a_quota_is_soon_forgotten(void **state)
{
    (void)state;
    struct bucket bucket;
    bucket_init(&bucket, 0, 5);
    bucket_too_fast(&bucket, now_ms);
    now_ms += 31000;
    assert_int_equal(given(&bucket, 1), 40);
    now_ms += 60000;
    assert_int_equal(bucket_ask(&bucket, NULL, now_ms), 0);
    assert_false(bucket_learns(&bucket));
}

static void where_it_complained_before_it_is_careful(void **state)
{
    (void)state;
    struct bucket bucket;
    bucket_init(&bucket, 0, 5);
    bucket_too_fast(&bucket, now_ms);
    now_ms += 1000;
    /* The server takes 5. How often is it asked for more in an hour? */
    int complaints = 0, total = 0;
    for (int second = 0; second < 3600; second++) {
        int count = given(&bucket, 1050);
        total += count;
        if (count > 5) {
            bucket_too_fast(&bucket, now_ms);
            complaints++;
        } else {
            bucket_went_well(&bucket, now_ms);
        }
    }
    assert_in_range(complaints, 1, 80);
    assert_true(total > 3600 * 3);
}

static void two_take_turns(void **state)
{
    (void)state;
    struct bucket bucket;
    int a, b, counts[2] = { 0, 0 };
    bucket_init(&bucket, 10, 10);
    /* The first one asks every ms, the other one when it was told to. */
    int64_t b_ms = now_ms;
    for (int64_t end_ms = now_ms + 60000; now_ms < end_ms; now_ms++) {
        while (bucket_ask(&bucket, &a, now_ms) == 0) {
            bucket_take(&bucket, &a);
            counts[0]++;
        }
        if (now_ms < b_ms)
            continue;
        int64_t wait_ms = bucket_ask(&bucket, &b, now_ms);
        b_ms = now_ms + wait_ms;
        if (wait_ms == 0) {
            bucket_take(&bucket, &b);
            counts[1]++;
        }
    }
    assert_in_range(counts[0] + counts[1], 500, 600);
    assert_true(counts[1] >= 50); /* one of each second, at least */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_second_holds_the_quota),
        cmocka_unit_test(a_quiet_one_gives_all_at_once),
        cmocka_unit_test(without_a_quota_there_is_no_limit),
        cmocka_unit_test(a_complaint_closes_for_longer_each_time),
        cmocka_unit_test(calm_brings_the_quota_back),
        cmocka_unit_test(one_complaint_without_a_quota_is_soon_forgotten),
        cmocka_unit_test(where_it_complained_before_it_is_careful),
        cmocka_unit_test(two_take_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
