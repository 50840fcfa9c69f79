/* script/pack: what goes in comes out, or is refused by name. */
#include "script/pack.h"

#include <lauxlib.h>
#include <lualib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static lua_State *L;
static struct buf bytes;

static int set_up(void **state)
{
    (void)state;
    L = luaL_newstate();
    luaL_openlibs(L);
    buf_init(&bytes, PACK_MAX + 100);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_clear(&bytes);
    lua_close(L);
    return 0;
}

static void push(const char *code)
{
    if (luaL_dostring(L, code) != LUA_OK)
        fail_msg("%s", lua_tostring(L, -1));
}

/* Lua 5.4 source of a check on the value, called v, and the same after the journey. */
static void travels(const char *value, const char *check)
{
    struct err err = { 0 };
    push(value);
    buf_reset(&bytes);
    if (!pack_write(L, -1, "state", &bytes, &err))
        fail_msg("%s: %s", value, err.text);
    if (!pack_read(L, buf_str(&bytes), &err))
        fail_msg("%s: %s", value, err.text);
    lua_setglobal(L, "v");
    push(check);
    if (!lua_toboolean(L, -1))
        fail_msg("%s: not %s", value, check);
    lua_settop(L, 0);
}

static void plain_values_travel(void **state)
{
    (void)state;
    travels("return nil", "return v == nil");
    travels("return false", "return v == false");
    travels("return math.mininteger",
            "return math.type(v) == 'integer' and v == 1 << 63");
    travels("return math.maxinteger", "return v == math.maxinteger");
    travels("return -1", "return v == -1");
    travels("return 3.0", "return math.type(v) == 'float' and v == 3");
    travels("return 0/0", "return v ~= v");
    travels("return -math.huge", "return v == -math.huge");
    travels("return 'a\\0b\\xff'", "return v == 'a\\0b\\xff'");
    travels("return ('x'):rep(70000)", "return v == ('x'):rep(70000)");
}

static void tables_travel(void **state)
{
    (void)state;
    travels("return {}", "return next(v) == nil");
    travels("return { 1, 2, nil, 4, n = 4 }", "return v[1] + v[2] + v[4] + v.n == 11");
    travels("return { [true] = 1, [-5] = 2, [1.5] = 3, [10] = 4, ['a b'] = 5 }",
            "return v[true] + v[-5] + v[1.5] + v[10] + v['a b'] == 15");
    travels("return { { { 'deep' } }, list = { 1, 2, 3 } }",
            "return v[1][1][1] == 'deep' and #v.list == 3");
    travels("local t = {} for i = 1, 5000 do t[i] = { id = i } end return t",
            "return #v == 5000 and v[5000].id == 5000");
}

static void shared_tables_and_circles_stay_so(void **state)
{
    (void)state;
    travels("local a = { 1 } return { a, a, { a } }",
            "return v[1] == v[2] and v[3][1] == v[1]");
    travels("local t = { x = 1 } t.me = t t[t] = t return t",
            "return v.me == v and v[v] == v and v.x == 1");
}

static void refuses(const char *value, enum err_code code, const char *why)
{
    struct err err = { 0 };
    push(value);
    buf_reset(&bytes);
    buf_add_str(&bytes, STR("before"));
    assert_false(pack_write(L, -1, "state", &bytes, &err));
    assert_int_equal(err.code, code);
    if (!strstr(err.text, why))
        fail_msg("%s: want %s, have %s", value, why, err.text);
    assert_true(str_eq(buf_str(&bytes), STR("before")));
    assert_int_equal(lua_gettop(L), 1);
    lua_settop(L, 0);
}

static void what_is_not_plain_is_named(void **state)
{
    (void)state;
    refuses("return print", ERR_ARGUMENT, "state is a function");
    refuses("return { users = { 1, 2, { fn = print } } }", ERR_ARGUMENT,
            "state.users[3].fn is a function");
    refuses("return { [1.5] = io.stdout }", ERR_ARGUMENT, "state[number] is a userdata");
    refuses("return { [print] = 1 }", ERR_ARGUMENT, "state[function] is a function");
    refuses("return { co = coroutine.create(print) }", ERR_ARGUMENT,
            "state.co is a thread");
    refuses("return { setmetatable({}, {}) }", ERR_ARGUMENT, "state[1] has a metatable");
    refuses("return { [('k'):rep(1000)] = { [('k'):rep(1000)] = { [('k'):rep(1000)] ="
            " { [('k'):rep(1000)] = { [('k'):rep(1000)] = print } } } } }",
            ERR_ARGUMENT, "is a function");
}

static void too_much_is_refused(void **state)
{
    (void)state;
    refuses("return ('x'):rep(5 << 20)", ERR_LIMIT, "larger than 1048576 bytes");
    refuses("local t = {} for i = 1, 300000 do t[i] = 'abcd' end return t", ERR_LIMIT,
            "larger than");
    refuses("local t = {} for i = 1, 100 do t = { t } end return t", ERR_LIMIT,
            "nested more than 64 deep");
    travels("local t = {} for i = 1, 63 do t = { t } end return t", "return #v == 1");
}

static void other_bytes_are_refused(void **state)
{
    (void)state;
    static const struct str wrong[] = {
        STR(""),
        STR("P"),
        STR("P2N"),
        STR("P1"),
        STR("P1N "),
        STR("P1x"),
        STR("P1S\x05xx"),
        STR("P1Z\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
        STR("P1A\xff\xff\xff\x7f"),
        STR("P1R\x00"),
        STR("P1A\x00R\x01"),
        STR("P1D12345"),
        STR("P1A\x00S\x01k"),
    };
    struct err err = { 0 };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        assert_false(pack_read(L, wrong[i], &err));
        assert_int_equal(err.code, ERR_PROTO);
        assert_int_equal(lua_gettop(L), 0);
    }
    /* NaN as a key */
    assert_false(pack_read(L,
                           STR("P1A\x00"
                               "D\x00\x00\x00\x00\x00\x00\xf8\x7f"
                               "TN"),
                           &err));
}

static void many_levels_in_bytes_end(void **state)
{
    (void)state;
    struct err err = { 0 };
    buf_reset(&bytes);
    buf_add_str(&bytes, STR("P1"));
    for (int i = 0; i < 100000; i++)
        buf_add_str(&bytes, STR("A\x01"));
    assert_false(pack_read(L, buf_str(&bytes), &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(plain_values_travel, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tables_travel, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shared_tables_and_circles_stay_so, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_plain_is_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_much_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_bytes_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_levels_in_bytes_end, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
