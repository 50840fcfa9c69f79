/* Calls that would last for ever, and what plugins are kept from (lua-runtime.md 13: 11
 * to 13, 20 to 24, 33). */
#include "hostile.h"

#include "script/limits_probe.h"

static void catastrophic_patterns_are_errors(void **state)
{
    (void)state;
    static const char *const calls[] = {
        "return ('a'):rep(200):find(('.-'):rep(12) .. 'b')",
        "return ('a'):rep(200):match(('a*'):rep(12) .. 'b')",
        "for _ in ('a'):rep(200):gmatch(('a?'):rep(150) .. 'b') do end",
        "return ('a'):rep(30000):gsub('a-b', '')",
        "return ('('):rep(60000):find('%b()')",
    };
    for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
        stops_within(0, 0, calls[i], "hostile/init.lua:4: pattern needs too many steps",
                     500);
}

static void what_is_heard_is_matched_in_steps(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    char text[201];
    memset(text, 'a', sizeof(text));
    text[200] = '\0';
    load_neighbour(room);
    room_load(room, "hostile", "local bot = ... bot.hear(('.-'):rep(12) .. 'a$', print)",
              "");
    int64_t before = thread_cpu_ms();
    room_say(room, "g1", "mallory", text);
    assert_true(thread_cpu_ms() - before < 500);
    room_load(room, "worse", "local bot = ... bot.hear(('.-'):rep(12) .. '[bc]', print)",
              "");
    room_say(room, "g1", "mallory", text);
    assert_true(thread_cpu_ms() - before < 1000);
    assert_non_null(strstr(room->log, "pattern needs too many steps"));
    neighbour_answers(room, 1);
    room_free(room);
}

static void repetition_is_bounded(void **state)
{
    (void)state;
    stops("return ('x'):rep(1e10)", "larger than 1 MiB");
    stops("return ('x'):rep(1e9, 'y')", "larger than 1 MiB");
    stops("assert(('').rep('', 1e15) == '') error('done')", "done");
}

static void tables_that_lie_are_not_believed(void **state)
{
    (void)state;
    static const char *const calls[] = {
        "table.move({}, 1, 1e15, 2)",
        "table.move({}, 1, math.maxinteger - 5, 2)",
        "table.concat({}, '', 1, 1e15)",
        "table.unpack({}, 1, 1e15)",
        "table.sort(liar, rawequal)",
        "string.char(table.unpack({}, 1, 20000))",
        "table.insert(liar, 1, 1) table.remove(liar, 1) table.insert(liar, 'x', 1)",
        "table.unpack(liar) table.concat(liar) table.insert(liar, 1 << 49, 1)",
    };
    for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
        char body[512];
        snprintf(
            body, sizeof(body),
            "local liar = setmetatable({}, { __len = function() return 1 << 50 end,\n"
            "  __index = function() return 1 end })\n%s",
            calls[i]);
        stops_within(0, 0, body, "hostile/init.lua:", 500);
    }
}

/* `code` makes the text to load. */
static void is_no_program(const char *code, const char *complaint)
{
    char body[1024];
    snprintf(body, sizeof(body), "local ok, why = load(%s) error(why or ok())", code);
    stops_within(0, 0, body, complaint, 2000);
}

static void sources_too_deep_or_large_are_refused(void **state)
{
    (void)state;
    is_no_program("'return a' .. ('.b'):rep(100000)", "larger than 64 KiB");
    is_no_program("'return ' .. ('('):rep(10000) .. '1' .. (')'):rep(10000)", "overflow");
    is_no_program("('do '):rep(10000)", "overflow");
    is_no_program("('return function() '):rep(3500)", "overflow");
    is_no_program("'return ' .. ('{'):rep(10000)", "overflow");
    is_no_program("'return ' .. ('-'):rep(3) .. '[' .. ('='):rep(60000)", "");
    stops_within(0, 0,
                 "local why = load('local a = {} return a' .. ('.b'):rep(30000))\n"
                 "why()",
                 "hostile", 3000);
}

static void manifests_and_sources_have_a_size(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    struct err err = { 0 };
    size_t len = 100000;
    char *code = malloc(2 * len + 32);
    load_neighbour(room);
    strcpy(code, "return a");
    for (size_t i = 0; i < len; i++)
        memcpy(code + 8 + 2 * i, ".b", 3);
    assert_false(room_try_load(room, "hostile", code, "", "", &err));
    if (!strstr(err.text, "larger than 65536 bytes"))
        fail_msg("%s", err.text);
    free(code);
    neighbour_answers(room, 1);
    room_free(room);
}

/* Debian's 5.4.4 loses track of the stack in this one. */
static void concat_in_deep_recursion(void **state)
{
    (void)state;
    stops_within(0, 2000,
                 "local function deep(n) return n > 0 and 1 + deep(n - 1) or 0 end\n"
                 "local o = setmetatable({}, { __concat = function(a, b) deep(2000)\n"
                 "  return (type(a) == 'string' and a or 'o') ..\n"
                 "    (type(b) == 'string' and b or 'o') end })\n"
                 "for _ = 1, 200 do\n"
                 "  local s = coroutine.wrap(function()\n"
                 "    local x, y, z = 'x', 'y', 'z' return x .. y .. o .. z end)()\n"
                 "  assert(s == 'xyoz')\nend\nmsg:reply('right values')",
                 limits_lua_is_defective() ? "metatables with __concat are not allowed"
                                           : "right values",
                 2000);
}

