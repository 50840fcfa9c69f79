/* base/buf, base/arena, base/err: bytes that grow, bytes freed at once, errors. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_buf_grows_to_its_maximum(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 1000);
    assert_string_equal(buf.at, "");
    for (int i = 0; i < 1000; i++)
        assert_true(buf_add_byte(&buf, 'a'));
    assert_false(buf_add_byte(&buf, 'b'));
    assert_int_equal(buf.len, 1000);
    assert_int_equal(strlen(buf.at), 1000);
    buf_clear(&buf);
    assert_string_equal(buf.at, "");
    assert_true(buf_add(&buf, "x", 1));
    assert_string_equal(buf.at, "x");
    buf_clear(&buf);
}

static void test_buf_takes_all_or_nothing(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 8);
    assert_true(buf_add_str(&buf, STR("12345")));
    assert_false(buf_add_str(&buf, STR("6789")));
    assert_false(buf_add_format(&buf, "%d", 6789));
    assert_false(buf_reserve(&buf, 4));
    assert_false(buf_reserve(&buf, SIZE_MAX));
    assert_string_equal(buf.at, "12345");
    assert_true(buf_add_format(&buf, "%c%d", 'x', 78));
    assert_string_equal(buf.at, "12345x78");
    assert_true(buf_add(&buf, NULL, 0));
    buf_clear(&buf);
    buf_init(&buf, 0);
    assert_true(buf_add_str(&buf, STR_NONE));
    assert_false(buf_add_byte(&buf, 1));
    buf_clear(&buf);
}

static void test_buf_reserve(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 100);
    assert_true(buf_add_str(&buf, STR("ab")));
    assert_true(buf_reserve(&buf, 98));
    memcpy(buf.at + buf.len, "cd", 2);
    buf.len += 2;
    size_t len = 0;
    char *taken = buf_take(&buf, &len);
    assert_int_equal(len, 4);
    assert_string_equal(taken, "abcd");
    free(taken);
    assert_int_equal(buf.len, 0);
    taken = buf_take(&buf, NULL);
    assert_string_equal(taken, "");
    free(taken);
}

static void test_buf_shift_and_cut(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 100);
    buf_shift(&buf, 5);
    buf_cut(&buf, 0);
    assert_true(buf_add_str(&buf, STR("abcdef")));
    buf_shift(&buf, 2);
    assert_string_equal(buf.at, "cdef");
    buf_cut(&buf, 3);
    assert_string_equal(buf.at, "cde");
    buf_shift(&buf, 99);
    assert_string_equal(buf.at, "");
    assert_int_equal(buf.len, 0);
    assert_true(buf_add_str(&buf, STR("x")));
    size_t cap = buf.cap;
    buf_reset(&buf);
    assert_int_equal(buf.cap, cap);
    assert_true(str_eq(buf_str(&buf), STR("")));
    buf_clear(&buf);
}

static void test_arena_gives_until_its_maximum(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 10000);
    size_t total = 0;
    for (;;) {
        unsigned char *at = arena_alloc(&arena, 100);
        if (at == NULL)
            break;
        assert_int_equal((uintptr_t)at % _Alignof(max_align_t), 0);
        for (int i = 0; i < 100; i++)
            assert_int_equal(at[i], 0);
        memset(at, 0xff, 100);
        total += 100;
    }
    assert_in_range(total, 8500, 10000);
    assert_true(arena.used <= 10000);
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_null(arena_alloc(&arena, 10001));
    assert_null(arena_copy(&arena, STR("as many bytes as there are no more of")).at);
    arena_reset(&arena);
    unsigned char *again = arena_alloc(&arena, 5000);
    assert_non_null(again);
    for (int i = 0; i < 5000; i++)
        assert_int_equal(again[i], 0);
    arena_clear(&arena);
    assert_int_equal(arena.used, 0);
    assert_non_null(arena_alloc(&arena, 0));
    arena_clear(&arena);
}

static void test_arena_copy(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1000);
    struct str copy = arena_copy(&arena, str_sub(STR("abcdef"), 1, 3));
    assert_int_equal(copy.len, 3);
    assert_string_equal(copy.at, "bcd");
    copy = arena_copy(&arena, STR_NONE);
    assert_int_equal(copy.len, 0);
    assert_string_equal(copy.at, "");
    arena_clear(&arena);
}

static void test_err(void **state)
{
    (void)state;
    struct err err;
    assert_false(err_set(&err, ERR_LIMIT, "%d of %d", 3, 2));
    assert_int_equal(err.code, ERR_LIMIT);
    assert_int_equal(err.status, 0);
    assert_string_equal(err.text, "3 of 2");
    assert_false(err_wrap(&err, "group %s", "g"));
    assert_string_equal(err.text, "group g: 3 of 2");
    assert_int_equal(err.code, ERR_LIMIT);
    assert_false(err_refused(&err, 22408, "muted"));
    assert_int_equal(err.code, ERR_REFUSED);
    assert_int_equal(err.status, 22408);
    assert_false(err_set(NULL, ERR_LIMIT, "nobody asks"));
    assert_false(err_wrap(NULL, "nobody asks"));
    assert_false(err_refused(NULL, 1, "nobody asks"));
    assert_string_equal(err_word(ERR_NOT_FOUND), "not_found");
    assert_string_equal(err_word(ERR_NONE), "none");
    assert_string_equal(err_word(ERR_COUNT), "unknown");
}

static void test_err_cuts_long_text(void **state)
{
    (void)state;
    struct err err;
    char text[2 * sizeof(err.text)];
    memset(text, 'a', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    err_set(&err, ERR_PROTO, "%s", text);
    assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
    err_wrap(&err, "before");
    assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
    assert_int_equal(strncmp(err.text, "before: aaa", 11), 0);
    err_wrap(&err, "%.398s", text);
    assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
    assert_int_equal(err.text[398], ':');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buf_grows_to_its_maximum),
        cmocka_unit_test(test_buf_takes_all_or_nothing),
        cmocka_unit_test(test_buf_reserve),
        cmocka_unit_test(test_buf_shift_and_cut),
        cmocka_unit_test(test_arena_gives_until_its_maximum),
        cmocka_unit_test(test_arena_copy),
        cmocka_unit_test(test_err),
        cmocka_unit_test(test_err_cuts_long_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
