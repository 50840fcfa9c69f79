/* Sources and bytecode are kept once for all bots. */
#include "../../support/script_room.h"

#include "script/code.h"
#include "script/code_trim.h"

#include <lauxlib.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void same_text_same_name_same_code(void **state)
{
    (void)state;
    struct code *one = code_of(STR("p/init.lua"), STR("return 1"));
    struct code *two = code_of(STR("p/init.lua"), STR("return 1"));
    struct code *other = code_of(STR("q/init.lua"), STR("return 1"));
    assert_ptr_equal(one, two);
    assert_ptr_not_equal(one, other); /* its errors name another file */
    assert_int_equal(code_count(), 2);
    assert_true(str_eq(code_text(one), STR("return 1")));
    code_release(one);
    assert_int_equal(code_count(), 2);
    code_release(two);
    code_release(other);
    assert_int_equal(code_count(), 0);
}

/* The second instance is made from bytecode: same results, same lines in errors. */
static void bytecode_keeps_lines(void **state)
{
    (void)state;
    const char *text = "local bot = ...\n"
                       "local rules = require 'rules'\n"
                       "bot.on('message', function(msg)\n"
                       "  msg:reply('rule ' .. rules.last)\n"
                       "  error('on line five')\n"
                       "end)\n";
    struct room *room = room_new(0, 0);
    room_write(room, "p", "rules.lua", "return { last = 7 }\n");
    room_quiet(true);
    room_load(room, "p", text, "");
    size_t count = code_count();
    assert_true(count > 2);
    for (int i = 0; i < 2; i++) {
        room_forget(room);
        room_say(room, "g1", "alice", "hi");
        assert_true(room_did(room, "rule 7"));
        room_turn(room);
        assert_non_null(strstr(room->log, "p/init.lua:5: on line five"));
        assert_true(script_unload(room->script, STR("p"), NULL));
        if (i == 0)
            room_load(room, "p", text, "");
    }
    room_quiet(false);
    room_free(room);
    assert_int_equal(code_count(), 0);
}

/* What does not compile is said each time, and nothing of it is kept. */
static void broken_code_stays_broken(void **state)
{
    (void)state;
    struct room *room = room_new(0, 0);
    struct err err;
    for (int i = 0; i < 2; i++) {
        assert_false(room_try_load(room, "p", "local x = = 1\n", "", "", &err));
        assert_non_null(strstr(err.text, "p/init.lua:1:"));
    }
    room_free(room);
    assert_int_equal(code_count(), 0);
}

static int append(lua_State *L, const void *at, size_t len, void *arg)
{
    (void)L;
    return buf_add(arg, at, len) ? 0 : 1;
}

static const char plain[] = "local first, second = ...\n"
                            "local function add(a, b)\n"
                            "  return a + b + 0.5 + 7000000000\n"
                            "end\n"
                            "local long = 'a text of more than forty letters, which is "
                            "kept in another way'\n"
                            "local t = { true, false, nil, long }\n"
                            "\n"
                            "return add(first, second), function() return t.x.y end";

/* What is left runs, and its errors have their line, but no names. */
static void trimmed_code_keeps_lines_only(void **state)
{
    (void)state;
    struct buf whole, trimmed;
    buf_init(&whole, 10000);
    buf_init(&trimmed, 10000);
    lua_State *L = luaL_newstate();
    assert_int_equal(luaL_loadbufferx(L, plain, strlen(plain), "@p.lua", "t"), LUA_OK);
    assert_int_equal(lua_dump(L, append, &whole, 0), 0);
    assert_true(code_trim(buf_str(&whole), &trimmed));
    assert_true(trimmed.len < whole.len);
    assert_null(memmem(trimmed.at, trimmed.len, "second", 6));
    assert_int_equal(luaL_loadbufferx(L, trimmed.at, trimmed.len, "@x", "b"), LUA_OK);
    lua_pushinteger(L, 1);
    lua_pushinteger(L, 2);
    assert_int_equal(lua_pcall(L, 2, 2, 0), LUA_OK);
    assert_true(lua_tonumber(L, -2) == 7000000003.5);
    assert_int_equal(lua_pcall(L, 0, 0, 0), LUA_ERRRUN);
    assert_string_equal(lua_tostring(L, -1),
                        "p.lua:8: attempt to index a nil value (field 'x')");
    lua_close(L);
    buf_clear(&whole);
    buf_clear(&trimmed);
}

/* Other bytes are refused, and nothing is added. */
static void only_bytecode_is_trimmed(void **state)
{
    (void)state;
    struct buf whole, trimmed;
    buf_init(&whole, 10000);
    buf_init(&trimmed, 10000);
    lua_State *L = luaL_newstate();
    assert_int_equal(luaL_loadbufferx(L, plain, strlen(plain), "@p.lua", "t"), LUA_OK);
    assert_int_equal(lua_dump(L, append, &whole, 0), 0);
    lua_close(L);
    for (size_t len = 0; len < whole.len; len++) {
        char *cut = malloc(len + 1); /* its end is watched */
        memcpy(cut, whole.at, len);
        cut = realloc(cut, len > 0 ? len : 1);
        assert_false(code_trim(str_of(cut, len), &trimmed));
        assert_int_equal(trimmed.len, 0);
        free(cut);
    }
    for (size_t at = 0; at < whole.len; at++)
        for (int byte = 0; byte < 256; byte += 51) {
            char before = whole.at[at];
            whole.at[at] = (char)byte;
            buf_reset(&trimmed);
            if (!code_trim(buf_str(&whole), &trimmed))
                assert_int_equal(trimmed.len, 0);
            whole.at[at] = before;
        }
    buf_clear(&whole);
    buf_clear(&trimmed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_text_same_name_same_code),
        cmocka_unit_test(bytecode_keeps_lines),
        cmocka_unit_test(trimmed_code_keeps_lines_only),
        cmocka_unit_test(only_bytecode_is_trimmed),
        cmocka_unit_test(broken_code_stays_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