static void code_comes_as_text_only(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    load_neighbour(room);
    refuses(room, "load('\\27Lua')", "attempt to load a binary chunk");
    refuses(room, "load(function() end)", "string expected");
    refuses(room, "load('return 1', 'x', 'b')", "attempt to load a text chunk");
    refuses(room, "load(('x = 1 '):rep(20000))", "larger than 64 KiB");
    refuses(room, "string.dump(print)", "attempt to call a nil value");
    refuses(room, "require 'socket'", "has no files");
    refuses(room, "require '../x'", "a module is called like");
    refuses(room, "require '/etc/passwd'", "a module is called like");
    refuses(room, "require 'moondock.nothing'", "nothing.lua");
    refuses(room, "require 'moondock...x'", "a module is called like");
    gives(room, "require('moondock.duration').parse('10m')", "600");
    gives(room, "load('return 1 + 1')()", "2");
    gives(room, "load('return x', 'n', 't', { x = 7 })()", "7");
    gives(room, "load('x = 1') ~= nil, select('#', load('x ='))", "true\t2");
    neighbour_answers(room, 1);
    room_free(room);
}

static void the_machine_is_out_of_reach(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    load_neighbour(room);
    gives(room,
          "io, debug, package, dofile, loadfile, string.dump, os.execute, "
          "os.getenv, os.exit, os.remove, coroutine.close",
          "nil\tnil\tnil\tnil\tnil\tnil\tnil\tnil\tnil\tnil\tnil");
    gives(room, "os.rename, os.tmpname, os.setlocale, string.packsize, jit, newproxy",
          "nil\tnil\tnil\tnil\tnil\tnil");
    gives(room, "getmetatable('')", "false");
    gives(room, "getmetatable(bot.user('x')), getmetatable(bot.group('g'))",
          "false\tfalse");
    refuses(room, "getmetatable('').__index = {}", "attempt to index a boolean");
    refuses(room, "setmetatable('', {})", "table expected");
    refuses(room, "setmetatable(bot.user('x'), {})", "a protected metatable");
    refuses(room, "setmetatable({}, { __gc = print })", "__gc");
    gives(room, "_G._G == _G, rawequal(_G, load('return _G')())", "true\ttrue");
    gives(room, "pcall(utf8.char, 0xd800)",
          "false\t\"bad argument #1 to '?' (no Unicode character)\"");
    gives(room, "utf8.len('\\xed\\xa0\\x80', 1, -1, true)", "nil\t1");
    gives(room, "(pcall(utf8.codepoint, '\\u{7FFFFFFF}', 1, 1, true))", "false");
    gives(room,
          "pcall(function() for _ in utf8.codes('\\xed\\xa0\\x80', true) do end end)",
          "false\t\"eval:1: invalid UTF-8 code\"");
    gives(room, "utf8.char(0x4f60, 0x597d), utf8.len('\\u{4f60}')",
          "\"\u4f60\u597d\"\t1");
    gives(room,
          "os.time { year = 2020, month = 1, day = 1, hour = 12 } > 1.5e9, "
          "os.date('!%Y-%m-%d', 0), os.date('!*t', 0).year",
          "true\t\"1970-01-01\"\t1970");
    gives(room,
          "(function() local t = { year = 2020, month = 14, day = 1 } os.time(t) "
          "return t.month end)()",
          "2");
    refuses(room, "os.date(('%c'):rep(1000))", "longer than 512 bytes");
    refuses(room, "os.date('%Ez')", "invalid conversion specifier");
    refuses(room, "os.time { year = 2020 }", "'month' missing");
    gives(room,
          "collectgarbage(), collectgarbage('step'), collectgarbage('isrunning'), "
          "collectgarbage('count') > 10",
          "0\tfalse\ttrue\ttrue");
    refuses(room, "collectgarbage('nope')", "invalid option");
    gives(room, "tostring(print) ~= tostring(pcall), tostring(print):sub(1, 12)",
          "true\t\"function: 0x\"");
    neighbour_answers(room, 1);
    room_free(room);
}

/* What one plugin does to its library stays there. */
static void nobody_sees_what_a_plugin_changed(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    load_neighbour(room);
    room_load(room, "hostile",
              "secret = 42 string.format = nil math.random = function() return 4 end\n"
              "_G.pairs, table.insert, error = nil, nil, print\n"
              "string.find = function() while true do end end bot = ...",
              "");
    room_load(room, "honest", "bot = ...", "");
    assert_string_equal(room_eval(room, "hostile", "secret"), "42");
    assert_string_equal(room_eval(room, "honest", "secret"), "nil");
    assert_string_equal(room_eval(room, "honest", "('%d'):format(7), ('x'):find('x')"),
                        "\"7\"\t1\t1");
    assert_string_equal(room_eval(room, "honest", "type(pairs), type(table.insert)"),
                        "\"function\"\t\"function\"");
    neighbour_answers(room, 1);
    room_free(room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(catastrophic_patterns_are_errors),
        cmocka_unit_test(what_is_heard_is_matched_in_steps),
        cmocka_unit_test(repetition_is_bounded),
        cmocka_unit_test(tables_that_lie_are_not_believed),
        cmocka_unit_test(sources_too_deep_or_large_are_refused),
        cmocka_unit_test(manifests_and_sources_have_a_size),
        cmocka_unit_test(concat_in_deep_recursion),
        cmocka_unit_test(code_comes_as_text_only),
        cmocka_unit_test(the_machine_is_out_of_reach),
        cmocka_unit_test(nobody_sees_what_a_plugin_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
