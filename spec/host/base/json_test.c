/* base/json: what the library behind it would get wrong, and the contract. */
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct json *root;
static struct buf out;
static struct err err;

static int start(void **state)
{
    (void)state;
    root = NULL;
    buf_init(&out, 1 << 16);
    return 0;
}

static int end(void **state)
{
    (void)state;
    json_free(root);
    buf_clear(&out);
    return 0;
}

static const struct json *parse(struct str text)
{
    json_free(root);
    root = json_parse(text, &err);
    if (root == NULL)
        fail_msg("%s", err.text);
    return root;
}

static void assert_str(struct str got, const char *want)
{
    if (!str_eq(got, str_from(want)))
        fail_msg("got \"%.*s\", want \"%s\"", STR_ARG(got), want);
}

static void assert_written(const struct json *node, const char *want)
{
    buf_reset(&out);
    assert_true(json_write(node, &out));
    assert_string_equal(out.at, want);
}

static void test_getters(void **state)
{
    (void)state;
    const struct json *o =
        parse(STR(" {\"s\":\"x\",\"n\":-1.5,\"i\":\"123\",\"t\":true,\"z\":null,"
                  "\"a\":[1,[2],{}],\"o\":{\"k\":7}} \n"));
    assert_int_equal(json_kind(o), JSON_OBJECT);
    assert_str(json_str(json_get(o, "s")), "x");
    assert_true(json_number(json_get(o, "n"), 0) == -1.5);
    assert_int_equal(json_int(json_get(o, "n"), 0), -1);
    assert_int_equal(json_int(json_get(o, "i"), 0), 123);
    assert_true(json_bool(json_get(o, "t"), false));
    assert_int_equal(json_kind(json_get(o, "z")), JSON_NULL);
    assert_int_equal(json_size(json_get(o, "a")), 3);
    assert_int_equal(json_int(json_get(json_get(o, "o"), "k"), 0), 7);
    assert_int_equal(json_size(o), 7);
    const struct json *first = json_next(o, NULL);
    assert_str(json_name(first), "s");
    assert_str(json_name(json_next(o, first)), "n");
    const struct json *item = json_next(json_get(o, "a"), NULL);
    assert_int_equal(json_int(item, 0), 1);
    assert_str(json_name(item), "");
}

/* Chains need no checks. */
static void test_nothing(void **state)
{
    (void)state;
    const struct json *o = parse(STR("{\"s\":\"x\"}"));
    const struct json *none = json_get(json_get(json_get(o, "s"), "deeper"), "still");
    assert_null(none);
    assert_int_equal(json_kind(none), JSON_ABSENT);
    assert_null(json_str(none).at);
    assert_int_equal(json_int(none, 5), 5);
    assert_int_equal(json_int(json_get(o, "s"), 5), 5);
    assert_true(json_number(json_get(o, "s"), 2.5) == 2.5);
    assert_true(json_bool(none, true) && !json_bool(none, false));
    assert_null(json_next(none, NULL));
    assert_null(json_next(json_get(o, "s"), NULL));
    assert_int_equal(json_size(none), 0);
    assert_str(json_name(none), "");
    json_free(NULL);
}

static void test_names(void **state)
{
    (void)state;
    const struct json *o = parse(STR("{\"Name\":1,\"name\":2,\"name\":3,\"\":4}"));
    assert_int_equal(json_int(json_get(o, "name"), 0), 3);
    assert_int_equal(json_int(json_get(o, "Name"), 0), 1);
    assert_int_equal(json_int(json_get(o, ""), 0), 4);
    assert_null(json_get(o, "NAME"));
}

static void test_bools(void **state)
{
    (void)state;
    const struct json *a =
        parse(STR("[1,\"1\",\"true\",true,0,\"0\",\"false\",false,2,\"yes\",{}]"));
    size_t at = 0;
    for (const struct json *item = NULL; (item = json_next(a, item)) != NULL; at++) {
        bool yes = json_bool(item, true), no = json_bool(item, false);
        assert_int_equal(yes, at < 4 || at > 7);
        assert_int_equal(no, at < 4);
    }
}

static void test_integers(void **state)
{
    (void)state;
    const struct json *a = parse(STR("[9007199254740992,-9007199254740992,1e300,-1e300,"
                                     "\"9223372036854775807\",1e15,1700000000000]"));
    static const int64_t want[] = { 9007199254740992, -9007199254740992, 5, 5, INT64_MAX,
                                    1000000000000000, 1700000000000 };
    size_t at = 0;
    for (const struct json *item = NULL; (item = json_next(a, item)) != NULL; at++)
        assert_true(json_int(item, 5) == want[at]);
}

