/* script/data: configuration and manifests read as data. */
#include "script/data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/moondock_data_XXXXXX";

static const char *write_file(const char *name, const char *text)
{
    static char path[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, 0600), 0);
    return path;
}

static struct data *read_ok(const char *text)
{
    struct err err = { 0 };
    struct data *data = data_read(write_file("c.lua", text), DATA_CONFIGURATION, &err);
    if (!data)
        fail_msg("%s", err.text);
    return data;
}

static void refuses_as(enum data_kind kind, const char *text, const char *ending)
{
    struct err err = { 0 };
    const char *path = write_file("c.lua", text);
    assert_null(data_read(path, kind, &err));
    assert_int_equal(err.code, ERR_CONFIG);
    char want[512];
    snprintf(want, sizeof(want), "%s:%s", path, ending);
    if (!strstr(err.text, want))
        fail_msg("want \"%s\", have \"%s\"", want, err.text);
}

static void refuses(const char *text, const char *ending)
{
    refuses_as(DATA_CONFIGURATION, text, ending);
}

static void keys_keep_their_order_and_types(void **state)
{
    (void)state;
    struct data *data = read_ok("return { zeta = 1, alpha = 'x', [\"mid\"] = true,\n"
                                " list = { 'a', 2, 2.5 }, none = {} }");
    const struct json *root = data_root(data);
    const char *want[] = { "zeta", "alpha", "mid", "list", "none" };
    size_t n = 0;
    for (const struct json *at = json_next(root, NULL); at; at = json_next(root, at))
        assert_true(str_eq(json_name(at), str_from(want[n++])));
    assert_int_equal(n, 5);
    assert_int_equal(json_int(json_get(root, "zeta"), 0), 1);
    assert_true(str_eq(json_str(json_get(root, "alpha")), STR("x")));
    assert_true(json_bool(json_get(root, "mid"), false));
    const struct json *list = json_get(root, "list");
    assert_int_equal(json_kind(list), JSON_ARRAY);
    assert_int_equal(json_size(list), 3);
    assert_int_equal(json_kind(json_get(root, "none")), JSON_OBJECT);
    data_free(data);
}

static void lines_of_keys_are_found(void **state)
{
    (void)state;
    struct data *data = read_ok("-- return { no = 1 }\n"                        /* 1 */
                                "local function f() return { inner = 1 } end\n" /* 2 */
                                "--[==[ long\n ]] comment ]==]\n"               /* 3, 4 */
                                "return {\n"                                    /* 5 */
                                "  state = \"a } b\",\n"                        /* 6 */
                                "  ['plugin_path'] = {\n"                       /* 7 */
                                "    'one', [[two\n]],\n"                       /* 8, 9 */
                                "    'three' },\n"                              /* 10 */
                                "  bots = {\n"                                  /* 11 */
                                "    demo = { account = { secret = 'x',\n"      /* 12 */
                                "      user = ('q' == 'q') and 'u' or 'v';\n"   /* 13 */
                                "      navi = f() } },\n"                       /* 14 */
                                "    other = {} } }\n");
    assert_int_equal(data_line(data, ""), 5);
    assert_int_equal(data_line(data, "state"), 6);
    assert_int_equal(data_line(data, "plugin_path"), 7);
    assert_int_equal(data_line(data, "plugin_path[1]"), 8);
    assert_int_equal(data_line(data, "plugin_path[3]"), 10);
    assert_int_equal(data_line(data, "bots.demo.account.secret"), 12);
    assert_int_equal(data_line(data, "bots.demo.account.user"), 13);
    assert_int_equal(data_line(data, "bots.demo.account.navi.inner"), 14);
    assert_int_equal(data_line(data, "bots.demo.account.missing"), 12);
    assert_int_equal(data_line(data, "bots.other"), 15);
    assert_int_equal(data_line(data, "nothing"), 5);
    data_free(data);
}

static void env_and_file_give_text(void **state)
{
    (void)state;
    setenv("MOONDOCK_TEST_WORD", "from outside", 1);
    unsetenv("MOONDOCK_TEST_NONE");
    write_file("token", "abc\n");
    struct data *data = read_ok("return { a = env('MOONDOCK_TEST_WORD'),\n"
                                "b = env('MOONDOCK_TEST_NONE'), c = file('token') }");
    assert_true(str_eq(json_str(json_get(data_root(data), "a")), STR("from outside")));
    assert_int_equal(json_kind(json_get(data_root(data), "b")), JSON_ABSENT);
    assert_true(str_eq(json_str(json_get(data_root(data), "c")), STR("abc")));
    data_free(data);
    refuses("return {\n a = file('nowhere') }", "2: ");
    refuses("return { a = file('.') }", "1: ");
    refuses_as(DATA_MANIFEST, "return { a = env('HOME') }", "1: unknown name 'env'");
}

static void errors_name_the_line(void **state)
{
    (void)state;
    refuses("return {\n  a = 1\n  b = 2 }", "3: '}' expected");
    refuses("return {\n  a = 1,\n  b = print }", "3: unknown name 'print'");
    refuses("return {\n\n  b = { c = function() end } }", "3: b.c is a function");
    refuses("return {\n  b = { 1, c = 2 } }", "2: b mixes");
    refuses("return {\n  b = { [1] = 1, [5] = 2 } }", "2: b has keys");
    refuses("return {\n  b = '\\xff' }", "2: b is not UTF-8");
    refuses("return {\n  b = 1 << 60 }", "2: b is too large");
    refuses("return {\n  b = 0/0 }", "2: b is not a number");
    refuses("local t = {} t.t = t return t", "1: t.t.t");
    refuses("return 5", "1: the file must return a table");
    refuses("\033Lua", "");
}

static void loops_and_growth_are_stopped(void **state)
{
    (void)state;
    refuses("local a = 1\nwhile true do a = a + 1 end", "2: takes longer than 1000 ms");
    refuses("local s = 'x' while true do s = s .. s end", " not enough memory");
    refuses("local t = {} for i = 1, 1e9 do t[i] = { i } end", " not enough memory");
}

static void a_missing_file_is_not_found(void **state)
{
    (void)state;
    struct err err = { 0 };
    assert_null(data_read("/nowhere/at/all.lua", DATA_MANIFEST, &err));
    assert_int_equal(err.code, ERR_NOT_FOUND);
}

static int remove_folder(void **state)
{
    char path[256];
    const char *const names[] = { "c.lua", "token" };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        remove(path);
    }
    return remove(folder);
}

int main(void)
{
    if (!mkdtemp(folder))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_keep_their_order_and_types),
        cmocka_unit_test(lines_of_keys_are_found),
        cmocka_unit_test(env_and_file_give_text),
        cmocka_unit_test(errors_name_the_line),
        cmocka_unit_test(loops_and_growth_are_stopped),
        cmocka_unit_test(a_missing_file_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, remove_folder);
}
