/* script/limits_string, limits_match, limits_table, limits_text: what stock Lua gives,
 * within bounds. */
#include "base/clock.h"
#include "script/convert.h"
#include "script/limits_string.h"
#include "script/limits_table.h"
#include "script/limits_text.h"

#include <lauxlib.h>
#include <lualib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CASES "spec/host/script/limits_string_cases.lua"

/* Stock libraries as globals, and `ours`: { string, table, tostring }. */
static lua_State *new_state(void)
{
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    lua_newtable(L);
    limits_push_string(L);
    lua_setfield(L, -2, "string");
    limits_push_table(L);
    lua_setfield(L, -2, "table");
    limits_push_tostring(L);
    lua_setfield(L, -2, "tostring");
    lua_setglobal(L, "ours");
    return L;
}

static void agrees_with_stock_on_ten_thousand_cases(void **state)
{
    (void)state;
    const char *given = getenv("SEED");
    lua_Integer seed = given ? atoll(given) : 20250601, count = 10000;
    lua_State *L = new_state();
    if (luaL_loadfile(L, CASES) != LUA_OK)
        fail_msg("%s", lua_tostring(L, -1));
    lua_getglobal(L, "string");
    lua_getglobal(L, "ours");
    lua_getfield(L, -1, "string");
    lua_remove(L, -2);
    lua_pushinteger(L, seed);
    lua_pushinteger(L, count);
    if (lua_pcall(L, 4, 2, 0) != LUA_OK)
        fail_msg("%s", lua_tostring(L, -1));
    int different = (int)lua_rawlen(L, -1), starved = (int)lua_tointeger(L, -2);
    for (int i = 1; i <= different && i <= 10; i++) {
        lua_rawgeti(L, -1, i);
        print_error("%s\n", lua_tostring(L, -1));
        lua_pop(L, 1);
    }
    printf("covered: %d patterns against stock, SEED=%lld, %d out of steps\n", (int)count,
           (long long)seed, starved);
    assert_int_equal(different, 0);
    assert_in_range(starved, 0, 50);
    lua_close(L);
}

/* Runs `code`, which returns one text. */
static void gives(const char *code, const char *want)
{
    lua_State *L = new_state();
    if (luaL_loadbuffer(L, code, strlen(code), "=code") != LUA_OK ||
        lua_pcall(L, 0, 1, 0) != LUA_OK) {
        if (!strstr(lua_tostring(L, -1), want))
            fail_msg("%s: want %s, have %s", code, want, lua_tostring(L, -1));
    } else {
        luaL_tolstring(L, -1, NULL);
        if (strcmp(lua_tostring(L, -1), want) != 0)
            fail_msg("%s: want %s, have %s", code, want, lua_tostring(L, -1));
    }
    lua_close(L);
}

static void patterns_that_try_too_much_say_so(void **state)
{
    (void)state;
    const char *const calls[] = {
        "return ours.string.find(('a'):rep(200), ('.-'):rep(12) .. 'b')",
        "return ours.string.match(('a'):rep(200), ('a*'):rep(12) .. 'b')",
        "for _ in ours.string.gmatch(('a'):rep(200), ('a?'):rep(150) .. 'b') do end",
        "return ours.string.gsub(('a'):rep(30000), 'a-b', '')",
        "return ours.string.find(('('):rep(60000), '%b()')",
        "return ours.string.find(('a'):rep(60000), '^(.-)%1%1b')",
        "return ours.string.find(('a'):rep(60000), '[^b]-[b' .. ('x'):rep(50000) .. ']')",
        "return ours.string.find(('a'):rep(60000), ('a'):rep(20000) .. '.b')",
        "return ours.string.find(('a'):rep(60000), '%f[' .. ('x'):rep(60000) .. ']')",
    };
    for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
        char code[256];
        snprintf(code, sizeof(code), "local _\n%s", calls[i]);
        gives(code, "code:2: pattern needs too many steps");
    }
}

/* What takes one look at each byte ends, however long the subject. */
static void what_is_linear_ends(void **state)
{
    (void)state;
    gives(
        "local s = ('ab '):rep(300000) return select(2, ours.string.gsub(s, '%s+', ''))",
        "300000");
    gives("local s = ('x'):rep(1 << 20) return #ours.string.match(s, '^%s*(.-)%s*$')",
          "1048576");
    gives("local s, n = ('k=v;'):rep(100000), 0\n"
          "for k, v in ours.string.gmatch(s, '(%w+)=(%w+)') do n = n + #k + #v end\n"
          "return n",
          "200000");
    gives(
        "return ours.string.find(('a'):rep(1 << 20), ('a'):rep(1 << 19) .. 'b', 1, true)",
        "nil");
}

