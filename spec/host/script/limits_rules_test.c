/* script/limits_probe, limits_metatable: the rules for a defective Lua, and that they are
 * off on a sound one. */
#include "script/limits_metatable.h"
#include "script/limits_probe.h"

#include <lauxlib.h>
#include <lualib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void the_library_was_tried(void **state)
{
    (void)state;
    bool defective = limits_lua_is_defective();
    printf("covered: %s, %s\n", LUA_RELEASE, defective ? "defective" : "sound");
    assert_int_equal(limits_lua_is_defective(), defective);
#if LUA_VERSION_RELEASE_NUM >= 50406
    assert_false(defective);
#endif
}

/* Runs `code` with our setmetatable; it returns a text. */
static void gives(bool copies, const char *code, const char *want)
{
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    limits_push_setmetatable(L, copies);
    lua_setglobal(L, "setmetatable");
    bool ok = luaL_dostring(L, code) == LUA_OK;
    const char *have = lua_tostring(L, -1);
    if (!have || !strstr(have, want))
        fail_msg("%s: want %s, have %s %s", code, want, ok ? "value" : "error", have);
    lua_close(L);
}

static void finalizers_are_refused_always(void **state)
{
    (void)state;
    for (int copies = 0; copies <= 1; copies++) {
        gives(copies, "setmetatable({}, { __gc = print })", "__gc are not allowed");
        gives(
            copies,
            "local ran, mt = 'no', {}\n"
            "do local t = setmetatable({}, mt) mt.__gc = function() ran = 'yes' end end\n"
            "collectgarbage() collectgarbage() return ran",
            "no");
        gives(copies, "setmetatable(1, {})", "table expected, got number");
        gives(copies, "setmetatable({})", "nil or table expected");
        gives(copies,
              "local t = setmetatable({}, { __metatable = 'mine' })\n"
              "return getmetatable(t) .. tostring(pcall(setmetatable, t, {}))",
              "minefalse");
        gives(copies,
              "local C = { __index = function(_, k) return k end }\n"
              "local t = setmetatable({}, C)\n"
              "return t.key .. tostring(getmetatable(t) == C)",
              "keytrue");
    }
}

static void objects_behave_as_ever(void **state)
{
    (void)state;
    for (int copies = 0; copies <= 1; copies++) {
        gives(copies,
              "local C = { name = 'c' } C.__index = C\n"
              "C.__add = function(a, b) return a.n + b.n end\n"
              "local a, b = setmetatable({ n = 1 }, C), setmetatable({ n = 2 }, C)\n"
              "C.__call = function(self, x) return x * self.n end\n"
              "local c = setmetatable({ n = 3 }, C)\n"
              "function C.later() return 'later' end\n"
              "return a + b .. a.name .. c(5) .. c.later()",
              "3c15later");
        gives(copies,
              "local t = setmetatable({}, { __index = { x = 1 } })\n"
              "setmetatable(t, { __index = { x = 2 } }) local x = t.x\n"
              "setmetatable(t, nil)\n"
              "return x .. tostring(t.x) .. tostring(getmetatable(t))",
              "2nilnil");
        gives(copies,
              "local s = {} collectgarbage() local before = collectgarbage('count')\n"
              "for i = 1, 3000 do\n"
              "  s[i % 10] = setmetatable({}, { __mode = 'k', __index = {} }) end\n"
              "collectgarbage() collectgarbage()\n"
              "return collectgarbage('count') < before + 100 and 'flat'",
              "flat");
    }
}

static void a_sound_library_has_all_the_rest(void **state)
{
    (void)state;
    gives(false,
          "return setmetatable({}, { __concat = function() return 'joined' end }) .. 1",
          "joined");
    gives(false,
          "local mt = {} local t = setmetatable({}, mt)\n"
          "mt.__index = function() return 'later' end return t.x",
          "later");
}

static void a_defective_one_sees_copies(void **state)
{
    (void)state;
    gives(true, "setmetatable({}, { __concat = print })", "__concat are not allowed");
    gives(true,
          "local mt = {} local t = setmetatable({}, mt)\n"
          "mt.__concat = function() return 'reached' end return t .. 'x'",
          "attempt to concatenate a table value");
    gives(true,
          "local mt = {} local t = setmetatable({}, mt) mt.__mode = 'k'\n"
          "t[{}] = 1 collectgarbage() return next(t) and 'kept'",
          "kept");
    gives(true,
          "local mt = {} local t = setmetatable({}, mt)\n"
          "mt.__index = function() return 'later' end\n"
          "local before = tostring(t.x) setmetatable({}, mt) return before .. t.x",
          "nillater");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_library_was_tried),
        cmocka_unit_test(finalizers_are_refused_always),
        cmocka_unit_test(objects_behave_as_ever),
        cmocka_unit_test(a_sound_library_has_all_the_rest),
        cmocka_unit_test(a_defective_one_sees_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
