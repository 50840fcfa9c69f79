/* base/duration: how long people and configurations say. */
#include "base/duration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_good(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        { "30s", 30000 },    { "10m", 600000 },   { "3h", 10800000 },
        { "2d", 172800000 }, { "1w", 604800000 }, { "1d12h", 129600000 },
        { "45", 45000 },     { "0", 0 },          { "36525d", 3155760000000 },
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        int64_t ms = -1;
        if (!duration_parse(str_from(good[i].text), &ms))
            fail_msg("\"%s\" is a duration", good[i].text);
        assert_true(ms == good[i].ms);
    }
}

static void test_bad(void **state)
{
    (void)state;
    static const char *const bad[] = { "",
                                       "s",
                                       "10x",
                                       "-1s",
                                       "1.5h",
                                       "1 h",
                                       "1d12",
                                       "10m ",
                                       "1hh",
                                       "36526d",
                                       "9999999999999999999999s",
                                       "36525d1s" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t ms;
        if (duration_parse(str_from(bad[i]), &ms))
            fail_msg("\"%s\" is no duration", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
