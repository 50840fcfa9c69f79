/* script/api_data: bot.json, bot.random_bytes. */
#include "../../support/script_room.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct room *room;

static int set_up(void **state)
{
    (void)state;
    room = room_new(0, 5000);
    room_load(room, "p", "bot = ...\njson = bot.json", "");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    room_free(room);
    return 0;
}

static void expect(const char *code, const char *want)
{
    const char *got = room_eval(room, "p", code);
    if (!strstr(got, want))
        fail_msg("%s\ngives   %s\nnot     %s", code, got, want);
}

static void values_become_text(void **state)
{
    static const char *const cases[][2] = {
        { "json.encode(nil)", "value: a nil cannot be written as JSON" },
        { "json.encode()", "value expected" },
        { "json.encode('ü\\n\"')", "\"\\\"ü\\\\n\\\\\\\"\\\"\"" },
        { "json.encode(1), json.encode(1.5), json.encode(-0.0)",
          "\"1\"\t\"1.5\"\t\"-0\"" },
        { "json.encode(true)", "\"true\"" },
        { "json.encode({})", "\"{}\"" },
        { "json.encode(json.list{})", "\"[]\"" },
        { "json.encode(json.list{ 1 })", "\"[1]\"" },
        { "json.encode({ 1, 'a', { b = false } })", "[1,\\\"a\\\",{\\\"b\\\":false}]" },
        { "json.encode({ json.null, 1 })", "\"[null,1]\"" },
        { "json.encode({ a = json.null })", "{\\\"a\\\":null}" },
        { "json.encode({ 1, nil, 3 })", "value: a table has keys that are no texts" },
        { "json.encode({ [1.5] = 1 })", "value: a table has keys that are no texts" },
        { "json.encode(print)", "value: a function cannot be written as JSON" },
        { "json.encode({ a = { b = bot.now } })", "value: a function cannot be" },
        { "json.encode(0/0)", "value: a number is not finite" },
        { "json.encode(1 << 60)", "too large an integer" },
        { "json.encode('\\xff')", "value: a text is not UTF-8" },
        { "local t = {} t.t = t return json.encode(t)", "nested too deeply" },
        { "local _, e = json.encode(('x'):rep(1 << 20)) return e.code", "\"limit\"" },
        { "json.list(7)", "items: want a table, have number" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        expect(cases[i][0], cases[i][1]);
}

static void text_becomes_values(void **state)
{
    static const char *const cases[][2] = {
        { "json.decode('[1, \"a\", {\"b\": [true, false]}]')",
          "{ 1, \"a\", { b = { true, false } } }" },
        { "json.decode('{\"a\": null, \"b\": 1}')", "{ b = 1 }" },
        { "#json.decode('[null, 1, null]')", "3" },
        { "json.decode('[null]')[1] == json.null", "true" },
        { "json.decode('null') == json.null", "true" },
        { "json.encode(json.decode('[null,[null]]'))", "\"[null,[null]]\"" },
        { "json.decode('1e2'), math.type(json.decode('7')), json.decode('0.5')",
          "100\t\"integer\"\t0.5" },
        { "json.decode('\"\\\\u00fc\\\\ud83d\\\\ude00\"')", "\"ü😀\"" },
        { "local v, e = json.decode('[1, 2') return v, e.code, e.message",
          "nil\t\"proto\"\t" },
        { "json.decode('')", "nil" },
        { "select(2, json.decode('[1, }')).message", "byte" },
        { "select(2, json.decode('\"\\xff\"')).code", "\"proto\"" },
        { "select(2, json.decode(('['):rep(100))).code", "\"proto\"" },
        { "select(2, json.decode(('x'):rep((1 << 20)) .. 'x')).code", "\"limit\"" },
        { "select(2, json.decode(('x'):rep((1 << 20)))).code", "\"proto\"" },
        { "select(2, json.decode('[' .. ('[],'):rep(60000) .. '1]')).message",
          "more than 100000 values in JSON" },
        { "#json.decode('[' .. ('1,'):rep(50000) .. '1]')", "50001" },
        { "json.decode('\"' .. (','):rep(200000) .. '\"'):len()", "200000" },
        { "json.decode(7)", "7" },
        { "json.decode({})", "string expected" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        expect(cases[i][0], cases[i][1]);
}

/* Each text is small enough; what they become is not. */
static void what_does_not_fit_into_memory(void **state)
{
    (void)state;
    room_quiet(true);
    expect("local t, text = {}, '[' .. ('[],'):rep(49000) .. '1]'\n"
           "for i = 1, 1000 do t[i] = json.decode(text) end",
           "memory");
    room_turn(room);
    room_pass(room, 60000);
    expect("json.decode('[7]')[1]", "7");
    room_quiet(false);
}

static void bytes_nobody_foresees(void **state)
{
    (void)state;
    expect("#bot.random_bytes(0), #bot.random_bytes(16), #bot.random_bytes(4096)",
           "0\t16\t4096");
    expect("bot.random_bytes(16) == bot.random_bytes(16)", "false");
    expect("bot.random_bytes(-1)", "n: want 0 to 4096");
    expect("bot.random_bytes(4097)", "n: want 0 to 4096");
    expect("bot.random_bytes('x')", "number expected");
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(values_become_text),
        TEST(text_becomes_values),
        TEST(what_does_not_fit_into_memory),
        TEST(bytes_nobody_foresees),
    };
    return cmocka_run_group_tests_name("data_api", tests, NULL, NULL);
}
