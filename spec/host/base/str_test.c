/* base/str: views, numbers and UTF-8. */
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_str(struct str got, const char *want)
{
    if (!str_eq(got, str_from(want)))
        fail_msg("got \"%.*s\", want \"%s\"", STR_ARG(got), want);
}

static void test_compare(void **state)
{
    (void)state;
    assert_true(str_eq(STR("abc"), STR("abc")));
    assert_false(str_eq(STR("abc"), STR("abd")));
    assert_false(str_eq(STR("abc"), STR("ab")));
    assert_true(str_eq(STR_NONE, STR("")));
    assert_true(str_eq_nocase(STR("aZ-9"), STR("Az-9")));
    assert_false(str_eq_nocase(STR("@"), STR("`")));
    assert_false(str_eq_nocase(STR("a"), STR("ab")));
    assert_true(str_cmp(STR("a"), STR("b")) < 0);
    assert_true(str_cmp(STR("a"), STR("aa")) < 0);
    assert_true(str_cmp(STR("\xff"), STR("a")) > 0);
    assert_int_equal(str_cmp(STR_NONE, STR("")), 0);
    assert_true(str_starts(STR("abc"), STR("ab")) && str_starts(STR("abc"), STR("")));
    assert_false(str_starts(STR("ab"), STR("abc")));
    assert_true(str_ends(STR("abc"), STR("bc")) && str_ends(STR_NONE, STR("")));
    assert_false(str_ends(STR("abc"), STR("ab")));
}

static void test_find_and_cut(void **state)
{
    (void)state;
    assert_int_equal(str_index(STR("abcb"), 'b'), 1);
    assert_int_equal(str_index(STR("abc"), 'x'), -1);
    assert_int_equal(str_index(STR_NONE, 'x'), -1);
    assert_int_equal(str_find(STR("ababc"), STR("abc")), 2);
    assert_int_equal(str_find(STR("ab"), STR("abc")), -1);
    assert_int_equal(str_find(STR("ab"), STR("")), 0);
    assert_str(str_sub(STR("abcdef"), 2, 3), "cde");
    assert_str(str_sub(STR("abc"), 2, 99), "c");
    assert_str(str_sub(STR("abc"), 9, 1), "");
    assert_str(str_sub(STR_NONE, 1, 1), "");
    assert_str(str_trim(STR(" \t\r\n a b \v\f")), "a b");
    assert_str(str_trim(STR("  ")), "");
}

static void test_split(void **state)
{
    (void)state;
    struct str rest = STR("a,,b,"), piece;
    assert_true(str_split(&rest, ',', &piece));
    assert_str(piece, "a");
    assert_true(str_split(&rest, ',', &piece));
    assert_str(piece, "");
    assert_true(str_split(&rest, ',', &piece));
    assert_str(piece, "b");
    assert_false(str_split(&rest, ',', &piece));
    rest = STR("");
    assert_false(str_split(&rest, ',', &piece));
    rest = STR_NONE;
    assert_false(str_split(&rest, ',', &piece));
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        { "0", 0 },
        { "-0", 0 },
        { "+7", 7 },
        { "0042", 42 },
        { "9223372036854775807", INT64_MAX },
        { "-9223372036854775808", INT64_MIN },
    };
    static const char *const bad[] = { "",
                                       "-",
                                       "+",
                                       "1 ",
                                       " 1",
                                       "1.0",
                                       "0x1",
                                       "--1",
                                       "1-1",
                                       "9223372036854775808",
                                       "-9223372036854775809",
                                       "99999999999999999999" };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        int64_t value = 1;
        assert_true(str_to_i64(str_from(good[i].text), &value));
        assert_true(value == good[i].value);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        int64_t value = 77;
        if (str_to_i64(str_from(bad[i]), &value))
            fail_msg("\"%s\" is no number", bad[i]);
        assert_int_equal(value, 77);
    }
}

/* Each good character alone and behind seven letters, where the quick path ends; each bad
 * one likewise. */
static void test_utf8(void **state)
{
    (void)state;
    static const char *const good[] = { "a",
                                        "\x7f",
                                        "\xc2\x80",
                                        "\xdf\xbf",
                                        "\xe0\xa0\x80",
                                        "\xed\x9f\xbf",
                                        "\xee\x80\x80",
                                        "\xef\xbf\xbf",
                                        "\xf0\x90\x80\x80",
                                        "\xf4\x8f\xbf\xbf" };
    static const char *const bad[] = { "\x80",
                                       "\xbf",
                                       "\xc0\x80",
                                       "\xc1\xbf",
                                       "\xc2",
                                       "\xc2\x41",
                                       "\xe0\x9f\xbf",
                                       "\xe1\x80",
                                       "\xed\xa0\x80",
                                       "\xed\xbf\xbf",
                                       "\xf0\x8f\xbf\xbf",
                                       "\xf0\x90\x80",
                                       "\xf4\x90\x80\x80",
                                       "\xf5\x80\x80\x80",
                                       "\xff" };
    char text[32];
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(str_is_utf8(str_from(good[i])));
        assert_int_equal(str_utf8_char(str_from(good[i])), strlen(good[i]));
        strcpy(text, "seven77");
        assert_true(str_is_utf8(str_from(strcat(strcat(text, good[i]), "12345678"))));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(str_is_utf8(str_from(bad[i])));
        assert_int_equal(str_utf8_char(str_from(bad[i])), 0);
        strcpy(text, "12345678");
        assert_false(str_is_utf8(str_from(strcat(strcat(text, bad[i]), "12345678"))));
    }
    assert_true(str_is_utf8(STR_NONE));
    assert_true(str_is_utf8(STR("a\0b")));
    assert_int_equal(str_utf8_char(STR_NONE), 0);
}

static void test_cut_utf8(void **state)
{
    (void)state;
    assert_str(str_cut_utf8(STR("ab"), 2), "ab");
    assert_str(str_cut_utf8(STR("abc"), 2), "ab");
    assert_str(str_cut_utf8(STR("a\xe4\xb8\x96z"), 3), "a");
    assert_str(str_cut_utf8(STR("a\xe4\xb8\x96z"), 4), "a\xe4\xb8\x96");
    assert_str(str_cut_utf8(STR("\xe4\xb8\x96"), 2), "");
    assert_str(str_cut_utf8(STR_NONE, 0), "");
}

static void test_dup(void **state)
{
    (void)state;
    char *copy = str_dup(str_sub(STR("abcdef"), 1, 2));
    assert_string_equal(copy, "bc");
    free(copy);
    copy = str_dup(STR_NONE);
    assert_string_equal(copy, "");
    free(copy);
}

static void test_controls_become_blanks(void **state)
{
    (void)state;
    char text[] = "a\x1b[2J\n\x7f\xc2\x9b"
                  "b\xe2\x80\xae"
                  "c\xe2\x81\xa6\xe4\xb8\x96\xc2\xa9\xe2\x80\x94";
    const char want[] = "a [2J    b   c   \xe4\xb8\x96\xc2\xa9\xe2\x80\x94";
    str_blank_controls(text, strlen(text));
    assert_string_equal(text, want);
    char cut[] = "\xe2\x80";
    str_blank_controls(cut, 2);
    assert_string_equal(cut, "\xe2\x80");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare), cmocka_unit_test(test_find_and_cut),
        cmocka_unit_test(test_split),   cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_utf8),    cmocka_unit_test(test_cut_utf8),
        cmocka_unit_test(test_dup),     cmocka_unit_test(test_controls_become_blanks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