#define MARK "\xef\xbf\xbd" /* U+FFFD */

static void test_escapes(void **state)
{
    (void)state;
    assert_str(json_str(parse(STR("\"a\\\\u0000b\""))), "a\\u0000b");
    assert_str(json_str(parse(STR("\"\\u0000b\""))), MARK "b");
    assert_str(json_str(parse(STR("\"\\u00e9\\ud83d\\uDE00\""))),
               "\xc3\xa9\xf0\x9f\x98\x80");
    assert_str(json_str(parse(STR("\"\\ud83d!\""))), MARK "!");
    assert_str(json_str(parse(STR("\"\\ude00\""))), MARK);
    assert_str(json_str(parse(STR("\"\\ud83d\\ud83d\\ude00\""))),
               MARK "\xf0\x9f\x98\x80");
    assert_str(json_str(parse(STR("\"\\ud83d\\u0000\""))), MARK MARK);
    assert_str(json_str(parse(STR("\"\\\\ud83d\""))), "\\ud83d");
    assert_str(json_str(parse(STR("\"\\n\\t\\/\""))), "\n\t/");
    const struct json *o = parse(STR("{\"a\\u0000\":1}"));
    assert_str(json_name(json_next(o, NULL)), "a" MARK);
}

static void refuse(struct str text, const char *why)
{
    /* A copy of its own, so that a sanitizer sees any byte read too many. */
    char *copy = malloc(text.len + 1);
    if (text.len > 0)
        memcpy(copy, text.at, text.len);
    memset(&err, 0, sizeof(err));
    assert_null(json_parse(str_of(copy, text.len), &err));
    assert_int_equal(err.code, ERR_PROTO);
    if (strstr(err.text, why) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, why);
    free(copy);
}

static void test_refused(void **state)
{
    (void)state;
    refuse(STR_NONE, "byte 0 of 0");
    refuse(STR("   "), "JSON");
    refuse(STR("{\"a\":1"), "byte");
    refuse(STR("{} {}"), "byte 2");
    refuse(STR("{\"a\":}"), "byte 5 of 6");
    refuse(STR("[1,]"), "byte");
    refuse(STR("nul"), "byte 0");
    refuse(STR("\"abc"), "byte");
    refuse(STR("\"\\u12\""), "escape cut off at byte 1");
    refuse(STR("[\"\\u12\",\"x\"]"), "escape cut off at byte 2");
    refuse(STR("\"a\\u12g4b\""), "escape cut off at byte 2");
    refuse(STR("\"\\"), "byte");
    refuse(STR("\"\\u"), "escape cut off");
    refuse(STR("\"\\x\""), "byte");
    refuse(STR("\"a\\"), "byte");
    refuse(STR("{a:1}"), "byte");
    refuse(STR("[1\0]"), "control character at byte 2");
    refuse(STR("[\v1]"), "control character at byte 1");
    refuse(STR("[1]\0"), "control character at byte 3");
    refuse(STR("\"a\0b\""), "NUL at byte 2");
    refuse(STR("\"abc\xff\""), "UTF-8 at byte 4");
    refuse(STR("\"\xed\xa0\x80\""), "UTF-8 at byte 1");
}

static void nested(int depth)
{
    buf_reset(&out);
    for (int i = 0; i < depth; i++)
        buf_add_str(&out, i % 2 ? STR("[") : STR("{\"a\":"));
    buf_add_byte(&out, '1');
    for (int i = depth - 1; i >= 0; i--)
        buf_add_byte(&out, i % 2 ? ']' : '}');
}

static void test_depth(void **state)
{
    (void)state;
    nested(64);
    char *text = str_dup(buf_str(&out));
    assert_written(parse(str_from(text)), text);
    free(text);
    nested(65);
    refuse(buf_str(&out), "deeper than 64");
    nested(10000);
    refuse(buf_str(&out), "deeper than 64");
    parse(STR(
        "\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\""));
    /* What is built too deep is not written either. */
    struct json *deep = json_array(), *at = deep;
    for (int i = 1; i < 64; i++)
        at = json_add(at, NULL, json_array());
    buf_reset(&out);
    assert_true(json_write(deep, &out));
    json_add(at, NULL, json_array());
    buf_reset(&out);
    assert_false(json_write(deep, &out));
    assert_int_equal(out.len, 0);
    json_free(deep);
}

