/* app: the options of a command. */
#include "app/app.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct command command = { .name = "try",
                                        .usage = "[--file F] [--on] words" };

struct seen {
    const char *file;
    bool on;
    int argc;
    char *argv[8];
};

static bool parse(struct seen *seen, const char *const *words)
{
    const struct app_option options[] = {
        { .name = "--file", .value = &seen->file },
        { .name = "--on", .flag = &seen->on },
        { .name = NULL },
    };
    memset(seen, 0, sizeof(*seen));
    seen->argv[seen->argc++] = (char *)"try";
    for (size_t i = 0; words[i]; i++)
        seen->argv[seen->argc++] = (char *)words[i];
    return app_options(&command, options, &seen->argc, seen->argv);
}

static void test_takes_options_anywhere(void **state)
{
    (void)state;
    struct seen seen;
    assert_true(
        parse(&seen, (const char *const[]){ "a", "--file", "f", "b", "--on", NULL }));
    assert_string_equal(seen.file, "f");
    assert_true(seen.on);
    assert_int_equal(seen.argc, 3);
    assert_string_equal(seen.argv[1], "a");
    assert_string_equal(seen.argv[2], "b");
    assert_null(seen.argv[3]);
}

static void test_equals_and_double_dash(void **state)
{
    (void)state;
    struct seen seen;
    assert_true(
        parse(&seen, (const char *const[]){ "--file=x", "--", "--on", "-", NULL }));
    assert_string_equal(seen.file, "x");
    assert_false(seen.on);
    assert_int_equal(seen.argc, 3);
    assert_string_equal(seen.argv[1], "--on");
}

static void test_mistakes(void **state)
{
    (void)state;
    struct seen seen;
    assert_false(parse(&seen, (const char *const[]){ "--none", NULL }));
    assert_false(parse(&seen, (const char *const[]){ "--file", NULL }));
    assert_false(parse(&seen, (const char *const[]){ "--on=1", NULL }));
}

static int run_words(const char *const *words)
{
    char *argv[8] = { (char *)"moondock" };
    int argc = 1;
    for (; words[argc - 1]; argc++)
        argv[argc] = (char *)words[argc - 1];
    return app_run(argc, argv);
}

static void test_command_line_errors_exit_2(void **state)
{
    (void)state;
    assert_int_equal(run_words((const char *const[]){ "dance", NULL }), APP_USAGE);
    assert_int_equal(run_words((const char *const[]){ "--dance", NULL }), APP_USAGE);
    assert_int_equal(run_words((const char *const[]){ NULL }), APP_USAGE);
    assert_int_equal(run_words((const char *const[]){ "check", "a", "b", NULL }),
                     APP_USAGE);
    assert_int_equal(run_words((const char *const[]){ "ctl", NULL }), APP_USAGE);
    assert_int_equal(run_words((const char *const[]){ "ctl", "dance", NULL }), APP_USAGE);
    assert_int_equal(run_words((const char *const[]){ "run", "--log", "x", NULL }),
                     APP_USAGE);
    assert_int_equal(run_words((const char *const[]){ "--version", NULL }), APP_DONE);
    assert_int_equal(run_words((const char *const[]){ "run", "--help", NULL }), APP_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_options_anywhere),
        cmocka_unit_test(test_equals_and_double_dash),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_command_line_errors_exit_2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