static void iterators_go_on_after_an_error(void **state)
{
    (void)state;
    gives("local next = ours.string.gmatch('a(b', '%a[')\n"
          "local ok, first = pcall(next) local again, second = pcall(next)\n"
          "return tostring(ok) .. first .. tostring(again) .. second",
          "falsemalformed pattern (missing ']')falsemalformed pattern (missing ']')");
    gives("local next = ours.string.gmatch('ab', '()')\n"
          "return next() .. next() .. next() .. tostring((next())) .. tostring((next()))",
          "123nilnil");
    gives("local co = coroutine.wrap(function()\n"
          "  for w in ours.string.gmatch('a b', '%a') do coroutine.yield(w) end end)\n"
          "return co() .. co()",
          "ab");
}

static void a_replacement_may_not_wait(void **state)
{
    (void)state;
    gives("return coroutine.wrap(function()\n"
          "  return ours.string.gsub('abc', 'b', coroutine.yield) end)()",
          "attempt to yield across a C-call boundary");
    gives("return (ours.string.gsub('abc', 'b', function(c)\n"
          "  return ours.string.gsub(c, '.', '<%0>') end))",
          "a<b>c");
}

static void results_are_bounded(void **state)
{
    (void)state;
    gives("return ours.string.rep('x', 1e10)", "larger than 1 MiB");
    gives("return ours.string.rep('x', 1e9, 'y')", "larger than 1 MiB");
    gives("return #ours.string.rep('', 1e15)", "0");
    gives("return #ours.string.rep('x', 1 << 20)", "1048576");
    gives("return ours.string.rep('ab', 3, ',')", "ab,ab,ab");
    gives("local s = ('x'):rep(1 << 20) return ours.string.gsub(s, '.', s)",
          "larger than 8 MiB");
    gives("local s = ('x'):rep(1 << 20) return ours.string.gsub(s, '.', function()\n"
          "  return s end)",
          "larger than 8 MiB");
}

static void tables_are_moved_within_bounds(void **state)
{
    (void)state;
    const char *const refused[] = {
        "return ours.table.move({}, 1, 1e15, 2)",
        "return ours.table.move({}, math.mininteger, math.maxinteger, 2)",
        "return ours.table.concat({}, '', 1, 1e15)",
    };
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        gives(refused[i], "more than 1000000 elements");
    gives("return ours.table.unpack({}, 1, 1e15)", "too many results to unpack");
    gives("return ours.table.unpack({}, 1, 10001)", "too many results to unpack");
    gives("return select('#', ours.table.unpack({}, 1, 10000))", "10000");
    gives("return ours.table.move({}, 1, 3, math.maxinteger - 1)",
          "destination wrap around");
}

#define LIAR                                                                             \
    "local t = setmetatable({ 3, 1, 2 }, { __len = function() return 1 << 50 end,\n"     \
    "  __index = error, __newindex = error })\n"

static void lengths_that_lie_are_not_asked(void **state)
{
    (void)state;
    gives(LIAR "ours.table.insert(t, 1, 4) ours.table.insert(t, 5)\n"
               "return ours.table.concat(t, ',')",
          "4,3,1,2,5");
    gives(LIAR "return ours.table.remove(t) .. ours.table.remove(t, 1) .. rawlen(t)",
          "231");
    gives(LIAR "return (ours.table.unpack(t))", "3");
    gives(LIAR "return ours.table.sort(t, rawequal)", "not for tables with __len");
}