static void test_building(void **state)
{
    (void)state;
    root = json_object();
    json_add_str(root, "s", STR("a\"\\\n\x01\xe4\xb8\x96\x7f"));
    json_add_int(root, "i", -9007199254740992);
    json_add_number(root, "n", 0.1);
    json_add_bool(root, "b", false);
    json_add_null(root, "z");
    struct json *array = json_add(root, "a", json_array());
    json_add_int(array, NULL, 1000000000000000);
    json_add(array, NULL, json_object());
    json_add(array, NULL, json_copy(json_get(root, "s")));
    assert_written(root, "{\"s\":\"a\\\"\\\\\\n\\u0001\xe4\xb8\x96\x7f\","
                         "\"i\":-9007199254740992,\"n\":0.1,\"b\":false,\"z\":null,"
                         "\"a\":[1000000000000000,{},"
                         "\"a\\\"\\\\\\n\\u0001\xe4\xb8\x96\x7f\"]}");
}

static void test_numbers_written(void **state)
{
    (void)state;
    root = json_array();
    static const double numbers[] = { 0.0,     -0.0, 1.5, 1e300, 9007199254740994.0,
                                      1.0 / 3, 1e-7 };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        json_add_number(root, NULL, numbers[i]);
    json_add_number(root, NULL, __builtin_nan(""));
    json_add_number(root, NULL, __builtin_inf());
    assert_written(
        root, "[0,0,1.5,1e+300,9007199254740994,0.33333333333333331,1e-07,null,null]");
}

/* Strings that no parser would take become ones it does. */
static void test_dirty_strings(void **state)
{
    (void)state;
    struct str dirty = STR("a\0b\xff"
                           "c\xe4\xb8");
    root = json_array();
    json_add_str(root, NULL, dirty);
    assert_written(root, "[\"a" MARK "b" MARK "c" MARK MARK "\"]");
    buf_reset(&out);
    assert_true(json_write_str(&out, dirty));
    assert_string_equal(out.at, "\"a\\u0000b" MARK "c" MARK MARK "\"");
    buf_reset(&out);
    assert_true(json_write_str(&out, STR_NONE));
    assert_string_equal(out.at, "\"\"");
}

static void test_no_room(void **state)
{
    (void)state;
    struct buf small;
    const struct json *o = parse(STR("{\"a\":[1,2,\"three\"]}"));
    for (size_t room = 0; room < 19; room++) {
        buf_init(&small, room);
        assert_false(json_write(o, &small));
        assert_int_equal(small.len, 0);
        buf_clear(&small);
    }
    buf_init(&small, 19);
    assert_true(json_write(o, &small));
    buf_reset(&small);
    buf_add_str(&small, STR("1234567890"));
    assert_false(json_write_str(&small, STR("12345678")));
    assert_string_equal(small.at, "1234567890");
    buf_clear(&small);
}

static void test_equal(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        { "{\"a\":1,\"b\":[true,null]}", "{\"b\":[true,null],\"a\":1}", true },
        { "{\"a\":1}", "{\"a\":1,\"b\":2}", false },
        { "{\"a\":1,\"b\":2}", "{\"a\":1}", false },
        { "{\"a\":1}", "{\"A\":1}", false },
        { "{\"a\":null}", "{\"b\":null}", false },
        { "[1,2]", "[2,1]", false },
        { "[1,2]", "[1,2]", true },
        { "[]", "{}", false },
        { "\"1\"", "1", false },
        { "\"a\"", "\"a\"", true },
        { "1.5", "1.25", false },
        { "true", "false", false },
        { "{\"a\":{\"b\":[\"x\"]}}", "{\"a\":{\"b\":[\"y\"]}}", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct json *a = json_parse(str_from(cases[i].a), &err);
        struct json *b = json_parse(str_from(cases[i].b), &err);
        assert_true(a && b);
        assert_int_equal(json_equal(a, b), cases[i].same);
        assert_int_equal(json_equal(b, a), cases[i].same);
        assert_true(json_equal(a, a));
        assert_false(json_equal(a, NULL));
        json_free(a);
        json_free(b);
    }
    assert_true(json_equal(NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_getters, start, end),
        cmocka_unit_test_setup_teardown(test_nothing, start, end),
        cmocka_unit_test_setup_teardown(test_names, start, end),
        cmocka_unit_test_setup_teardown(test_bools, start, end),
        cmocka_unit_test_setup_teardown(test_integers, start, end),
        cmocka_unit_test_setup_teardown(test_escapes, start, end),
        cmocka_unit_test_setup_teardown(test_refused, start, end),
        cmocka_unit_test_setup_teardown(test_depth, start, end),
        cmocka_unit_test_setup_teardown(test_building, start, end),
        cmocka_unit_test_setup_teardown(test_numbers_written, start, end),
        cmocka_unit_test_setup_teardown(test_dirty_strings, start, end),
        cmocka_unit_test_setup_teardown(test_no_room, start, end),
        cmocka_unit_test_setup_teardown(test_equal, start, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
