/* script/needle: what is looked for before a pattern is tried. */
#include "script/needle.h"

#include <lauxlib.h>
#include <lualib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *pattern, const char *text, bool at_front)
{
    struct needle needle = needle_of(str_from(pattern));
    struct str found = str_of(needle.text, needle.len);
    if (!str_eq(found, str_from(text)) || needle.at_front != at_front)
        fail_msg("of %s: %.*s, front %d", pattern, STR_ARG(found), needle.at_front);
}

static void takes_the_longest_plain_run(void **state)
{
    (void)state;
    expect("hello", "hello", false);
    expect("^hello (%w+)$", "hello ", true);
    expect("^[Hh]i%f[%A]", "i", false);
    expect("a(b)c", "abc", false);
    expect("no (.-) good", " good", false);
    expect("%d+%%", "%", false);
    expect("abc?defg*hi", "def", false);
    expect("ab+c", "ab", false);
    expect("1 %+ 1", "1 + 1", false);
    expect("costs $5", "costs $5", false);
    expect("end$", "end", false);
    expect("%b()x", "x", false);
    expect("(a)%1bc", "bc", false);
    expect("[]x]yz", "yz", false);
    expect("[^%]a]bc", "bc", false);
    expect("\xe4\xbd\xa0\xe5\xa5\xbd", "\xe4\xbd\xa0\xe5\xa5\xbd", false);
}

static void knows_when_it_knows_nothing(void **state)
{
    (void)state;
    expect("", "", false);
    expect("^", "", false);
    expect(".*", "", false);
    expect("^%d+$", "", false);
    expect("a?b*", "", false);
}

static void finds_it(void **state)
{
    (void)state;
    struct needle anywhere = needle_of(STR("lo w")), front = needle_of(STR("^hello"));
    assert_true(needle_in(&anywhere, STR("hello world")));
    assert_false(needle_in(&anywhere, STR("hello")));
    assert_false(needle_in(&anywhere, STR_NONE));
    assert_true(needle_in(&front, STR("hello")));
    assert_false(needle_in(&front, STR("oh hello")));
    assert_false(needle_in(&front, STR("hell")));
}

static uint32_t dice = 7;

static void make_text(char *text, size_t most, const char *letters)
{
    size_t count = strlen(letters), len;
    dice = dice * 1664525 + 1013904223;
    len = (dice >> 8) % most;
    for (size_t i = 0; i < len; i++) {
        dice = dice * 1664525 + 1013904223;
        text[i] = letters[(dice >> 8) % count];
    }
    text[len] = '\0';
}

/* Whatever Lua matches, the needle is in. */
static void never_hides_a_match(void **state)
{
    (void)state;
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    int tried = 0, matched = 0;
    for (int i = 0; i < 400000; i++) {
        char pattern[12], text[16];
        make_text(pattern, sizeof(pattern), "abaabb%%^$[]()*+-?.1fb");
        make_text(text, sizeof(text), "abab%^$*+-?]1f");
        lua_getglobal(L, "string");
        lua_getfield(L, -1, "find");
        lua_pushstring(L, text);
        lua_pushstring(L, pattern);
        if (lua_pcall(L, 2, 1, 0) == LUA_OK) {
            struct needle needle = needle_of(str_from(pattern));
            bool may = needle_in(&needle, str_from(text));
            if (!lua_isnil(L, -1) && !may)
                fail_msg("%s matches %s", pattern, text);
            tried++;
            matched += !lua_isnil(L, -1);
        }
        lua_settop(L, 0);
    }
    lua_close(L);
    assert_true(tried > 20000 && matched > 5000 && matched < tried);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_longest_plain_run),
        cmocka_unit_test(knows_when_it_knows_nothing),
        cmocka_unit_test(finds_it),
        cmocka_unit_test(never_hides_a_match),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