/* The same calls on the stock table and on ours, with results and errors as texts. */
static void tables_behave_as_ever(void **state)
{
    (void)state;
    gives(
        "local calls = {\n"
        "  { 'insert', { 1, 2 }, 3 }, { 'insert', { 1, 2 }, 1, 0 },\n"
        "  { 'insert', { 1, 2 }, 3, 0 }, { 'insert', {}, 'x' }, { 'insert', 1, 2 },\n"
        "  { 'insert', { 1, 2 }, 4, 0 }, { 'insert', { 1 }, 0, 0 }, { 'insert', {} },\n"
        "  { 'insert', {}, 1, 2, 3 }, { 'insert', {}, 1.5, 2 },\n"
        "  { 'remove', { 1, 2, 3 } }, { 'remove', { 1, 2, 3 }, 1 },\n"
        "  { 'remove', {} }, { 'remove', {}, 0 }, { 'remove', { 1 }, 2 },\n"
        "  { 'remove', { [0] = 'z' }, 0 }, { 'remove', { 1, 2 }, 3 },\n"
        "  { 'move', { 1, 2, 3 }, 1, 3, 2 }, { 'move', { 1, 2, 3 }, 2, 3, 1 },\n"
        "  { 'move', { 1, 2, 3 }, 1, 0, 5 }, { 'move', { 1, 2 }, 1, 2, 1, {} },\n"
        "  { 'move', {}, 1, 2 }, { 'move', { 1, 2, 3 }, 1, 3, 3 },\n"
        "  { 'concat', { 1, 'a', 2.5 } }, { 'concat', { 1, 2, 3 }, ', ' },\n"
        "  { 'concat', { 1, 2, 3 }, '-', 2 }, { 'concat', { 1, 2, 3 }, '-', 2, 2 },\n"
        "  { 'concat', {} }, { 'concat', { 1, {}, 3 } }, { 'concat', { 1 }, '', 1, 2 },\n"
        "  { 'concat', { 1 }, {} }, { 'unpack', { 1, 2, 3 } },\n"
        "  { 'unpack', { 1, 2, 3 }, 2 }, { 'unpack', { 1, 2, 3 }, 2, 5 },\n"
        "  { 'unpack', {}, 1, 0 }, { 'pack', 1, nil, 3 }, { 'sort', { 3, 1, 2 } },\n"
        "  { 'unpack', { 1 }, math.maxinteger, math.maxinteger },\n"
        "}\n"
        "local function copy(v)\n"
        "  if type(v) ~= 'table' then return v end\n"
        "  local c = {} for k, x in pairs(v) do c[k] = copy(x) end return c end\n"
        "local function show(v)\n"
        "  if type(v) ~= 'table' then return tostring(v) end\n"
        "  local s = '{'\n"
        "  for i = -1, 6 do s = s .. show(rawget(v, i)) .. ' ' end\n"
        "  return s .. tostring(v.n) .. '}' end\n"
        "local function run(lib, call)\n"
        "  local args = copy(call)\n"
        "  local got = table.pack(pcall(lib[call[1]], table.unpack(args, 2)))\n"
        "  local out = {}\n"
        "  for i = 1, got.n do out[i] = show(got[i]) end\n"
        "  return table.concat(out, ' ') .. ' ' .. show(args[2]) end\n"
        "for i, call in ipairs(calls) do\n"
        "  local want, have = run(table, call), run(ours.table, call)\n"
        "  want, have = want:gsub('%w+%.', ''), have:gsub('%w+%.', '')\n"
        "  want, have = want:gsub('argument #%d', ''), have:gsub('argument #%d', '')\n"
        "  if want ~= have and not want:find(\"'?'\") then\n"
        "    return i .. ' want ' .. want .. ' have ' .. have end\n"
        "end\n"
        "return 'same'",
        "same");
}

static void addresses_are_not_shown(void **state)
{
    (void)state;
    gives("local a, b = {}, print\n"
          "return ours.tostring(a) .. ours.tostring(b) .. ours.tostring(a)",
          "table: 0x00000001function: 0x00000002table: 0x00000001");
    gives("local t = {} return ours.string.format('%s|%p|%-12p|%5s|%d%%', t, t, t, true, "
          "3)",
          "table: 0x00000001|0x00000001|0x00000001  | true|3%");
    gives("return ours.string.format('%p %p %s', 1, nil, nil)", "(null) (null) nil");
    gives("return ours.tostring(setmetatable({}, { __name = 'Point' }))",
          "Point: 0x00000001");
    gives("local t = setmetatable({}, { __tostring = function() return 'shown' end })\n"
          "return ours.tostring(t) .. ours.string.format('%s %10s', t, t)",
          "shownshown      shown");
    gives("return ours.tostring(setmetatable({}, { __tostring = function() end }))",
          "'__tostring' must return a string");
    gives("return ours.string.format('%d', 'x')", "bad argument #2 to 'format'");
    gives("return ours.string.format('%s')", "bad argument #2 to 'format' (no value)");
    gives("return ours.string.format('%y', 1)", "invalid conversion '%y' to 'format'");
    gives("return ours.string.format('%', 1)", "invalid conversion '%' to 'format'");
    gives("return ours.string.format('%5.1f|%q|%x|%c|%i', 2.25, 'a\\n', 255, 65, 7)",
          "  2.2|\"a\\\n\"|ff|A|7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_stock_on_ten_thousand_cases),
        cmocka_unit_test(patterns_that_try_too_much_say_so),
        cmocka_unit_test(what_is_linear_ends),
        cmocka_unit_test(iterators_go_on_after_an_error),
        cmocka_unit_test(a_replacement_may_not_wait),
        cmocka_unit_test(results_are_bounded),
        cmocka_unit_test(tables_are_moved_within_bounds),
        cmocka_unit_test(lengths_that_lie_are_not_asked),
        cmocka_unit_test(tables_behave_as_ever),
        cmocka_unit_test(addresses_are_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
